"""One client in the hands of a handler file: what came for it, one hook after the other.

Messages wait here while a hook runs; when many do, the client is not read from. A task runs as long
as there is something to do, so that an idle client costs none.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from time import time
from typing import TYPE_CHECKING, Any, Final

from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.units import exact_seconds_text
from wstui.handlers import Gone
from wstui.net.serving.handling.call import Call, invoke
from wstui.net.serving.handling.client import HandledClient
from wstui.net.serving.handling.faults import fault_line, fault_words, short_traceback
from wstui.net.serving.handling.printing import Printer

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.behaviours.handler import Handler
    from wstui.net.tap import Payload

MOST: Final = 256
"""Messages that wait for a handler before its client is no longer read from."""

MOST_BYTES: Final = 1 << 20
"""Bytes of messages for which the same holds."""

GRACE: Final = 2.0
"""Seconds that hooks have once their client is gone, and again for `disconnected`."""


class Session:
    """What `handler` does for `accepted`."""

    def __init__(self, handler: Handler, accepted: Accepted) -> None:
        self.handler = handler
        self.client = HandledClient(accepted, self)
        self.accepted = accepted
        """The connection of that client."""
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._size = 0
        self._is_held = False
        self._was_behind = False
        self._is_greeted = False
        self._is_gone = False
        self._is_told_gone = False
        self._task: asyncio.Task[None] | None = None
        self._call: Call | None = None
        self._beside: dict[Call, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._printer = Printer(self.client.log)

    # What happens

    def begin(self) -> None:
        """The client is connected."""
        self._wake()

    def received(self, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
        """Messages came from it."""
        copies = [bytes(payload) for payload in payloads]
        self._waiting.extend(zip(flags, copies, strict=True))
        self._size += sum(map(len, copies))
        wire = self.accepted.wire
        if wire is not None and (len(self._waiting) > MOST or self._size > MOST_BYTES):
            self._is_held = True
            wire.hold_back()
            self._tell_behind()
        self._wake()

    def _tell_behind(self) -> None:
        """Say, once, that the client has to wait for the handler."""
        if not self._was_behind:
            self._was_behind = True
            words = f"{self.handler.name} is behind: {len(self._waiting)} messages wait for it"
            self.client.log(f"{words}, and the client is not read from meanwhile")

    def end(self) -> None:
        """It is gone: what is still to be done has a little time."""
        self._is_gone = True
        for call in list(self._beside):
            call.cancel()
        self._timer = asyncio.get_running_loop().call_later(GRACE, self._too_late)
        self._wake()

    def _too_late(self) -> None:
        if self._waiting:
            words = f"{len(self._waiting)} messages were not given to {self.handler.name}"
            self.client.log(f"{words}: the client is gone")
            self._waiting.clear()
        if self._call is not None:
            self._call.cancel()

    # What is done about it

    def _wake(self) -> None:
        if self._task is None:
            name = f"handler of connection {self.client.id}"
            self._task = self.handler.listening.spawn(self._work(), name)

    async def _work(self) -> None:
        end = 0.0
        try:
            while await self._next():
                self._let_in()
                end = await self.handler.turns.breathe(end)
        finally:
            self._task = None

    async def _next(self) -> bool:
        """Do what comes next; whether anything did."""
        if not self._is_greeted:
            self._is_greeted = True
            await self._run("connected")
        elif self._waiting:
            flag, payload = self._waiting.popleft()
            self._size -= len(payload)
            text = flag & 0x0F == Kind.TEXT
            await self._run("message", str(payload, "utf-8") if text else payload)
            await self.client.room()
        elif self._is_gone and not self._is_told_gone:
            self._is_told_gone = True
            self._limit_again()
            await self._run("disconnected")
            if self._timer is not None:
                self._timer.cancel()
            self.handler.forget(self)
        else:
            return False
        return True

    def _limit_again(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(GRACE, self._too_late)

    def _let_in(self) -> None:
        if self._is_held and len(self._waiting) <= MOST // 2 and self._size <= MOST_BYTES // 2:
            self._is_held = False
            if self.accepted.wire is not None:
                self.accepted.wire.let_in()

    async def _run(self, name: str, *message: object) -> None:
        """Call a hook of this name, if there is one; what it raises is told."""
        hook = self.handler.hook(name)
        if hook is None:
            return
        work = invoke(hook, self.client, *message)
        call = self._call = self.handler.call(work, name, self._printer, self._tell)
        try:
            await self._guarded(call, f"{name}()")
        finally:
            self._call = None

    async def _guarded(self, call: Call, words: str) -> None:
        try:
            await call.run()
        except Gone as error:
            if self.client.is_open:  # it is another client that was gone
                self.tell_fault(words, error)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if call.is_cancelled:
                limit = exact_seconds_text(GRACE)
                if call is self._call:
                    self._tell(f"{words} was cancelled: its client was gone for {limit}")
            elif task is not None and task.cancelling():
                raise
            else:
                self.tell_fault(words, error)
        except BaseException as error:  # SystemExit, too, is only the handler's
            self.tell_fault(words, error)

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """As `Client.spawn`."""
        name = getattr(work, "__name__", "work")
        call = self.handler.call(work, name, self._printer, self._tell)
        self._beside[call] = None
        if self._is_gone:
            call.cancel()

        async def run() -> None:
            try:
                await self._guarded(call, f"{name}()")
            finally:
                del self._beside[call]

        return self.handler.listening.spawn(run(), f"{name} of connection {self.client.id}")

    # What is told

    def tell_fault(self, words: str, error: BaseException) -> None:
        """Tell of an exception in the client's transcript."""
        path = self.handler.path
        self._tell(
            f"{words} raised {fault_words(error, path)}",
            EventName.ERROR,
            file=str(path),
            line=fault_line(error, path),
            traceback=short_traceback(error, path),
        )

    def _tell(self, words: str, name: EventName = EventName.ERROR, **detail: object) -> None:
        event = LocalEvent(name, words, detail)
        self.accepted.connection.transcript.append_event(event, time())
