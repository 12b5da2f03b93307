"""Commands about listeners and their clients, done on a pool, and what is answered to them."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool, FakeProfiles
from wstui.app import WstuiApp
from wstui.core.commands.language import parse_command
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import Refused
from wstui.core.profiles import Book
from wstui.core.sending.plan import SendPlan
from wstui.core.serving.request import Accept, Reject
from wstui.screens.execute import Answer, execute
from wstui.screens.workbench import Workbench
from wstui.widgets.command_bar import CommandBar

PLACE = "127.0.0.1:9002"


@pytest.fixture
def listener(pool: FakePool) -> Listener:
    """Listener 0 with clients 1 and 2; connection 3 is one of our own."""
    listener = pool.listen(ListenOptions(PLACE, behaviours=("/echo echo",)))
    pool.accept(listener)
    pool.accept(listener, "/chat")
    pool.connect(ConnectOptions("ws://h"))
    pool.calls.clear()
    return listener


async def run(pool: FakePool, line: str, selected: int | None = None) -> Answer:
    """Do one line on the pool."""
    return await execute(parse_command(line), pool, selected)


async def test_listen(pool: FakePool) -> None:
    """It is answered with the id, and selected."""
    answer = await run(pool, "listen 9002 --echo")
    assert answer == Answer("Created listener with id 0", selects=0)
    assert pool.listeners[0].options == ListenOptions(PLACE, behaviours=("echo",))


async def test_who_can_reach_it_is_said(pool: FakePool) -> None:
    """An address for others than this machine is told for what it is."""
    answer = await run(pool, "listen *:9002")
    first, warning = answer.text.splitlines()
    assert first == "Created listener with id 0"
    assert warning.startswith("⚠ ")
    assert "others can reach it" in warning


async def test_a_message_goes_to_all_clients(pool: FakePool, listener: Listener) -> None:
    """The id of a listener stands for those of its clients that are open."""
    ended = pool.accept(listener)
    pool.become(ended, State.CLOSED)
    assert (await run(pool, "send 0 hello")).text == "Sent 5 B to 2 clients of 0"
    assert pool.calls == [("carry_out", (1, 2), SendPlan(b"hello"))]
    pool.calls.clear()
    assert (await run(pool, "sendhex . 00 01", 0)).text == "Sent 2 B to 2 clients of 0"
    assert pool.calls == [("carry_out", (1, 2), SendPlan(b"\0\1", Kind.BINARY))]


@pytest.mark.parametrize(
    ("line", "text", "call"),
    [
        ("repeat 0,3 5 hi", "Sending 5 times to 3 connections", ("carry_out", (1, 2, 3))),
        ("sendraw 0 ping", "Sent a raw ping frame to 2 connections", ("send_raw", (1, 2))),
        ("ping 0", "Pinged 2 clients of 0", ("ping", 2, None)),
        ("pong 0 hi", "Sent a pong to 2 clients of 0", ("pong", 2, b"hi")),
        ("pause 0", "Reading from 2 connections paused", ("pause", 2)),
        ("halfclose 0-2", "Ended our half of TCP of 2 connections", ("end_sending", 2)),
    ],
)
async def test_what_is_done_to_all_clients(
    pool: FakePool, listener: Listener, line: str, text: str, call: tuple[object, ...]
) -> None:
    """Wherever several connections can stand, a listener stands for its clients."""
    assert (await run(pool, line)).text.startswith(text)
    assert pool.calls[-1][: len(call)] == call


async def test_nobody_is_there(pool: FakePool) -> None:
    """A listener without an open client is told for that."""
    pool.listen(ListenOptions(PLACE))
    for line in ("send 0 x", "repeat 0 2 x", "ping 0", "pause 0"):
        with pytest.raises(Refused, match="Listener 0 has no open client"):
            await run(pool, line)


@pytest.mark.parametrize(
    ("line", "text", "call"),
    [
        ("close 0", "Stopped listener 0, closing 2 clients with 1001", (0, 1001, "")),
        (
            "close 0 4000 bye all",
            "Stopped listener 0, closing 2 clients with 4000 bye all",
            (0, 4000, "bye all"),
        ),
    ],
)
async def test_close(
    pool: FakePool, listener: Listener, line: str, text: str, call: tuple[object, ...]
) -> None:
    """It closes all clients and stops; 1001 is meant without a code."""
    assert (await run(pool, line)).text == text
    assert pool.calls[0] == ("stop_listening", *call)
    assert listener.state is ListenerState.STOPPED


async def test_close_of_connections_is_as_before(pool: FakePool, listener: Listener) -> None:
    """One client alone is closed with 1000, and the listener listens on."""
    assert (await run(pool, "close 1")).text == "Closing 1 with 1000"
    assert (await run(pool, "close all")).text == "Closing 2 connections with 1000"
    assert listener.state is ListenerState.LISTENING


async def test_close_of_both(pool: FakePool, listener: Listener) -> None:
    """Listeners among several are stopped, connections closed, each told."""
    answer = await run(pool, "close 0,3")
    assert answer.text.splitlines() == [
        "Stopped listener 0, closing 2 clients with 1001",
        "Closing 3 with 1000",
    ]


async def test_drop(pool: FakePool, listener: Listener) -> None:
    """Nobody new can come while the clients are dropped, and no close frame is sent."""
    answer = await run(pool, "drop 0 reset")
    assert answer.text == "Stopped listener 0, and dropped 2 clients by reset"
    assert [call[0] for call in pool.calls] == ["stop_accepting", "drop", "drop", "stop_listening"]


async def test_a_stopped_listener_is_not_stopped_again(pool: FakePool, listener: Listener) -> None:
    """The pool's own words are the answer."""
    await run(pool, "close 0")
    for line in ("close 0", "drop 0", "close 0,9"):
        with pytest.raises(Refused, match="Listener 0 has stopped already"):
            await run(pool, line)


