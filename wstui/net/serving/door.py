"""A TCP connection that came to a listener, until it is a WebSocket connection or is gone.

Owns its first bytes and the deadline on them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from wstui.core.units import exact_seconds_text
from wstui.net.tcp import place_text

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.listening import Listening

HEAD_LIMIT: Final = 64 << 10
"""Bytes of request headers, over which nobody means well."""


class Door(asyncio.Protocol):
    """Takes the request of one who came."""

    transport: asyncio.Transport

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._data = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self.address = ""
        """Where it comes from, as `Peer.address`."""
        self.waiting: Accepted | None = None
        """The connection that waits for the user's decision; None when it does not."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._listening.came(self)
        limit = self._listening.listener.options.open_timeout
        if limit is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(limit, self._late, limit)

    def data_received(self, data: bytes) -> None:
        if self.waiting is not None:
            self._data += data
            if len(self._data) > HEAD_LIMIT:
                self.transport.pause_reading()
            return
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if len(self._data) > HEAD_LIMIT:
                self.drop(f"its headers are larger than {HEAD_LIMIT >> 10} KiB")
            return
        head, rest = bytes(self._data[: end + 4]), bytes(self._data[end + 4 :])
        self._data.clear()
        self._stop_timer()
        self._listening.asked(self, head, rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._listening.left(self)
        if self.waiting is not None:
            self.waiting.gone()

    def answer(self, response: bytes) -> None:
        """Answer with an HTTP response, and end TCP."""
        self.transport.write(response)
        self.transport.close()

    def drop(self, why: str) -> None:
        """End TCP at once, and say why in the listener's transcript."""
        self._listening.dropped(self, why)
        self.transport.abort()

    def leave(self) -> bytes:
        """The transport belongs to somebody else from now on; what came meanwhile."""
        self.waiting = None
        self._listening.left(self)
        return bytes(self._data)

    def _late(self, limit: float) -> None:
        self._timer = None
        self.drop(f"no handshake request within {exact_seconds_text(limit)}")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def peer_text(transport: asyncio.BaseTransport) -> str:
    """Address and port of who is at the other end; empty for a Unix socket."""
    return place_text(transport.get_extra_info("peername"))
