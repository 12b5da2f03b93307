"""Servers that mean no good, or know no better: bounds, deadlines, and the truth of what came."""

from __future__ import annotations

import asyncio
import ssl
from unittest.mock import patch

import pytest
from websockets.asyncio.client import ClientConnection

from tests.net_support import (
    Deflater,
    accept,
    close_frame,
    converse,
    entries,
    event_texts,
    frame,
    reach,
    read_frame,
    read_request,
    rows,
    tcp_server,
    until,
    websocket_server,
)
from wstui.core.connection import CloseFrame, FailureKind, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.ports import Refused
from wstui.net import client_wire, connector, wire
from wstui.net import pool as pool_module
from wstui.net.pool import ConnectionPool
from wstui.net.sending import unsent

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"

both_paths = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])


def url(port: int) -> str:
    """The uri of a server of ours."""
    return f"ws://127.0.0.1:{port}/"


async def until_close(reader: Reader) -> bytes:
    """Read frames till the close frame; its payload."""
    while True:
        head, payload = await read_frame(reader)
        if head & 0x0F == Kind.CLOSE:
            return payload


# Opening


async def test_endless_headers() -> None:
    """A response whose headers never end fails the connection soon, and little of it is kept."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            writer.write(b"X-Flood: yes\r\n" * 5000)
            await writer.drain()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(url(port), open_timeout=None))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert len(connection.failure.headers) * len("X-Flood: yes\r\n") < 2 * client_wire.HEAD_LIMIT


async def test_a_foreign_greeting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that greets in another protocol and waits is told from one that is silent."""
    monkeypatch.setattr(client_wire, "BODY_TIME", 0.05)

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(url(port), open_timeout=None))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.NOT_HTTP
    assert connection.failure.body == b"220 mail.example ESMTP\r\n"


async def test_half_a_foreign_greeting() -> None:
    """Without a line end it takes the whole time-out, and is still told from silence."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(b"login: ")
        await reader.read()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(url(port), open_timeout=0.2))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.NOT_HTTP
    assert connection.failure.body == b"login: "


async def test_tls_settings_that_cannot_be_made() -> None:
    """An error while TLS is prepared is a failure of the connection."""
    with patch.object(ssl, "create_default_context", side_effect=OSError("no trust store")):
        async with ConnectionPool() as pool:
            connection = pool.connect(ConnectOptions("wss://127.0.0.1:1/"))
            await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert "no trust store" in connection.failure.message


@pytest.mark.parametrize("end", ["drop", "remove"])
async def test_given_up_as_the_response_comes(end: str) -> None:
    """A connection given up in the very turn of its response stays failed."""
    states: list[State] = []
    async with ConnectionPool() as pool:

        async def script(reader: Reader, writer: Writer) -> None:
            writer.write(accept(await read_request(reader)) + frame(Kind.TEXT, b"hello"))
            await reader.read()

        async with tcp_server(script) as port:
            connection = pool.connect(ConnectOptions(url(port)))
            feed = client_wire.WireConnection._shake_hands

            def give_up_first(self: client_wire.WireConnection, data: bytes) -> None:
                getattr(pool, end)(connection.id)
                pool.subscribe(lambda connection: states.append(connection.state))
                feed(self, data)

            with patch.object(client_wire.WireConnection, "_shake_hands", give_up_first):
                await reach(pool, connection, State.FAILED)
    assert connection.state is State.FAILED
    assert State.OPEN not in states
    assert connection.opened is None
    assert connection.close is None
    assert entries(connection.transcript, Kind.TEXT) == []


async def test_time_out_as_the_response_comes() -> None:
    """Once the response was seen, a time-out of opening ends the connection as a closed one."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(accept(await read_request(reader)))
        await reader.read()

    connect = connector.Connector.connect

    async def too_late(self: connector.Connector) -> ClientConnection:
        await connect(self)
        raise TimeoutError

    async with tcp_server(script) as port, ConnectionPool() as pool:
        with patch.object(connector.Connector, "connect", too_late):
            connection = pool.connect(ConnectOptions(url(port)))
            await reach(pool, connection, State.CLOSED, State.FAILED)
    assert connection.state is State.CLOSED
    assert connection.failure is None
    assert connection.close is not None


