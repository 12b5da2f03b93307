"""Replies: a TOML file says which message gets which answer; it is read again when it changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from wstui.core.connection import State
from wstui.core.entry import KIND_MASK, EventName
from wstui.core.ports import Refused
from wstui.core.serving import replies as core
from wstui.core.serving.behaviour import Mount
from wstui.core.serving.filling import Facts
from wstui.core.serving.reply_file import MAX_FILE, parse_replies
from wstui.core.serving.words import read_settings
from wstui.net.serving.behaviour import Behaviour, Unprepared
from wstui.net.serving.behaviours.later import Later
from wstui.net.serving.behaviours.turns import Delivery, Turns, Work
from wstui.net.serving.source_file import SourceFile, read_whole

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload

MAX_ANSWER: Final = 16 << 20
"""Bytes of the largest file that is sent as an answer."""

MAX_WAITING: Final = 1000
"""Answers to one client whose time has not come; over that a message gets none."""

MAX_WAITING_SIZE: Final = 16 << 20
"""Bytes of them, without those of files, which all clients share."""


def make_replies(data: bytes, path: Path) -> core.Replies:
    """The replies of the file at `path`, with the files that they name, from its folder on."""

    def read_file(name: str) -> bytes:
        try:
            return read_whole(path.parent / Path(name).expanduser(), name, MAX_ANSWER)[0]
        except Unprepared as error:
            raise ValueError(str(error)) from error

    return parse_replies(data, read_file)


class Replies(Behaviour):
    """Answers by the file's replies."""

    def __init__(self, mount: Mount, listening: Listening) -> None:
        name, _ = read_settings(mount.words, ())
        self._listening = listening
        self._source = SourceFile(name, MAX_FILE, make_replies)
        self._replies = core.Replies(())
        self._talks: dict[Accepted, Talk] = {}
        self._watch: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        self._replies = await self._source.load()
        self._watch = self._listening.spawn(self._follow(), f"watching {self._source.name}")

    async def _follow(self) -> None:
        """Read the file again whenever it changes; the replies before stay while it is wrong."""
        while True:
            await self._source.changed()
            try:
                self._replies = await self._source.load()
            except Unprepared as error:
                words = f"{error} The replies before stay."
                self._listening.say(EventName.ERROR, words)
            else:
                words = f"{self._source.name} was read again: {len(self._replies)} replies"
                self._listening.say(EventName.NOTE, words)

    def connected(self, client: Accepted) -> None:
        greetings = self._replies.at_connect
        if greetings:
            talk = self._talk(client)
            for reply in greetings:
                talk.give(core.Found(reply))

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        talk = self._talk(client)
        talk.turns.add(client, self._answer(talk, flags, payloads))

    def ended(self, client: Accepted) -> None:
        talk = self._talks.pop(client, None)
        if talk is not None:
            talk.stop()

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        for talk in self._talks.values():
            talk.stop()

    def _talk(self, client: Accepted) -> Talk:
        if client not in self._talks:
            self._talks[client] = Talk(client, self._listening)
        return self._talks[client]

    def _answer(self, talk: Talk, flags: bytes | bytearray, payloads: Sequence[Payload]) -> Work:
        for flag, payload in zip(flags, payloads, strict=True):
            if talk.is_over:
                return
            found = yield from self._replies.find(flag & KIND_MASK, bytes(payload))
            talk.give(found)
            yield
        if talk.client.wire is not None:
            talk.client.wire.wait_for_reader()


class Talk:
    """What is answered to one client."""

    def __init__(self, client: Accepted, listening: Listening) -> None:
        self.client = client
        self.turns = Turns(listening.governor.pump)
        """Finding the replies to its messages, one after the other."""
        self.is_over = False
        """Whether it was told to end: nothing is answered any more."""
        self._loop = asyncio.get_running_loop()
        self._later = Later(self._loop)
        self._given: Counter[int] = Counter()
        self._deliver = Delivery("an answer")
        self._told: set[str] = set()
        self._size = 0  # bytes that wait for their time

    def stop(self) -> None:
        """Answer nothing more."""
        self.turns.stop()
        self._later.stop()

    def give(self, found: core.Found) -> None:
        """Give the reply that was found, at its times."""
        for trouble, why in found.troubles:
            self._tell(f"{trouble.name} was not tried: {why}")
        reply = found.reply
        if reply is None or self.is_over:
            return
        if len(self._later) + len(reply.answers) > MAX_WAITING or self._size > MAX_WAITING_SIZE:
            self._tell("not answered: too much waits for its time already")
            return
        self._given[reply.number] += 1
        now = due = self._loop.time()
        due += reply.after
        for answer in reply.answers:
            due += answer.after
            payload = answer.make(self._facts(found, due - now))
            if due > now:
                size = len(payload) if answer.has_places else 0
                self._size += size
                self._later.at(due, partial(self.client.have, self._send, answer, payload, size))
            else:
                self._send(answer, payload, 0)
        if reply.close is not None or reply.drops:
            self.is_over = due <= now
            # In the midst of a read the connection cannot be ended.
            self._later.at(due, partial(self.client.have, self._end, reply))

    def _facts(self, found: core.Found, wait: float) -> Facts:
        """What is known of an answer that is sent in `wait` seconds."""
        assert found.reply is not None
        return replace(
            found.facts,
            number=self._given[found.reply.number],
            now=time() + wait,
            unique=lambda: str(uuid4()),
        )

    def _send(self, answer: core.Answer, payload: bytes, size: int) -> None:
        """Send it; `size` of its bytes were counted while it waited."""
        self._size -= size
        self._deliver(self.client, bytes((answer.kind,)), (payload,))

    def _end(self, reply: core.Reply) -> None:
        client = self.client
        self.is_over = True
        self._later.stop()
        if client.connection.state is not State.OPEN:
            return
        try:
            if reply.drops:
                client.drop()
            else:
                client.close(reply.close, reply.reason)
        except Refused as refused:
            client.note(f"not ended: {refused}")

    def _tell(self, words: str) -> None:
        """Say it in the client's transcript, once."""
        if words not in self._told:
            self._told.add(words)
            self.client.note(words)
