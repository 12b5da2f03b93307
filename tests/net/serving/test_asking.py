"""Handshakes that wait for the user: accepted, rejected, given up, left alone."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from tests.net_support import frame, reach, read_request, until
from tests.serving_support import listening
from wstui.core.connection import Connection, FailureKind, State, Step
from wstui.core.entry import Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import Refused
from wstui.core.serving.request import Accept, Reject
from wstui.net.pool import ConnectionPool

HANDSHAKE = (
    b"GET /s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
ASKING = ListenOptions("0", rules=("ask",), subprotocols=("a",))


async def waiting(
    pool: ConnectionPool, count: int = 1, options: ListenOptions = ASKING
) -> tuple[Listener, list[Connection], list[Connection]]:
    """A listener, connections of ours that ask it, and the clients that they are there."""
    listener = await listening(pool, options)
    wanted = ConnectOptions(f"{listener.uris[0]}/s", subprotocols=("a", "b"))
    ours = [pool.connect(wanted) for _ in range(count)]
    await until(lambda: len(listener.clients) == count)
    return listener, ours, [pool.connections[id] for id in listener.clients]


async def raw(listener: Listener, behind: bytes = b"") -> Streams:
    """A client of raw bytes that asks and sends `behind`."""
    port = int(listener.addresses[0].rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE + behind)
    return reader, writer


async def test_who_waits_is_shown_with_what_it_asks(pool: ConnectionPool) -> None:
    """It is a connection that is being opened, with its request and until when it is waited."""
    listener, (ours,), (client,) = await waiting(pool)
    assert client.state is ours.state is State.CONNECTING
    assert client.step is Step.DECISION
    assert client.handshake.path == "/s"
    assert client.decide_by is not None
    assert 59 < client.decide_by - client.created <= 61
    assert listener.live == 1


async def test_it_is_accepted_by_hand(pool: ConnectionPool) -> None:
    """With the subprotocol and the headers that the user gives."""
    _, (ours,), (client,) = await waiting(pool)
    pool.decide(client.id, Accept("b", (("X-By", "hand"),)))
    await until(lambda: ours.is_open)
    assert client.is_open
    assert client.decide_by is None
    assert ours.handshake.subprotocol == client.handshake.subprotocol == "b"
    assert ("X-By", "hand") in ours.handshake.response_headers
    pool.send(ours.id, b"hello")
    pool.send(client.id, b"world")
    await until(lambda: client.transcript.received == ours.transcript.received == 1)
    with pytest.raises(Refused, match="does not wait"):
        pool.decide(client.id, Accept())


async def test_it_is_rejected_by_hand(pool: ConnectionPool) -> None:
    """With the status, headers and body that the user gives."""
    listener, (ours,), (client,) = await waiting(pool)
    pool.decide(client.id, Reject(418, (("X-By", "hand"),), "no tea"))
    await reach(pool, ours, State.FAILED)
    assert ours.failure is not None
    assert (ours.failure.status, ours.failure.body) == (418, b"no tea")
    assert client.failure is not None
    assert client.failure.kind is FailureKind.REJECTED
    assert client.failure.status == 418
    assert client.failure.message == "you rejected it"
    assert (listener.live, listener.tally.rejected, listener.tally.accepted) == (0, 1, 0)
    with pytest.raises(Refused, match="does not wait"):
        pool.decide(client.id, Accept())


@pytest.mark.parametrize("size", [0, 10, 60_000, 1_000_000], ids=str)
@pytest.mark.parametrize("together", [True, False], ids=["together", "later"])
async def test_what_is_sent_meanwhile_is_kept(
    pool: ConnectionPool, size: int, together: bool
) -> None:
    """Bytes behind the request, however many, come when it is accepted; too many wait outside."""
    listener = await listening(pool, ASKING)
    messages = frame(Kind.BINARY, bytes(size), mask=b"abcd") + frame(1, b"end", mask=b"abcd")
    reader, writer = await raw(listener, messages if together else b"")
    await until(lambda: bool(listener.clients))
    (client,) = [pool.connections[id] for id in listener.clients]
    if not together:
        writer.write(messages)
        (door,) = pool._serving.get(listener.id)._doors
        await until(lambda: bool(door._data) and len(door._data) <= max(len(messages), 1 << 19))
    pool.decide(client.id, Accept())
    assert (await read_request(reader)).startswith(b"HTTP/1.1 101 ")
    await until(lambda: client.transcript.received == 2)
    assert client.transcript.bytes_in == size + 3
    writer.close()


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "fin"])
async def test_a_client_that_leaves_is_no_longer_asked_about(
    pool: ConnectionPool, reset: bool
) -> None:
    """It has failed, and says that it left."""
    listener = await listening(pool, ASKING)
    _, writer = await raw(listener)
    await until(lambda: bool(listener.clients))
    (client,) = [pool.connections[id] for id in listener.clients]
    if reset:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()
    await reach(pool, client, State.FAILED)
    assert client.failure is not None
    assert client.failure.message == "it left before that was decided"
    assert client.decide_by is None
    assert listener.live == 0
    with pytest.raises(Refused, match="does not wait"):
        pool.decide(client.id, Accept())


async def test_nobody_decides_in_time(pool: ConnectionPool) -> None:
    """It gets 503, and is counted as rejected."""
    options = ListenOptions("0", rules=("ask for 0.02s",))
    listener, (ours,), (client,) = await waiting(pool, 1, options)
    await reach(pool, client, State.FAILED)
    await reach(pool, ours, State.FAILED)
    assert ours.failure is not None
    assert ours.failure.status == 503
    assert client.failure is not None
    assert client.failure.message == "nobody decided within 0.02 s"
    assert listener.tally.rejected == 1


@pytest.mark.parametrize("way", ["close", "drop", "remove", "stop", "remove listener"])
async def test_who_waits_is_told_when_it_is_given_up(pool: ConnectionPool, way: str) -> None:
    """However the wait ends here, there is an answer, and nothing is left."""
    listener, (ours,), (client,) = await waiting(pool)
    match way:
        case "close":
            pool.close(client.id)
        case "drop":
            pool.drop(client.id)
        case "remove":
            pool.remove(client.id)
        case "stop":
            pool.stop_listening(listener.id)
        case _:
            pool.remove(listener.id)
    await reach(pool, ours, State.FAILED)
    assert ours.failure is not None
    assert ours.failure.status == 503
    assert client.state is State.FAILED
    assert listener.live == 0
    assert (client.id in pool.connections) is (not way.startswith("remove"))


async def test_the_pool_ends_while_many_wait() -> None:
    """All are told, and the end does not wait for anybody."""
    async with ConnectionPool() as pool, ConnectionPool() as others:
        listener = await listening(pool, ASKING)
        ours = [others.connect(ConnectOptions(listener.uris[0])) for _ in range(20)]
        await until(lambda: listener.live == 20)
        async with asyncio.timeout(5):
            await pool.close_all()
        for one in ours:
            await reach(others, one, State.FAILED)
            assert one.failure is not None
            assert one.failure.status == 503
        assert listener.state is ListenerState.STOPPED
        assert listener.live == 0


async def test_many_wait_at_once(pool: ConnectionPool) -> None:
    """Each is decided about by itself, in any order."""
    listener, ours, clients = await waiting(pool, 40)
    for number, client in reversed(list(enumerate(clients))):
        pool.decide(client.id, Reject(403) if number % 2 else Accept())
    await until(lambda: all(one.state is not State.CONNECTING for one in ours))
    assert sum(one.is_open for one in ours) == listener.live == 20
    assert [client.is_open for client in clients] == [True, False] * 20
    by_place = {one.handshake.local for one in ours if one.is_open}
    assert by_place == {client.handshake.remote for client in clients if client.is_open}
    assert (listener.tally.accepted, listener.tally.rejected) == (20, 20)


async def test_it_goes_on_when_nobody_further_is_accepted(pool: ConnectionPool) -> None:
    """A listener that accepts nobody further still asks about those who are there."""
    listener, (ours,), (client,) = await waiting(pool)
    pool.stop_accepting(listener.id)
    pool.decide(client.id, Accept())
    await until(lambda: ours.is_open)
