"""The workbench on a fake pool: selecting, sending, closing, leaving, in all sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input
from wstui.widgets.entry_view import EntryView

from tests.ui_support import START, FakePool
from wstui import clipboard
from wstui.app import WstuiApp
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
)
from wstui.core.entry import Kind
from wstui.core.options import ConnectOptions
from wstui.screens.close import CloseScreen
from wstui.screens.connect import ConnectScreen
from wstui.screens.help import HelpScreen
from wstui.screens.leave import LeaveScreen
from wstui.screens.workbench import Workbench
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.filter_bar import FilterBar
from wstui.widgets.notice import Notice
from wstui.widgets.transcript_view import TranscriptView

SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((120, 40), id="120x40"),
    pytest.param((200, 60), id="200x60"),
]

ECHO = ConnectOptions("ws://localhost:9002/echo")


def make_app(pool: FakePool, *uris: str) -> WstuiApp:
    """The app, which opens `uris` at its start."""
    options = [ConnectOptions(uri) for uri in uris]
    return WstuiApp(pool, on_start=options, clock=lambda: pool.now)


def bench(app: WstuiApp) -> Workbench:
    """The workbench, whatever stands above it."""
    screen = app.screen_stack[0]
    assert isinstance(screen, Workbench)
    return screen


def top(app: WstuiApp) -> Screen[object]:
    """The screen on top."""
    return app.screen


def shown(widget: Widget) -> bool:
    """Whether the widget is displayed."""
    return bool(widget.display)


def sent(pool: FakePool) -> list[tuple[object, ...]]:
    """What was sent, without the word."""
    return [call[1:] for call in pool.calls if call[0] == "send"]


def title(widget: Widget) -> str:
    """The words in the upper border of a widget."""
    return str(getattr(widget, "_border_title", None) or "")


def lines(widget: TranscriptView | ConnectionList | ConnectionStrip) -> str:
    """What a line-drawn widget shows."""
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def toasts(app: WstuiApp) -> str:
    """The notices in sight."""
    return "\n".join(notification.message for notification in app._notifications)


async def settle(pilot: Pilot[None]) -> None:
    """Let workers and messages come to rest, and look once more."""
    await pilot.app.workers.wait_for_complete(
        [worker for worker in pilot.app.workers if worker.group not in ("form", "leave")]
    )
    await pilot.pause()
    assert isinstance(pilot.app, WstuiApp)
    bench(pilot.app).beat()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_sent_is_seen(pool: FakePool, size: tuple[int, int]) -> None:
    """One opens a connection at start, writes, sends, and the message stands in the transcript."""
    app = make_app(pool, "ws://localhost:9002/echo")
    async with app.run_test(size=size) as pilot:
        await pilot.press("s", *"hello there", "ctrl+s")
        await settle(pilot)
        view = app.screen.query_one(TranscriptView)
        view.sync()
        assert sent(pool) == [(0, b"hello there", Kind.TEXT)]
        assert "hello there" in lines(view)
        assert "0  ws://localhost:9002/echo" in title(view)


async def test_hex_is_sent_as_binary(pool: FakePool) -> None:
    """The kind of the composer decides what goes out."""
    app = make_app(pool, "ws://h")
    async with app.run_test() as pilot:
        await pilot.press("s", "ctrl+t", *"00 ff", "ctrl+s")
        await settle(pilot)
        assert sent(pool) == [(0, b"\x00\xff", Kind.BINARY)]


async def test_a_refused_message_stays(pool: FakePool) -> None:
    """What the pool refuses to send stays in the composer, with the reason above it."""
    app = make_app(pool, "ws://h")
    async with app.run_test() as pilot:
        pool.close(0)
        await pilot.press("s", *"keep me", "ctrl+s")
        await settle(pilot)
        composer = app.screen.query_one(Composer)
        assert composer.text == "keep me"
        assert "Connection 0 is closed" in title(composer)


async def test_without_a_connection_nothing_is_lost(pool: FakePool) -> None:
    """In an empty workbench a message to all is refused and stays."""
    app = make_app(pool)
    async with app.run_test() as pilot:
        composer = app.screen.query_one(Composer)
        composer.focus()
        await pilot.press(*"abc", "ctrl+s")
        await settle(pilot)
        assert composer.text == "abc"
        await pilot.press("ctrl+g", "ctrl+s")
        await settle(pilot)
        assert composer.text == "abc"
        assert "no connection is open" in title(composer)


async def test_to_all_open_connections(pool: FakePool) -> None:
    """A message to all goes to every open connection and to no other."""
    app = make_app(pool, "ws://a", "ws://b", "ws://c")
    async with app.run_test() as pilot:
        pool.close(1)
        await pilot.press("s", "ctrl+g", "x", "ctrl+s")
        await settle(pilot)
        assert [call[0] for call in sent(pool)] == [0, 2]
        assert "Sent to 2 connections" in toasts(app)


async def test_numbers_and_brackets_select(pool: FakePool) -> None:
    """Digits select a connection by its id, brackets go to the one above or below."""
    app = make_app(pool, "ws://a", "ws://b", "ws://c")
    async with app.run_test() as pilot:
        workbench = bench(app)
        await pilot.press("1")
        assert workbench.selected == 1
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert workbench.selected == 2
        await pilot.press("9")
        await pilot.pause()
        assert workbench.selected == 2
        assert "There is no connection 9" in toasts(app)
        await pilot.press("s", "0")
        assert workbench.selected == 2


async def test_the_first_connection_is_selected_by_itself(pool: FakePool) -> None:
    """A connection that comes while none is selected is shown; one removed gives way."""
    app = make_app(pool)
    async with app.run_test() as pilot:
        pool.connect(ECHO)
        pool.connect(ECHO)
        await settle(pilot)
        assert bench(app).selected == 0
        pool.remove(0)
        await settle(pilot)
        assert bench(app).selected == 1
        pool.remove(1)
        await settle(pilot)
        assert bench(app).selected is None


async def test_at_80_columns_the_sidebar_folds(pool: FakePool) -> None:
    """In a narrow terminal a strip shows all connections, and a key brings the list over it."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        sidebar = app.screen.query_one(ConnectionList)
        strip = app.screen.query_one(ConnectionStrip)
        assert not shown(sidebar)
        assert "● 0" in lines(strip)
        assert "● 1 b" in lines(strip)
        await pilot.press("b")
        await pilot.pause()
        assert shown(sidebar)
        assert sidebar.has_focus
        await pilot.press("up", "enter")
        await pilot.pause()
        assert not shown(sidebar)
        assert bench(app).selected == 0
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert shown(sidebar)
        assert not shown(strip)


