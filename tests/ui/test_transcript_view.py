"""The transcript view: following, standing still, the cursor, filtering, and what it draws."""

from __future__ import annotations

import random
from typing import TypeVar

import pytest
from textual import on
from textual.app import ComposeResult
from textual.events import MouseScrollUp
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Label

from tests.ui_support import START, FakePool, WidgetApp
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.filter import parse_filter
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.widgets.transcript_view import TranscriptView

M = TypeVar("M", bound=Message)

ROWS = 19
"""Rows in sight: 20 lines less one for the titles."""


class ViewApp(WidgetApp):
    """A transcript view on the whole screen, and what it told."""

    def __init__(self, connection: Connection | None = None) -> None:
        super().__init__()
        self.view = TranscriptView()
        self.initial = connection
        self.told: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.source = self.initial
        self.view.focus()

    @on(TranscriptView.Selected)
    @on(TranscriptView.Activated)
    @on(TranscriptView.Changed)
    def _tell(self, message: Message) -> None:
        self.told.append(message)

    def last(self, kind: type[M]) -> M:
        """The last message of a kind."""
        return [message for message in self.told if isinstance(message, kind)][-1]

    def lines(self) -> list[str]:
        """What is drawn, line by line."""
        size = self.view.size
        strips = self.view.render_lines(Region(0, 0, size.width, size.height))
        return [strip.text.rstrip() for strip in strips]

    def follows(self) -> bool:
        """Whether the view follows, as it says now."""
        return self.view.following

    def progress(self) -> float | None:
        """How far the filter is, as the view says now."""
        return self.view.counts.progress

    def cursor(self) -> int | None:
        """The picked entry, as the view says now."""
        return self.view.cursor

    def numbers(self) -> list[int]:
        """The numbers of the rows in sight."""
        cells = [line.strip("▌ ").split() for line in self.lines()[1:]]
        return [int(row[0]) for row in cells if row and row[0].isdigit()]


def connect(pool: FakePool, messages: int = 0) -> Connection:
    """An open connection that received so many messages."""
    connection = pool.connect(ConnectOptions("ws://localhost:9002"))
    receive(connection, messages)
    return connection


def receive(connection: Connection, messages: int) -> None:
    """More messages, numbered, one a millisecond."""
    transcript = connection.transcript
    for number in range(len(transcript), len(transcript) + messages):
        parity = "odd" if number % 2 else "even"
        payload = f'{{"n":{number},"is":"{parity}"}}'.encode()
        transcript.append(Kind.TEXT, payload, START + number / 1000)


def segmented(pool: FakePool, segments: int = 5) -> Connection:
    """A connection whose transcript has so many segments of 30 rows, the last one open."""
    connection = connect(pool)
    for _ in range(segments - 1):
        receive(connection, 30)
        list(connection.transcript.segments())[-1].seal()
    receive(connection, 30)
    return connection


SIZE = (100, 20)


async def test_newest_rows_are_in_sight(pool: FakePool) -> None:
    """A transcript opens at its end, and follows what comes in."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        app.view.sync()
        assert app.numbers() == list(range(81, 100))
        receive(connection, 5)
        app.view.sync()
        assert app.numbers() == list(range(86, 105))
        assert app.follows()
        assert app.view.has_class("-following")


async def test_titles_stay_while_rows_scroll(pool: FakePool) -> None:
    """The column titles are always on the first line."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        assert app.lines()[0].split() == ["#", "time", "Δ", "op", "size", "payload"]
        await pilot.press("home")
        assert app.lines()[0].split() == ["#", "time", "Δ", "op", "size", "payload"]
        assert app.numbers()[0] == 0


async def test_scrolling_up_stops_following(pool: FakePool) -> None:
    """After scrolling up nothing in sight moves, and what came since is counted."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.sync()
        app.view.scroll_to(y=40, animate=False)
        await pilot.pause()
        assert not app.follows()
        before = app.numbers()
        receive(connection, 37)
        app.view.sync()
        await pilot.pause()
        assert app.numbers() == before
        assert app.view.unseen == 37
        assert app.last(TranscriptView.Changed).counts.unseen == 37


async def test_nothing_is_repainted_while_standing_still(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that come in below the rows in sight do not cost a frame of all rows."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        app.view.sync()
        app.view.scroll_to(y=40, animate=False)
        repaints = []
        monkeypatch.setattr(app.view, "_refresh_rows", lambda: repaints.append(1))
        receive(connection, 37)
        app.view.sync()
        assert not repaints
        assert app.view.vertical_scrollbar.window_virtual_size == 138
        app.view.following = True
        assert repaints


@pytest.mark.parametrize("key", ["end", "escape"])
async def test_end_follows_again(pool: FakePool, key: str) -> None:
    """End and Escape go back to the newest entry and let go of the picked one."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("pageup")
        assert not app.follows()
        receive(connection, 3)
        await pilot.press(key)
        assert app.follows()
        assert app.cursor() is None
        assert app.view.unseen == 0
        assert app.numbers()[-1] == 102


