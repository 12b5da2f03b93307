"""The line of keys at the bottom."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool
from tests.workbench_support import bench, make_app, settle, top
from wstui.core.options.connect import ConnectOptions
from wstui.screens.help import HelpScreen
from wstui.widgets.key_line import KeyLine

URI = "ws://localhost:9001/echo"


def text(line: KeyLine) -> str:
    """What the line shows."""
    return line.render_line(0).text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
async def test_help_and_quit_are_always_there(pool: FakePool, width: int) -> None:
    """However narrow the terminal is, the line ends with help and quit, and nothing is cut."""
    app = make_app(pool, URI)
    async with app.run_test(size=(width, 24)) as pilot:
        await settle(pilot)
        line = bench(app).query_one(KeyLine)
        assert "? Help" in text(line)
        assert "q Quit" in text(line)
        assert len(text(line)) == width
        assert ("Palette" in text(line)) is (width >= 100)
        ends = [start + item.width for start, item in line.placed(width)]
        starts = [start for start, _ in line.placed(width)]
        assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
        assert ends[-1] < width


async def test_click_presses_the_key(pool: FakePool) -> None:
    """A click on the words does what the key does; on one that is off it opens nothing."""
    app = make_app(pool)
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        line = bench(app).query_one(KeyLine)
        places = {item.words: start for start, item in line.placed(120)}
        await pilot.click(KeyLine, offset=(places["Close"], 0))
        await settle(pilot)
        assert top(app) is bench(app)
        await pilot.click(KeyLine, offset=(places["Help"] + 2, 0))
        await pilot.pause()
        assert isinstance(top(app), HelpScreen)


async def test_it_follows_what_can_be_done(pool: FakePool) -> None:
    """Keys that do nothing now are dim, and come to life when they would."""
    app = make_app(pool)
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        line = bench(app).query_one(KeyLine)

        def enabled(words: str) -> bool:
            return next(item.enabled for _, item in line.placed(120) if item.words == words)

        assert enabled("New")
        assert not enabled("Close")
        bench(app).connect(ConnectOptions(URI))
        await settle(pilot)
        assert enabled("Close")


async def test_the_mouse_is_told_what_a_key_is_for(pool: FakePool) -> None:
    """Under the mouse an item has a tooltip; off the items there is none."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        line = bench(app).query_one(KeyLine)
        await pilot.hover(KeyLine, offset=(2, 0))
        assert line.tooltip
        await pilot.hover(KeyLine, offset=(95, 0))
        assert not line.tooltip
