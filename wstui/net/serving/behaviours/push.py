"""Push: a file, or a text with counters, is sent to each client from its beginning on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from wstui.core.connection import State
from wstui.core.ports import Refused
from wstui.core.sending.plan import SendPlan
from wstui.core.serving.behaviour import Mount
from wstui.core.serving.push import MAX_FILE, Messages, cut, parse_push
from wstui.core.serving.push import Push as Pushed
from wstui.net.repeat import Repeat
from wstui.net.serving.behaviour import Behaviour
from wstui.net.serving.source_file import SourceFile

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening


class Push(Behaviour):
    """Sends to each client as fast as it was told to and as the client reads."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self._pushed = parse_push(mount.words)
        self._messages: Messages | None = None

    async def prepare(self) -> None:
        pushed = self._pushed
        if pushed.file:
            source = SourceFile(pushed.file, MAX_FILE, lambda data, _: cut(data, pushed))
            self._messages = await source.load()

    def connected(self, client: Accepted) -> None:
        wire = client.wire
        if wire is None:
            return
        reel = Reel(client, self._pushed, self._messages, wire.loop.time())
        # A job of its own, which is never that of a request: it is stopped for this client alone.
        wire.outbox.begin(reel, -1 - client.connection.id)


class Reel(Repeat):
    """What is pushed to one client, and how far it came."""

    def __init__(
        self, client: Accepted, pushed: Pushed, messages: Messages | None, now: float
    ) -> None:
        """`messages` are those of the file; None: there is none."""
        times = pushed.times
        if messages is not None and times is not None:
            times *= len(messages)
        plan = SendPlan(
            pushed.text.encode(), pushed.kind, times=times, every=pushed.every, rate=pushed.rate
        )
        super().__init__(plan, now)
        self._client = client
        self._pushed = pushed
        self._messages = messages

    def make(self, number: int) -> bytes:
        messages = self._messages
        return self.filled(number) if messages is None else messages[(number - 1) % len(messages)]

    def finished(self) -> None:
        if self._pushed.close is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._client.have, partial(self._close, self._pushed.close))

    def _close(self, code: int) -> None:
        client = self._client
        if client.connection.state is State.OPEN:
            try:
                client.close(code, self._pushed.reason)
            except Refused as refused:
                client.note(f"not closed: {refused}")