async def test_follow_can_be_toggled(pool: FakePool) -> None:
    """Following can be stopped without scrolling, and taking it up lets go of the picked entry."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        app.view.sync()
        app.view.toggle_follow()
        receive(connection, 4)
        app.view.sync()
        assert app.numbers()[-1] == 99
        app.view.cursor = 90
        app.view.toggle_follow()
        assert app.numbers()[-1] == 103
        assert app.cursor() is None


async def test_scrolling_to_the_end_follows_again(pool: FakePool) -> None:
    """The wheel can take following up again."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE):
        app.view.sync()
        app.view.scroll_to(y=70, animate=False)
        assert not app.follows()
        app.view.scroll_to(y=app.view.max_scroll_y, animate=False)
        assert app.follows()


async def test_rows_stay_when_the_oldest_are_dropped(pool: FakePool) -> None:
    """Dropping old segments moves neither the rows in sight nor the cursor."""
    connection = segmented(pool)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.sync()
        app.view.scroll_to(y=100, animate=False)
        app.view.cursor = 105
        before = app.numbers()
        connection.transcript.drop_oldest()
        assert app.numbers() == before
        app.view.sync()
        assert app.numbers() == before
        assert app.cursor() == 105
        await pilot.press("down")
        assert app.cursor() == 106
        assert app.numbers() == before


async def test_gap_is_the_first_row(pool: FakePool) -> None:
    """What was dropped is told on the first row, and a cursor on it comes to stand there."""
    connection = segmented(pool)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.cursor = 3
        connection.transcript.drop_oldest()
        app.view.sync()
        assert app.cursor() == 29
        await pilot.press("home")
        assert "gap" in app.lines()[1]
        assert "30 older entries dropped" in app.lines()[1]
        assert app.numbers()[:2] == [29, 30]
        connection.transcript.drop_oldest()
        app.view.sync()
        assert "60 older entries dropped" in app.lines()[1]
        assert app.cursor() == 59


async def test_keys_move_the_cursor(pool: FakePool) -> None:
    """The first step picks the last row in sight; further ones scroll along with it."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        assert app.view.current == 99
        await pilot.press("up")
        assert app.cursor() == 99
        assert not app.follows()
        await pilot.press("up", "up")
        assert app.cursor() == 97
        assert app.lines()[17].startswith("▌")
        await pilot.press("pageup", "pageup")
        assert app.cursor() == 61
        assert app.numbers()[0] == 61
        await pilot.press("home")
        assert app.cursor() == 0
        await pilot.press("down")
        assert app.last(TranscriptView.Selected).number == 1


async def test_down_from_the_last_row_follows(pool: FakePool) -> None:
    """Below the last row there is nothing to pick but the newest."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("up", "down")
        assert app.cursor() is None
        assert app.follows()
        assert app.last(TranscriptView.Selected).number is None


async def test_enter_activates(pool: FakePool) -> None:
    """Enter asks for a closer look at the picked entry, or at the newest, which it picks."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        assert app.last(TranscriptView.Activated).number == 99
        await pilot.press("up", "up", "enter")
        assert app.last(TranscriptView.Activated).number == 97


async def test_mouse_picks_and_opens(pool: FakePool) -> None:
    """A click picks a row; a double click opens it."""
    connection = connect(pool, 100)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(app.view, offset=(30, 5))
        assert app.cursor() == 85
        assert not app.follows()
        await pilot.click(app.view, offset=(30, 7), times=2)
        assert app.last(TranscriptView.Activated).number == 87
        await pilot.click(app.view, offset=(30, 0))
        assert app.cursor() == 87


async def test_wheel_scrolls(pool: FakePool) -> None:
    """The wheel stops following like any other way to scroll up."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        app.view.sync()
        app.view.post_message(MouseScrollUp(app.view, 5, 5, 0, -1, 0, False, False, False))
        await pilot.pause()
        assert not app.follows()
        assert app.numbers()[-1] < 99


