"""Leaving: connections are closed, seen closing, and never waited for too long."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from textual.widgets import ProgressBar, Static

from tests.ui_support import FakePool, WidgetApp
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.screens.leave import GRACE, LINES, TIMEOUT, LeaveScreen

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


@dataclass
class SlowPool(FakePool):
    """A pool whose peers answer a close frame when told to."""

    all_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def close_all(self, code: int = 1001, reason: str = "", timeout: float = 5.0) -> None:
        self.calls.append(("close_all", code, timeout))
        for connection in self.connections.values():
            if connection.is_open:
                self.become(connection, State.CLOSING)
        await self.all_closed.wait()


class LeaveApp(WidgetApp):
    """Leaves a pool, at a time that the test decides."""

    def __init__(self, pool: FakePool) -> None:
        super().__init__()
        self.now = 100.0
        self.leave = LeaveScreen(pool, clock=lambda: self.now)
        self.results: list[bool | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.leave, self.results.append)

    def text(self, id: str) -> str:
        return str(self.leave.query_one(f"#{id}", Static).visual)


def slow_pool(count: int) -> SlowPool:
    pool = SlowPool()
    for number in range(count):
        pool.connect(ConnectOptions(f"ws://host{number}/[/x]"))
    return pool


async def test_each_says_what_it_is_closed_with() -> None:
    """A connection that was closing before keeps its own code; the others get 1001."""
    pool = slow_pool(3)
    for id, body in ((0, (1007).to_bytes(2, "big") + b"no UTF-8"), (1, b"")):
        link = pool.connections[id]
        link.transcript.append(Kind.CLOSE, body, pool.now, outgoing=True)
        link.transcript.append(Kind.TEXT, b"late", pool.now)
        pool.become(link, State.CLOSING)
    app = LeaveApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.leave.show_progress()
        words = [
            line.split("ws:")[0].split(maxsplit=2)[2].strip()
            for line in app.text("links").splitlines()
        ]
        assert words == ["closing 1007", "closing, no code", "closing 1001"]
        assert "Closing what is open with 1001" in app.text("summary")


@SIZES
async def test_connections_are_seen_closing(size: tuple[int, int]) -> None:
    """Each live connection goes from closing to closed, with the seconds that are left."""
    pool = slow_pool(3)
    pool.drop(2)
    app = LeaveApp(pool)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert pool.calls[-1] == ("close_all", 1001, TIMEOUT)
        pool.become(pool.connections[0], State.OPEN)
        pool.close(0, 1001)
        app.now += 1.5
        app.leave.show_progress()
        assert "1 of 2" in app.text("summary")
        assert "4 s" in app.text("summary")
        first, second = app.text("links").splitlines()
        assert first.startswith("✓   0  closed 1001 ")
        assert second.endswith("closing 1001      ws://host1/[/x]")
        assert app.leave.query_one(ProgressBar).progress == 1
        assert app.results == []
        pool.all_closed.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert app.results == [True]


async def test_clients_are_counted_and_named() -> None:
    """Clients of a listener are closed, too: how many there are is said, and who each one is."""
    pool = slow_pool(1)
    listener = pool.listen(ListenOptions("9002"))
    pool.accept(listener, "/chat", "127.0.0.1:53412")
    pool.accept(listener, "/chat", "127.0.0.1:53413")
    app = LeaveApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "0 of 3" in app.text("summary")
        assert "2 clients of 1 listener" in app.text("summary")
        assert "127.0.0.1:53412 → /chat, client of 1" in app.text("links")


async def test_quick_peers_are_not_waited_for(pool: FakePool) -> None:
    """When all have closed at once the screen leaves at once."""
    pool.connect(ConnectOptions("ws://host"))
    app = LeaveApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
    assert app.results == [True]
    assert not pool.connections[0].is_live


async def test_time_over_leaves() -> None:
    """A pool that does not come to an end is left behind when the time is over."""
    app = LeaveApp(slow_pool(1))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.now += TIMEOUT + GRACE
        app.leave.show_progress()
        app.leave.show_progress()
        await pilot.pause()
    assert app.results == [True]


@pytest.mark.parametrize("key", ["q", "ctrl+c", "enter"])
async def test_second_wish_leaves_at_once(key: str) -> None:
    """Whoever asks again does not wait."""
    app = LeaveApp(slow_pool(1))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(key)
    assert app.results == [True]


async def test_escape_does_not_take_it_back() -> None:
    """Closing has begun, so Escape changes nothing, and the text says so."""
    app = LeaveApp(slow_pool(1))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        assert app.results == []
        assert app.screen is app.leave
        assert "cannot be taken back" in app.text("summary")


async def test_connecting_is_given_up() -> None:
    """A connection that was not open yet is shown as given up."""
    pool = SlowPool(connects_as=State.CONNECTING)
    link = pool.connect(ConnectOptions("ws://host"))
    app = LeaveApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pool.become(link, State.FAILED)
        app.leave.show_progress()
        assert "given up" in app.text("links")


async def test_of_many_the_living_are_shown() -> None:
    """With more connections than lines, those that still live are shown and the rest counted."""
    pool = slow_pool(LINES + 5)
    app = LeaveApp(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pool.drop(0)
        app.leave.show_progress()
        lines = app.text("links").splitlines()
        assert len(lines) == LINES + 1
        assert "host0/" not in app.text("links")
        assert lines[-1] == "and 5 more"
