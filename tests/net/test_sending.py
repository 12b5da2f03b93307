"""What waits to be sent: order, bounds, fragments, raw frames, plans, and taking it back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.net_support import (
    PATIENCE,
    close_frame,
    entries,
    event_texts,
    frame,
    reach,
    read_frame,
    rows,
    until,
    websocket_server,
)
from tests.wire_support import Wire
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.core.ports import Refused
from wstui.core.sending.outgoing import Cancelled
from wstui.core.sending.plan import Rate, SendPlan, parse_sizes
from wstui.core.sending.raw_frame import decode, parse_frame
from wstui.net.pool import ConnectionPool
from wstui.net.sending import MAX_QUEUED

BIG = bytes(4 << 20)
"""More than the buffers of two sockets take."""


@dataclass
class SlowPeer:
    """A server that reads nothing until it is told to, and then keeps what it read."""

    port: int = 0
    reads: asyncio.Event = field(default_factory=asyncio.Event)
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    """First byte and payload of each frame."""

    @property
    def texts(self) -> list[bytes]:
        """The messages of text."""
        return [payload for head, payload in self.frames if head == 0x81]


@asynccontextmanager
async def slow_peer() -> AsyncIterator[SlowPeer]:
    """A peer that reads once `reads` is set, and answers a close frame."""
    peer = SlowPeer()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peer.reads.wait()
        while not peer.frames or peer.frames[-1][0] != 0x88:
            peer.frames.append(await read_frame(reader))
        writer.write(close_frame())

    async with websocket_server(script) as peer.port:
        yield peer


async def opened(pool: ConnectionPool, port: int, **options: Any) -> Connection:
    """An open connection to a port of this machine."""
    options = {"ping_interval": None, "deflate": UNCOMPRESSED, "close_timeout": None} | options
    connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/", **options))
    await reach(pool, connection, State.OPEN)
    return connection


@asynccontextmanager
async def to_slow_peer() -> AsyncIterator[tuple[SlowPeer, ConnectionPool, Connection]]:
    """A connection to a slow peer, for which more waits than its sockets take."""
    async with slow_peer() as peer, ConnectionPool() as pool:
        connection = await opened(pool, peer.port)
        for _ in range(3):
            pool.send(connection.id, BIG, Kind.BINARY)
        yield peer, pool, connection


def notes(connection: Connection) -> list[str]:
    """What was noted in the transcript."""
    return event_texts(connection.transcript, EventName.NOTE)


def sent_texts(connection: Connection) -> list[bytes]:
    """The texts that went out, by the transcript."""
    return [
        payload for kind, out, payload in rows(connection.transcript) if out and kind is Kind.TEXT
    ]


# The queue


async def test_what_waits_is_counted_and_goes_out_in_order() -> None:
    """A peer that does not read lets messages wait; once it reads all come, in their order, and
    only then stand in the transcript."""
    async with to_slow_peer() as (peer, pool, connection):
        for number in range(100):
            pool.send(connection.id, b"%d" % number)
        outgoing = connection.outgoing
        assert outgoing.messages == 102  # the first of the large ones was handed over
        assert outgoing.waiting > 2 * len(BIG)
        assert sent_texts(connection) == []
        peer.reads.set()
        await until(lambda: len(peer.texts) == 100)
        assert peer.texts == sent_texts(connection) == [b"%d" % number for number in range(100)]
        await until(lambda: outgoing.waiting == 0)
        assert outgoing.messages == 0


async def test_an_entry_has_the_time_when_it_went_out() -> None:
    """What waited has the time when it was handed over, not when it was queued."""
    async with to_slow_peer() as (peer, pool, connection):
        pool.send(connection.id, b"late")
        loop = asyncio.get_running_loop()
        before = loop.time()
        pool.ping(connection.id, b"meanwhile")
        peer.reads.set()
        await until(lambda: peer.texts == [b"late"])
        (ping,) = entries(connection.transcript, Kind.PING)
        (text,) = entries(connection.transcript, Kind.TEXT)
        assert loop.time() > before
        assert text.time >= ping.time
        assert text.number > ping.number


async def test_control_frames_do_not_wait() -> None:
    """A ping goes before messages that wait."""
    async with to_slow_peer() as (peer, pool, connection):
        pool.send(connection.id, b"text")
        pool.ping(connection.id, b"ping")
        pool.pong(connection.id, b"pong")
        peer.reads.set()
        await until(lambda: peer.texts == [b"text"])
        assert [head for head, _ in peer.frames] == [0x82, 0x89, 0x8A, 0x82, 0x82, 0x81]


async def test_too_much_is_refused() -> None:
    """Over the limit sending is refused with how much waits; cancelling makes room."""
    async with to_slow_peer() as (_, pool, connection):
        for _ in range(13):
            pool.send(connection.id, BIG, Kind.BINARY)
        with pytest.raises(Refused, match=r"6\d\.\d MiB are waiting for a peer that does not read"):
            pool.send(connection.id, BIG, Kind.BINARY)
        assert connection.outgoing.waiting <= MAX_QUEUED
        assert pool.cancel(connection.id).messages > 10
        pool.send(connection.id, b"again")
        assert connection.outgoing.messages == 1


async def test_cancel_takes_back_what_waits() -> None:
    """What waits does not go out, is told of, and what was handed over still does."""
    async with to_slow_peer() as (peer, pool, connection):
        pool.send(connection.id, b"never")
        assert pool.cancel(connection.id) == Cancelled(3, 2 * len(BIG) + 5)
        assert notes(connection) == ["3 queued messages (8.0 MiB) not sent"]
        assert connection.outgoing.queued == 0
        assert not pool.cancel(connection.id)
        pool.send(connection.id, b"after")
        peer.reads.set()
        await until(lambda: peer.texts == [b"after"])
        assert [head for head, _ in peer.frames] == [0x82, 0x81]


async def test_close_goes_before_what_waits_and_says_so() -> None:
    """The close frame does not wait: what does is told as not sent."""
    async with to_slow_peer() as (peer, pool, connection):
        pool.send(connection.id, b"never")
        pool.close(connection.id, 1000, "bye")
        (note,) = notes(connection)
        assert note == "3 queued messages (8.0 MiB) not sent: the connection is closing"
        with pytest.raises(Refused):
            pool.send(connection.id, b"x")
        peer.reads.set()
        await reach(pool, connection, State.CLOSED)
        assert [head for head, _ in peer.frames] == [0x82, 0x88]
        assert connection.close is not None
        assert connection.close.clean
        assert connection.outgoing.waiting == 0


async def test_dropping_tells_what_was_not_sent() -> None:
    """When TCP ends, what waited is told, and nothing waits any more."""
    async with to_slow_peer() as (_, pool, connection):
        pool.drop(connection.id)
        await reach(pool, connection, State.CLOSED)
        assert notes(connection) == [
            "2 queued messages (8.0 MiB) not sent: the connection is closing"
        ]
        assert connection.outgoing.waiting == 0
        with pytest.raises(Refused):
            pool.cancel(connection.id)


async def test_other_connections_do_not_wait() -> None:
    """A slow peer holds up nobody else."""
    async with slow_peer() as quick, to_slow_peer() as (_, pool, _slow):
        quick.reads.set()
        other = await opened(pool, quick.port)
        pool.send(other.id, b"hello")
        await until(lambda: quick.texts == [b"hello"])


# Fragments


async def test_fragments_go_out_as_they_were_cut() -> None:
    """Each fragment is a frame of its size on the wire, told so in the transcript."""
    async with slow_peer() as peer, ConnectionPool() as pool:
        connection = await opened(pool, peer.port, deflate=Deflate())
        peer.reads.set()
        plan = SendPlan("zwölf Boxkämpfer".encode(), sizes=parse_sizes("3,0,4,rest"))
        assert await pool.carry_out([connection.id], plan) == [connection.id]
        await until(lambda: len(peer.frames) == 4)
        assert peer.frames == [
            (0x01, b"zw\xc3"),
            (0x00, b""),
            (0x00, b"\xb6lf "),
            (0x80, "Boxkämpfer".encode()),
        ]
        (entry,) = entries(connection.transcript, Kind.TEXT)
        assert connection.transcript.payload(entry.number) == plan.payload
        parts = connection.transcript.fragments(entry.number)
        assert [(part.opcode, part.fin, part.size) for part in parts] == [
            (1, False, 3),
            (0, False, 0),
            (0, False, 4),
            (0, True, 11),
        ]
        assert [part.wire - part.size for part in parts] == [6, 6, 6, 6]
        assert notes(connection) == []


async def test_pauses_between_fragments() -> None:
    """A pause stands between fragments; pings may go in it, messages wait until it is over."""
    async with slow_peer() as peer, ConnectionPool() as pool:
        connection = await opened(pool, peer.port)
        peer.reads.set()
        plan = SendPlan(b"abcdef", sizes=parse_sizes("2"), pause=0.05)
        await pool.carry_out([connection.id], plan)
        await until(lambda: connection.outgoing.fragment == 1)
        assert connection.outgoing.progress_words() == "fragment 1 of 3"
        pool.ping(connection.id, b"")
        pool.send(connection.id, b"next")
        await until(lambda: len(peer.frames) == 5)
        assert [head for head, _ in peer.frames] == [0x01, 0x89, 0x00, 0x80, 0x81]
        times = [part.time for part in connection.transcript.fragments(2)]
        assert all(later - earlier > 0.04 for earlier, later in pairwise(times))


async def test_cancelling_a_begun_message_sends_its_rest() -> None:
    """Nothing else may go before it is whole: its rest goes out at once in one fragment."""
    async with slow_peer() as peer, ConnectionPool() as pool:
        connection = await opened(pool, peer.port)
        peer.reads.set()
        plan = SendPlan(b"abcdef", Kind.BINARY, parse_sizes("1"), pause=3600, times=5)
        await pool.carry_out([connection.id], plan)
        await until(lambda: connection.outgoing.fragment == 1)
        pool.send(connection.id, b"never")
        assert pool.cancel(connection.id) == Cancelled(1, 5, 1, 5, rest=True)
        assert notes(connection)[0].endswith("the rest of the begun message goes out now")
        pool.send(connection.id, b"next")
        await until(lambda: len(peer.frames) == 3)
        assert peer.frames == [(0x02, b"a"), (0x80, b"bcdef"), (0x81, b"next")]
        assert not connection.outgoing.can_cancel


async def test_close_within_a_fragmented_message() -> None:
    """The close frame goes between fragments; what went of the message is told as unfinished."""
    async with slow_peer() as peer, ConnectionPool() as pool:
        connection = await opened(pool, peer.port)
        peer.reads.set()
        plan = SendPlan(b"abcdef", sizes=parse_sizes("1"), pause=3600)
        await pool.carry_out([connection.id], plan)
        await until(lambda: connection.outgoing.fragment == 1)
        pool.close(connection.id)
        await reach(pool, connection, State.CLOSED)
        assert [head for head, _ in peer.frames] == [0x01, 0x88]
        (entry,) = entries(connection.transcript, Kind.TEXT)
        assert entry.incomplete
        assert notes(connection) == ["stopped after 0 of 1: the connection is closing"]


# Plans


@asynccontextmanager
async def checking_server() -> AsyncIterator[tuple[int, list[list[str | bytes]]]]:
    """A server of `websockets`, which fails what breaks the rules; what each connection got."""
    came: list[list[str | bytes]] = []

    async def handler(websocket: ServerConnection) -> None:
        mine: list[str | bytes] = []
        came.append(mine)
        with suppress(ConnectionClosed):
            while True:
                mine.append(await websocket.recv())

    async with serve(handler, "127.0.0.1", 0, max_size=None) as server:
        yield next(iter(server.sockets)).getsockname()[1], came


async def test_repeated_with_a_counter() -> None:
    """A message is sent as often as asked for, with what is filled in, to each connection."""
    async with checking_server() as (port, came), ConnectionPool() as pool:
        several = [await opened(pool, port, deflate=Deflate()) for _ in range(3)]
        ids = [one.id for one in several]
        plan = SendPlan(b'{"n": {n}, "u": "{uuid}"}', times=1000)
        assert await pool.carry_out(ids, plan) == ids
        await until(lambda: [len(mine) for mine in came] == [1000] * 3)
        numbers = [int(re.findall(r'"n": (\d+)', str(text))[0]) for text in came[0]]
        assert numbers == list(range(1, 1001))
        assert len({text for mine in came for text in mine}) == 3000
        for one in several:
            await until(lambda one=one: not one.outgoing.is_planned)  # type: ignore[misc]
            assert re.fullmatch(r"sent 1,000 messages in [\d.]+ m?s", notes(one)[0])
            assert one.transcript.sent == 1000


async def test_repeated_in_fragments() -> None:
    """Each message of a plan is cut anew."""
    async with checking_server() as (port, came), ConnectionPool() as pool:
        connection = await opened(pool, port)
        plan = SendPlan(b"number {n} of many", times=20, sizes=parse_sizes("3"))
        await pool.carry_out([connection.id], plan)
        await until(lambda: bool(came) and len(came[0]) == 20)
        assert came[0] == [f"number {number} of many" for number in range(1, 21)]


async def test_a_plan_waits_for_a_slow_peer() -> None:
    """A plan queues nothing: what a peer does not take is not made; other messages go before."""
    async with to_slow_peer() as (peer, pool, connection):
        plan = SendPlan(b"{n}", times=None)
        await pool.carry_out([connection.id], plan)
        pool.send(connection.id, b"mine")
        for _ in range(100):
            await asyncio.sleep(0)
        assert connection.outgoing.done == 0
        assert connection.outgoing.messages == 3
        peer.reads.set()
        await until(lambda: b"3" in peer.texts)
        assert peer.texts[:4] == [b"mine", b"1", b"2", b"3"]
        cancelled = pool.cancel(connection.id)
        assert cancelled.done == connection.outgoing.done
        assert cancelled.times is None
        last = sent_texts(connection)[-1]
        await until(lambda: peer.texts[-1] == last)
        assert not connection.outgoing.can_cancel
        assert re.fullmatch(r"stopped after [\d,]+", notes(connection)[0])


async def test_a_plan_ends_with_its_connection() -> None:
    """When the peer closes, the plan stops and says how far it came; the others go on."""
    ended = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await read_frame(reader)
        writer.write(close_frame(1001))
        await read_frame(reader)
        ended.set()

    async with (
        websocket_server(script) as port,
        checking_server() as (other, came),
        ConnectionPool() as pool,
    ):
        first, second = await opened(pool, port), await opened(pool, other)
        plan = SendPlan(b"{n}", times=None, rate=Rate(200))
        await pool.carry_out([first.id, second.id], plan)
        await ended.wait()
        await reach(pool, first, State.CLOSED)
        (note,) = notes(first)
        assert re.fullmatch(r"stopped after \d+: the connection is closing", note)
        before = len(came[0])
        await until(lambda: len(came[0]) > before)
        pool.cancel(second.id)


async def test_every_so_often() -> None:
    """A message every so many seconds goes no sooner."""
    async with checking_server() as (port, came), ConnectionPool() as pool:
        connection = await opened(pool, port)
        await pool.carry_out([connection.id], SendPlan(b"{n}", times=4, every=0.03))
        await until(lambda: bool(came) and len(came[0]) == 4)
        times = [entry.time for entry in entries(connection.transcript, Kind.TEXT)]
        assert times[-1] - times[0] > 0.08


async def test_one_plan_at_a_time() -> None:
    """Another plan is refused where one is under way; among several such a one is left out."""
    async with checking_server() as (port, _), ConnectionPool() as pool:
        first, second = await opened(pool, port), await opened(pool, port)
        slow = SendPlan(b"x", times=None, every=3600)
        await pool.carry_out([first.id], slow)
        with pytest.raises(Refused, match="stop that first"):
            await pool.carry_out([first.id], slow)
        assert await pool.carry_out([first.id, second.id, 99], slow) == [second.id]
        (text,) = event_texts(first.transcript, EventName.ERROR)
        assert text.startswith("left out of a message to 3 connections")


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (SendPlan(b"\xff"), "UTF-8"),
        (SendPlan(b"", Kind.PING), "ping"),
        (SendPlan(b"", pause=1), "fragments"),
    ],
)
async def test_plans_that_are_refused(plan: SendPlan, words: str) -> None:
    """What may not be sent is refused before anything goes out."""
    async with checking_server() as (port, _), ConnectionPool() as pool:
        connection = await opened(pool, port)
        with pytest.raises(Refused, match=words):
            await pool.carry_out([connection.id], plan)
        with pytest.raises(Refused, match="no connection 7"):
            await pool.carry_out([7], SendPlan(b""))
        assert not connection.outgoing.is_planned


async def test_a_flood_of_our_own_leaves_the_loop_alive() -> None:
    """While messages are sent as fast as they are taken, others have their turns."""
    async with checking_server() as (port, came), ConnectionPool() as pool:
        connection = await opened(pool, port)
        await pool.carry_out([connection.id], SendPlan(b"{n}", times=20_000))
        turns = 0
        async with asyncio.timeout(PATIENCE):
            while connection.outgoing.is_planned:
                await asyncio.sleep(0)
                turns += 1
        assert turns > 50
        await until(lambda: len(came[0]) == 20_000)


# Raw frames


async def test_raw_frames_go_out_as_they_are() -> None:
    """The bytes on the wire are those in the transcript, whatever rules they break."""
    read = bytearray()
    done = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not read.endswith(b"\xca\xfe"):
            read.extend(await reader.read(1024))
        done.set()
        await reader.read()

    words = [
        "3 nofin rsv1 rsv3 unmasked DE AD",
        "text len=200 mask=01020304 41",
        "binary unmasked len=/64 CA FE",
    ]
    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = await opened(pool, port)
        for text in words:
            assert await pool.send_raw([connection.id], parse_frame(text)) == [connection.id]
        await done.wait()
        recorded = entries(connection.transcript, Kind.RAW)
        data = [connection.transcript.payload(entry.number) for entry in recorded]
        assert b"".join(data) == bytes(read)
        assert [entry.wire for entry in recorded] == [len(part) for part in data]
        assert data[0] == bytes.fromhex("53 02 DE AD")
        assert decode(data[1]).stated == 200
        (part,) = connection.transcript.fragments(recorded[0].number)
        assert part[1:] == (3, False, True, False, 2, 4)


async def test_raw_frame_that_breaks_the_rules_ends_the_connection() -> None:
    """A real server fails the connection, and that is what is told."""
    async with checking_server() as (port, _), ConnectionPool() as pool:
        connection = await opened(pool, port)
        await pool.send_raw([connection.id], parse_frame("text unmasked 41"))
        await reach(pool, connection, State.CLOSED)
        assert connection.close is not None
        assert connection.close.received is not None
        assert connection.close.received.code == 1002


async def test_raw_close_frame_is_ours() -> None:
    """When a close frame made by hand is answered, it is known who began."""
    async with checking_server() as (port, _), ConnectionPool() as pool:
        connection = await opened(pool, port)
        await pool.send_raw([connection.id], parse_frame("close 0f a1 62 79 65"))
        await reach(pool, connection, State.CLOSED)
        assert connection.close is not None
        assert connection.close.by_us
        assert connection.close.sent is not None
        assert (connection.close.sent.code, connection.close.sent.reason) == (4001, "bye")
        assert connection.close.clean


async def test_raw_frames_make_a_message() -> None:
    """A message of raw frames, with a ping between them, is one to a real server."""
    async with checking_server() as (port, came), ConnectionPool() as pool:
        connection = await opened(pool, port)
        for text in ("text nofin 61 62", "ping 01", "cont 63"):
            await pool.send_raw([connection.id], parse_frame(text))
        pool.send(connection.id, b"next")
        await until(lambda: bool(came) and came[0] == ["abc", "next"])
        (pong,) = entries(connection.transcript, Kind.PONG)
        assert connection.transcript.payload(pong.number) == b"\x01"


async def test_raw_frames_keep_their_place() -> None:
    """A raw frame of data waits like a message, one of a control frame's opcode does not."""
    async with to_slow_peer() as (peer, pool, connection):
        pool.send(connection.id, b"first")
        await pool.send_raw([connection.id], parse_frame("text 32"))
        await pool.send_raw([connection.id], parse_frame("11 33"))
        peer.reads.set()
        await until(lambda: len(peer.frames) == 6)
        assert [head for head, _ in peer.frames] == [0x82, 0x8B, 0x82, 0x82, 0x81, 0x81]
        assert entries(connection.transcript, Kind.RAW)[0].number < 5


async def test_nothing_goes_out_after_the_end() -> None:
    """When the peer closes while a plan runs, nothing follows our answer."""
    wire = Wire(fast=True)
    wire.connection.outgoing.times = 1
    wire.wire.outbox.carry_out(SendPlan(b"x", times=None, every=3600), 1)
    await until(lambda: wire.connection.outgoing.done == 1)
    wire.receive(frame(Kind.CLOSE, b""))
    written = len(wire.transport.written)
    with pytest.raises(Refused):
        wire.wire.outbox.put(Kind.TEXT, b"late")
    with pytest.raises(Refused):
        wire.wire.outbox.put_raw(parse_frame("text"))
    wire.wire.outbox.resume()
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(wire.transport.written) == written
    wire.end()