async def test_filter_shows_what_matches(pool: FakePool) -> None:
    """Only matching entries are listed, new ones included, with Δ between shown rows."""
    connection = connect(pool, 10)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.set_filter(parse_filter("even"))
        assert app.numbers() == [0, 2, 4, 6, 8]
        assert "+2" in app.lines()[2]
        receive(connection, 4)
        app.view.sync()
        assert app.numbers() == [0, 2, 4, 6, 8, 10, 12]
        assert (app.view.shown, app.view.total) == (7, 14)
        await pilot.pause()
        assert app.last(TranscriptView.Changed).counts.shown == 7
        app.view.set_filter(parse_filter("  "))
        assert app.numbers() == list(range(14))


async def test_filter_keeps_the_picked_row_in_place(pool: FakePool) -> None:
    """When a filter comes or goes the picked entry stays on its row, if it can."""
    connection = connect(pool, 400)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.sync()
        app.view.scroll_to(y=200, animate=False)
        app.view.cursor = 206
        assert app.lines()[7].startswith("▌")
        app.view.set_filter(parse_filter("even"))
        await pilot.pause()
        assert app.lines()[7].startswith("▌")
        assert app.numbers()[:3] == [194, 196, 198]
        app.view.set_filter(None)
        assert app.numbers()[0] == 200


async def test_long_filter_tells_its_progress(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filter works in slices: until it has seen everything it says how far it is."""
    monkeypatch.setattr("wstui.widgets.live_rows.SCAN_SLICE", 0.0)
    connection = connect(pool, 10_000)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        app.view.set_filter(parse_filter("odd"))
        progress = app.progress()
        assert progress is not None
        assert 0 <= progress < 1
        while app.progress() is not None:
            await pilot.pause()
        app.view.sync()
        assert app.view.shown == 5000
        assert app.numbers()[-1] == 9999


async def test_jump_goes_through_matches(pool: FakePool) -> None:
    """n and N step through what the filter found, from where one stands."""
    app = ViewApp(connect(pool, 300))
    async with app.run_test(size=SIZE) as pilot:
        app.view.set_filter(parse_filter('/"n":[0-9]*50,/'))
        app.view.jump_match(-1)
        await pilot.pause()
        assert app.cursor() == 250
        assert 250 in app.numbers()
        app.view.jump_match(-1)
        assert app.cursor() == 150
        app.view.jump_match(1)
        assert app.cursor() == 250
        app.view.jump_match(1)
        assert app.cursor() == 250
        await pilot.press("escape")
        assert app.cursor() is None


async def test_jump_waits_for_the_search(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump to a match that was not found yet happens when it is."""
    monkeypatch.setattr("wstui.widgets.live_rows.SCAN_SLICE", 0.0)
    app = ViewApp(connect(pool, 10_000))
    async with app.run_test(size=SIZE) as pilot:
        app.view.set_filter(parse_filter('"n":9990,'))
        app.view.jump_match(-1)
        while app.cursor() is None:
            await pilot.pause()
        assert app.cursor() == 9990


async def test_jump_without_a_filter_says_so(pool: FakePool) -> None:
    """Without anything searched for, n and N tell what is missing."""
    app = ViewApp(connect(pool, 3))
    async with app.run_test(size=SIZE) as pilot:
        app.view.jump_match(1)
        await pilot.pause()
        assert [note.message for note in app._notifications] == [
            "Type a filter first: its matches are gone through."
        ]


async def test_each_connection_keeps_its_place(pool: FakePool) -> None:
    """Going to another connection and back finds the rows and the cursor as they were."""
    one, two = connect(pool, 100), connect(pool, 50)
    app = ViewApp(one)
    async with app.run_test(size=SIZE):
        app.view.sync()
        app.view.scroll_to(y=30, animate=False)
        app.view.cursor = 33
        before = app.numbers()
        app.view.source = two
        assert app.follows()
        assert app.cursor() is None
        assert app.numbers()[-1] == 49
        app.view.source = one
        assert app.numbers() == before
        assert app.cursor() == 33
        app.view.source = None
        assert app.view.total == 0
        assert "No connection yet" in "\n".join(app.lines())


async def test_empty_states_say_what_to_press(pool: FakePool) -> None:
    """With nothing to show the view says why, and what leads on."""
    connection = connect(pool)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        drawn = "\n".join(app.lines())
        assert "No messages yet" in drawn
        assert "s sends one" in drawn
        connection.transcript.append_event(LocalEvent(EventName.OPEN, "Open."), START)
        pool.become(connection, State.CONNECTING)
        app.view.sync()
        drawn = "\n".join(app.lines())
        assert "Open." in drawn
        assert "Waiting for the TCP connection" in drawn
        receive(connection, 1)
        app.view.sync()
        assert "Waiting" not in "\n".join(app.lines())
        app.view.set_filter(parse_filter("nowhere"))
        app.view.sync()
        assert "Nothing matches the filter" in "\n".join(app.lines())


async def test_view_works_at_any_size(pool: FakePool) -> None:
    """Rows are as wide as the view, however small the terminal."""
    connection = connect(pool, 30)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        for size in ((80, 24), (60, 10), (20, 3), (3, 2), (200, 60)):
            await pilot.resize_terminal(*size)
            app.view.sync()
            region = Region(0, 0, app.view.size.width, app.view.size.height)
            strips = app.view.render_lines(region)
            assert {strip.cell_length for strip in strips} == {size[0]}
        assert app.numbers() == list(range(30))


async def test_resize_keeps_the_end_in_sight(pool: FakePool) -> None:
    """A smaller view still shows the newest row while following."""
    app = ViewApp(connect(pool, 100))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.resize_terminal(100, 12)
        await pilot.pause()
        assert app.numbers()[-1] == 99
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert app.numbers()[-1] == 99
        assert app.follows()


async def test_hidden_view_rests(pool: FakePool) -> None:
    """Below another screen the view does not look at the transcript; it catches up after."""
    connection = connect(pool, 10)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE) as pilot:
        await app.push_screen(Screen())
        receive(connection, 10)
        app.view._tick()
        assert app.view._listing is not None
        assert len(app.view._listing) == 10
        app.pop_screen()
        await pilot.pause()
        app.view._tick()
        assert app.numbers()[-1] == 19


