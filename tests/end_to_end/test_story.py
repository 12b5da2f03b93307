"""The first minute with `wstui demo`: the real pool, the real server, the real screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.story_support import Person
from wstui.app import WstuiApp
from wstui.cli import DEMO_PATHS
from wstui.core.connection import CloseFrame, State
from wstui.core.options.connect import ConnectOptions
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool


@asynccontextmanager
async def demo(size: tuple[int, int]) -> AsyncIterator[Person]:
    """What `wstui demo` starts, with somebody in front of it."""
    async with DemoServer() as server, ConnectionPool() as pool:
        app = WstuiApp(pool, on_start=[ConnectOptions(server.url(path)) for path in DEMO_PATHS])
        async with app.run_test(size=size) as pilot:
            yield Person(app, pilot, pool)


async def watches(person: Person) -> None:
    """Look at JSON of a feed, and at a binary message."""
    await person.waits(
        lambda: (
            all(c.is_open for c in person.pool.connections.values())
            and len(person.pool.connections) == len(DEMO_PATHS)
        )
    )

    await person.presses(str(person.connection("/ticker").id))
    await person.sees("/ticker", '{"type":"tick"', "text")
    await person.presses("enter")  # into the entry: JSON by itself
    await person.sees('"symbol": "')
    await person.presses("escape", "escape")

    binary = person.connection("/binary")
    await person.waits(lambda: binary.transcript.received >= 1)
    await person.presses(str(binary.id), "home", "down", "down", "enter")
    await person.sees("00000000", "89 50 4e 47 0d 0a 1a 0a")
    await person.presses("escape", "escape")


@pytest.mark.parametrize("size", [(120, 40), (200, 60)], ids=["120x40", "200x60"])
async def test_all_is_in_sight_of_larger_terminals(size: tuple[int, int]) -> None:
    """Feed, entry, what is sent and how it was closed are seen wherever the panes stand."""
    async with demo(size) as person:
        await watches(person)
        echo = person.connection("/echo")
        await person.presses(str(echo.id), "s", *"hi", "ctrl+s")
        await person.sees("↑ text", "hi")
        await person.waits(lambda: echo.transcript.received == 1)
        await person.presses("ctrl+t", *"de ad", "ctrl+s")
        await person.sees("↑ text", "hi", "↑ bin", "de ad")
        await person.presses("ctrl+t", "escape", "x", *"4001", "tab", *"bye", "enter")
        await person.waits(lambda: echo.state is State.CLOSED)
        await person.sees("4001 bye")


async def test_first_minute() -> None:
    """One watches a feed, reads hex, sends text and bytes, closes twice, and leaves."""
    async with demo((80, 24)) as person:
        await watches(person)

        binary = person.connection("/binary")
        echo = person.connection("/echo")
        await person.presses(str(echo.id), "s", *"grüß dich", "ctrl+s")
        await person.waits(lambda: echo.transcript.received == 1)
        await person.presses("ctrl+t", *"de ad BE EF", "ctrl+s")
        await person.waits(lambda: echo.transcript.received == 2)
        await person.sees("↑ text", "grüß dich", "↑ bin", "de ad be ef")
        await person.presses("ctrl+t", "escape")

        await person.presses("x", *"4001", "tab", *"bye", "enter")
        await person.waits(lambda: echo.state is State.CLOSED)
        assert echo.close is not None
        assert echo.close.clean
        assert echo.close.sent == echo.close.received == CloseFrame(4001, "bye")
        await person.sees("4001 bye")

        fragments = person.connection("/fragments")
        await person.presses(str(fragments.id), "x", "enter")
        await person.waits(lambda: fragments.state is State.CLOSED)
        assert fragments.close is not None
        assert fragments.close.clean
        assert fragments.close.sent == CloseFrame(1000, "")

        await person.presses("q")
        await person.waits(lambda: not person.app.is_running)
        for connection in (person.connection("/ticker"), binary):
            assert connection.close is not None
            assert connection.close.sent == CloseFrame(1001, "")
