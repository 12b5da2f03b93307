"""What becomes of a connection, for one who takes it at his own pace."""

from __future__ import annotations

import asyncio

import pytest

from tests.headless_support import stage
from tests.net_support import close_frame, frame, read_frame, until, websocket_server
from wstui.core.backoff import Reconnect
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.headless import feed as feed_module
from wstui.headless.feed import Feed
from wstui.net.demo import DemoServer


async def test_what_was_taken_can_leave_the_memory() -> None:
    """Of a long flood little is held at any time, and all of it comes."""
    async with DemoServer("127.0.0.1", 0) as demo, stage() as here:
        connection = here.pool.connect(ConnectOptions(demo.url("/flood?size=4000")))
        feed = Feed(here.pool, connection, forget=True)
        rows, most = 0, 0
        while rows < 3000 and await feed.wait():
            for segment, start, stop in feed.take():
                assert segment.first + start == rows
                rows += stop - start
                most = max(most, connection.transcript.memory)
        assert connection.transcript.first > 1000
        assert most < 6 << 20
        assert feed.missed == 0


async def test_entries_up_to_a_time() -> None:
    """What happened later, or came later, is left for another time; one is taken always."""
    async with stage() as here, DemoServer("127.0.0.1", 0) as demo:
        connection = here.pool.connect(ConnectOptions(demo.url("/close?after=0")))
        feed = Feed(here.pool, connection)
        await until(lambda: connection.state is State.CLOSED)
        transcript = connection.transcript
        for number, when in enumerate((1.0, 1.0, 2.0, 3.0)):
            next(transcript.segments()).times[number] = when
        assert feed.due() == 1.0
        assert feed.run(2.5, below=2)[1:] == (0, 2)
        assert feed.run(2.5)[1:] == (2, 3)
        assert feed.run(2.5, below=1)[1:] == (3, 4)


async def test_what_the_memory_limit_dropped_is_counted() -> None:
    """Also where nothing is left at all."""
    async with stage() as here, DemoServer("127.0.0.1", 0) as demo:
        connection = here.pool.connect(ConnectOptions(demo.url("/close?after=0")))
        feed = Feed(here.pool, connection)
        await until(lambda: connection.state is State.CLOSED)
        total = len(connection.transcript)
        while connection.transcript.drop_oldest():
            pass
        assert feed.due() is None
        assert (feed.missed, feed.at) == (total, total)


async def test_a_connection_that_is_opened_again_is_held_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who takes nothing over a drop has little in memory of what comes after it."""
    monkeypatch.setattr(feed_module, "BEHIND", 1000)
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        if served == 1:
            writer.write(frame(Kind.TEXT, b"x" * 2000) + close_frame(1012))
            await read_frame(reader)
            return
        while True:
            writer.write(frame(Kind.TEXT, b"y" * 1000) * 100)
            await writer.drain()

    async with websocket_server(serve) as port, stage() as here:
        options = ConnectOptions(f"ws://127.0.0.1:{port}", reconnect=Reconnect(on=True, first=0.01))
        connection = here.pool.connect(options)
        feed = Feed(here.pool, connection)
        await until(lambda: served == 2 and connection.transcript.received > 1)
        held = connection.transcript.bytes_in
        for _ in range(100):
            await asyncio.sleep(0)
        assert connection.transcript.bytes_in == held
        feed.close()
