"""What is said of an end and of a beginning: the notice, the handshake, the response refused."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool
from tests.workbench_support import bench, drawn, make_app, said, settle, shown
from wstui.app import WstuiApp
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Failure,
    FailureKind,
    Handshake,
    State,
)
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.widgets.entry_view import EntryView
from wstui.widgets.key_line import KeyLine
from wstui.widgets.notice import Notice
from wstui.widgets.transcript_view import TranscriptView

SMALL = (80, 24)


def close(pool: FakePool) -> None:
    """Connection 0 was closed by its peer, after a few messages."""
    connection = pool.connections[0]
    for number in range(50):
        connection.transcript.append(Kind.TEXT, b"%d" % number, pool.now)
    frame = CloseFrame(4001, "bye")
    connection.close = CloseRecord(frame, frame, by_us=False, clean=True)
    pool.become(connection, State.CLOSED)


def refuse(pool: FakePool) -> None:
    """Connection 0 was answered with 404."""
    connection = pool.connections[0]
    connection.opened = None
    headers = tuple((f"X-Header-{number}", "value") for number in range(20))
    connection.failure = Failure(
        FailureKind.STATUS,
        host="a",
        port=80,
        status=404,
        status_text="Not Found",
        headers=(("Server", "nginx"), *headers),
        body=b"<html>Nothing</html>" + bytes(5000),
    )
    event = LocalEvent(EventName.FAILED, "HTTP 404")
    number = connection.transcript.append_event(event, pool.now)
    connection.remember(number, connection.failure)
    pool.become(connection, State.FAILED)


def notice_of(app: WstuiApp) -> Notice:
    """The notice."""
    return bench(app).query_one(Notice)


async def test_a_close_takes_two_lines_of_a_small_terminal(pool: FakePool) -> None:
    """At 80x24 a close is told by its title and what that means, and the rows keep their room."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SMALL) as pilot:
        close(pool)
        await settle(pilot)
        assert notice_of(app).region.height == 2
        assert "4001 bye" in said(notice_of(app))
        assert bench(app).query_one(TranscriptView).size.height >= 4
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert notice_of(app).region.height == 5


async def test_a_failure_leaves_room_for_the_response(pool: FakePool) -> None:
    """At 80x24 a refusal takes a third at most; its response is in the entry view, to scroll."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SMALL) as pilot:
        refuse(pool)
        bench(app).query_one(TranscriptView).sync()
        await settle(pilot)
        assert 2 <= notice_of(app).region.height <= 8
        entry = bench(app).query_one(EntryView)
        assert bench(app).region.contains_region(entry.region)
        assert bench(app).query_one(TranscriptView).size.height >= 4
        assert "HTTP 404 Not Found" in drawn(entry)
        await pilot.press("enter")
        await pilot.press("end")
        await settle(pilot)
        assert "bytes more" in drawn(entry)


async def test_escape_hides_what_was_read(pool: FakePool) -> None:
    """Escape takes the notice away for good, when it has nothing else to do."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("0")
        close(pool)
        await settle(pilot)
        assert "esc Hide" in bench(app).query_one(KeyLine).render_line(0).text
        bench(app).query_one(TranscriptView).sync()
        await pilot.press("up", "escape")
        assert shown(notice_of(app))
        await pilot.press("escape")
        await settle(pilot)
        assert not shown(notice_of(app))
        assert "esc Hide" not in bench(app).query_one(KeyLine).render_line(0).text
        await pilot.press("1", "0")
        await settle(pilot)
        assert not shown(notice_of(app))


async def test_escape_leaves_a_notice_that_is_scrolled(pool: FakePool) -> None:
    """Hidden while it has the focus, the notice gives that to the transcript."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        close(pool)
        await settle(pilot)
        notice_of(app).focus()
        await pilot.press("escape")
        await settle(pilot)
        assert not shown(notice_of(app))
        assert bench(app).query_one(TranscriptView).has_focus


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_the_handshake_is_in_its_entry(pool: FakePool, size: tuple[int, int]) -> None:
    """The `open` entry shows request and response, headers in their order, but no secrets."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=size) as pilot:
        connection = pool.connections[0]
        connection.handshake = Handshake(
            path="/chat?[/x]",
            request_headers=(("Host", "a"), ("Authorization", "Bearer s3cret"), ("X-One", "1")),
            status=101,
            status_text="Switching Protocols",
            response_headers=(("Server", "[/x]\x1b[2J"), ("Set-Cookie", "id=s3cret")),
        )
        event = LocalEvent(EventName.OPEN, "101 Switching Protocols", {"remote": "[::1]:80"})
        number = connection.transcript.append_event(event, pool.now)
        connection.remember(number, connection.handshake)
        bench(app).query_one(TranscriptView).sync()
        await settle(pilot)
        entry = bench(app).query_one(EntryView)
        await pilot.press("enter")
        await settle(pilot)
        words = drawn(entry)
        assert "GET /chat?[/x] HTTP/1.1" in words
        await pilot.press("end")
        await settle(pilot)
        words += drawn(entry)
        order = ["[::1]:80", "Host", "Authorization", "•••", "X-One", "101 Switching", "[/x]␛[2J"]
        places = [words.index(part, words.index("remote")) for part in order]
        assert places == sorted(places)
        assert "s3cret" not in words
