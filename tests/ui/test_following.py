"""Following the newest entry in the workbench: when it begins, when it ends, what is looked at."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui_support import FakePool
from tests.workbench_support import bench, lines, make_app, settle
from wstui import clipboard
from wstui.app import WstuiApp
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.widgets.entry_view import EntryView
from wstui.widgets.transcript_view import TranscriptView

SIZE = (120, 40)


def receive(connection: Connection, count: int, kind: Kind = Kind.TEXT) -> None:
    """So many messages more, each saying its number."""
    for number in range(len(connection.transcript), len(connection.transcript) + count):
        connection.transcript.append(kind, b"message %d" % number, 0.0)


def view_of(app: WstuiApp) -> TranscriptView:
    """The transcript view."""
    return bench(app).query_one(TranscriptView)


def looked_at(app: WstuiApp) -> int | None:
    """The number of the entry in the entry view."""
    return bench(app).query_one(EntryView).number


def follows(app: WstuiApp) -> bool:
    """Whether the view follows, as it says now."""
    return view_of(app).following


async def look(pilot: Pilot[None]) -> TranscriptView:
    """Let the view see what came in."""
    assert isinstance(pilot.app, WstuiApp)
    view = view_of(pilot.app)
    view.sync()
    await settle(pilot)
    return view


async def test_f_lets_go_of_the_picked_row(pool: FakePool) -> None:
    """`f` after picking a row follows for good: nothing is picked, the newest is looked at."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("home", "f")
        assert follows(app)
        assert view.cursor is None
        receive(pool.connections[0], 3)
        await look(pilot)
        assert looked_at(app) == 102
        await pilot.press("up")
        assert view.cursor == 102


async def test_f_while_following_stands_still(pool: FakePool) -> None:
    """`f` while following stops it, and nothing is picked by that."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("f")
        receive(pool.connections[0], 7)
        await look(pilot)
        assert not follows(app)
        assert view.cursor is None
        assert view.unseen == 7
        assert looked_at(app) == 99


async def test_a_click_on_a_row_stops_following(pool: FakePool) -> None:
    """A row picked with the mouse stays where it is, like one picked by key."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.click(TranscriptView, offset=(30, 4))
        before = lines(view)
        receive(pool.connections[0], 50)
        await look(pilot)
        assert not follows(app)
        assert view.unseen == 50
        assert lines(view) == before


async def test_a_click_on_what_is_new_follows(pool: FakePool) -> None:
    """The words that tell how many are new lead to them, and cover no row."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("home")
        receive(pool.connections[0], 22)
        await look(pilot)
        assert "+22 new ↓" in str(app.screen.query_one("#filter-counts", Static).render())
        await pilot.click("#filter-counts")
        assert follows(app)
        assert view.cursor is None


async def test_the_wheel_does_not_let_go_of_a_picked_row(pool: FakePool) -> None:
    """Scrolling down to the end takes following up again only while no row is picked."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("up", "up", "up")
        view.scroll_to(y=10, animate=False)
        view.scroll_to(y=view.max_scroll_y, animate=False)
        assert view.cursor == 97
        assert not follows(app)


async def test_enter_pins_what_is_looked_at(pool: FakePool) -> None:
    """Enter while following picks the entry: it is not replaced while one reads it."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("enter")
        receive(pool.connections[0], 5)
        await look(pilot)
        assert bench(app).query_one(EntryView).pane.has_focus
        assert not follows(app)
        assert view.unseen == 5
        assert (view.cursor, looked_at(app)) == (99, 99)
        await pilot.press("escape")
        assert view.has_focus
        assert view.cursor == 99
        await pilot.press("escape")
        assert follows(app)
        await look(pilot)
        assert looked_at(app) == 104


async def test_control_frames_do_not_push_a_message_out_of_sight(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While following, the newest data message is looked at and copied, not a keepalive pong."""
    monkeypatch.setattr(clipboard, "to_system", lambda text: False)
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool.connections[0], 1)
        receive(pool.connections[0], 100, Kind.PONG)
        await look(pilot)
        assert looked_at(app) == 0
        await pilot.press("y")
        await settle(pilot)
        assert app.clipboard == "message 0"
        receive(pool.connections[0], 300, Kind.PONG)
        await look(pilot)
        assert looked_at(app) == 400


async def test_no_more_are_new_than_there_are(pool: FakePool) -> None:
    """After old entries were dropped, as many are new as are held, and not one more."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        transcript = pool.connections[0].transcript
        receive(pool.connections[0], 100)
        view = await look(pilot)
        await pilot.press("home")
        list(transcript.segments())[-1].seal()
        receive(pool.connections[0], 60)
        transcript.drop_oldest()
        view.sync()
        assert transcript.first == 100
        assert view.counts.unseen == view.counts.total == 60
