"""The workbench on a fake pool: what it shows, in all sizes, and what it does not obey."""

from __future__ import annotations

import pytest

from tests.ui_support import START, FakePool
from tests.workbench_support import (
    ECHO,
    SIZES,
    bench,
    drawn,
    lines,
    make_app,
    said,
    settle,
    shown,
    title,
    toasts,
)
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
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.entry_view import EntryView
from wstui.widgets.notice import Notice
from wstui.widgets.transcript_view import TranscriptView


async def test_at_80_columns_the_sidebar_folds(pool: FakePool) -> None:
    """In a narrow terminal a strip shows all connections, and a key brings the list over it."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        sidebar = app.screen.query_one("#sidebar")
        strip = app.screen.query_one(ConnectionStrip)
        assert not shown(sidebar)
        assert "● 0" in lines(strip)
        assert "● 1 b" in lines(strip)
        await pilot.press("b")
        await pilot.pause()
        assert shown(sidebar)
        assert app.screen.query_one(ConnectionList).has_focus
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
            extensions=("permessage-deflate; [/x]",),
            tls=TlsFacts("TLSv1.3", "TLS_AES_128"),
            subprotocol="[/x]",
        )
        pool.now = START + 751
        await settle(pilot)
        words = str(app.screen.query_one(TranscriptView)._border_subtitle)
        for fact in ("● open 00:12:31", "rtt 23", "TLS 1.3", "deflate", "[/x]"):
            assert fact in words


async def test_unverified_tls_is_always_visible(pool: FakePool) -> None:
    """While TLS is not verified the border says so, before a uri of any length."""
    options = ConnectOptions(f"wss://h/{'x' * 500}", tls=TlsOptions(trust="NONE"))
    app = WstuiApp(pool, on_start=[options])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        view = app.screen.query_one(TranscriptView)
        assert title(view).startswith("0  ⚠ TLS unverified  wss://h/x")
        assert view.has_class("-insecure")


async def test_a_failure_is_explained(pool: FakePool) -> None:
    """A failed connection shows what happened, and in its entry the response, inertly."""
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
        event = LocalEvent(EventName.FAILED, "HTTP 404 [/x]")
        number = connection.transcript.append_event(event, pool.now)
        connection.remember(number, connection.failure)
        app.screen.query_one(TranscriptView).sync()
        pool.become(connection, State.FAILED)
        await settle(pilot)
        notice = app.screen.query_one(Notice)
        assert shown(notice)
        assert "404 Not [/x] Found" in said(notice)
        words = drawn(app.screen.query_one(EntryView))
        for part in ("404 Not [/x] Found", "[/x]␛[2J", "<html>[/x]␛]0;t␇</html>"):
            assert part in words
        assert "\x1b" not in words + said(notice)


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
        assert "4001" in said(notice)
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
        connection.handshake = Handshake(
            subprotocol=HOSTILE, tls=TlsFacts(HOSTILE), extensions=(HOSTILE,)
        )
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


async def test_rates_stand_still(pool: FakePool) -> None:
    """What is said of the rate is as wide whether something comes in this moment or not."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        view = app.screen.query_one(TranscriptView)
        assert "↓ 0.0/s" in str(view._border_subtitle)
        widths = set()
        for count in (1, 0, 3, 0, 0, 0, 0, 0, 0):
            for _ in range(count):
                pool.connections[0].transcript.append(Kind.TEXT, b"x", pool.now)
            pool.now += 0.25
            await settle(pilot)
            widths.add(len(str(view._border_subtitle)))
        assert len(widths) == 1
