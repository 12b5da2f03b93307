"""The pool: sending to one and to all, refusing, closing all, forgetting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.net_support import (
    entries,
    event_texts,
    reach,
    read_frame,
    received,
    rows,
    websocket_server,
)
from wstui.core.connection import CloseFrame, Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Pool, Refused
from wstui.net import sending
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def echo(peer: ServerConnection) -> None:
    """Send everything back."""
    async for message in peer:
        await peer.send(message)


async def opened(pool: ConnectionPool, port: int, count: int) -> list[Connection]:
    """So many open connections."""
    made = [pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}")) for _ in range(count)]
    for connection in made:
        await reach(pool, connection, State.OPEN)
    return made


async def test_it_is_a_pool() -> None:
    """The connection pool has the shape that the screen asks for."""
    async with ConnectionPool() as pool:
        port: Pool = pool
        assert not port.connections


async def test_broadcast() -> None:
    """A broadcast reaches all open connections, and tells which."""
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        port = server.sockets[0].getsockname()[1]
        first, second, third = await opened(pool, port, 3)
        pool.close(second.id)
        assert await pool.broadcast(b"\x00\xff", Kind.BINARY) == [first.id, third.id]
        for connection in (first, third):
            await received(connection, 1)
            assert (Kind.BINARY, True, b"\x00\xff") in rows(connection.transcript)
            assert (Kind.BINARY, False, b"\x00\xff") in rows(connection.transcript)
        with pytest.raises(Refused, match="UTF-8"):
            await pool.broadcast(b"\xff")


async def test_what_is_refused() -> None:
    """What may not be sent is refused with the reason, and nothing goes out."""
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        (connection,) = await opened(pool, server.sockets[0].getsockname()[1], 1)
        before = len(connection.transcript)
        attempts: tuple[tuple[Callable[[], None], str], ...] = (
            (lambda: pool.send(7, b"x"), "no connection 7"),
            (lambda: pool.send(0, b"\xff"), "UTF-8"),
            (lambda: pool.send(0, b"x", Kind.PING), "not sent as a message"),
            (lambda: pool.ping(0, b"x" * 126), "at most 125"),
            (lambda: pool.pong(0, b"x" * 126), "at most 125"),
            (lambda: pool.close(0, 1006), "never on the wire"),
            (lambda: pool.close(0, 2999), "reserved"),
            (lambda: pool.close(0, 5000), "no close code"),
            (lambda: pool.close(0, 1000, "x" * 124), "123"),
            (lambda: pool.close(0, None, "x"), "needs a code"),
            (lambda: pool.remove(9), "no connection 9"),
        )
        for attempt, words in attempts:
            with pytest.raises(Refused, match=words):
                attempt()
        assert len(connection.transcript) == before


async def test_peer_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sending is refused once too much waits for a peer that does not read."""
    monkeypatch.setattr(sending, "MAX_QUEUED", 1 << 20)
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        (connection,) = await opened(pool, port, 1)
        for _ in range(9):  # the sockets' own buffers take some of it
            with suppress(Refused):
                pool.send(connection.id, bytes(1 << 20), Kind.BINARY)
        more = bytes(1 << 20)
        with pytest.raises(Refused, match="does not read"):
            pool.send(connection.id, more, Kind.BINARY)
        assert await pool.broadcast(more) == []
        assert "left out" in event_texts(connection.transcript, "error")[0]
        over.set()


async def test_close_all() -> None:
    """Closing all closes each with 1001; a peer that does not answer is dropped in the end."""
    over = asyncio.Event()

    async def deaf(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with (
        serve(echo, "127.0.0.1", 0) as server,
        websocket_server(deaf) as silent,
        ConnectionPool() as pool,
    ):
        good = await opened(pool, server.sockets[0].getsockname()[1], 3)
        (bad,) = await opened(pool, silent, 1)
        await pool.close_all(timeout=0.2)
        over.set()
    for connection in good:
        assert connection.close is not None
        assert connection.close.sent == connection.close.received == CloseFrame(1001, "")
        assert connection.close.clean
    assert bad.close is not None
    assert not bad.close.clean
    assert bad.close.sent == CloseFrame(1001, "")


async def test_close_without_a_body() -> None:
    """A close frame may be sent without a code."""
    got: list[tuple[int, bytes]] = []

    async def script(reader: Reader, writer: Writer) -> None:
        got.append(await read_frame(reader))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        (connection,) = await opened(pool, port, 1)
        pool.close(connection.id, None)
        await reach(pool, connection, State.CLOSED)
    assert got == [(0x88, b"")]
    assert connection.close is not None
    assert connection.close.sent == CloseFrame(None, "")


async def test_drop() -> None:
    """Dropping ends TCP without a close frame, and says that we did."""
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        (connection,) = await opened(pool, server.sockets[0].getsockname()[1], 1)
        pool.drop(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert entries(connection.transcript, Kind.CLOSE) == []
    assert connection.close is not None
    assert connection.close.error == "dropped here"


async def test_remove() -> None:
    """A removed connection is gone from the list and from the memory budget, and is dropped."""
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        first, second = await opened(pool, server.sockets[0].getsockname()[1], 2)
        pool.remove(first.id)
        assert list(pool.connections) == [second.id]
        await reach(pool, first, State.CLOSED)
        assert pool.budget.used == second.transcript.memory


async def test_listeners() -> None:
    """Listeners are told of each change of state until they unsubscribe."""
    states: list[State] = []
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        unsubscribe = pool.subscribe(lambda connection: states.append(connection.state))
        (connection,) = await opened(pool, server.sockets[0].getsockname()[1], 1)
        pool.close(connection.id)
        await reach(pool, connection, State.CLOSED)
        unsubscribe()
        pool.remove(connection.id)
    assert list(dict.fromkeys(states)) == [
        State.CONNECTING,
        State.OPEN,
        State.CLOSING,
        State.CLOSED,
    ]


async def test_many_connections() -> None:
    """Two hundred connections open, get a broadcast each, and close cleanly."""
    async with serve(echo, "127.0.0.1", 0) as server, ConnectionPool() as pool:
        made = await opened(pool, server.sockets[0].getsockname()[1], 200)
        assert len(await pool.broadcast(b"all of you")) == 200
        for connection in made:
            await received(connection, 1)
        await pool.close_all(1000, "done", timeout=20)
    assert all(connection.close and connection.close.clean for connection in made)
    assert all(connection.transcript.received == 1 for connection in made)
