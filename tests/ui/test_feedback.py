"""What the workbench says about what was asked of it: keys that do nothing now, and notices."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from tests.ui_support import FakePool
from tests.workbench_support import SIZES, bench, make_app, settle, toasts, top
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.screens.close import CloseScreen
from wstui.widgets.composer import Composer
from wstui.widgets.key_line import KeyLine
from wstui.widgets.transcript_view import TranscriptView

URI = "ws://a"


@pytest.mark.parametrize(
    ("state", "key", "said"),
    [
        (
            State.OPEN,
            "d",
            "Connection 0 is open: close it first, with x.",
        ),
        (State.CLOSED, "x", "Connection 0 is closed: nothing to close. r opens it again."),
        (State.CLOSED, "X", "Connection 0 is closed: nothing to close. r opens it again."),
        (State.FAILED, "p", "Connection 0 failed: nobody to ping. r opens it again."),
        (State.CONNECTING, "p", "Connection 0 is connecting: nobody to ping yet."),
        (State.OPEN, "right_square_bracket", "There is no other connection."),
    ],
)
async def test_a_key_that_does_nothing_says_why(
    pool: FakePool, state: State, key: str, said: str
) -> None:
    """A key for something that is not possible now is answered with the reason."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40)) as pilot:
        pool.become(pool.connections[0], state)
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert toasts(app) == said


@pytest.mark.parametrize("key", ["x", "p", "r", "f", "slash"])
async def test_without_a_connection_keys_say_so(pool: FakePool, key: str) -> None:
    """In an empty workbench what needs a connection says that there is none."""
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        await settle(pilot)
        assert toasts(app) == "There is no connection yet. n opens one."


async def test_what_is_typed_is_no_dead_key(pool: FakePool) -> None:
    """Letters in the composer are text, whatever they would mean elsewhere."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40)) as pilot:
        pool.close(0)
        await pilot.press("s", *"xpX")
        await settle(pilot)
        assert bench(app).query_one(Composer).text == "xpX"
        assert toasts(app) == ""


async def test_a_click_on_a_dim_key_says_why(pool: FakePool) -> None:
    """The line of keys answers a click on what is off like the key itself."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40)) as pilot:
        pool.close(0)
        await settle(pilot)
        line = bench(app).query_one(KeyLine)
        start, item = next(place for place in line.placed(120) if place[1].words == "Close")
        off = line.get_component_rich_style("key-line--off")
        drawn = {segment.text.strip(): segment.style for segment in line.render_line(0)}
        assert not item.enabled
        assert drawn["Close"] == off
        assert drawn["Help"] != off
        await pilot.click(KeyLine, offset=(start, 0))
        await settle(pilot)
        assert "nothing to close" in toasts(app)


async def test_the_palette_says_why(pool: FakePool) -> None:
    """What is chosen in the palette but not possible now is answered with the reason, too."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40)) as pilot:
        pool.close(0)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"ping")
        await app.workers.wait_for_complete()
        await pilot.press("down", "enter")
        await pilot.pause()
        await settle(pilot)
        assert toasts(app) == "Connection 0 is closed: nobody to ping. r opens it again."


@pytest.mark.parametrize(("filtered", "offered"), [(False, False), (True, True)])
async def test_the_palette_offers_matches_only_with_a_filter(
    pool: FakePool, filtered: bool, offered: bool
) -> None:
    """What goes through matches, or clears a filter, is offered while there is one."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40)) as pilot:
        pool.connections[0].transcript.append(Kind.TEXT, b"one", pool.now)
        if filtered:
            await pilot.press("slash", *"one", "enter")
        await settle(pilot)
        ids = {action.id for action in bench(app).offered}
        assert ("next_match" in ids) is offered
        assert ("previous_match" in ids) is offered
        assert ("clear_filter" in ids) is offered
        assert {"connect", "filter", "quit", "send"} <= ids


@pytest.mark.parametrize("size", SIZES)
async def test_one_notice_at_a_time_covers_little(pool: FakePool, size: tuple[int, int]) -> None:
    """A notice replaces the one before, in a line over the border of the transcript."""
    app = make_app(pool, URI)
    async with app.run_test(size=size, notifications=True) as pilot:
        for _ in range(7):
            await pilot.press("d")
        bench(app).say("The last one.")
        await settle(pilot)
        assert toasts(app) == "The last one."
        toast = bench(app).query_one(Toast)
        view = bench(app).query_one(TranscriptView)
        assert toast.region.y == view.region.y
        assert toast.region.height == 1
        assert toast.region.right == size[0]


async def test_notices_do_not_carry_over_a_form(pool: FakePool) -> None:
    """What was said about the workbench is gone when a form opens."""
    app = make_app(pool, URI)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.press("d")
        await settle(pilot)
        assert toasts(app)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(top(app), CloseScreen)
        assert not toasts(app)
        assert not top(app).query(Toast)
