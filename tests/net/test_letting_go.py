"""Letting go: drops by FIN and by reset, half-close, what comes after our close frame."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys

import pytest

from tests.net_support import (
    close_frame,
    entries,
    event_texts,
    frame,
    reach,
    read_frame,
    received,
    rows,
    until,
    websocket_server,
)
from wstui.core.connection import CloseFrame, State
from wstui.core.entry import Kind
from wstui.core.explain.closing import closing_words
from wstui.core.explain.failures import DROPPED, RESET, explain_close
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool


def options(port: int, **further: object) -> ConnectOptions:
    """How to reach the scripted server."""
    return ConnectOptions(f"ws://127.0.0.1:{port}/", **further)  # type: ignore[arg-type]


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "reset"])
async def test_the_peer_sees_how_it_was_dropped(reset: bool) -> None:
    """A drop by FIN is an ordinary end of TCP, even with bytes unread here; a reset is an error."""
    seen: list[str] = []
    ended = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"x" * 100_000) * 4)
        try:
            seen.append("fin" if await reader.read() == b"" else "bytes")
        except ConnectionResetError:
            seen.append("reset")
        ended.set()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        pool.pause(connection.id)
        pool.drop(connection.id, reset=reset)
        await reach(pool, connection, State.CLOSED)
        await asyncio.wait_for(ended.wait(), 10)
    assert seen == ["reset" if reset else "fin"]
    assert connection.close is not None
    assert connection.close.error == (RESET if reset else DROPPED)
    assert not connection.close.clean
    assert ("by a reset" in explain_close(connection.close).sentence) is reset


async def test_messages_after_our_close_are_marked_and_counted() -> None:
    """What comes between our close frame and the answer is recorded, and known as such."""
    proceed = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"before"))
        await read_frame(reader)
        writer.write(frame(Kind.TEXT, b"late 1") + frame(Kind.BINARY, b"late 2"))
        await proceed.wait()
        writer.write(close_frame(4002, "at last"))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        await received(connection, 1)
        pool.close(connection.id, 4001, "bye")
        await received(connection, 3)
        assert connection.state is State.CLOSING
        words = closing_words(connection, "3 s")
        assert words == "close 4001 sent, waiting for the answer 3 s · 2 came after it"
        proceed.set()
        await reach(pool, connection, State.CLOSED)
    transcript = connection.transcript
    late = [
        transcript.payload(entry.number)
        for kind in (Kind.TEXT, Kind.BINARY)
        for entry in entries(transcript, kind)
        if entry.number in transcript.late
    ]
    assert late == [b"late 1", b"late 2"]
    assert len(transcript) not in transcript.late
    record = connection.close
    assert record is not None
    assert (record.late, record.by_us, record.clean) == (2, True, True)
    assert record.sent == CloseFrame(4001, "bye")
    assert record.received == CloseFrame(4002, "at last")
    assert "2 messages came in after our close frame." in explain_close(record).sentence
    assert "2 messages came in" in event_texts(transcript, "closed")[0]


async def test_half_close_goes_on_receiving() -> None:
    """After our half of TCP ended the peer still talks; nothing goes out, not even a pong."""
    heard: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())  # all up to FIN
        writer.write(frame(Kind.PING, b"?") + frame(Kind.TEXT, b"still here"))
        await writer.drain()
        writer.write(close_frame(1001, "going"))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        pool.end_sending(connection.id)
        assert connection.is_open
        for ask in (pool.close, pool.ping, pool.pong, pool.end_sending):
            with pytest.raises(Refused, match="Our half of TCP has ended"):
                ask(connection.id)
        with pytest.raises(Refused, match="Our half of TCP has ended"):
            pool.send(connection.id, b"x")
        await reach(pool, connection, State.CLOSED)
    assert heard == [b""]
    assert (Kind.TEXT, False, b"still here") in rows(connection.transcript)
    assert not [row for row in rows(connection.transcript) if row[1]]
    record = connection.close
    assert record is not None
    assert record.half_ended
    assert record.sent is None
    assert "after our half of TCP had ended" in explain_close(record).sentence


async def test_a_broken_peer_is_left_after_a_half_close() -> None:
    """A violation after a half-close ends with the close time-out: no close frame can go out."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.write(frame(3, b"?"))
        await asyncio.Event().wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port, close_timeout=0.05))
        await reach(pool, connection, State.OPEN)
        pool.end_sending(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.sent is None


async def test_a_second_close_is_refused_and_a_drop_is_not() -> None:
    """While the closing handshake goes on, only dropping is left."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        pool.close(connection.id, 4001)
        with pytest.raises(Refused, match="what is left is to drop it"):
            pool.close(connection.id)
        pool.drop(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert explain_close(connection.close).title == "Dropped"


async def test_several_are_closed_at_once() -> None:
    """Those that can be closed are; ended ones and unknown ids are left out."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(close_frame(4001, "all"))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connections = [pool.connect(options(port)) for _ in range(3)]
        for connection in connections:
            await reach(pool, connection, State.OPEN)
        pool.drop(1)
        await reach(pool, connections[1], State.CLOSED)
        assert await pool.close_each([0, 1, 2, 99], 4001, "all") == [0, 2]
        with pytest.raises(Refused, match="never on the wire"):
            await pool.close_each([0], 1006)
        for connection in connections:
            await reach(pool, connection, State.CLOSED)
        assert await pool.drop_each([0, 1, 2]) == []
    assert [one.close.clean for one in connections if one.close] == [True, False, True]


async def test_paused_connections_do_not_hold_up_leaving() -> None:
    """To leave, reading goes on: the answer to our close frame is read, and the end is clean."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"unread"))
        await read_frame(reader)
        writer.write(close_frame(1001))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        pool.pause(connection.id)
        await pool.close_all()
        await until(lambda: connection.state is State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean


@pytest.mark.skipif(sys.platform == "win32", reason="there a reset is heard of")
async def test_half_closing_what_a_reset_has_ended() -> None:
    """While nothing is read, nobody hears of a reset; then it is refused, and that is the end."""
    socks: list[socket.socket] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        socks.append(sock)

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        pool.pause(connection.id)
        pool.send(connection.id, b"go")
        await until(lambda: bool(socks) and socks[0].fileno() == -1)  # closed, and so reset
        assert connection.is_open
        with pytest.raises(Refused, match="TCP has ended"):
            pool.end_sending(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert connection.half_ended is None
