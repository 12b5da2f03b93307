"""Peers for the network's tests: raw bytes over loopback."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from websockets.utils import apply_mask

from wstui.core.connection import Connection, State
from wstui.core.entry import Entry, Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.net.pool import ConnectionPool

PATIENCE = 20.0
"""Seconds after which a test that waits has failed; no test takes nearly as long."""

BUSY_TURNS = 1000
"""Turns of the loop in which something is waited for without a pause."""

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = None,
    length: int | None = None,
) -> bytes:
    """One frame as raw bytes. `length` overrides the number that the header states."""
    head = bytes((opcode | (0x80 if fin else 0) | rsv,))
    stated = len(payload) if length is None else length
    bit = 0 if mask is None else 0x80
    if stated < 126:
        head += bytes((stated | bit,))
    elif stated < 65536:
        head += bytes((126 | bit,)) + stated.to_bytes(2, "big")
    else:
        head += bytes((127 | bit,)) + stated.to_bytes(8, "big")
    if mask is not None:
        payload = apply_mask(payload, mask)
        head += mask
    return head + payload


def close_frame(code: int | None = 1000, reason: str = "") -> bytes:
    """A close frame as a server sends it."""
    body = b"" if code is None else code.to_bytes(2, "big") + reason.encode()
    return frame(Kind.CLOSE, body)


class Deflater:
    """Compresses messages as permessage-deflate does, with context takeover (RFC 7692)."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(wbits=-15)

    def __call__(self, payload: bytes) -> bytes:
        data = self._compressor.compress(payload) + self._compressor.flush(zlib.Z_SYNC_FLUSH)
        return data.removesuffix(b"\x00\x00\xff\xff")


def accept(request: bytes, headers: str = "") -> bytes:
    """The response that accepts a handshake request."""
    match = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
    assert match is not None
    digest = hashlib.sha1(match[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{headers}\r\n"
    ).encode()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The handshake request, up to and with the blank line."""
    return await reader.readuntil(b"\r\n\r\n")


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """First byte and unmasked payload of the next frame from a client."""
    head, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    return head, apply_mask(masked, mask)


@asynccontextmanager
async def tcp_server(script: Script) -> AsyncIterator[int]:
    """Run `script` for each TCP connection; yields the port. Ends everything at exit."""
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, or the test is over
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def websocket_server(script: Script, headers: str = "") -> AsyncIterator[int]:
    """Like `tcp_server`, the opening handshake being done when `script` runs."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept(await read_request(reader), headers))
        await script(reader, writer)

    async with tcp_server(serve) as port:
        yield port


async def reach(pool: ConnectionPool, connection: Connection, *states: State) -> None:
    """Wait until `connection` is in one of `states`."""
    changed = asyncio.Event()
    unsubscribe = pool.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(PATIENCE):
            while connection.state not in states:
                changed.clear()
                await changed.wait()
    finally:
        unsubscribe()


def free_port() -> int:
    """A port that nobody uses, and that the system gives to nobody who asks it for any.

    Linux takes those for itself from 32768 on, macOS and Windows from 49152 on: a program that is
    slow to start would find one of them taken by another test's connection.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def listens(port: int) -> bool:
    """Whether somebody listens on a port."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Let the loop go round until `condition` holds, where nothing tells of it."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience):
        for turn in count():
            if condition():
                return
            if turn < BUSY_TURNS:
                await asyncio.sleep(0)
            else:  # what is waited for takes a while: leave the processor to it
                tick = asyncio.Event()
                loop.call_later(0.005, tick.set)
                await tick.wait()


async def received(connection: Connection, count: int) -> None:
    """Wait until `connection` has received so many data messages."""
    await until(lambda: connection.transcript.received >= count)


async def converse(
    script: Script, *, headers: str = "", send: Sequence[bytes] = (), **options: Any
) -> Connection:
    """Connect to a server that runs `script`, send texts, and wait until it is all over."""
    async with websocket_server(script, headers) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/", **options))
        await reach(pool, connection, State.OPEN, State.CLOSED)
        for text in send:
            pool.send(connection.id, text)
        await reach(pool, connection, State.CLOSED, State.FAILED)
    return connection


def rows(transcript: Transcript, *, events: bool = False) -> list[tuple[Kind, bool, bytes]]:
    """Kind, whether outgoing, and payload of each entry; without local events."""
    entries = (transcript.entry(number) for number in range(transcript.first, len(transcript)))
    return [
        (entry.kind, entry.outgoing, transcript.payload(entry.number))
        for entry in entries
        if events or not entry.is_event
    ]


def entries(transcript: Transcript, kind: Kind) -> list[Entry]:
    """All entries of one kind."""
    found = (transcript.entry(number) for number in range(transcript.first, len(transcript)))
    return [entry for entry in found if entry.kind is kind]


def event_texts(transcript: Transcript, name: str) -> list[str]:
    """The texts of all local events of this name."""
    events = (transcript.event(entry.number) for entry in entries(transcript, Kind.EVENT))
    return [event.text for event in events if event.name == name]
