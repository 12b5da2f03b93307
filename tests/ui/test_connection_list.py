"""The sidebar and the strip that stands for it."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from tests.ui_support import START, FakePool, WidgetApp
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Failure,
    FailureKind,
    Handshake,
    State,
    Step,
)
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.core.roster import Roster
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip, window
from wstui.widgets.pulse import Pulse


class ListApp(WidgetApp):
    """The sidebar and the strip over a fake pool."""

    def __init__(self, pool: FakePool) -> None:
        super().__init__()
        roster = Roster(pool.connections)
        self.pulse = Pulse(pool.connections, lambda: pool.now)
        self.list = ConnectionList(roster, self.pulse)
        self.strip = ConnectionStrip(roster, self.pulse)
        self.selections: list[int] = []
        self.activations: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.strip
        yield self.list

    def on_mount(self) -> None:
        self.list.focus()

    @on(ConnectionList.Selected)
    def keep_selection(self, event: ConnectionList.Selected) -> None:
        self.list.selected = self.strip.selected = event.id
        self.selections.append(event.id)

    @on(ConnectionList.Activated)
    def keep_activation(self, event: ConnectionList.Activated) -> None:
        self.activations.append(event.id)


def lines(widget: Widget) -> list[str]:
    """What the widget shows, line by line."""
    height = widget.scrollable_content_region.height
    return [widget.render_line(y).text.rstrip() for y in range(height)]


def open_some(pool: FakePool, count: int) -> None:
    """Open `count` connections."""
    for number in range(count):
        pool.connect(ConnectOptions(f"ws://host-{number}/path"))


async def test_says_what_is_known_of_an_open_connection(pool: FakePool) -> None:
    """Glyph, id, host, path, subprotocol, counters and round-trip time are shown."""
    connection = pool.connect(ConnectOptions("ws://user:secret@feed.example:81/ticks"))
    connection.handshake = Handshake(subprotocol="chat.v2")
    connection.rtt = 0.023
    for _ in range(1204):
        connection.transcript.append(Kind.TEXT, b"x", START)
    app = ListApp(pool)
    async with app.run_test(size=(40, 20)) as pilot:
        app.list.sync()
        await pilot.pause()
        shown = lines(app.list)
        assert "● 0 feed.example:81" in shown[0]
        assert "/ticks · chat.v2" in shown[1]
        assert "↓1,204 ↑0" in shown[2]
        assert "23 ms" in shown[2]
        assert "secret" not in "".join(shown)


async def test_states_are_told_apart_without_colour(pool: FakePool) -> None:
    """Each state has a glyph of its own, and connecting says the step and the seconds."""
    pool.connects_as = State.CONNECTING
    open_some(pool, len(State))
    for connection, state in zip(pool.connections.values(), State, strict=True):
        connection.state = state
        connection.step = Step.TLS
    pool.now = START + 1.2
    app = ListApp(pool)
    async with app.run_test(size=(40, 40)) as pilot:
        app.list.sync()
        await pilot.pause()
        heads = [line.split()[0] for line in lines(app.list) if "host-" in line]
        assert len(set(heads)) == len(State)
        assert any("TLS handshake 1.2 s" in line for line in lines(app.list))


async def test_hostile_texts_are_shown_as_they_are(pool: FakePool) -> None:
    """Markup and control characters of uri, reason and subprotocol are drawn literally."""
    first = pool.connect(ConnectOptions("ws://h/[/red]?x=[bold]"))
    first.handshake = Handshake(subprotocol="[/x]\x1b[2J")
    second = pool.connect(ConnectOptions("ws://h/"))
    frame = CloseFrame(4001, "[/x]\x1b]0;title\x07")
    second.close = CloseRecord(None, frame, by_us=False, clean=False)
    pool.become(second, State.CLOSED)
    app = ListApp(pool)
    async with app.run_test(size=(60, 20)) as pilot:
        app.list.sync()
        await pilot.pause()
        shown = "\n".join(lines(app.list))
        assert "/[/red]?x=[bold] · [/x]␛[2J" in shown
        assert "[/x]␛]0;title␇" in shown
        assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        (TlsOptions(trust="NONE"), "unverified"),
        (TlsOptions(check_host=False), "host unchecked"),
    ],
)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("used", [True, False], ids=["used", "new"])
async def test_tls_that_is_not_verified_is_marked(
    pool: FakePool, tls: TlsOptions, words: str, state: State, used: bool
) -> None:
    """A connection whose certificate, or host, is not checked is marked in all its states."""
    connection = pool.connect(ConnectOptions("wss://feed.example", tls=tls))
    if used:
        connection.transcript.append(Kind.TEXT, b"x", pool.now)
    if state in (State.CONNECTING, State.WAITING, State.FAILED):
        connection.opened = None
    if state in (State.WAITING, State.FAILED):
        connection.failure = Failure(FailureKind.REFUSED)
    pool.become(connection, state)
    app = ListApp(pool)
    async with app.run_test(size=(40, 20)) as pilot:
        app.list.sync()
        await pilot.pause()
        assert words in "".join(lines(app.list))
        assert "⚠" in lines(app.strip)[0]


async def test_unread_messages_are_counted(pool: FakePool) -> None:
    """Messages since the last look are counted, and gone after it."""
    connection = pool.connect(ConnectOptions("ws://h"))
    app = ListApp(pool)
    async with app.run_test(size=(40, 20)) as pilot:
        for _ in range(3):
            connection.transcript.append(Kind.TEXT, b"x", START)
        connection.transcript.append(Kind.PING, b"", START)
        app.list.sync()
        await pilot.pause()
        assert lines(app.list)[0].endswith("+3")
        assert "+3" in lines(app.strip)[0]
        app.pulse.read(connection)
        assert "+3" not in lines(app.list)[0]


async def test_keys_select(pool: FakePool) -> None:
    """Arrows and j, k move by one, Home and End to the ends, and never beyond them."""
    open_some(pool, 5)
    app = ListApp(pool)
    async with app.run_test(size=(40, 30)) as pilot:
        app.list.sync()
        await pilot.press("j", "down", "k", "end", "down", "home", "up")
        assert app.selections == [1, 2, 1, 4, 0]
        await pilot.press("enter")
        assert app.activations == [0]


async def test_clicks_select(pool: FakePool) -> None:
    """A click on any line of a connection selects it, in the list and in the strip."""
    open_some(pool, 5)
    app = ListApp(pool)
    async with app.run_test(size=(60, 30)) as pilot:
        app.list.sync()
        await pilot.pause()
        await pilot.click(app.list, offset=(5, 6))
        await pilot.click(app.strip, offset=(3, 0))
        assert app.selections == [1, 0]


async def test_the_selected_one_stays_in_sight(pool: FakePool) -> None:
    """With many connections the list scrolls, and the strip shows those around the selected one."""
    open_some(pool, 500)
    app = ListApp(pool)
    async with app.run_test(size=(40, 24)) as pilot:
        app.list.sync()
        await pilot.press("end")
        await pilot.pause()
        assert any("499 host-499" in line for line in lines(app.list))
        assert "499 host-499" in lines(app.strip)[0]
        await pilot.press("pageup")
        await pilot.pause()
        assert any(f"{app.list.selected} host-" in line for line in lines(app.list))


async def test_an_empty_list_says_what_to_do(pool: FakePool) -> None:
    """Without connections list and strip name the command that makes some."""
    app = ListApp(pool)
    async with app.run_test(size=(40, 20)) as pilot:
        app.list.sync()
        await pilot.pause()
        assert "wstui demo" in "\n".join(lines(app.list))
        assert "wstui demo" in lines(app.strip)[0]


@pytest.mark.parametrize(
    ("cells", "index", "room", "expected"),
    [
        ([5, 5, 5], 0, 15, (0, 3)),
        ([5, 5, 5], 0, 10, (0, 2)),
        ([5, 5, 5], 2, 10, (1, 3)),
        ([5, 5, 5, 5, 5], 2, 15, (1, 4)),
        ([5, 50, 5], 1, 10, (1, 2)),
    ],
)
def test_window(cells: list[int], index: int, room: int, expected: tuple[int, int]) -> None:
    """As many neighbours as fit are shown with the selected one."""
    assert window(cells, index, room) == expected
