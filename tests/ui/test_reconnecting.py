"""A connection that waits to be opened again: countdown, keys, commands, and what stays known."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from tests.ui_support import FakePool, WidgetApp
from tests.workbench_support import bench, drawn, lines, make_app, said, settle, shown, toasts
from wstui.app import WstuiApp
from wstui.core.commands.complete import complete
from wstui.core.commands.language import parse_command
from wstui.core.connection import (
    MOST_ATTEMPTS,
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    State,
)
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.screens.execute import execute
from wstui.screens.workbench import Workbench
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.entry_view import EntryView
from wstui.widgets.notice import Notice

RESTART = CloseFrame(1012, "restart")


def lose(pool: FakePool, id: int = 0) -> Connection:
    """A connection was closed by its peer and waits for its third attempt, for four seconds."""
    connection = pool.connections[id]
    connection.transcript.append(Kind.TEXT, b"hello", pool.now)
    connection.close = CloseRecord(RESTART, RESTART, by_us=False, clean=True)
    pool.wait(connection, 4.0, attempt=3)
    return connection


def border(app: WstuiApp) -> str:
    """The facts in the lower border of the transcript."""
    return str(getattr(bench(app).view, "_border_subtitle", ""))


async def later(pilot: Pilot[None], pool: FakePool, seconds: float) -> None:
    """Let time pass."""
    pool.now += seconds
    await settle(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_countdown(pool: FakePool, size: tuple[int, int]) -> None:
    """Sidebar or strip, border and notice tell that it waits, for which attempt and how long."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=size) as pilot:
        lose(pool)
        for seconds, words in ((0.0, "retry in 4 s (3rd)"), (2.5, "retry in 2 s (3rd)")):
            await later(pilot, pool, seconds)
            narrow = bench(app).has_class("-narrow")
            if narrow:
                assert f"↻ 0 a {words}" in lines(bench(app).query_one(ConnectionStrip))
            else:
                sidebar = lines(bench(app).query_one(ConnectionList))
                assert "↻ 0 a" in sidebar
                assert words in sidebar
            assert f"↻ waiting · {words}" in border(app)
            notice = said(bench(app).query_one(Notice))
            assert f"↻ {words}" in notice
            assert notice.splitlines()[1].startswith("↻")  # the second line is always in sight
            assert "R Retry now" in notice
            assert ". Stop retrying" in notice
            assert "the server restarts (1012)" in notice


async def test_how_it_ended_stays_known(pool: FakePool) -> None:
    """While it waits, and while the next attempt is made, the close before is told."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        connection = lose(pool)
        await settle(pilot)
        notice = bench(app).query_one(Notice)
        assert "Closed: 1012 restart" in said(notice)
        assert "1012 restart" in lines(bench(app).query_one(ConnectionList))
        pool.become(connection, State.CONNECTING)
        await later(pilot, pool, 4.2)
        assert "Closed: 1012 restart" in said(notice)
        assert "3rd attempt, under way" in said(notice)
        assert "TCP 0.2 s (3rd)" in lines(bench(app).query_one(ConnectionList))
        connection.retry = connection.close = None
        connection.outlook = ""
        pool.become(connection, State.OPEN)
        await settle(pilot)
        assert not notice.is_shown


@pytest.mark.parametrize(
    ("key", "call"),
    [
        ("R", ("reconnect", 0)),
        ("full_stop", ("stop", 0)),
        ("x", ("stop", 0)),
        ("X", ("drop", 0)),
    ],
)
async def test_the_keys(pool: FakePool, key: str, call: tuple[str, int]) -> None:
    """Retry now, stop, and that close and drop stop it, too, without a form."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        lose(pool)
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert pool.calls[-1] == call
        assert isinstance(app.screen, Workbench)


@pytest.mark.parametrize(("column", "call"), [(26, ("reconnect", 0)), (38, ("stop", 0))])
async def test_the_mouse(pool: FakePool, column: int, call: tuple[str, int]) -> None:
    """A click on the keys in the notice does what they do."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        lose(pool)
        await settle(pilot)
        await pilot.click("#notice-plan", offset=(column, 0))
        await settle(pilot)
        assert pool.calls[-1] == call


async def test_retry_of_an_ended_one_is_in_place(pool: FakePool) -> None:
    """R on a failed connection opens it again with its id; r opens another."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        connection = pool.connections[0]
        connection.failure = Failure(FailureKind.REFUSED, host="a", port=80)
        pool.become(connection, State.FAILED)
        await settle(pilot)
        await pilot.press("R")
        await settle(pilot)
        assert pool.calls[-1] == ("reconnect", 0)
        assert list(pool.connections) == [0]


@pytest.mark.parametrize(
    ("key", "words"),
    [("R", "nothing to open again"), ("full_stop", "not being tried again")],
)
async def test_keys_that_do_nothing_say_why(pool: FakePool, key: str, words: str) -> None:
    """On an open connection there is nothing to retry, and nothing to stop."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert words in toasts(app)


async def test_commands(pool: FakePool) -> None:
    """`stop` and `reconnect` do the same; `show` tells why and when it is tried again."""

    async def run(line: str) -> str:
        return (await execute(parse_command(line), pool, 0)).text

    for uri in ("ws://a/", "ws://b/"):
        pool.connect(ConnectOptions(uri))
    lose(pool)
    told = await run("show .")
    assert "Status: Waiting" in told
    assert "Reconnect: It is tried again: the server restarts (1012)." in told
    assert "3rd attempt: " in told
    for name in ("stop", "reconnect"):
        offered = complete(f"{name} ", pool.connections.values())
        assert [one.line for one in offered] == [f"{name} 0 "]
    assert await run("stop .") == "Stopped opening 0 again"
    assert await run("reconnect 0") == "Opening 0 again"
    assert pool.calls[-2:] == [("stop", 0), ("reconnect", 0)]
    for line in ("stop 1", "reconnect 1"):
        with pytest.raises(Refused):
            await run(line)


async def test_each_attempt_keeps_its_own_details(pool: FakePool) -> None:
    """An entry tells of its own attempt, not of the newest; of old ones they are not kept."""
    connection = pool.connect(ConnectOptions("ws://a/"))
    for attempt in range(MOST_ATTEMPTS + 1):
        failure = Failure(FailureKind.STATUS, status=500 + attempt, status_text="No")
        event = LocalEvent(EventName.FAILED, "refused")
        connection.remember(connection.transcript.append_event(event, pool.now), failure)
    entry = EntryView()

    class EntryApp(WidgetApp):
        def compose(self) -> ComposeResult:
            yield entry

    async with EntryApp().run_test(size=(80, 24)) as pilot:
        for number, words in ((0, "kept of the last attempts only"), (1, "501 No"), (6, "506 No")):
            entry.show(connection, number)
            await pilot.pause()
            assert words in drawn(entry)


async def test_a_hidden_notice_stays_hidden(pool: FakePool) -> None:
    """Attempts that fail in the same way do not bring back what was read; another end does."""
    app = make_app(pool, "ws://a/")
    async with app.run_test(size=(120, 40)) as pilot:
        connection = pool.connections[0]
        notice = bench(app).query_one(Notice)

        async def fail() -> None:
            connection.failure = Failure(FailureKind.REFUSED, host="a", port=80)
            pool.wait(connection, 4.0)
            await settle(pilot)

        await fail()
        assert shown(notice)
        await pilot.press("escape")
        await settle(pilot)
        await fail()
        assert not shown(notice)
        connection.failure = connection.retry = None
        pool.become(connection, State.OPEN)
        await settle(pilot)
        await fail()
        assert shown(notice)
