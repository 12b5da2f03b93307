"""The socket's side of a client connection: `websockets` on asyncio, read through our buffer.

Owns bytes on their way in and out, and the bounds on them. What happens to
the connection is told to `Life`, which `client` implements; frames are read by `fastpath` and
recorded by `tap`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.frames import DATA_OPCODES, Frame
from websockets.http11 import Response as HandshakeResponse
from websockets.protocol import Event
from websockets.protocol import State as WireState

from wstui.core.connection import RAW_LIMIT, Connection, Step
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.net import cut
from wstui.net.failures import BODY_LIMIT
from wstui.net.fastpath import FastPath
from wstui.net.governor import Governor
from wstui.net.plainpath import PlainPath
from wstui.net.sending import Outbox
from wstui.net.tap import TappedProtocol
from wstui.net.valve import Hold, SlowReader, Valve

BODY_TIME: Final = 2.0
"""Seconds that a refusing server has to send the body of its response once its headers came."""

HEAD_LIMIT: Final = 256 << 10
"""Bytes of response headers, without a blank line in them, that nobody sends who means well."""

CONGESTED: Final = 1 << 20
"""Bytes waiting for a peer that does not read, over which its pings are not all answered."""


class Life(Protocol):
    """Who is told what becomes of a connection."""

    connection: Connection

    def begin(self, step: Step) -> None:
        """Opening it goes on with this step; the one before is done."""

    def dialled(self, wire: WireConnection) -> None:
        """There is a socket's side of it now; TLS, if there is any, is still to come."""

    def redirected(self, redirect: Redirect, options: ConnectOptions) -> None:
        """The server points elsewhere: opening it goes on there, with these options."""

    def opened(self, wire: WireConnection) -> None:
        """The opening handshake is done."""

    def closing(self) -> None:
        """A close frame was sent or received, or the peer ended its half of TCP."""

    def lost(self, wire: WireConnection, error: Exception | None) -> None:
        """TCP ended."""


class WireConnection(ClientConnection, asyncio.BufferedProtocol):
    """The library's connection, read through our buffer and watched by our recorder."""

    protocol: TappedProtocol

    def __init__(
        self, protocol: TappedProtocol, life: Life, governor: Governor, options: ConnectOptions
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
        protocol.answers_pings = options.upkeep.answer_pings
        self._rate = options.upkeep.read_rate
        self._slow: SlowReader | None = None
        self.is_paused = False
        """Whether the user paused reading."""
        self.outbox = Outbox(self, life.connection.outgoing, governor.pump)
        """What is still to be sent."""
        self._begun = 0.0
        self._head_end: int | None = None
        self._hurry_timer: asyncio.TimerHandle | None = None
        self.error: Exception | None = None
        """What TCP, or TLS, ended with; the library does not tell of it while it is opening."""
        self.raw_response = bytearray()
        """What came before the handshake was done, headers and the first `BODY_LIMIT` of a body."""

    @property
    def raw_head(self) -> bytes:
        """The handshake response as it came, up to its blank line; at most `RAW_LIMIT` bytes."""
        return bytes(self.raw_response[: self._head_end][:RAW_LIMIT])

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._valve = Valve(self.transport)
        if self._rate is not None:
            self._slow = SlowReader(self._rate, self._valve, self.loop)
            self._slow.keep_little(self.transport)
        self._life.begin(Step.HTTP)

    def get_buffer(self, sizehint: int) -> memoryview:
        self._begun = self._governor.begin()
        buffer = self._path.get_buffer()
        return buffer if self._slow is None else buffer[: self._slow.room]

    def buffer_updated(self, nbytes: int) -> None:
        if self.protocol.state is WireState.CONNECTING:
            self._shake_hands(bytes(self._governor.buffer[:nbytes]))
        else:
            self._path.received(nbytes)
        if self._slow is not None and self.protocol.state is not WireState.CONNECTING:
            self._slow.took(nbytes)
        self._governor.end(self._begun, nbytes, self._valve)

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
        if self._hurry_timer is not None:
            self._hurry_timer.cancel()
        self.outbox.end()
        self._life.lost(self, exc)

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
        self._stop_keepalive()
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
        self._stop_keepalive()

    def read_on(self) -> None:
        """Read again."""
        self.is_paused = False
        self._valve.open(Hold.USER)
        if self.protocol.state is WireState.OPEN:
            self.start_keepalive()

    def start_keepalive(self) -> None:
        if self.is_paused or self.protocol.is_mute or self.keepalive_task is not None:
            return
        if self.protocol.state is not WireState.CLOSED:  # who asks may have heard of it too late
            super().start_keepalive()

    def _stop_keepalive(self) -> None:
        if self.keepalive_task is not None:
            self.keepalive_task.cancel()
            self.keepalive_task = None

    def resume_writing(self) -> None:
        super().resume_writing()
        self.outbox.resume()
        if self.protocol.owed is not None and self.protocol.state is WireState.OPEN:
            self.protocol.send_pong(self.protocol.owed)
            self.send_data()

    # Between them and the library

    def _congested(self) -> bool:
        return self.transport.get_write_buffer_size() > CONGESTED

    def _feed(self, data: bytes) -> None:
        super().data_received(data)

    def _shake_hands(self, data: bytes) -> None:
        """Take bytes of the handshake response, and of frames right behind it."""
        raw = self.raw_response
        before = len(raw)
        raw += data
        if self._head_end is None:
            blank = raw.find(b"\r\n\r\n", max(before - 3, 0))
            if blank >= 0:
                self._head_end = blank + 4
        cut = len(data) if self._head_end is None else max(self._head_end - before, 0)
        self._feed(data[:cut])
        if self.protocol.state is WireState.OPEN:
            del raw[self._head_end :]
            if data[cut:] and not self.transport.is_closing():
                self._path.receive(data[cut:])
            return
        self._feed(data[cut:])  # the body of a refusal
        if self._head_end is not None or self.protocol.handshake_exc is not None:
            self._hurry()
        head = len(raw) if self._head_end is None else self._head_end
        if head > HEAD_LIMIT or len(raw) - head > BODY_LIMIT:
            self.abort()

    def _hurry(self) -> None:
        """Servers that refuse and never end their response must not hold us up."""
        if self._hurry_timer is None:
            self._hurry_timer = self.loop.call_later(BODY_TIME, self.abort)

    def process_event(self, event: Event) -> None:
        if isinstance(event, HandshakeResponse):
            super().process_event(event)
            if self.protocol.state is WireState.OPEN:
                # Now, and not when the opening task wakes up: frames may follow at once.
                self._life.opened(self)
        elif isinstance(event, Frame) and event.opcode not in DATA_OPCODES:
            # Data frames are in the transcript, and nobody reads the library's queue of them.
            super().process_event(event)
