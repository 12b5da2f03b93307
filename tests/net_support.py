"""Peers for the network's tests: raw bytes over loopback, and a wire without a socket."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, NamedTuple

from websockets.client import ClientProtocol
from websockets.http11 import Request
from websockets.uri import parse_uri
from websockets.utils import apply_mask

from wstui.core.connection import Connection, State
from wstui.core.entry import Entry, EventName, Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.net.client import Client
from wstui.net.client_wire import WireConnection
from wstui.net.deflate import offered_extensions
from wstui.net.frame_header import read_header
from wstui.net.governor import Governor
from wstui.net.living import Living
from wstui.net.pool import ConnectionPool
from wstui.net.request import RequestPlan
from wstui.net.serving.deflate import agreed_extensions
from wstui.net.serving.server_wire import ServerWire
from wstui.net.tap import Payload, Recorder, TappedProtocol, TappedServer
from wstui.net.wire import Wire as NetWire

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


def as_client(data: bytes) -> bytes:
    """Frames as a client sends them: each of these gets a masking key, of its own."""
    masked = bytearray()
    at = 0
    while at < len(data):
        header = read_header(data[at : at + 14])
        if header is None:  # it is cut off
            masked += data[at : at + 1] + bytes((data[at + 1] | 0x80,)) if data[at + 1 :] else b""
            break
        begin = at + header.size
        key = (0x9E3779B9 * (at + 1) & 0xFFFFFFFF).to_bytes(4, "big")
        masked += data[at : at + 1] + bytes((data[at + 1] | 0x80,)) + data[at + 2 : begin]
        masked += key + apply_mask(data[begin : begin + header.length], key)
        at = begin + header.length
    return bytes(masked)


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
    """A port that nobody uses at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


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


class Row(NamedTuple):
    """An entry without its time."""

    flags: int
    payload: bytes
    wire: int
    fragments: tuple[tuple[int, ...], ...]


class FakeTransport(asyncio.Transport):
    """A transport that keeps what is written and reads nothing, but knows whether it would."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False
        self.reading = True

    def write(self, data: Any) -> None:
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.closed = True

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class Serving(Living):
    """The life of the server's side of a connection."""

    partner = "client"


SIDES = ["client", "server"]
"""Of a connection, ours."""


class Wire:
    """An open connection over a fake transport: bytes go in where a socket's would.

    They are those of a server; when `side` is ours as a server, each frame gets a mask.
    """

    client: Living
    wire: NetWire

    def __init__(
        self,
        *,
        fast: bool,
        behind: bytes = b"",
        governor: Governor | None = None,
        side: str = "client",
        **options: Any,
    ) -> None:
        # By a clock that stands still no turn is ever spent: everything is dealt with at once.
        governor = governor or Governor(clock=lambda: 0.0)
        self.side = side
        is_client = side == "client"
        self.connection = Connection(
            0, ConnectOptions("ws://x/", **options), Transcript(client=is_client), 0.0
        )
        self.transport = FakeTransport()
        self.heard: list[tuple[int, bytes]] = []
        """Kind and payload of each message that was told of."""
        open_one = self._open_client if is_client else self._open_server
        open_one(ConnectOptions("ws://x/", fast=fast, ping_interval=None), governor, behind)

    def _hear(self, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
        assert len(flags) == len(payloads)
        for flag, payload in zip(flags, payloads, strict=True):
            self.heard.append((flag & 0x0F, bytes(payload)))

    def _open_server(self, options: ConnectOptions, governor: Governor, behind: bytes) -> None:
        protocol = TappedServer(
            extensions=agreed_extensions(self.connection.options.deflate),
            max_size=self.connection.options.max_size,
        )
        protocol.receive_data(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )
        request = protocol.events_received()[0]
        assert isinstance(request, Request)
        response = protocol.accept(request)
        self.client = Serving(self.connection, lambda _: None)
        protocol.recorder = Recorder(self.connection, self.client)
        protocol.recorder.heard = self._hear
        self.wire = self.client.wire = ServerWire(protocol, self.client, governor, options)
        self.wire.connection_made(self.transport)
        protocol.send_response(response)
        self.wire.send_data()
        self.connection.state = State.OPEN
        protocol.recorder.event(EventName.OPEN, "")
        self.client.begin_life(self.wire)
        self.transport.written.clear()
        if behind:
            self.wire.take_in(as_client(behind))

    def _open_client(self, options: ConnectOptions, governor: Governor, behind: bytes) -> None:
        self.client = client = Client(self.connection, lambda _: None)
        extensions = offered_extensions(self.connection.options.deflate)
        protocol = TappedProtocol(
            parse_uri("ws://x/"), extensions=extensions, max_size=self.connection.options.max_size
        )
        assert isinstance(protocol, ClientProtocol)
        protocol.plan = RequestPlan(self.connection.options)
        protocol.recorder = Recorder(self.connection, client)
        protocol.recorder.heard = self._hear
        self.wire = wire = WireConnection(protocol, client, governor, options)
        client.dialled(wire)
        wire.connection_made(self.transport)
        wire.request = protocol.connect()
        protocol.send_request(wire.request)
        wire.send_data()
        response = accept(
            bytes(self.transport.written), "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        )
        self.transport.written.clear()
        self.receive_raw(response + behind)

    def receive(self, data: bytes) -> None:
        """Let the connection read whole frames of a server, masked if we are the server."""
        self.receive_raw(data if self.side == "client" else as_client(data))

    def receive_raw(self, data: bytes) -> None:
        """Let the connection read `data`, in as many reads as its buffer needs."""
        while data:
            buffer = self.wire.get_buffer(-1)
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            del buffer  # as asyncio does: no view outlives the read
            self.wire.buffer_updated(size)
            data = data[size:]

    def end(self) -> None:
        """TCP ends."""
        self.wire.connection_lost(None)

    @property
    def story(self) -> list[Row]:
        """All entries without their times."""
        transcript = self.connection.transcript
        return [
            Row(
                entry.flags,
                transcript.payload(entry.number),
                entry.wire,
                tuple(tuple(part[1:]) for part in transcript.fragments(entry.number)),
            )
            for entry in map(transcript.entry, range(len(transcript)))
        ]
