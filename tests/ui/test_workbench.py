"""The workbench on a fake pool: what one does there, from connecting to leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.widgets import Input

from tests.ui_support import FakePool
from tests.workbench_support import (
    ECHO,
    SIZES,
    bench,
    lines,
    make_app,
    sent,
    settle,
    title,
    toasts,
    top,
)
from wstui.core.entry import Kind
from wstui.screens.close import CloseScreen
from wstui.screens.connect import ConnectScreen
from wstui.screens.help import HelpScreen
from wstui.screens.leave import LeaveScreen
from wstui.screens.workbench import Workbench
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.filter_bar import FilterBar
from wstui.widgets.transcript_view import TranscriptView


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


async def test_the_palette_finds_an_action(pool: FakePool) -> None:
    """The palette lists actions by their words and does the chosen one."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"ping")
        assert isinstance(app.focused, Input)
        await pilot.app.workers.wait_for_complete()
        await pilot.press("enter")
        await pilot.pause()
        await settle(pilot)
        assert ("ping", 0, None) in pool.calls


async def test_connections_are_marked(pool: FakePool) -> None:
    """Space marks the selected connection, in the list and its title; M takes all marks away."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("space")
        await settle(pilot)
        sidebar = bench(app).query_one(ConnectionList)
        assert list(bench(app).marks) == [bench(app).selected]
        assert "▸● 1 b" in lines(sidebar)
        assert "2 open · 1 marked" in str(sidebar.border_subtitle)
        await pilot.press("M")
        await settle(pilot)
        assert "▸" not in lines(sidebar)
