"""A connection to an HTTP server, as `httpcore` reads and writes it.

It is dialled by us, through proxies or not, with TLS on it where that is wanted; what goes over it
is kept as it was.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final

import httpcore

from wstui.core.connection import RAW_LIMIT, Step
from wstui.net.client_wire import Dialling

BUFFER: Final = 64 << 10
"""Bytes of one read."""

AHEAD: Final = 256 << 10
"""Bytes that wait to be taken before no more are read."""


class HttpStream(asyncio.BufferedProtocol, httpcore.AsyncNetworkStream):
    """Bytes in both directions. Deadlines are the matter of who uses it."""

    def __init__(self, life: Dialling, first: Step, *, secure: bool) -> None:
        """`first` is the step that begins when it stands."""
        if secure:
            life.begin(Step.TLS)
        self._life = life
        self._first = first
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray(BUFFER)
        self._came = bytearray()
        self._is_over = False
        self._error: Exception | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.raw_request = bytearray()
        self.raw_response = bytearray()
        """Both as they went over the wire, at most `RAW_LIMIT` bytes."""
        self.transport: asyncio.Transport | None = None
        """None until TCP, and TLS if there is any, stands."""

    # For asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._life.begin(self._first)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = self._buffer[:nbytes]
        self._came += data
        room = RAW_LIMIT - len(self.raw_response)
        if room > 0:
            self.raw_response += data[:room]
        if len(self._came) > AHEAD and self.transport is not None:
            self.transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        self._is_over = True
        self._news.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over = True
        self._error = exc
        self._news.set()
        self._room.set()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    # For httpcore

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while not self._came:
            if self._error is not None:
                raise self._error
            if self._is_over:
                return b""
            self._news.clear()
            await self._news.wait()
        data = bytes(self._came[:max_bytes])
        del self._came[:max_bytes]
        if not self._came and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        room = RAW_LIMIT - len(self.raw_request)
        if room > 0:
            self.raw_request += buffer[:room]
        if self.transport is None or self.transport.is_closing() or self._error is not None:
            # What was answered before is still to be read.
            raise httpcore.WriteError("the server ended the connection")
        self.transport.write(buffer)
        await self._room.wait()

    async def aclose(self) -> None:
        self.abort()

    def abort(self) -> None:
        """End it at once: nothing more is wanted."""
        if self.transport is not None:
            self.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotImplementedError("TLS stands already")

    def get_extra_info(self, info: str) -> Any:
        return None if self.transport is None else self.transport.get_extra_info(info)
