"""Listeners on the workbench: their view, and what can be asked of them."""

from __future__ import annotations

import pytest
from textual.widgets import Button, Input

from tests.ui_support import START, FakePool
from tests.workbench_support import SIZES, bench, lines, make_app, said, settle, title, toasts, top
from wstui.actions import ACTIONS
from wstui.app import WstuiApp
from wstui.core.connection import State
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.listener import Listener, ListenerState, ListenFault
from wstui.core.options.listen import ListenOptions
from wstui.screens.confirm import ConfirmScreen
from wstui.screens.listener_reasons import ABOUT_ONE, can, why_not_listener
from wstui.screens.stop import StopScreen
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.listener_list import ListenerList
from wstui.widgets.notice import Notice
from wstui.widgets.transcript_view import TranscriptView

ECHO = ListenOptions("9002", behaviours=("/echo echo",))


def serving(pool: FakePool, clients: int = 2) -> Listener:
    """A listener with some clients."""
    listener = pool.listen(ECHO)
    listener.transcript.append_event(LocalEvent(EventName.OPEN, "listening"), START)
    for number in range(clients):
        pool.accept(listener, f"/{number}", f"127.0.0.1:{53_000 + number}")
    return listener


def view(app: WstuiApp) -> TranscriptView:
    return bench(app).query_one(TranscriptView)


def state_of(listener: Listener) -> ListenerState:
    """Its state as it is now."""
    return listener.state


def calls(pool: FakePool, *names: str) -> list[tuple[object, ...]]:
    """What was asked of the pool, of these."""
    return [call for call in pool.calls if call[0] in names]


@pytest.mark.parametrize("size", SIZES)
async def test_a_listener_has_a_view_of_its_own(pool: FakePool, size: tuple[int, int]) -> None:
    """Its border names address, behaviour, state and figures; below its events stands where to
    connect to."""
    listener = serving(pool)
    listener.tally.rejected = 3
    app = make_app(pool)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        assert bench(app).selected == listener.id
        assert "ws://127.0.0.1:9002" in title(view(app))
        assert "/echo echo" in title(view(app))
        figures = str(view(app).border_subtitle)
        assert "listening" in figures
        assert "2 clients" in figures
        shown = lines(view(app))
        assert "listening" in shown
        assert "ws://127.0.0.1:9002/echo" in shown
        assert "copies it" in shown


async def test_the_first_client_is_waited_for(pool: FakePool) -> None:
    """Before anybody came the view says how to try it, and the sidebar has no empty list."""
    serving(pool, 0)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        shown = lines(view(app))
        assert "Waiting for the first client" in shown
        assert "http://127.0.0.1:9002/" in shown
        assert not bench(app).query_one(ConnectionList).display
        assert title(bench(app).query_one(ListenerList)) == "Listeners 1"


async def test_who_only_asks_is_not_called_connected(pool: FakePool) -> None:
    """The view says that the first client asks, and that it is connected when it was accepted."""
    listener = serving(pool, 0)
    pool.accept(listener, "/a", state=State.CONNECTING)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "1 client asks to be accepted" in lines(view(app))
        pool.accept(listener, "/b")
        await settle(pilot)
        assert "2 clients connected" in lines(view(app))


async def test_titles_count_connections_and_clients_apart(pool: FakePool) -> None:
    """Our own stand under Connections; the clients are counted with their listener."""
    serving(pool, 3)
    app = make_app(pool, "ws://a", "ws://b")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert title(bench(app).query_one(ConnectionList)) == "Connections 2"
        assert title(bench(app).query_one(ListenerList)) == "Listeners 1 · 3 clients"
        pool.stop_listening(0)
        pool.remove(0)
        await settle(pilot)
        assert not bench(app).query_one(ListenerList).display


async def test_keys_go_through_both_lists(pool: FakePool) -> None:
    """[ and ] and digits select listeners, too; j and k pass from one list to the other."""
    serving(pool, 2)
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("3", "right_square_bracket")
        assert bench(app).selected == 0
        await pilot.press("right_square_bracket", "2")
        assert bench(app).selected == 2
        bench(app).query_one(ConnectionList).focus()
        await pilot.press("3", "j")
        await pilot.pause()
        assert bench(app).selected == 0
        assert bench(app).query_one(ListenerList).has_focus
        await pilot.press("j", "k", "k")
        await pilot.pause()
        assert bench(app).selected == 3
        assert bench(app).query_one(ConnectionList).has_focus