async def test_silent_servers_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many servers do not answer, the next connection is opened."""
    monkeypatch.setattr(pool_module, "OPENING", 3)
    monkeypatch.setattr(pool_module, "OPENING_TIME", 0.01)

    async def silence(reader: Reader, writer: Writer) -> None:
        await reader.read()
        await asyncio.Event().wait()

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with (
        tcp_server(silence) as silent,
        websocket_server(script) as port,
        ConnectionPool() as pool,
    ):
        for _ in range(9):
            pool.connect(ConnectOptions(url(silent), open_timeout=None))
        connection = pool.connect(ConnectOptions(url(port)))
        await reach(pool, connection, State.OPEN)


# Open


async def test_half_closed_and_not_reading() -> None:
    """A peer that ends its half of TCP and does not read is given up after the time-out."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(1)
        writer.write_eof()
        await asyncio.Event().wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(url(port), deflate=UNCOMPRESSED, close_timeout=0.1)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        pool.send(connection.id, bytes(30 << 20), Kind.BINARY)
        await reach(pool, connection, State.CLOSING)
        with pytest.raises(Refused):
            pool.send(connection.id, b"more")
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert not connection.close.clean
    assert (connection.close.sent, connection.close.received) == (None, None)
    assert "was not read" in (connection.close.error or "")


async def test_close_all_whatever_one_of_them_does() -> None:
    """One connection that cannot be closed any more does not keep others from it."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame(1001) if await until_close(reader) else b"")

    async with websocket_server(script) as port, ConnectionPool() as pool:
        gone, other = (pool.connect(ConnectOptions(url(port))) for _ in range(2))
        for connection in (gone, other):
            await reach(pool, connection, State.OPEN)
        pool.drop(gone.id)
        assert gone.state is State.OPEN  # the news is still on its way
        await pool.close_all()
    assert other.close is not None
    assert other.close.sent == CloseFrame(1001, "")


async def test_nothing_is_sent_after_a_drop() -> None:
    """What is sent in the same turn after a drop is refused, and not recorded."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(url(port)))
        await reach(pool, connection, State.OPEN)
        pool.drop(connection.id)
        with pytest.raises(Refused):
            pool.send(connection.id, b"too late")
        await reach(pool, connection, State.CLOSED)
    assert entries(connection.transcript, Kind.TEXT) == []


async def test_pings_from_a_peer_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pings do not fill our memory with pongs; the newest is answered once it reads."""
    monkeypatch.setattr(wire, "CONGESTED", 200_000)
    pings, reads = asyncio.Event(), asyncio.Event()
    answered: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(1)
        for number in range(20):
            writer.write(frame(Kind.PING, f"{number:0125}".encode()) * 1000)
            await writer.drain()
        writer.write(frame(Kind.PING, b"last"))
        pings.set()
        await reads.wait()
        header = await reader.readexactly(9 + 4)  # the rest of the large frame's header
        await reader.readexactly(int.from_bytes(header[1:9], "big"))
        while not answered or answered[-1] != b"last":
            answered.append((await read_frame(reader))[1])
        writer.write(close_frame())
        await until_close(reader)

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(
            ConnectOptions(url(port), deflate=UNCOMPRESSED, ping_interval=None)
        )
        await reach(pool, connection, State.OPEN)
        pool.send(connection.id, bytes(8 << 20), Kind.BINARY)
        await pings.wait()
        await until(lambda: connection.transcript.counts[Kind.PING] == 20_001)
        socket_side = pool._clients[connection.id].wire
        assert socket_side is not None
        assert unsent(socket_side.transport) < 9 << 20
        reads.set()
        await reach(pool, connection, State.CLOSED)
    assert answered[-1] == b"last"
    assert len(answered) < 20_001
    pongs = entries(connection.transcript, Kind.PONG)
    assert len(pongs) == len(answered)


async def test_only_the_newest_ping_is_answered() -> None:
    """A pong to our own ping answers the keepalive's before it, too."""

    async def script(reader: Reader, writer: Writer) -> None:
        await read_frame(reader)  # the keepalive's, which gets no answer of its own
        _, payload = await read_frame(reader)
        writer.write(frame(Kind.PONG, payload))
        await asyncio.Event().wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(url(port), ping_interval=0.05, ping_timeout=None)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        await until(lambda: len(entries(connection.transcript, Kind.PING)) == 1)
        socket = pool._clients[connection.id].wire
        assert socket is not None
        pool.ping(connection.id, b"mine")
        await until(lambda: connection.rtt is not None)
        assert not socket.pending_pings


