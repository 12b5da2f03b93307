"""Commands typed into the workbench's command bar."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.ui_support import FakePool
from wstui.app import WstuiApp
from wstui.core.commands.language import COMMANDS, parse_command
from wstui.core.commands.words import CommandError
from wstui.core.connection import Handshake
from wstui.core.entry import Kind
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.screens.execute import Answer, execute
from wstui.screens.workbench import Workbench
from wstui.widgets.command_bar import CommandBar
from wstui.widgets.filter_bar import FilterBar


async def type_command(pilot: Pilot[None], text: str) -> CommandBar:
    """Open the command bar, type `text`, and run it."""
    await pilot.press("colon")
    bar = pilot.app.screen.query_one(CommandBar)
    bar.value = text
    await pilot.press("enter")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return bar


async def run(pool: FakePool, line: str, selected: int | None = None) -> Answer:
    """Do one line on the pool."""
    return await execute(parse_command(line), pool, selected)


async def test_connect_selects_what_it_opened(pool: FakePool) -> None:
    """`connect` opens a connection, answers with its id, and shows it."""
    app = WstuiApp(pool, on_start=[ConnectOptions("ws://a")])
    async with app.run_test(size=(120, 40)) as pilot:
        bar = await type_command(pilot, "connect ws://localhost:9002/echo")
        assert "Created connection with id 1" in str(bar._answer.render())
        assert isinstance(app.screen, Workbench)
        assert app.screen.selected == 1
        assert bar.value == ""


async def test_an_error_keeps_the_text_and_marks_it(pool: FakePool) -> None:
    """A line that is no command stays, with the reason and the cursor at the place."""
    app = WstuiApp(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        bar = await type_command(pilot, "send zero [/x]")
        assert bar.value == "send zero [/x]"
        assert bar.has_class("-failed")
        assert bar._input.cursor_position == len("send ")


async def test_what_the_pool_refuses_is_said(pool: FakePool) -> None:
    """A command for a connection that is not there is answered with the reason."""
    app = WstuiApp(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        bar = await type_command(pilot, "send 7 hello")
        assert "There is no connection 7" in str(bar._fault.render())
        assert bar.value == "send 7 hello"


async def test_filter_command_fills_the_filter_bar(pool: FakePool) -> None:
    """`filter` does what typing into the filter bar does."""
    app = WstuiApp(pool, on_start=[ConnectOptions("ws://a")])
    async with app.run_test(size=(120, 40)) as pilot:
        await type_command(pilot, "filter dir:in price")
        bar = app.screen.query_one(FilterBar)
        assert bar.value == "dir:in price"
        assert bar.filter is not None
        await type_command(pilot, "filter")
        assert bar.filter is None


async def test_quit_command_leaves(pool: FakePool) -> None:
    """`quit` ends the app."""
    app = WstuiApp(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"quit", "enter")
        await pilot.app.workers.wait_for_complete()
    assert app.return_code == 0


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("send 0 two words ", ("send", 0, b"two words ", Kind.TEXT)),
        ("send . hi", ("send", 0, b"hi", Kind.TEXT)),
        ("sendhex 0 DE AD", ("send", 0, b"\xde\xad", Kind.BINARY)),
        ("ping 0", ("ping", 0, None)),
        ("ping 0 abc", ("ping", 0, b"abc")),
        ("pong 0 abc", ("pong", 0, b"abc")),
        ("close 0 4001 bye", ("close", 0, 4001, "bye")),
        ("close 0", ("close", 0, 1000, "")),
        ("close all 4001 bye", ("close", 0, 4001, "bye")),
        ("close 0-7", ("close", 0, 1000, "")),
        ("drop . reset", ("drop", 0, "reset")),
        ("drop all fin", ("drop", 0)),
        ("halfclose .", ("end_sending", 0)),
        ("pause 0", ("pause", 0)),
        ("resume all", ("read_on", 0)),
        ("pinghex 0 00 ff", ("ping", 0, b"\x00\xff")),
        ("ponghex .", ("pong", 0, b"")),
        ("drop 0", ("drop", 0)),
        ("remove 0", ("remove", 0)),
        ("broadcast hello", ("send", 0, b"hello", Kind.TEXT)),
    ],
)
async def test_commands_ask_the_pool(pool: FakePool, line: str, call: tuple[object, ...]) -> None:
    """Each command becomes its call of the pool, and something is answered."""
    pool.connect(ConnectOptions("ws://a"))
    answer = await run(pool, line, selected=0)
    assert pool.calls[-1] == call
    assert answer.text


async def test_show_tells_what_is_known(pool: FakePool) -> None:
    """`show` answers like WebSocket++'s tutorial client, and selects the connection."""
    connection = pool.connect(ConnectOptions("ws://user:secret@a/x"))
    connection.handshake = Handshake(
        response_headers=(("Server", "nginx"),), subprotocol="chat", tls=TlsFacts("TLSv1.3")
    )
    connection.round_trips.add(0.023)
    answer = await run(pool, "show 0")
    assert "secret" not in answer.text
    assert "Status: Open\nRemote Server: nginx\nError/close reason: N/A" in answer.text
    assert "Round-trip time: last 23 ms, min 23 ms, median 23 ms, 99th 23 ms (1)  █" in answer.text
    assert answer.selects == 0
    pool.close(0, 4001, "bye")
    assert "4001 bye" in (await run(pool, "show", selected=0)).text


async def test_without_a_selection_a_dot_is_refused(pool: FakePool) -> None:
    """The selected connection cannot be meant when there is none."""
    with pytest.raises(Refused, match="No connection is selected"):
        await run(pool, "show")
    with pytest.raises(Refused, match="There is no connection 3"):
        await run(pool, "show 3")


async def test_a_broadcast_to_nobody_is_refused(pool: FakePool) -> None:
    """With nothing open, `broadcast` says so instead of calling it sent."""
    pool.connect(ConnectOptions("ws://a"))
    pool.close(0)
    with pytest.raises(Refused, match="No connection is open"):
        await run(pool, "broadcast hi")


async def test_tab_lists_the_connections(pool: FakePool) -> None:
    """Behind `ping` the bar completes the ids of the workbench's connections."""
    app = WstuiApp(pool, on_start=[ConnectOptions("ws://a"), ConnectOptions("ws://b")])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", *"ping ", "tab")
        bar = app.screen.query_one(CommandBar)
        assert str(bar._answer.render()).splitlines() == [
            "0  open       ws://a",
            "1  open       ws://b",
        ]


async def test_help_lists_every_command(pool: FakePool) -> None:
    """`help` names all commands, and explains each."""
    text = (await run(pool, "help")).text
    assert all(command.name in text for command in COMMANDS)
    for command in COMMANDS:
        assert command.usage in (await run(pool, f"help {command.name}")).text


@given(
    name=st.sampled_from([command.name for command in COMMANDS] + [""]),
    rest=st.text(max_size=40),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_no_line_breaks_anything(name: str, rest: str) -> None:
    """Whatever is typed is done, or refused in words."""
    pool = FakePool()
    pool.connect(ConnectOptions("ws://a"))
    try:
        answer = await run(pool, f"{name} {rest}", selected=0)
        said = answer.text or str(answer.quits)
    except (CommandError, Refused) as error:
        said = str(error)
    assert said
