"""A wire without a socket, of either side of a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from websockets.client import ClientProtocol
from websockets.http11 import Request
from websockets.uri import parse_uri

from tests.net_support import accept
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.net.client import Client
from wstui.net.client_wire import WireConnection
from wstui.net.deflate import offered_extensions
from wstui.net.frame_header import apply_mask, read_header
from wstui.net.governor import Governor
from wstui.net.living import Living
from wstui.net.request import RequestPlan
from wstui.net.serving.deflate import agreed_extensions
from wstui.net.serving.server_wire import ServerWire
from wstui.net.tap import Payload, Recorder, TappedProtocol, TappedServer
from wstui.net.wire import Wire as NetWire


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
        is_offered = self.connection.options.deflate.offer
        agreed = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if is_offered else ""
        response = accept(bytes(self.transport.written), agreed)
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
