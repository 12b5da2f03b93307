"""Limits of a listener: how many clients, how long idle, how slow; and who floods it."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
import pytest_asyncio

from tests.net_support import entries, event_texts, frame, reach, read_request, until
from tests.serving_support import listening
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind
from wstui.core.listener import Listener
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.limits import LEAST_QUEUE, LIMITS_ROWS, Limits
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool
from wstui.net.serving import listening as listening_module

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

Visit = Callable[[Listener], Awaitable[asyncio.StreamWriter]]


def port_of(listener: Listener) -> int:
    """Its port."""
    return int(listener.addresses[0].rpartition(":")[2])


@pytest_asyncio.fixture
async def visit() -> AsyncIterator[Visit]:
    """Makes clients that read nothing but the response to their handshake."""
    writers: list[asyncio.StreamWriter] = []

    async def come(listener: Listener) -> asyncio.StreamWriter:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(listener), limit=4096)
        writers.append(writer)
        writer.write(HANDSHAKE)
        assert (await read_request(reader)).startswith(b"HTTP/1.1 101 ")
        return writer

    yield come
    for writer in writers:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


def clients(pool: ConnectionPool, listener: Listener) -> list[Connection]:
    """Those that are listed."""
    return [pool.connections[id] for id in listener.clients]


async def connected(pool: ConnectionPool, listener: Listener) -> Connection:
    """A connection of ours that is open, or has failed."""
    connection = pool.connect(ConnectOptions(listener.uris[0], deflate=UNCOMPRESSED))
    await reach(pool, connection, State.OPEN, State.FAILED)
    return connection


@pytest.mark.parametrize(
    ("limits", "status"),
    [(Limits(clients=2), 503), (Limits(per_address=2), 429)],
    ids=["clients", "per address"],
)
async def test_more_clients_than_allowed_are_rejected(
    pool: ConnectionPool, limits: Limits, status: int
) -> None:
    """They are told when to come again, and are let in when somebody has left."""
    listener = await listening(pool, ListenOptions("0", limits=limits))
    first, second, third = [await connected(pool, listener) for _ in range(3)]
    assert first.is_open
    assert second.is_open
    assert third.failure is not None
    assert third.failure.status == status
    assert ("Retry-After", "10") in third.failure.headers
    told = event_texts(listener.transcript, EventName.ERROR)[-1]
    assert "by the limit on clients" in told
    pool.close(first.id)
    await until(lambda: listener.live == 1)
    assert (await connected(pool, listener)).is_open


async def test_who_waits_for_a_decision_takes_a_place(pool: ConnectionPool) -> None:
    """A client counts from its handshake to the end of TCP, whatever becomes of it."""
    listener = await listening(
        pool, ListenOptions("0", rules=("ask path:/",), limits=Limits(clients=1))
    )
    waiting = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: listener.live == 1)
    assert not (await connected(pool, listener)).is_open
    pool.drop(waiting.id)
    await until(lambda: listener.live == 0)
    pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: listener.live == 1)


async def test_an_idle_client_is_closed(pool: ConnectionPool) -> None:
    """Nothing but pings and pongs for so long: it is closed with 1001, and that is told."""
    options = ListenOptions("0", limits=Limits(idle_timeout=0.05), ping_interval=0.01)
    listener = await listening(pool, options)
    ours = await connected(pool, listener)
    await reach(pool, ours, State.CLOSED)
    assert ours.close is not None
    assert ours.close.clean
    assert ours.close.received is not None
    assert ours.close.received.code == 1001
    assert ours.close.received.reason == "no message for 0.05 s"
    assert ours.transcript.counts[Kind.PING]
    (client,) = clients(pool, listener)
    assert "limits of its listener" in event_texts(client.transcript, EventName.NOTE)[-1]


async def test_messages_and_parts_of_them_keep_a_client(pool: ConnectionPool, visit: Visit) -> None:
    """Messages of either side count, and so does a frame of which something comes."""
    listener = await listening(
        pool, ListenOptions("0", limits=Limits(idle_timeout=1.0), ping_interval=None)
    )
    writer = await visit(listener)
    (client,) = clients(pool, listener)
    living = pool._clients[client.id]
    activity, wire = living._activity, living.wire  # type: ignore[attr-defined]
    quiet = activity(wire)
    pool.send(client.id, b"out")
    sent = activity(wire)
    assert sent != quiet
    writer.write(frame(Kind.PING, b"p", mask=bytes(4)))
    await until(lambda: bool(client.transcript.counts[Kind.PING]))
    assert activity(wire) == sent
    writer.write(frame(Kind.BINARY, bytes(100), mask=bytes(4))[:50])
    await until(lambda: activity(wire) != sent)
    begun = activity(wire)
    writer.write(bytes(56))
    await until(lambda: client.transcript.received == 1)
    assert activity(wire) != begun
    pool.pause(client.id)
    assert activity(wire) != activity(wire)


async def test_a_slow_reader_is_closed_when_its_queue_is_full(
    pool: ConnectionPool, visit: Visit
) -> None:
    """What waits for it stays within the limit; the others get all of it."""
    limit = 256 << 10
    listener = await listening(
        pool, ListenOptions("0", limits=Limits(send_queue=limit), close_timeout=0.2)
    )
    await visit(listener)
    (slow,) = clients(pool, listener)
    reading = await connected(pool, listener)
    (_, reader) = clients(pool, listener)
    most = 0
    message = bytes(64 << 10)
    while slow.is_open:
        await pool.broadcast(message, Kind.BINARY)
        most = max(most, slow.outgoing.waiting)
        await until(lambda: reading.transcript.received == reader.transcript.sent)
    assert reader.is_open
    assert most <= limit + (1 << 20)  # what says nothing of a peer may wait in any case
    (closing,) = entries(slow.transcript, Kind.CLOSE)
    payload = slow.transcript.payload(closing.number)
    assert payload[:2] == (1008).to_bytes(2, "big")
    assert payload[2:].startswith(b"reads too slowly: ")
    assert any("reads too slowly" in text for text in event_texts(slow.transcript, "note"))
    await reach(pool, slow, State.CLOSED)
    assert slow.close is not None
    assert "no answer to our close frame" in str(slow.close.error)


async def test_one_large_message_makes_nobody_a_slow_reader(pool: ConnectionPool) -> None:
    """A message may be larger than all that may wait, and others may follow it."""
    listener = await listening(
        pool, ListenOptions("0", behaviours=("echo",), limits=Limits(send_queue=LEAST_QUEUE))
    )
    ours = await connected(pool, listener)
    for size in (5 << 20, 10, 3 << 20, 10, 10):
        pool.send(ours.id, bytes(size), Kind.BINARY)
    await until(lambda: ours.transcript.received == 5)
    assert ours.is_open


async def test_without_a_limit_sending_is_refused_and_nobody_closed(
    pool: ConnectionPool, visit: Visit
) -> None:
    """What does not fit into the usual queue is refused, as for any connection."""
    listener = await listening(pool, ListenOptions("0", limits=Limits(send_queue=None)))
    await visit(listener)
    (slow,) = clients(pool, listener)
    for _ in range(6):
        await pool.broadcast(bytes(20 << 20), Kind.BINARY)
    assert slow.is_open
    assert event_texts(slow.transcript, EventName.ERROR)


async def test_twenty_flooding_clients_share_the_turns_of_the_loop(
    pool: ConnectionPool, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much waits in their sockets, a turn of the loop takes only its share of it. The clock
    ticks each time it is looked at: it is steps that spend a turn."""
    listener = await listening(pool, ListenOptions("0", behaviours=("sink",)))
    clock = (tick / 1000 for tick in itertools.count())
    monkeypatch.setattr(pool._governor, "_clock", lambda: next(clock))
    writers = [await visit(listener) for _ in range(20)]
    flood = frame(Kind.BINARY, bytes(100), mask=b"abcd") * 500
    for writer in writers:
        writer.write(flood)
    accepted = clients(pool, listener)
    goal, seen = 20 * 500, 0
    shares = []
    async with asyncio.timeout(30):
        while seen < goal:
            await asyncio.sleep(0)
            now = sum(client.transcript.received for client in accepted)
            shares.append(now - seen)
            seen = now
    assert max(shares) <= goal // 10


