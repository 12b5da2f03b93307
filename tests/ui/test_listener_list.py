"""Listeners and their clients in the sidebar and in the strip."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult

from tests.ui_support import FakePool, WidgetApp
from tests.workbench_support import lines
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.listener import ListenerState, ListenFault
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.roster import Roster
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.listener_list import ListenerList
from wstui.widgets.pulse import Pulse

ECHO = ListenOptions("9002", behaviours=("/echo echo",))


class ListApp(WidgetApp):
    """The list of listeners and the strip over a fake pool."""

    def __init__(self, pool: FakePool) -> None:
        super().__init__()
        self.roster = Roster(pool.connections, pool.listeners)
        self.pulse = Pulse(pool.connections, lambda: pool.now, pool.listeners)
        self.list = ListenerList(self.roster, self.pulse)
        self.strip = ConnectionStrip(self.roster, self.pulse)
        self.selections: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.strip
        yield self.list

    def on_mount(self) -> None:
        self.list.focus()
        self.list.sync()

    @on(ConnectionList.Selected)
    def keep_selection(self, event: ConnectionList.Selected) -> None:
        self.list.selected = self.strip.selected = event.id
        self.selections.append(event.id)

    @on(ListenerList.Folded)
    def fold(self, event: ListenerList.Folded) -> None:
        self.roster.fold(event.id)
        self.list.sync()


def serving(pool: FakePool, clients: int = 3) -> None:
    """Listener 0 with some clients."""
    listener = pool.listen(ECHO)
    for number in range(clients):
        pool.accept(listener, f"/room/{number}", f"127.0.0.1:{53_000 + number}")


async def test_a_listener_says_where_what_answers_and_how_many(pool: FakePool) -> None:
    """Address, behaviour, live and all clients, and how many were rejected are shown."""
    serving(pool)
    pool.drop(3)
    pool.listeners[0].live -= 1
    pool.listeners[0].tally.rejected = 4
    app = ListApp(pool)
    async with app.run_test(size=(40, 30)) as pilot:
        await pilot.pause()
        shown = lines(app.list).splitlines()
        assert "⇥ 0 127.0.0.1:9002" in shown[0]
        assert "/echo echo" in shown[1]
        assert "2 of 3 clients" in shown[2]
        assert "✕4" in shown[2]


async def test_clients_stand_under_it_as_connections_do(pool: FakePool) -> None:
    """Each client has its address, path, user agent, counters and state, tied to its listener."""
    serving(pool, 2)
    client = pool.connections[1]
    client.options = ConnectOptions(client.options.uri, user_agent="probe/1 \x1b[2J")
    client.transcript.append(Kind.TEXT, b"hello", pool.now)
    pool.close(2, 4001, "bye")
    app = ListApp(pool)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        shown = lines(app.list)
        assert "├ ● 1 127.0.0.1:53000" in shown
        assert "/room/0 · probe/1 ␛[2J" in shown
        assert "↓1 ↑0" in shown
        assert "+1" in shown
        assert "╰ ○ 2 127.0.0.1:53001" in shown
        assert "4001 bye" in shown
        assert "\x1b" not in shown


@pytest.mark.parametrize("state", list(ListenerState))
async def test_states_are_told_apart_without_colour(pool: FakePool, state: ListenerState) -> None:
    """Each state has words or a glyph of its own; a failed one says why."""
    serving(pool, 0)
    listener = pool.listeners[0]
    listener.failure, listener.fault = "Cannot listen.", ListenFault.IN_USE
    pool.become_listener(listener, state)
    app = ListApp(pool)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        words = {
            ListenerState.STARTING: "starting",
            ListenerState.LISTENING: "⇥",
            ListenerState.FULL: "not accepting",
            ListenerState.STOPPED: "stopped",
            ListenerState.FAILED: "Port 9002 is in use",
        }
        assert words[state] in lines(app.list)
        assert "TLS" not in lines(app.list)


async def test_tls_is_shown(pool: FakePool) -> None:
    """A listener that speaks TLS is marked."""
    serving(pool, 0)
    pool.listeners[0].uris = ("wss://127.0.0.1:9002",)
    app = ListApp(pool)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert "TLS" in lines(app.list).splitlines()[0]


async def test_clients_fold_away_by_key_and_click(pool: FakePool) -> None:
    """Left folds, right unfolds, from a client left goes up first; a click on the count, too."""
    serving(pool)
    app = ListApp(pool)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.press("end", "left")
        assert app.selections == [3, 0]
        assert app.list.ids == [0, 1, 2, 3]
        await pilot.press("left")
        assert app.list.ids == [0]
        assert "▹ 3 clients" in lines(app.list)
        await pilot.press("right", "right")
        assert app.list.ids == [0, 1, 2, 3]
        await pilot.click(app.list, offset=(5, 3))
        assert app.list.ids == [0]


async def test_only_lines_in_sight_are_looked_at(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many clients no more are drawn than there are lines."""
    serving(pool, 2_000)
    looked: set[int] = set()
    drawn = ListenerList._connection_lines

    def look(self: ListenerList, id: int, *others: object) -> object:
        looked.add(id)
        return drawn(self, id, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(ListenerList, "_connection_lines", look)
    app = ListApp(pool)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        looked.clear()
        app.list.sync()
        await pilot.pause()
        assert 0 < len(looked) < 30
        await pilot.press("end")
        await pilot.pause()
        assert app.list.selected == 2_000
        assert "2000 127.0.0.1:54999" in lines(app.list)


async def test_the_strip_has_listeners_behind_connections(pool: FakePool) -> None:
    """In one line: our own, then the listener with its clients; the selected one in more words."""
    serving(pool, 2)
    pool.connect(ConnectOptions("ws://feed.example/ticks"))
    app = ListApp(pool)
    async with app.run_test(size=(80, 20)) as pilot:
        app.strip.selected = 0
        await pilot.pause()
        strip = lines(app.strip)
        places = [
            strip.index(words) for words in ("3 ticks", "⇥ 0 :9002", "2 clients", "● 1", "● 2")
        ]
        assert places == sorted(places)
        await pilot.click(app.strip, offset=(strip.index("● 1"), 0))
        assert app.selections == [1]


async def test_a_client_that_is_gone_leaves_no_trace(pool: FakePool) -> None:
    """One that was removed since the last look is not drawn."""
    serving(pool, 2)
    app = ListApp(pool)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        del pool.connections[2]
        assert "127.0.0.1:53001" not in lines(app.list)
        assert pool.connections[1].state is State.OPEN