async def test_at_200_columns_the_entry_stands_beside(pool: FakePool) -> None:
    """In a wide terminal entry view and transcript have the same top, otherwise one is below."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        view = app.screen.query_one(TranscriptView)
        entry = app.screen.query_one(EntryView)
        assert entry.region.y == view.region.y
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert entry.region.y >= view.region.bottom


@pytest.mark.parametrize("size", SIZES)
async def test_every_pane_is_in_sight(pool: FakePool, size: tuple[int, int]) -> None:
    """In every size all panes have lines to show something in."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for kind in (TranscriptView, EntryView, Composer):
            pane = app.screen.query_one(kind)
            assert pane.size.height >= 1
            assert app.screen.region.contains_region(pane.region)
        assert app.screen.query_one(TranscriptView).size.height >= 8


async def test_messages_elsewhere_are_unread(pool: FakePool) -> None:
    """What comes to a connection that is not selected is counted until it is looked at."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        pool.connections[0].transcript.append(Kind.TEXT, b"x", START)
        pool.connections[1].transcript.append(Kind.TEXT, b"x", START)
        await settle(pilot)
        sidebar = app.screen.query_one(ConnectionList)
        assert lines(sidebar).count("+1") == 1
        await pilot.press("0")
        await settle(pilot)
        assert "+1" not in lines(sidebar)


async def test_facts_stand_in_the_border(pool: FakePool) -> None:
    """State, time, round-trip time, TLS and compression of the selected connection are shown."""
    app = make_app(pool, "wss://feed.example/ticks")
    async with app.run_test(size=(140, 40)) as pilot:
        connection = pool.connections[0]
        connection.rtt = 0.023
        connection.handshake = Handshake(
            extensions=("permessage-deflate; [/x]",), tls="TLSv1.3 TLS_AES_128", subprotocol="[/x]"
        )
        pool.now = START + 751
        await settle(pilot)
        words = str(app.screen.query_one(TranscriptView)._border_subtitle)
        for fact in ("● open 00:12:31", "rtt 23", "TLS 1.3", "deflate", "[/x]"):
            assert fact in words


async def test_unverified_tls_is_always_visible(pool: FakePool) -> None:
    """While TLS is not verified the border says so."""
    app = WstuiApp(pool, on_start=[ConnectOptions("wss://h", verify=False)])
    async with app.run_test() as pilot:
        await pilot.pause()
        assert "TLS not verified" in title(app.screen.query_one(TranscriptView))


async def test_a_failure_is_explained(pool: FakePool) -> None:
    """A failed connection shows what happened, the response's status, headers and body, inertly."""
    app = make_app(pool, "ws://h")
    async with app.run_test(size=(120, 40)) as pilot:
        connection = pool.connections[0]
        connection.failure = Failure(
            FailureKind.STATUS,
            "[/x]",
            status=404,
            status_text="Not [/x] Found",
            headers=(("Server", "[/x]\x1b[2J"),),
            body=b"<html>[/x]\x1b]0;t\x07</html>",
        )
        pool.become(connection, State.FAILED)
        await settle(pilot)
        notice = app.screen.query_one(Notice)
        words = str(notice._text.render())
        assert shown(notice)
        for part in ("404 Not [/x] Found", "Server: [/x]␛[2J", "<html>[/x]␛]0;t␇</html>"):
            assert part in words
        assert "\x1b" not in words


