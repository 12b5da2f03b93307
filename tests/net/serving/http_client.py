"""A raw HTTP client on loopback, and what a listener told of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from tests.net_support import PATIENCE, until
from tests.serving_support import listening
from wstui.core.entry import LocalEvent
from wstui.core.listener import Listener
from wstui.core.options.listen import ListenOptions
from wstui.core.options.pages import Pages
from wstui.net.pool import ConnectionPool


class Response(NamedTuple):
    """A response, read by its Content-Length."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Client:
    """One TCP connection to a listener."""

    listener: Listener
    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)

    @property
    def socket(self) -> socket.socket:
        """Its socket."""
        found = self.writer.get_extra_info("socket")
        assert found is not None
        return cast("socket.socket", found)

    async def ask(self, *lines: str, body: bytes = b"", has_body: bool = True) -> Response:
        """Send a request with a Host header, and read what it gets."""
        self.send("\r\n".join([lines[0], "Host: here", *lines[1:], "", ""]).encode() + body)
        return await self.read(has_body=has_body and not lines[0].startswith("HEAD"))

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def read(self, *, has_body: bool = True) -> Response:
        """The next response."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers: dict[str, str] = {}
            for line in head[1:-2]:
                name, _, value = line.lower().partition(": ")
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
            status = int(head[0].split()[1])
            bare = not has_body or status in (100, 204, 304)
            length = 0 if bare else int(headers["content-length"])
            return Response(status, headers, await self.reader.readexactly(length))

    async def read_all(self) -> bytes:
        """Everything until the listener ends TCP."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()


def events(listener: Listener) -> list[LocalEvent]:
    """What the listener told since it listens."""
    transcript = listener.transcript
    return [transcript.event(number) for number in range(transcript.first + 1, len(transcript))]


async def told(listener: Listener, count: int = 1) -> list[LocalEvent]:
    """Its first `count` events, once they are there."""
    await until(lambda: len(events(listener)) >= count)
    return events(listener)


@asynccontextmanager
async def http_listener(
    *behaviours: str, page: bool = True, root: object = None, open_timeout: float | None = 10.0
) -> AsyncIterator[Listener]:
    """A listener of a pool of its own."""
    pages = Pages(page, None if root is None else str(root))
    options = ListenOptions("0", behaviours=behaviours, pages=pages, open_timeout=open_timeout)
    async with ConnectionPool() as pool:
        listener = await listening(pool, options)
        assert not listener.failure
        yield listener


@asynccontextmanager
async def client_of(listener: Listener) -> AsyncIterator[Client]:
    """A client of a listener."""
    host, _, port = listener.addresses[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Client(listener, reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def http_client(
    *behaviours: str, page: bool = True, root: object = None, open_timeout: float | None = 10.0
) -> AsyncIterator[Client]:
    """A client of a listener of its own."""
    options = {"page": page, "root": root, "open_timeout": open_timeout}
    async with http_listener(*behaviours, **options) as listener, client_of(listener) as client:  # type: ignore[arg-type]
        yield client


def facts(told: Sequence[LocalEvent], *names: str) -> list[tuple[object, ...]]:
    """These details of each event."""
    return [tuple(event.detail.get(name) for name in names) for event in told]
