"""Where `httpx` meets our connections: one request and its response on one that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpcore
import httpx

from wstui.core.handshake.request_head import request_target
from wstui.core.options.connect import ConnectOptions
from wstui.net.connector import wire_uri
from wstui.net.http.content import CHUNK
from wstui.net.http.stream import HttpStream


class Transport(httpx.AsyncBaseTransport):
    """One request and its response on a connection that stands."""

    def __init__(self, stream: HttpStream, options: ConnectOptions) -> None:
        uri = wire_uri(options)
        self._target = request_target(options.uri).encode("ascii")
        # TLS is below it, and nothing else in HTTP/1.1 tells http and https apart.
        self._origin = httpcore.Origin(b"http", uri.host.encode("ascii"), uri.port)
        self._connection = httpcore.AsyncHTTP11Connection(self._origin, stream)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = self._origin
        url = httpcore.URL(
            scheme=origin.scheme, host=origin.host, port=origin.port, target=self._target
        )
        assert isinstance(request.stream, httpx.AsyncByteStream)
        response = await self._connection.handle_async_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response.stream),
            extensions=response.extensions,
        )


class _Stream(httpx.AsyncByteStream):
    """The body of a response."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part


class Counted(httpx.AsyncByteStream):
    """A body on its way, of which is told how far it came."""

    def __init__(self, content: httpx.AsyncByteStream, progress: Callable[[int], None]) -> None:
        self._content = content
        self._progress = progress

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._content:
            for start in range(0, len(part), CHUNK):
                piece = part[start : start + CHUNK]
                yield piece
                self._progress(len(piece))