async def test_folding_a_selected_client_selects_its_listener(pool: FakePool) -> None:
    """F folds from a client, too; a digit that names a folded client unfolds it again."""
    serving(pool, 2)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "F")
        await settle(pilot)
        assert bench(app).selected == 0
        assert bench(app).query_one(ListenerList).ids == [0]
        await pilot.press("1")
        await settle(pilot)
        assert bench(app).query_one(ListenerList).ids == [0, 1, 2]


async def test_the_composer_writes_to_all_clients(pool: FakePool) -> None:
    """With a listener selected a message goes to its open clients; without any it stays."""
    serving(pool, 2)
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("0", "s")
        composer = bench(app).query_one(Composer)
        assert title(composer).startswith("Send to all 2 clients of 0")
        await pilot.press(*"hi", "ctrl+s")
        await settle(pilot)
        (call,) = calls(pool, "carry_out")
        assert call[1] == (1, 2)
        assert composer.text == ""
        pool.drop(1)
        pool.drop(2)
        await pilot.press(*"hi", "ctrl+s")
        await settle(pilot)
        assert "no open client" in title(composer)
        assert composer.text == "hi"
        await pilot.press("escape", "3")
        assert title(composer).startswith("Send to 3")


async def test_closing_a_listener_asks_for_code_and_reason(pool: FakePool) -> None:
    """x stops it, with 1001 for all clients unless another code is chosen."""
    serving(pool, 2)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await pilot.pause()
        assert isinstance(top(app), StopScreen)
        assert top(app).query(Input).first().value == "1001"
        assert str(top(app).query_one("#submit", Button).label) == "Close 2"
        await pilot.press("tab", *"later", "enter")
        await settle(pilot)
        assert calls(pool, "stop_listening") == [("stop_listening", 0, 1001, "later")]
        assert pool.connections[1].state is State.CLOSED
        assert "stopped" in toasts(app)


async def test_the_form_of_a_listener_can_drop(pool: FakePool) -> None:
    """The word drop ends all clients without a close frame; half is refused."""
    serving(pool, 2)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await pilot.pause()
        code = top(app).query(Input).first()
        code.value = "half"
        await pilot.press("enter")
        assert isinstance(top(app), StopScreen)
        code.value = "drop"
        await pilot.press("enter")
        await settle(pilot)
        names = [call[0] for call in pool.calls if call[0] != "listen"]
        assert names == ["stop_accepting", "drop", "drop", "stop_listening"]


async def test_without_clients_a_listener_is_stopped_at_once(pool: FakePool) -> None:
    """With nobody to tell a code there is nothing to ask."""
    serving(pool, 0)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("x")
        await settle(pilot)
        assert calls(pool, "stop_listening") == [("stop_listening", 0, 1001, "")]


async def test_what_is_sent_to_all_clients_can_be_stopped(pool: FakePool) -> None:
    """F8 with the listener selected stops sending to each client that is still sent to."""
    serving(pool, 3)
    for id in (1, 3):
        outgoing = pool.connections[id].outgoing
        outgoing.is_planned, outgoing.times = True, None
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "sending to 2 of them" in title(bench(app).query_one(Composer))
        await pilot.press("f8")
        await settle(pilot)
        assert calls(pool, "cancel") == [("cancel", 1), ("cancel", 3)]


async def test_dropping_and_removing_ask_while_clients_live(pool: FakePool) -> None:
    """X and d ask first; no keeps everything, yes does it. Without clients nobody asks."""
    serving(pool, 1)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for key in ("X", "d"):
            await pilot.press(key)
            await pilot.pause()
            assert isinstance(top(app), ConfirmScreen)
            await pilot.press("n")
            await settle(pilot)
        assert not calls(pool, "drop", "remove")
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("y")
        await settle(pilot)
        assert not pool.listeners
        assert not pool.connections
        pool.listen(ECHO)
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        assert not pool.listeners


async def test_accepting_is_stopped_and_begun(pool: FakePool) -> None:
    """A stops accepting and accepts again; a connection has no such thing, and says so."""
    listener = serving(pool, 1)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("A")
        await settle(pilot)
        assert state_of(listener) is ListenerState.FULL
        assert "Accepts nobody further" in lines(view(app))
        await pilot.press("A")
        await settle(pilot)
        assert state_of(listener) is ListenerState.LISTENING
        await pilot.press("1", "A")
        await pilot.pause()
        assert "That is for listeners" in toasts(app)


