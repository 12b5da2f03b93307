"""The socket's side of an open connection: `websockets` on asyncio, read through our buffer.

Owns bytes on their way in and out, and the bounds on them. What happens to the connection is told
to `Life`, which `living` implements; frames are read by `fastpath` and recorded by `tap`. Bytes of
the opening handshake are the matter of `client_wire` and `serving`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from websockets.asyncio.connection import Connection as LibraryConnection
from websockets.frames import DATA_OPCODES, Frame
from websockets.protocol import Event
from websockets.protocol import State as WireState

from wstui.core.connection import Connection
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.net import cut
from wstui.net.fastpath import FastPath
from wstui.net.governor import Governor
from wstui.net.plainpath import PlainPath
from wstui.net.sending import Outbox
from wstui.net.tap import Tapped
from wstui.net.valve import Hold, SlowReader, Valve

CONGESTED: Final = 1 << 20
"""Bytes waiting for a peer that does not read, over which its pings are not all answered."""


def _never() -> bool:
    """Nothing waits for a peer that is gone."""
    return False


class Life(Protocol):
    """Who is told what becomes of a connection."""

    connection: Connection

    def closing(self) -> None:
        """A close frame was sent or received, or the peer ended its half of TCP."""

    def lost(self, wire: Wire, error: Exception | None) -> None:
        """TCP ended."""


class Wire(LibraryConnection, asyncio.BufferedProtocol):
    """The library's connection, read through our buffer and watched by our recorder."""

    # With all of ours among the library's attributes, its dictionary would be twice as large.
    __slots__ = (
        "_begun",
        "_governor",
        "_life",
        "_path",
        "_rate",
        "_slow",
        "_valve",
        "error",
        "is_held",
        "is_patient",
        "is_paused",
        "outbox",
    )

    protocol: Tapped

    def __init__(
        self, protocol: Tapped, life: Life, governor: Governor, options: ConnectOptions
    ) -> None:
        super().__init__(
            protocol,
            ping_interval=options.ping_interval,
            # A slow reader cannot blame the peer for pongs that it reads late.
            ping_timeout=None if options.upkeep.read_rate else options.ping_timeout,
            close_timeout=options.close_timeout,
        )
        self._life = life
        self._governor = governor
        path = FastPath if options.fast and hasattr(protocol, "current_size") else PlainPath
        self._path = path(protocol, self._feed, governor)
        protocol.congested = self._congested
        if not options.upkeep.answer_pings:
            protocol.answers_pings = False
        self._rate = options.upkeep.read_rate
        self._slow: SlowReader | None = None
        self.is_paused = False
        """Whether the user paused reading."""
        self.is_held = False
        """Whether nothing is read until what came is dealt with."""
        self.is_patient = False
        """Whether that is so when our close frame was sent, too: see `ConnectionPool.close`."""
        self.outbox = Outbox(self, life.connection.outgoing, governor.pump)
        """What is still to be sent."""
        self._begun = 0.0
        self.error: Exception | None = None
        """What TCP, or TLS, ended with; the library does not tell of it while it is opening."""

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._valve = Valve(self.transport)
        if self._rate is not None:
            self._slow = SlowReader(self._rate, self._valve, self.loop)
            self._slow.keep_little(self.transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        self._begun = self._governor.begin()
        buffer = self._path.get_buffer()
        return buffer if self._slow is None else buffer[: self._slow.room]

    def buffer_updated(self, nbytes: int) -> None:
        self._take(nbytes)
        self._governor.end(self._begun, nbytes, self._valve)

    def _take(self, nbytes: int) -> None:
        """Deal with the bytes that were read into the buffer."""
        self._path.received(nbytes)
        self._took(nbytes)

    def _took(self, nbytes: int) -> None:
        if self._slow is not None:
            self._slow.took(nbytes)

    def eof_received(self) -> None:
        self._path.finish(self._eof)

    def _eof(self) -> None:
        super().eof_received()
        if self.protocol.state is WireState.CLOSED:
            # TCP ends when all is written that waits to be, which a peer may never read.
            self._life.closing()

    def connection_lost(self, exc: Exception | None) -> None:
        # Without an error, and without an end of TCP before it, it was we who ended it.
        self._path.finish(partial(self._lost, exc), abandoned=exc is None)

    def _lost(self, exc: Exception | None) -> None:
        self.error = exc
        super().connection_lost(exc)
        self.outbox.end()
        self._life.lost(self, exc)
        self.loop.call_soon(self._part)

    def _part(self) -> None:
        """Let go of all that leads back here: only the garbage collector would find it, which
        holds up the loop the longer the more there is."""
        protocol = self.protocol
        protocol.parser.close()
        protocol.recorder.part()
        protocol.congested = _never
        self._path.part()
        self.outbox.part()
        self.keepalive_task = None

    def abort(self) -> None:
        """End TCP at once, if it has begun."""
        if hasattr(self, "transport"):  # the library sets it when TCP and TLS stand
            self.transport.abort()

    def cut(self, *, reset: bool) -> None:
        """End TCP at once, by FIN or by reset.

        Raises:
            Refused: it has no reset.
        """
        (cut.reset if reset else cut.fin)(self.transport)

    def end_sending(self) -> None:
        """End our half of TCP and go on receiving.

        Raises:
            Refused: what lies below cannot do that, or has ended.
        """
        if not self.transport.can_write_eof():
            raise Refused("TLS cannot end one direction alone. Close it, or drop it.")
        self.stop_keepalive()
        self.protocol.is_mute = True
        try:
            self.transport.write_eof()
        except OSError as error:  # a reset came, of which asyncio has yet to hear
            self.transport.abort()  # it takes nothing more
            raise Refused("TCP has ended, both halves of it.") from error

    def pause(self) -> None:
        """Read nothing more; pongs cannot be waited for meanwhile."""
        self.is_paused = True
        self._valve.shut(Hold.USER)
        self.stop_keepalive()

    def read_on(self) -> None:
        """Read again."""
        self.is_paused = False
        self._valve.open(Hold.USER)
        if self.protocol.state is WireState.OPEN:
            self.start_keepalive()

    async def caught_up(self, *, whole: bool = False) -> None:
        """Wait until the transport wants more, or TCP ended; `whole`: until the system has taken
        all that the transport was handed. TLS may still hold some of it below."""
        if whole and not self.transport.is_closing():
            self.transport.set_write_buffer_limits(0)
        with suppress(OSError):  # whoever goes on sending hears of it
            await self.drain()

    def wait_for_reader(self) -> None:
        """Read nothing more as long as the peer does not read what it was answered."""
        if self.paused:
            self._valve.shut(Hold.ANSWER)

    def hold_back(self) -> None:
        """Read nothing more until what came is dealt with; pongs cannot be waited for meanwhile."""
        # Else the end of it would have to wait.
        if self.protocol.state is WireState.OPEN or self.is_patient:
            self.is_held = True
            self._valve.shut(Hold.HANDLER)
            self.stop_keepalive()

    def let_in(self) -> None:
        """What came is dealt with, or nobody waits for that any more."""
        if self.is_held:
            self.is_held = False
            self._valve.open(Hold.HANDLER)
            if self.protocol.state is WireState.OPEN:
                self.start_keepalive()

    def start_keepalive(self) -> None:
        is_read = not (self.is_held or self.is_paused)
        if not is_read or self.protocol.is_mute or self.keepalive_task is not None:
            return
        if self.protocol.state is WireState.OPEN:  # who asks may have heard of it too late
            super().start_keepalive()

    def stop_keepalive(self) -> None:
        """Send no more pings by itself, and wait for no pongs."""
        task, self.keepalive_task = self.keepalive_task, None
        if task is not None:
            task.cancel()

    def end_keepalive(self) -> None:
        """The closing handshake has begun: no ping may go out (RFC 6455 section 5.5.1), and the
        library would end TCP when one is due, whatever the peer still has to say."""
        # The task that fails it for want of a pong is just the one that sees to its end.
        if self.keepalive_task is not None and self.keepalive_task is not asyncio.current_task():
            self.stop_keepalive()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._valve.open(Hold.ANSWER)
        self.outbox.resume()
        if self.protocol.owed is not None and self.protocol.state is WireState.OPEN:
            self.protocol.send_pong(self.protocol.owed)
            self.send_data()

    # Between them and the library

    def _congested(self) -> bool:
        return self.transport.get_write_buffer_size() > CONGESTED

    def _feed(self, data: bytes) -> None:
        super().data_received(data)

    def process_event(self, event: Event) -> None:
        # Data frames are in the transcript, and nobody reads the library's queue of them.
        if not (isinstance(event, Frame) and event.opcode in DATA_OPCODES):
            super().process_event(event)
