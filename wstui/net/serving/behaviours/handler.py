"""Handler: a Python file of the user's own answers, see `wstui.handlers`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wstui.core.entry import EventName
from wstui.core.serving.behaviour import Mount
from wstui.core.serving.request import Accept, Reject, Request
from wstui.core.units import exact_seconds_text
from wstui.handlers import public_request, read_verdict
from wstui.net.serving.behaviour import Behaviour, Unprepared
from wstui.net.serving.handling import printing
from wstui.net.serving.handling.call import Call, invoke
from wstui.net.serving.handling.client import HandledClient
from wstui.net.serving.handling.fan import Fan
from wstui.net.serving.handling.faults import fault_line, fault_words, short_traceback
from wstui.net.serving.handling.printing import PRINTER, Printer
from wstui.net.serving.handling.session import Session
from wstui.net.serving.handling.source import Hook, Source
from wstui.net.serving.handling.turns import Turns
from wstui.net.serving.handling.watch import HeldUp, Watch

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening
    from wstui.net.tap import Payload

VALIDATE_TIME: Final = 10.0
"""Seconds after which a handshake that `validate` has not decided is rejected with 503."""


class Handler(Behaviour):
    """Calls the hooks of a file for its clients."""

    turns: Turns
    _printer: Printer

    def __init__(self, mount: Mount, listening: Listening) -> None:
        self.listening = listening
        self.name = mount.words
        """The file as given."""
        self._where = "all paths" if mount.path == "*" else mount.path
        self._source = Source(mount.words)
        self._sessions: dict[Accepted, Session] = {}
        self._watch = Watch(str(self._source.path))
        self._reloading: asyncio.Task[None] | None = None
        self._is_over = False
        self.fan = Fan(listening.governor.pump)
        """Sends to many of them."""

    @property
    def path(self) -> Path:
        """The file."""
        return self._source.path

    # Its file

    async def prepare(self) -> None:
        """Load the file and say so.

        Raises:
            Unprepared: it cannot be loaded.
        """
        self.turns = Turns()
        self._printer = Printer(lambda line: self._say(line, EventName.NOTE))
        self._watch.start()
        await self._load()
        if self._is_over:  # the listener was stopped meanwhile
            self._rest()
            return
        hooks = ", ".join(self._source.hooks)
        words = f"runs the Python file {self.path} for {self._where}, as code of your own"
        self._say(f"{words}: {hooks}", EventName.NOTE, file=str(self.path))
        self._reloading = self.listening.spawn(self._reload(), f"reloading {self.name}")

    async def _load(self) -> None:
        code = await self._source.read()

        def load() -> None:
            PRINTER.set(self._printer)
            self._source.load(code)

        printing.route()
        self._watch.enter()
        try:
            copy_context().run(load)
        finally:
            try:
                long = self._watch.leave()
            except HeldUp:
                long = self._watch.leave()
            self._printer.flush()
            if long is not None:
                self._held("loading it")(*long)

    async def _reload(self) -> None:
        """Load the file again as often as it changes."""
        while True:
            await self._source.changed()
            try:
                await self._load()
            except Unprepared as fault:
                self._say(f"{fault} What was loaded before stays.")
            else:
                self._say(f"{self.name} was loaded again", EventName.NOTE)

    def hook(self, name: str) -> Hook | None:
        """The hook of this name, as it is now; None without it."""
        return self._source.hooks.get(name)

    def call(
        self,
        work: Coroutine[Any, Any, object],
        name: str,
        printer: Printer,
        tell: Callable[[str], None],
    ) -> Call:
        """A call of the file's code; `tell` gets a sentence when it holds up the loop."""
        return Call(work, self._watch, printer, self._held(f"{name}()", tell))

    def _held(
        self, what: str, tell: Callable[[str], None] | None = None
    ) -> Callable[[float, int | None], None]:
        def held(seconds: float, line: int | None) -> None:
            place = "" if line is None else f" ({self.path.name} line {line})"
            words = f"{what} held up wstui for {exact_seconds_text(round(seconds, 1))}{place}"
            (tell or self._say)(f"{words}: await what takes long, or use asyncio.to_thread")

        return held

    def _say(self, words: str, name: EventName = EventName.ERROR, **detail: object) -> None:
        self.listening.say(name, words, **detail)

    # Its clients

    @property
    def validates(self) -> bool:
        """Whether `validate` is to be asked."""
        return self.hook("validate") is not None

    async def validate(self, asked: Request) -> Accept | Reject:
        """What the hook decides about a handshake; an exception in it is a 500."""
        hook = self.hook("validate")
        if hook is None:
            return Accept()
        request = public_request(asked)
        call = self.call(invoke(hook, request), "validate", self._printer, self._say)
        timer = asyncio.get_running_loop().call_later(VALIDATE_TIME, call.cancel)
        try:
            return read_verdict(await call.run(), request)
        except asyncio.CancelledError as error:
            if call.is_cancelled:
                limit = exact_seconds_text(VALIDATE_TIME)
                self._say(f"validate() did not decide about {request.address} within {limit}")
                return Reject(503)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            return self._fault(request.address, error)
        except BaseException as error:  # SystemExit, too, is only the handler's
            return self._fault(request.address, error)
        finally:
            timer.cancel()

    def _fault(self, address: str, error: BaseException) -> Reject:
        self._say(
            f"validate() for {address} raised {fault_words(error, self.path)}",
            file=str(self.path),
            line=fault_line(error, self.path),
            traceback=short_traceback(error, self.path),
        )
        return Reject(500)

    def connected(self, client: Accepted) -> None:
        session = self._sessions[client] = Session(self, client)
        session.begin()

    def received(
        self, client: Accepted, flags: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        if client in self._sessions:
            self._sessions[client].received(flags, payloads)

    def ended(self, client: Accepted) -> None:
        if client in self._sessions:
            self._sessions[client].end()

    def clients(self) -> list[HandledClient]:
        """Those that are connected."""
        clients = (session.client for session in self._sessions.values())
        return [client for client in clients if client.is_open]

    def forget(self, session: Session) -> None:
        """All is done for a client that is gone."""
        self._sessions.pop(session.accepted, None)
        self._rest()

    def stop(self) -> None:
        self._is_over = True
        if self._reloading is not None:
            self._reloading.cancel()
        self._rest()

    def _rest(self) -> None:
        """Let go of everything once nobody is left."""
        if self._is_over and not self._sessions:
            self._watch.stop()
            self._source.forget()
            printing.route_no_more()