async def test_a_listener_marks_all_its_clients(pool: FakePool) -> None:
    """Space on a listener marks its living clients, and takes their marks away again."""
    serving(pool, 3)
    pool.drop(3)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("space")
        assert list(bench(app).marks) == [1, 2]
        assert "2 marked" in str(bench(app).query_one(ListenerList).border_subtitle)
        await pilot.press("1", "space", "0", "space")
        assert list(bench(app).marks) == [1, 2]
        await pilot.press("space")
        assert not bench(app).marks


async def test_again_listens_with_the_same_options(pool: FakePool) -> None:
    """r listens again once it has ended; before that it says what keeps the address."""
    listener = serving(pool, 0)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert "has its address still" in toasts(app)
        pool.stop_listening(listener.id)
        await settle(pilot)
        await pilot.press("r")
        await settle(pilot)
        assert [call[1] for call in calls(pool, "listen")] == [ECHO, ECHO]
        assert bench(app).selected == 1


async def test_the_address_is_copied(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """u copies the uri with the path of the first behaviour; of a connection its own uri."""
    copied: list[str] = []

    async def copy(app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr("wstui.clipboard.copy", copy)
    serving(pool, 0)
    app = make_app(pool, "ws://user:secret@a/b")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("0", "u")
        await settle(pilot)
        await pilot.press("1", "u")
        await settle(pilot)
    assert copied[0] == "ws://127.0.0.1:9002/echo"
    assert "secret" not in copied[1]


async def test_a_failed_listener_says_why(pool: FakePool) -> None:
    """The notice tells the reason and what to try; Escape hides it."""
    serving(pool, 0)
    other = pool.listen(ECHO)
    other.failure, other.fault = "Cannot listen on it: in use.", ListenFault.IN_USE
    pool.become_listener(other, ListenerState.FAILED)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("1")
        await settle(pilot)
        notice = bench(app).query_one(Notice)
        assert notice.has_class("-shown")
        assert "Port 9002 is in use" in said(notice)
        assert "Listener 0 of this window" in said(notice)
        await pilot.press("escape")
        assert not notice.has_class("-shown")
        await pilot.press("0", "1")
        assert not notice.has_class("-shown")


async def test_events_are_filtered_and_inspected(pool: FakePool) -> None:
    """The events of a listener are rows like others: the filter and the entry view work."""
    listener = serving(pool, 0)
    event = LocalEvent(EventName.ERROR, "rejected 127.0.0.1:5000: /admin [/x]")
    listener.transcript.append_event(event, START + 1)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("slash", *"admin", "enter")
        await settle(pilot)
        assert view(app).shown == 1
        await pilot.press("up", "enter")
        await settle(pilot)
        assert view(app).current == 1


async def test_a_removed_client_is_followed_by_a_neighbour(pool: FakePool) -> None:
    """When the selected client is forgotten something near is selected, and nothing breaks."""
    serving(pool, 2)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        pool.drop(2)
        pool.remove(2)
        await settle(pilot)
        assert bench(app).selected == 1


async def test_unread_counts_are_those_of_clients(pool: FakePool) -> None:
    """A client's messages are counted while another is looked at, also in the strip."""
    serving(pool, 2)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        pool.connections[1].transcript.append(Kind.TEXT, b"x", pool.now)
        await settle(pilot)
        assert "+1" in lines(bench(app).query_one(ConnectionStrip))


@pytest.mark.parametrize("action", sorted(ABOUT_ONE))
async def test_what_is_about_a_connection_says_so(pool: FakePool, action: str) -> None:
    """Where a listener is selected, actions on a connection are off and tell what to select."""
    serving(pool, 1)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        key = next(one.keys for one in ACTIONS if one.id == action).split(",")[0]
        assert bench(app).check_action(action, ()) is None
        await pilot.press(key)
        await pilot.pause()
        assert "0 is a listener." in toasts(app)


@pytest.mark.parametrize("state", list(ListenerState))
def test_every_refusal_has_a_reason(pool: FakePool, state: ListenerState) -> None:
    """Whatever cannot be asked of a listener in a state is refused in a sentence of its own."""
    listener = pool.listen(ECHO)
    listener.state = state
    refused = [one.id for one in ACTIONS if can(one.id, listener, 0) is False]
    assert refused
    for action in refused:
        words = why_not_listener(action, listener)
        assert words.endswith(".")
        assert "not possible now" not in words
