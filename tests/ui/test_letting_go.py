"""Letting go from the workbench: several at once, what is shown meanwhile, receiving less."""

from __future__ import annotations

from tests.ui_support import START, FakePool
from tests.workbench_support import bench, lines, make_app, settle, toasts
from wstui.core.connection import CloseFrame, State
from wstui.core.entry import Kind
from wstui.core.explain.closing import closing_words, short_closing_words
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.upkeep import Upkeep
from wstui.screens.close import CloseScreen
from wstui.widgets.command_bar import CommandBar
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.facts import facts
from wstui.widgets.preview import preview
from wstui.widgets.pulse import Vitals


async def test_marked_connections_are_closed_together(pool: FakePool) -> None:
    """The form says how many it is about, closes those alone, and the marks are gone then."""
    app = make_app(pool, "ws://a", "ws://b", "ws://c")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("0", "space", "1", "space", "2", "x")
        await pilot.pause()
        form = app.screen
        assert isinstance(form, CloseScreen)
        assert "Close 2 marked" in str(form.query_one("#close").border_title)
        assert "#0, 1  2 open" in str(form.query_one("#whom").render())
        await pilot.press(*"4001", "enter")
        await settle(pilot)
        assert [call for call in pool.calls if call[0] == "close"] == [
            ("close", 0, 4001, ""),
            ("close", 1, 4001, ""),
        ]
        assert pool.connections[2].is_open
        assert not bench(app).marks
        assert "Closing 2 connections." in toasts(app)


async def test_marked_by_command(pool: FakePool) -> None:
    """`close marked` means the chosen set, and says so when it is empty."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("colon", *"close marked", "enter")
        await settle(pilot)
        assert "No connection is marked" in str(app.screen.query_one(CommandBar)._fault.render())
        assert not [call for call in pool.calls if call[0] == "close"]
        bench(app).marks.toggle(1)
        await pilot.press("ctrl+u", *"drop marked reset", "enter")
        await settle(pilot)
        assert ("drop", 1, "reset") in pool.calls
        assert ("drop", 0) not in pool.calls


async def test_reading_is_paused_by_key_and_seen(pool: FakePool) -> None:
    """z pauses reading and goes on with it; sidebar and border say so meanwhile."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("z")
        await settle(pilot)
        assert ("pause", 0) in pool.calls
        assert "reading paused" in lines(bench(app).query_one(ConnectionList))
        pool.connections[0].unread = 5 << 20
        await settle(pilot)
        assert "reading paused, 5.0 MiB wait" in str(bench(app).view.border_subtitle)
        await pilot.press("z")
        await settle(pilot)
        assert ("read_on", 0) in pool.calls
        assert "reading paused" not in lines(bench(app).query_one(ConnectionList))


async def test_a_ping_with_a_payload_is_typed(pool: FakePool) -> None:
    """The key opens the command bar with the command begun."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("a", *"hello", "enter")
        await settle(pilot)
        assert ("ping", 0, b"hello") in pool.calls


async def test_what_is_not_as_usual_is_said(pool: FakePool) -> None:
    """Unanswered pings and slow reading are visible as long as the connection is open."""
    options = ConnectOptions("ws://a", upkeep=Upkeep(answer_pings=False, read_rate=4096))
    connection = pool.connect(options)
    connection.half_ended = START
    words = facts(connection, Vitals(), START, 100).plain
    assert "half-closed · pings unanswered · reads 4 KiB/s" in words
    connection.round_trips.add(0.02)
    connection.round_trips.add(0.04)
    connection.rtt = 0.04
    words = facts(connection, Vitals(), START, 200).plain
    assert "▅█ min 20 ms, median 20 ms, 99th 40 ms" in words


def test_the_closing_handshake_is_told_step_by_step(pool: FakePool) -> None:
    """What was sent, what is waited for, and how long."""
    connection = pool.connect(ConnectOptions("ws://a"))
    connection.state = State.CLOSING
    assert closing_words(connection, "1 s") == "TCP half ended, waiting for the other half 1 s"
    connection.closes = {True: CloseFrame(4001, "bye")}
    assert closing_words(connection, "3 s") == "close 4001 sent, waiting for the answer 3 s"
    assert short_closing_words(connection, "3 s") == "4001 sent, waiting 3 s"
    connection.close_began = START - 3
    assert "◌ close 4001 sent, waiting" in facts(connection, Vitals(), START, 100).plain
    connection.closes[False] = CloseFrame(None, "")
    assert closing_words(connection, "3 s") == (
        "close 4001 sent, answered without code, waiting for the end of TCP 3 s"
    )
    assert short_closing_words(connection, "3 s") == "4001 answered, TCP 3 s"
    connection.closes = {False: CloseFrame(1001, ""), True: CloseFrame(1001, "")}
    assert closing_words(connection, "0.1 s").startswith("peer closed 1001, answered, waiting")
    connection.closes = {False: CloseFrame(1001, "")}
    connection.is_paused = True
    assert closing_words(connection, "1 s") == (
        "peer closed 1001, cannot be answered, waiting for the end of TCP, with reading paused 1 s"
    )


def test_rows_tell_what_came_late_and_what_beats(pool: FakePool) -> None:
    """A row after our close frame is remarked on, and so is a heartbeat."""
    transcript = pool.connect(ConnectOptions("ws://a")).transcript

    def note(number: int) -> str:
        return preview(transcript, transcript.entry(number), 80).note

    beat = transcript.append(Kind.TEXT, b"beat", START, outgoing=True, heartbeat=True)
    early = transcript.append(Kind.TEXT, b"early", START)
    transcript.late.begin(len(transcript))
    late = transcript.append(Kind.TEXT, b"late", START)
    answer = transcript.append(Kind.CLOSE, b"\x03\xe8", START)
    transcript.late.end(len(transcript))
    again = transcript.append(Kind.TEXT, b"again", START)
    assert note(beat) == "heartbeat"
    assert note(late) == "after our close"
    assert "after our close" not in (note(early), note(answer), note(again))


async def test_two_keys_drop_by_fin_and_by_reset(pool: FakePool) -> None:
    """X ends TCP by FIN, ctrl+x by a reset."""
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("0", "X", "1", "ctrl+x")
        await settle(pilot)
        assert ("drop", 0) in pool.calls
        assert ("drop", 1, "reset") in pool.calls