async def test_ended_clients_are_forgotten_beyond_a_number(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go first; those that live stay."""
    monkeypatch.setattr(listening_module, "KEPT", 2)
    listener = await listening(pool, ListenOptions("0"))
    living = await connected(pool, listener)
    first = next(iter(listener.clients))
    for count in range(4):
        ours = await connected(pool, listener)
        pool.close(ours.id)
        await until(lambda: listener.live == 1)
        assert len(listener.clients) == min(count + 1, 2) + 1
    assert first in listener.clients
    assert set(listener.clients) <= set(pool.connections)
    assert living.is_open
    assert listener.tally.accepted == 5


async def test_half_requests_resets_and_silence_leave_nothing_behind(pool: ConnectionPool) -> None:
    """Who sends nothing, half a request, or a reset, is gone after the time-out at the latest."""
    listener = await listening(pool, ListenOptions("0", open_timeout=0.2))
    port = port_of(listener)
    socks = []
    for number in range(60):
        sock = socket.create_connection(("127.0.0.1", port))
        socks.append(sock)
        if number % 3 == 1:
            sock.sendall(HANDSHAKE[:50])
        elif number % 3 == 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
    tally = listener.tally
    doors = pool._serving.get(listener.id)._doors
    await until(lambda: tally.connections >= 40 and tally.dropped >= 40)
    for sock in socks:
        sock.close()
    await until(lambda: not doors)
    assert not listener.clients
    assert (await connected(pool, listener)).is_open


def test_limits_are_checked() -> None:
    """Each says how it can be written."""
    wrong = Limits(clients=0, per_address=-1, idle_timeout=float("nan"), send_queue=1)
    assert [problem.option for problem in wrong.problems()] == [
        "limits.clients",
        "limits.per_address",
        "limits.idle_timeout",
        "limits.send_queue",
    ]
    assert not Limits(1, 1, 0.1, LEAST_QUEUE).problems()
    count = LIMITS_ROWS[0].codec
    assert count.parse("1,000") == 1000
    assert count.parse("off") is None
    assert count.show(None) == "off"
    with pytest.raises(ValueError, match="Write a number such as 100, or off"):
        count.parse("many")