async def test_a_close_is_explained(pool: FakePool) -> None:
    """A closed connection shows code and reason; the notice goes when another is selected."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        connection = pool.connections[1]
        frame = CloseFrame(4001, "bye [/x]")
        connection.close = CloseRecord(frame, frame, by_us=False, clean=True)
        connection.ended = pool.now
        pool.become(connection, State.CLOSED)
        await settle(pilot)
        notice = app.screen.query_one(Notice)
        assert shown(notice)
        assert "4001" in str(notice._text.render())
        await pilot.press("0")
        await pilot.pause()
        assert not shown(notice)


HOSTILE = "[/x][red]\x1b]0;title\x07\x9b2J\u202e\u0000"


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_texts_are_inert_everywhere(pool: FakePool, size: tuple[int, int]) -> None:
    """Markup and control characters from the peer are shown, and nothing obeys them."""
    app = make_app(pool, "ws://h/[/x]?[red]")
    async with app.run_test(size=size) as pilot:
        connection = pool.connections[0]
        connection.handshake = Handshake(subprotocol=HOSTILE, tls=HOSTILE, extensions=(HOSTILE,))
        for kind in (Kind.TEXT, Kind.BINARY, Kind.PING, Kind.PONG):
            connection.transcript.append(kind, HOSTILE.encode(), pool.now)
        connection.transcript.append(Kind.CLOSE, b"\x0f\xa1" + HOSTILE.encode(), pool.now)
        await settle(pilot)
        frame = CloseFrame(4001, HOSTILE)
        connection.close = CloseRecord(None, frame, by_us=False, clean=False, error=HOSTILE)
        pool.become(connection, State.CLOSED)
        await settle(pilot)
        bench(app).say(HOSTILE)
        await pilot.press("b", "k", "v", "h", "enter", "question_mark")
        await settle(pilot)
        text = app.export_screenshot()
        assert not any(char in text for char in "\x1b\x07\x9b\u202e")


async def test_the_connect_form_opens_a_connection(pool: FakePool) -> None:
    """`n` brings the form; its options are connected to and the connection is selected."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("n")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, ConnectScreen)
        form.dismiss(ECHO)
        await settle(pilot)
        assert bench(app).selected == 1
        assert pool.connections[1].options == ECHO


async def test_the_close_form_closes_with_code_and_reason(pool: FakePool) -> None:
    """`x` brings the form, and the chosen code and reason go to the pool."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(top(app), CloseScreen)
        await pilot.press("ctrl+a", "ctrl+k", *"4001", "tab", *"bye", "enter")
        await settle(pilot)
        assert ("close", 0, 4001, "bye") in pool.calls
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(top(app), Workbench)


async def test_drop_remove_and_again(pool: FakePool) -> None:
    """A connection can be dropped, opened again with the same options, and removed."""
    app = make_app(pool, "ws://a")
    async with app.run_test() as pilot:
        await pilot.press("d")
        assert 0 in pool.connections
        await pilot.press("p", "X")
        await settle(pilot)
        assert ("drop", 0) in pool.calls
        assert ("ping", 0, None) in pool.calls
        await pilot.press("r")
        await settle(pilot)
        assert pool.connections[1].options == pool.connections[0].options
        await pilot.press("0", "d")
        await settle(pilot)
        assert list(pool.connections) == [1]


async def test_the_filter_is_applied_and_matches_gone_through(pool: FakePool) -> None:
    """`/` filters while one types; afterwards `n` goes through matches and `o` opens the form."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        for text in (b"one", b"two", b"one more"):
            pool.connections[0].transcript.append(Kind.TEXT, text, pool.now)
        await pilot.press("slash", *"one")
        await settle(pilot)
        view = app.screen.query_one(TranscriptView)
        view.sync()
        assert view.shown == 2
        await pilot.press("enter", "N")
        await settle(pilot)
        assert isinstance(top(app), Workbench)
        assert view.cursor is not None
        await pilot.press("o")
        await pilot.pause()
        assert isinstance(top(app), ConnectScreen)


