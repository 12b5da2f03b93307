"""Failures and errors in words, where they are shown."""

from __future__ import annotations

from textual.app import ComposeResult

from tests.ui_support import START, FakePool, WidgetApp
from tests.workbench_support import said
from wstui.core.connection import CloseRecord, Connection, Failure, FailureKind, State
from wstui.core.entry import EventName, LocalEvent
from wstui.core.options.connect import ConnectOptions
from wstui.widgets.notice import Notice
from wstui.widgets.preview import preview


class NoticeApp(WidgetApp):
    """A notice about one connection."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    def compose(self) -> ComposeResult:
        yield Notice()

    def on_mount(self) -> None:
        self.query_one(Notice).show(self.connection)

    def words(self) -> str:
        return said(self.query_one(Notice))


def ended(pool: FakePool, outcome: Failure | CloseRecord) -> Connection:
    """A connection that ended so."""
    connection = pool.connect(ConnectOptions("ws://h"))
    if isinstance(outcome, Failure):
        connection.failure, connection.state = outcome, State.FAILED
    else:
        connection.close, connection.state = outcome, State.CLOSED
    return connection


async def test_a_refusal_names_its_status_once(pool: FakePool) -> None:
    """The title says the status; headers and body are left to the entry view."""
    refusal = Failure(
        FailureKind.STATUS,
        host="h",
        status=404,
        status_text="Not Found",
        headers=(("Server", "x"),),
        body=b"gone",
    )
    app = NoticeApp(ended(pool, refusal))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.words().count("404 Not Found") == 1
        assert "Server" not in app.words()


async def test_a_drop_has_no_hint(pool: FakePool) -> None:
    """Dropping it oneself is told in two lines."""
    app = NoticeApp(ended(pool, CloseRecord(None, None, None, False, "dropped here")))
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.words().splitlines()[0] == "Dropped"
        assert len(app.words().splitlines()) == 2


def test_an_error_row_mentions_utf_8(pool: FakePool) -> None:
    """A row says that text was no UTF-8, which the library takes for granted."""
    transcript = pool.connect(ConnectOptions("ws://h")).transcript
    event = LocalEvent(EventName.ERROR, "invalid start byte at position 0")
    number = transcript.append_event(event, START)
    row = preview(transcript, transcript.entry(number), 80)
    assert row.text == "invalid UTF-8: invalid start byte at position 0"
