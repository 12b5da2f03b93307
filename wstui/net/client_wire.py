"""The socket's side of a client connection, with the bytes of its opening handshake."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.http11 import Response as HandshakeResponse
from websockets.protocol import Event
from websockets.protocol import State as WireState

from wstui.core.connection import RAW_LIMIT, Connection, Step
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import ConnectOptions
from wstui.net.failures import BODY_LIMIT
from wstui.net.governor import Governor
from wstui.net.tap import TappedProtocol
from wstui.net.wire import Life, Wire

BODY_TIME: Final = 2.0
"""Seconds that a refusing server has to send the body of its response once its headers came."""

HEAD_LIMIT: Final = 256 << 10
"""Bytes of response headers, without a blank line in them, that nobody sends who means well."""


class Dialling(Protocol):
    """Who is told how far it is on the way to a server."""

    connection: Connection

    def begin(self, step: Step) -> None:
        """Opening it goes on with this step; the one before is done."""


class Opening(Dialling, Life, Protocol):
    """Who is told what becomes of a connection that is being opened."""

    def dialled(self, wire: WireConnection) -> None:
        """There is a socket's side of it now; TLS, if there is any, is still to come."""

    def redirected(self, redirect: Redirect, options: ConnectOptions) -> None:
        """The server points elsewhere: opening it goes on there, with these options."""

    def opened(self, wire: WireConnection) -> None:
        """The opening handshake is done."""


class WireConnection(Wire, ClientConnection):
    """The library's client connection, read through our buffer and watched by our recorder."""

    protocol: TappedProtocol
    _life: Opening

    def __init__(
        self, protocol: TappedProtocol, life: Opening, governor: Governor, options: ConnectOptions
    ) -> None:
        super().__init__(protocol, life, governor, options)
        self._head_end: int | None = None
        self._hurry_timer: asyncio.TimerHandle | None = None
        self.raw_response = bytearray()
        """What came before the handshake was done, headers and the first `BODY_LIMIT` of a body."""

    @property
    def raw_head(self) -> bytes:
        """The handshake response as it came, up to its blank line; at most `RAW_LIMIT` bytes."""
        return bytes(self.raw_response[: self._head_end][:RAW_LIMIT])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._life.begin(Step.HTTP)

    def _take(self, nbytes: int) -> None:
        if self.protocol.state is WireState.CONNECTING:
            self._shake_hands(bytes(self._governor.seen(nbytes)))
        else:
            super()._take(nbytes)

    def _lost(self, exc: Exception | None) -> None:
        super()._lost(exc)
        if self._hurry_timer is not None:
            self._hurry_timer.cancel()

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
            self._took(len(data))
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
        super().process_event(event)
        if isinstance(event, HandshakeResponse) and self.protocol.state is WireState.OPEN:
            # Now, and not when the opening task wakes up: frames may follow at once.
            self._life.opened(self)