async def test_keys_are_typed_where_one_types(pool: FakePool) -> None:
    """Letters that are actions elsewhere are text in the filter and in the composer."""
    app = make_app(pool, "ws://a")
    async with app.run_test() as pilot:
        await pilot.press("slash", *"xqn/")
        assert app.screen.query_one(FilterBar).value == "xqn/"
        await pilot.press("escape", "s", *"xqn/:?")
        assert app.screen.query_one(Composer).text == "xqn/:?"
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.query_one(TranscriptView).has_focus


@pytest.mark.parametrize(
    ("kind", "payload", "key", "copied"),
    [
        (Kind.TEXT, "[/x] \x1b[2J ü".encode(), "y", "[/x] \x1b[2J ü"),
        (Kind.TEXT, b"ab", "Y", "61 62"),
        (Kind.BINARY, b"\x00\xff", "y", "00 ff"),
        (Kind.TEXT, b"\xff\xfe", "y", "ff fe"),
    ],
)
async def test_copy_gives_the_exact_original(
    pool: FakePool,
    monkeypatch: pytest.MonkeyPatch,
    kind: Kind,
    payload: bytes,
    key: str,
    copied: str,
) -> None:
    """Text is copied as it is, control characters included; what is no text, as hex."""
    monkeypatch.setattr(clipboard, "to_system", lambda text: False)
    app = make_app(pool, "ws://a")
    async with app.run_test() as pilot:
        pool.connections[0].transcript.append(kind, payload, pool.now)
        app.screen.query_one(TranscriptView).sync()
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert app.clipboard == copied
        assert "Copied" in toasts(app)


async def test_help_shows_everything_and_closes(pool: FakePool) -> None:
    """`?` brings the help with all actions; Escape closes it."""
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(top(app), HelpScreen)
        await pilot.press("j", "down", "pagedown", "escape")
        await pilot.pause()
        assert isinstance(top(app), Workbench)


async def test_the_theme_changes(pool: FakePool) -> None:
    """`t` goes from night to day and back."""
    app = make_app(pool, "ws://a")
    async with app.run_test() as pilot:
        before = app.theme
        await pilot.press("t")
        await pilot.pause()
        assert app.theme != before
        await pilot.press("t")
        assert app.theme == before


async def test_quit_without_connections_leaves_at_once(pool: FakePool) -> None:
    """With nothing open, `q` ends the app."""
    app = make_app(pool)
    async with app.run_test() as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_quit_closes_what_is_open(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With open connections, leaving closes each with 1001 and then ends the app."""
    app = make_app(pool, "ws://a", "ws://b")
    pushed: list[type[object]] = []
    push: Callable[..., object] = app.push_screen

    def note(screen: object, *args: object, **options: object) -> object:
        pushed.append(type(screen))
        return push(screen, *args, **options)

    monkeypatch.setattr(app, "push_screen", note)
    async with app.run_test() as pilot:
        await pilot.press("q")
        await app.workers.wait_for_complete()
    assert pushed == [LeaveScreen]
    assert [call for call in pool.calls if call[0] == "close"] == [
        ("close", 0, 1001, ""),
        ("close", 1, 1001, ""),
    ]
    assert app.return_code == 0


async def test_quit_works_from_a_form_and_again_leaves_at_once(pool: FakePool) -> None:
    """ctrl+q leaves from within a form, too; on the leaving screen it waits no longer."""
    app = make_app(pool, "ws://a")
    waiting = asyncio.Event()

    async def never(code: int = 1001, reason: str = "", timeout: float = 5.0) -> None:
        await waiting.wait()

    pool.close_all = never  # type: ignore[method-assign]
    async with app.run_test() as pilot:
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(top(app), ConnectScreen)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(top(app), LeaveScreen)
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert app.return_code == 0


async def test_many_changes_are_taken_at_once(pool: FakePool) -> None:
    """Hundreds of connections can come and end between two frames."""
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        many: list[Connection] = [pool.connect(ECHO) for _ in range(300)]
        for connection in many[:100]:
            pool.close(connection.id)
        await settle(pilot)
        sidebar = app.screen.query_one(ConnectionList)
        assert title(sidebar) == "Connections 300"
        assert app.screen.query_one(Composer).open_count == 200


async def test_the_palette_finds_an_action(pool: FakePool) -> None:
    """The palette lists actions by their words and does the chosen one."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"ping")
        assert isinstance(app.focused, Input)
        await pilot.app.workers.wait_for_complete()
        await pilot.press("down", "enter")
        await pilot.pause()
        await settle(pilot)
        assert ("ping", 0, None) in pool.calls