async def test_hold_and_admit(pool: FakePool, listener: Listener) -> None:
    """The clients live on while nobody further comes in."""
    assert (await run(pool, "hold 0")).text == "Listener 0 accepts nobody further"
    assert listener.state is ListenerState.FULL
    assert (await run(pool, "admit .", 0)).text == "Listener 0 accepts again"
    with pytest.raises(Refused, match="There is no listener 3"):
        await run(pool, "hold 3")
    with pytest.raises(Refused, match="Nothing is selected"):
        await run(pool, "hold .")


def waiting(pool: FakePool, listener: Listener) -> Connection:
    """A client that waits for the user, and offers a subprotocol."""
    headers = (("Sec-WebSocket-Protocol", "chat.v2"),)
    return pool.accept(listener, state=State.CONNECTING, headers=headers)


@pytest.mark.parametrize(
    ("line", "text", "decision"),
    [
        ("allow 4", "Accepted 4", Accept()),
        ("allow 4 chat.v2", "Accepted 4 with chat.v2", Accept("chat.v2")),
        ("reject 4", "Rejected 4 with 403", Reject(403)),
        ("reject 4 429 slow down", "Rejected 4 with 429", Reject(429, body="slow down")),
    ],
)
async def test_decisions(
    pool: FakePool, listener: Listener, line: str, text: str, decision: Accept | Reject
) -> None:
    """A handshake that waits goes on as was decided."""
    assert waiting(pool, listener).id == 4
    assert (await run(pool, line)).text == text
    assert pool.calls == [("decide", 4, decision)]


async def test_only_what_was_offered_can_be_agreed_on(pool: FakePool, listener: Listener) -> None:
    """Anything else would make the client fail (RFC 6455 section 4.1)."""
    waiting(pool, listener)
    with pytest.raises(Refused, match=r"Client 4 does not offer chat.v1: it offers chat.v2\."):
        await run(pool, "allow 4 chat.v1")
    assert not pool.calls