async def test_connection_may_be_given_before_mounting(pool: FakePool) -> None:
    """A view that gets its connection first and its place on the screen later shows it."""
    app = WidgetApp()
    async with app.run_test(size=SIZE) as pilot:
        view = TranscriptView()
        view.source = connect(pool, 50)
        await app.mount(Label("above"), view)
        await pilot.pause()
        view.sync()
        strips = view.render_lines(Region(0, 0, view.size.width, view.size.height))
        assert strips[-1].text.split()[0] == "49"


async def test_ten_million_rows_scroll_exactly() -> None:
    """The position of a row is exact however many there are."""

    class Endless(Transcript):
        def __len__(self) -> int:
            return 10**12

    connection = Connection(0, ConnectOptions("ws://localhost"), Endless(), START)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        app.view.sync()
        assert app.numbers()[-1] == 10**12 - 1
        app.view.scroll_to(y=10**11, animate=False)
        assert app.numbers()[0] == 10**11


async def test_hostile_payloads_are_drawn_inert(pool: FakePool) -> None:
    """Escape sequences and markup of a peer come out as text."""
    connection = connect(pool)
    for text in ("\x1b]0;pwned\x07", "[/x][red]", "\x9b2J", "a\u202eb"):
        connection.transcript.append(Kind.TEXT, text.encode(), START)
    app = ViewApp(connection)
    async with app.run_test(size=SIZE):
        drawn = "\n".join(app.lines())
        assert "␛]0;pwned␇" in drawn
        assert "[/x][red]" in drawn
        assert all(char.isprintable() or char == "\n" for char in drawn)


@pytest.mark.parametrize("seed", range(4))
async def test_rows_hold_through_anything(pool: FakePool, seed: int) -> None:
    """Whatever happens in whatever order, each frame can be drawn, and rows that are looked at
    stay in sight while entries come and old ones go."""
    dice = random.Random(seed)
    connection = segmented(pool, 3)
    transcript = connection.transcript
    app = ViewApp(connection)
    keys = ["up", "down", "pageup", "pagedown", "home", "end", "enter", "escape"]
    filters = [parse_filter(text) for text in ("even", "op:binary", "nowhere", "/[13579],/")]
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(25):
            await pilot.press(dice.choice(keys))
            dice.choice(
                [
                    lambda: app.view.set_filter(dice.choice([None, *filters])),
                    lambda: app.view.scroll_to(y=dice.randrange(200), animate=False),
                    lambda: app.view.jump_match(dice.choice([-1, 1])),
                    app.view.toggle_follow,
                ]
            )()
            app.view.sync()
            before = app.numbers()
            receive(connection, dice.randrange(50))
            transcript.append(Kind.BINARY, bytes((1 << 20) - 1), START)
            if dice.random() < 0.3:
                transcript.drop_oldest()
            app.lines()
            app.view.sync()
            held = [number for number in before if number >= transcript.first]
            if not app.follows() and held == before and len(before) == ROWS:
                assert app.numbers() == before
            cursor = app.cursor()
            assert cursor is None or cursor >= transcript.first - 1
