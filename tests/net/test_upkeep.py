"""Pings and pongs, heartbeats, and receiving less, on real sockets."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from tests.net_support import (
    close_frame,
    entries,
    frame,
    reach,
    read_frame,
    received,
    rows,
    until,
    websocket_server,
)
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.filter import parse_filter
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.upkeep import Upkeep
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool
from wstui.net.valve import Hold, SlowReader, Valve


def options(port: int, *, upkeep: Upkeep | None = None, **further: Any) -> ConnectOptions:
    """How to reach the scripted server."""
    return ConnectOptions(f"ws://127.0.0.1:{port}/", upkeep=upkeep or Upkeep(), **further)


@pytest.mark.parametrize("answers", [True, False])
async def test_pings_are_answered_or_not(answers: bool) -> None:
    """With answers off a ping is recorded and nothing goes out."""
    heard: list[tuple[int, bytes]] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.PING, b"there?") + close_frame())
        while not heard or heard[-1][0] & 0x0F != Kind.CLOSE:
            heard.append(await read_frame(reader))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port, upkeep=Upkeep(answer_pings=answers)))
        await reach(pool, connection, State.CLOSED)
    opcodes = [head & 0x0F for head, _ in heard]
    assert opcodes == ([Kind.PONG, Kind.CLOSE] if answers else [Kind.CLOSE])
    assert (Kind.PING, False, b"there?") in rows(connection.transcript)
    assert ((Kind.PONG, True, b"there?") in rows(connection.transcript)) is answers


async def test_round_trips_are_kept() -> None:
    """Each answered ping counts; an unsolicited pong does not."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.PONG, b"nobody asked"))
        while True:
            writer.write(frame(Kind.PONG, (await read_frame(reader))[1]))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        for payload in (b"", b"\x00\xff", None):
            pool.ping(connection.id, payload)
        await until(lambda: connection.round_trips.count == 3)
    assert connection.round_trips.last == connection.rtt
    assert connection.round_trips.minimum == min(connection.round_trips.newest)


async def test_a_heartbeat_beats_and_one_filter_hides_it() -> None:
    """The text is sent again and again, and marked; the same text typed by hand is not."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            _, payload = await read_frame(reader)
            writer.write(frame(Kind.TEXT, payload))

    beats = Upkeep(heartbeat="tick", heartbeat_interval=0.01)
    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port, upkeep=beats))
        await reach(pool, connection, State.OPEN)
        pool.send(connection.id, b"tick")
        await received(connection, 4)
        pool.end_sending(connection.id)
        transcript = connection.transcript
        sent = transcript.sent
    marked = [one.is_heartbeat for one in entries(transcript, Kind.TEXT) if one.outgoing]
    assert marked == [False] + [True] * (sent - 1)
    assert not any(one.incomplete for one in entries(transcript, Kind.TEXT))
    hides = parse_filter("-is:heartbeat").table()
    kept = [one for one in entries(transcript, Kind.TEXT) if hides[one.flags] and one.outgoing]
    assert len(kept) == 1


async def test_paused_reading_reads_nothing_until_it_goes_on() -> None:
    """While paused nothing comes in, the peer's sending blocks, and afterwards all is there."""
    blocked, proceed = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        for _ in range(24):
            writer.write(frame(Kind.BINARY, bytes(1 << 20)))
        try:
            await asyncio.wait_for(writer.drain(), 0.1)
        except TimeoutError:
            blocked.set()
            await writer.drain()
        await proceed.wait()
        writer.write(close_frame())

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(options(port, ping_interval=0.01, ping_timeout=10))
        await reach(pool, connection, State.OPEN)
        pool.pause(connection.id)
        assert connection.is_paused
        with pytest.raises(Refused, match="paused already"):
            pool.pause(connection.id)
        pool.send(connection.id, b"go")
        await asyncio.wait_for(blocked.wait(), 10)
        if sys.platform != "win32":  # which does not tell
            await until(lambda: bool(connection.unread))
        assert connection.transcript.received == 0
        # No keepalive meanwhile: that pongs are not read is not the peer's fault.
        pings = len(entries(connection.transcript, Kind.PING))
        assert pings <= 1
        pool.read_on(connection.id)
        assert connection.unread is None
        with pytest.raises(Refused, match="not paused already"):
            pool.read_on(connection.id)
        await received(connection, 24)
        await until(lambda: len(entries(connection.transcript, Kind.PING)) > pings)
        proceed.set()
        await reach(pool, connection, State.CLOSED)
    assert not connection.is_paused


@pytest.mark.parametrize("fast", [True, False])
async def test_a_slow_reader_takes_no_more_than_its_rate(fast: bool) -> None:
    """What is read in a time is bounded by the rate, and everything comes in the end."""
    size, rate = 30_000, 100_000

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(10):
            writer.write(frame(Kind.BINARY, bytes(size // 10)))
        writer.write(close_frame())

    async with websocket_server(script) as port, ConnectionPool() as pool:
        loop = asyncio.get_running_loop()
        slow = options(port, upkeep=Upkeep(read_rate=rate), fast=fast)
        connection = pool.connect(slow)
        await reach(pool, connection, State.OPEN)
        begun = loop.time()
        await received(connection, 10)
        # The first read is free, and one more may have come with the handshake's response.
        assert loop.time() - begun >= (size - 2 * rate * 0.1) / rate
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean


class FakeTransport(asyncio.Transport):
    """Notes what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.asked.append("pause")

    def resume_reading(self) -> None:
        self.asked.append("resume")


def test_a_valve_is_open_when_nobody_holds_it() -> None:
    """Three may hold it; the governor does not undo what the user did."""
    transport = FakeTransport()
    valve = Valve(transport)
    valve.shut(Hold.USER)
    assert valve.is_reading()  # as the governor sees it
    valve.pause_reading()
    valve.open(Hold.USER)
    valve.shut(Hold.PACE)
    valve.resume_reading()
    assert transport.asked == ["pause"]
    valve.open(Hold.PACE)
    valve.open(Hold.USER)
    assert transport.asked == ["pause", "resume"]


class Clock:
    """A loop's clock and timers, by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[float] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, what: object, *arguments: object) -> None:
        self.due.append(when)


def test_a_slow_reader_pays_for_what_it_read() -> None:
    """Each read is as long as the rate allows in a short time, and waits as long as it was."""
    clock = Clock()
    slow = SlowReader(1000, Valve(FakeTransport()), clock)  # type: ignore[arg-type]
    assert slow.room == 100
    slow.took(100)
    clock.now = 0.1
    slow.took(50)
    clock.now = 5.0
    slow.took(100)
    assert clock.due == pytest.approx([0.1, 0.15, 5.1])
    assert SlowReader(1, Valve(FakeTransport()), clock).room == 1  # type: ignore[arg-type]