async def test_nothing_to_decide(pool: FakePool, listener: Listener) -> None:
    """Who does not wait is told."""
    with pytest.raises(Refused, match="does not wait for a decision"):
        await run(pool, "allow 1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("reconnect 0", "0 is a listener: admit 0"),
        ("stop 0", "hold 0 accepts nobody further, close 0 ends it"),
    ],
)
async def test_what_is_only_for_connections(
    pool: FakePool, listener: Listener, line: str, words: str
) -> None:
    """It is said what to write instead."""
    with pytest.raises(Refused, match=words):
        await run(pool, line)


async def test_show(pool: FakePool, listener: Listener) -> None:
    """What is known of a listener, a fact a line."""
    pool.send(1, b"x")
    lines = (await run(pool, "show 0")).text.splitlines()
    assert lines[:2] == [f"Address: {PLACE}", "Status: Listening"]
    assert f"Clients connect to: ws://{PLACE}" in lines
    assert "Behaviours: /echo echo" in lines
    assert "Clients: 2 live, 2 accepted" in lines
    assert "Messages: 0 received, 1 sent" in lines
    assert (await run(pool, "show", 0)).selects == 0


async def test_show_masks_what_is_secret(pool: FakePool) -> None:
    """Rules are told without the passwords in them."""
    pool.listen(ListenOptions(PLACE, rules=("reject 401 -basic:me:hush",)))
    lines = (await run(pool, "show 0")).text.splitlines()
    assert "Rules: reject 401 -basic:me:•••" in lines


async def test_remove(pool: FakePool, listener: Listener) -> None:
    """A listener goes with all its clients."""
    assert (await run(pool, "remove 0")).text == "Removed 0"
    assert (list(pool.listeners), list(pool.connections)) == ([], [3])


async def test_save(pool: FakePool, listener: Listener) -> None:
    """Its options become a profile, which `listen` starts."""
    profiles = FakeProfiles()
    answer = await execute(parse_command("save mock"), pool, 0, (), profiles)
    assert answer.text == "Saved listener 0 as mock"
    assert profiles.book.listeners == {"mock": listener.options}
    await execute(parse_command("listen mock", profiles.book), pool, 0, (), profiles)
    assert pool.listeners[4].options == listener.options


async def test_secrets_of_a_listener_are_not_kept(pool: FakePool) -> None:
    """A header with a cookie names it, or is not saved."""
    pool.listen(ListenOptions(PLACE, headers=(("Authorization", "Basic abc"),)))
    with pytest.raises(Refused, match=r"would be kept as it is: write \$\{env:NAME\}"):
        await execute(parse_command("save mock"), pool, 0, (), FakeProfiles())


# In the workbench


async def test_listen_from_the_command_bar(pool: FakePool) -> None:
    """The listener is shown, its clients can be written to, and `listen NAME` is known."""
    book = Book(listeners={"mock": ListenOptions(PLACE)})
    app = WstuiApp(pool, profiles=FakeProfiles(book))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon")
        bar = app.screen.query_one(CommandBar)
        bar.value = "listen mock --echo"
        await pilot.press("enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert app.screen.listener is pool.listeners[0]
        assert pool.listeners[0].options == ListenOptions(PLACE, behaviours=("echo",))


async def test_listening_from_the_start(pool: FakePool) -> None:
    """Listeners and connections are begun in the order in which they were asked for."""
    app = WstuiApp(pool, on_start=[ListenOptions(PLACE), ConnectOptions("ws://h")])
    async with app.run_test(size=(120, 40)):
        assert list(pool.listeners) == [0]
        assert list(pool.connections) == [1]


async def test_an_open_address_is_said_aloud(pool: FakePool) -> None:
    """Who starts a listener that others can reach reads so."""
    app = WstuiApp(pool, on_start=[ListenOptions("0.0.0.0:9002")])
    async with app.run_test(size=(120, 40)):
        said = [str(one.message) for one in app._notifications]
        assert len(said) == 1
        assert "others can reach it" in said[0]
