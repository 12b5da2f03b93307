"""A TCP connection that has to speak TLS before it gets to the door."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from wstui.net.serving.door import Door
from wstui.net.serving.tls import tls_trouble

if TYPE_CHECKING:
    from wstui.net.serving.listening import Listening

TIME: Final = 10.0
"""Seconds for the TLS handshake where no time-out was given."""

LINGER: Final = 5.0
"""Seconds that a client has to say farewell to TLS."""


class TlsDoor(asyncio.Protocol):
    """Begins TLS on a connection that was accepted, and lets it in behind it.

    asyncio's own way tells nobody of a handshake that failed.
    """

    def __init__(self, listening: Listening, context: ssl.SSLContext) -> None:
        self._listening = listening
        self._context = context
        self._task: asyncio.Task[None] | None = None
        self._data = bytearray()
        self._ended: tuple[Exception | None] | None = None
        self.transport: asyncio.Transport
        self.address = ""
        """Where it comes from."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()  # its first bytes are for TLS
        self._listening.came(self)
        if transport.is_closing():  # there was no place
            return
        self._task = self._listening.spawn(self._shake_hands(), f"TLS with {self.address}")

    def data_received(self, data: bytes) -> None:
        # Bytes that came in the same segment as the end of the handshake.
        self._data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = (exc,)
        self._listening.left(self)

    def drop(self, why: str) -> None:
        """End TCP at once, and say why in the listener's transcript."""
        self._listening.dropped(self, why)
        self.transport.abort()

    async def _shake_hands(self) -> None:
        plain, loop = self.transport, asyncio.get_running_loop()
        limit = self._listening.listener.options.open_timeout or TIME
        try:
            transport = await loop.start_tls(
                plain,
                self,
                self._context,
                server_side=True,
                ssl_handshake_timeout=limit,
                ssl_shutdown_timeout=LINGER,
            )
        except (OSError, TimeoutError) as error:
            self._listening.left(self)
            self._listening.dropped(self, tls_trouble(error))
            plain.abort()
            return
        if transport is None or self._ended is not None:  # it ended a moment ago
            self._listening.left(self)
            return
        door = Door(self._listening)
        door.address = self.address
        transport.set_protocol(door)
        self._listening.left(self)
        door.connection_made(transport)
        if self._data:
            door.data_received(bytes(self._data))