async def test_what_has_ended_holds_no_socket() -> None:
    """A closed connection keeps its transcript, and nothing of the network."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame())
        await until_close(reader)

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(url(port)))
        await reach(pool, connection, State.CLOSED)
        assert pool._clients[connection.id].wire is None


# The truth about the end


@both_paths
async def test_our_failing_close_is_answered(fast: bool) -> None:
    """The peer's answer to the close frame with which we failed it is recorded."""

    async def script(reader: Reader, writer: Writer) -> None:
        bad, behind = frame(Kind.TEXT, b"\xff\xfe"), frame(Kind.TEXT, b"ignored")
        writer.write(bad + behind)
        payload = await until_close(reader)
        writer.write(behind[:3])
        await writer.drain()
        writer.write(behind[3:] + frame(Kind.CLOSE, payload) + behind)

    connection = await converse(script, fast=fast)
    assert connection.close is not None
    assert connection.close.by_us
    assert connection.close.sent is not None
    assert connection.close.sent.code == 1007
    assert connection.close.received == connection.close.sent
    assert not connection.close.clean
    assert [row[:2] for row in rows(connection.transcript)] == [
        (Kind.TEXT, False),
        (Kind.CLOSE, True),
        (Kind.CLOSE, False),
    ]


@both_paths
@pytest.mark.parametrize("bad", [b"\x83\x03abc", b"\x83\x7e\x00\x80" + bytes(128), b"\xa1\x00"])
async def test_answer_behind_a_broken_header(fast: bool, bad: bytes) -> None:
    """It is found behind a frame whose header alone broke the rules, too."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(bad + frame(Kind.PING, b"\x88\x00") + close_frame(1002, "sorry"))
        await until_close(reader)

    connection = await converse(script, fast=fast)
    assert connection.close is not None
    assert connection.close.received == CloseFrame(1002, "sorry")


@both_paths
async def test_answer_behind_a_large_bad_frame(fast: bool) -> None:
    """It is found behind the rest of a large text whose first part was not UTF-8."""

    async def script(reader: Reader, writer: Writer) -> None:
        bad = frame(Kind.TEXT, b"a" * 100_000 + b"\xff" + b"\x88\x00" * 50_000)
        writer.write(bad[:150_000])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(bad[150_000:] + close_frame(1007, "sorry"))
        await until_close(reader)

    connection = await converse(script, fast=fast, deflate=UNCOMPRESSED)
    assert connection.close is not None
    assert connection.close.received == CloseFrame(1007, "sorry")


@both_paths
@pytest.mark.parametrize(
    ("payload", "received"),
    [
        (b"\x03\xeebye", CloseFrame(1006, "bye")),
        (b"\x0f\xa1\xffbye", CloseFrame(4001, "�bye")),
        (b"\x03", CloseFrame(None, "")),
    ],
)
async def test_invalid_close_frames(fast: bool, payload: bytes, received: CloseFrame) -> None:
    """A close frame that breaks the rules is still the peer's close frame, and came first."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.CLOSE, payload))
        await until_close(reader)

    connection = await converse(script, fast=fast)
    assert connection.close is not None
    assert connection.close.received == received
    assert connection.close.by_us is False
    assert not connection.close.clean
    closes = [row for row in rows(connection.transcript) if row[0] is Kind.CLOSE]
    assert [outgoing for _, outgoing, _ in closes] == [False, True]


@both_paths
@pytest.mark.parametrize("bad", [b"\x83\x00", b"\x00\x7f" + (1 << 40).to_bytes(8, "big")])
async def test_a_begun_message_before_the_failure(fast: bool, bad: bytes) -> None:
    """What had come of a message is recorded when another frame fails the connection."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"one ", fin=False) + frame(0, b"two", fin=False) + bad)
        await until_close(reader)

    connection = await converse(script, fast=fast)
    (entry,) = entries(connection.transcript, Kind.TEXT)
    assert entry.incomplete
    assert connection.transcript.payload(entry.number) == b"one two"


@both_paths
async def test_tcp_ends_inside_a_compressed_message(fast: bool) -> None:
    """Deflated bytes of an unfinished frame are not passed off as its payload."""
    deflated = Deflater()(b"hello " * 1000)

    async def script(reader: Reader, writer: Writer) -> None:
        half = len(deflated) // 2
        writer.write(frame(Kind.TEXT, deflated[:half], fin=False, rsv=0x40))
        writer.write(frame(0, deflated[half:])[:-3])

    connection = await converse(script, headers=DEFLATE, fast=fast)
    (entry,) = entries(connection.transcript, Kind.TEXT)
    assert entry.incomplete
    assert (b"hello " * 1000).startswith(connection.transcript.payload(entry.number))
    assert any("inside a frame" in text for text in event_texts(connection.transcript, "error"))
