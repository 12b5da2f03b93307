"""A client that writes and reads raw bytes, to see what a listener makes of them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.net_support import PATIENCE, frame
from tests.serving_support import listening
from wstui.core.connection import Connection
from wstui.core.listener import Listener
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

MASK = b"\x37\xfa\x21\x3d"
"""The masking key of RFC 6455 section 5.7."""

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Frame(NamedTuple):
    """A frame, unmasked."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0


class RawClient:
    """One WebSocket connection to a listener, its handshake done."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        response: bytes,
        pool: ConnectionPool,
        listener: Listener,
    ) -> None:
        self.reader, self.writer = reader, writer
        self.response = response.decode()
        self.pool, self.listener = pool, listener

    @property
    def connection(self) -> Connection:
        """What the listener has of it."""
        return self.pool.connections[next(iter(self.listener.clients))]

    def send(self, *frames: bytes) -> None:
        """Write frames, which are masked already, at once."""
        self.writer.write(b"".join(frames))

    async def chop(self, data: bytes, size: int = 1) -> None:
        """Write bytes in pieces that the server reads one by one."""
        for at in range(0, len(data), size):
            self.writer.write(data[at : at + size])
            await self.writer.drain()
            await asyncio.sleep(0)

    async def read(self) -> Frame:
        """The next frame."""
        head, second = await self.reader.readexactly(2)
        assert not second & 0x80, "a server must not mask (RFC 6455 section 5.1)"
        length = second
        if length == 126:
            length = struct.unpack("!H", await self.reader.readexactly(2))[0]
            assert length > 125
        elif length == 127:
            length = struct.unpack("!Q", await self.reader.readexactly(8))[0]
            assert length > 65535
        payload = await self.reader.readexactly(length)
        return Frame(head & 0x0F, payload, bool(head & 0x80), head & 0x70)

    async def read_all(self) -> list[Frame]:
        """All frames until the server ends its half of TCP; then ours ends, too."""
        frames = []
        while True:
            try:
                frames.append(await self.read())
            except (asyncio.IncompleteReadError, ConnectionResetError):
                self.writer.close()
                return frames

    async def echoed(self, count: int = 1) -> list[Frame]:
        """The next frames, so many."""
        return [await self.read() for _ in range(count)]

    async def close(self, code: int = 1000) -> list[Frame]:
        """Close as it should be; what came before TCP ended."""
        self.send(masked(CLOSE, code.to_bytes(2, "big")))
        return await self.read_all()


def masked(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes | None = MASK
) -> bytes:
    """A frame as a client sends it."""
    return frame(opcode, payload, fin=fin, rsv=rsv, mask=mask)


def close_of(frames: Sequence[Frame]) -> int | None:
    """The code of the close frame that ended it; None: it had none."""
    assert frames, "TCP ended without a close frame"
    assert frames[-1].opcode == CLOSE
    body = frames[-1].payload
    return int.from_bytes(body[:2], "big") if body else None


REQUEST = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{}\r\n"
)


@asynccontextmanager
async def raw_client(
    *, fast: bool = True, offer: str = "", deflate: Deflate = UNCOMPRESSED, behind: bytes = b""
) -> AsyncIterator[RawClient]:
    """A client of a listener that echoes. `offer` is its Sec-WebSocket-Extensions; `behind` comes
    in the same segment as its request."""
    options = ListenOptions("0", behaviours=("echo",), fast=fast, deflate=deflate)
    async with ConnectionPool() as pool, asyncio.timeout(PATIENCE):
        listener = await listening(pool, options)
        port = int(listener.addresses[0].rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        header = f"Sec-WebSocket-Extensions: {offer}\r\n" if offer else ""
        writer.write(REQUEST.format(header).encode() + behind)
        response = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in response
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in response
        try:
            yield RawClient(reader, writer, response, pool, listener)
        finally:
            writer.close()
