"""The order of the sidebar: connections of our own, then listeners with their clients."""

from __future__ import annotations

from tests.ui_support import FakePool
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.roster import Roster


def mixed() -> tuple[FakePool, Roster]:
    """Own connections 0 and 5, listeners 1 and 2, clients 3 and 6 of 1, and 4 of 2."""
    pool = FakePool()
    pool.connect(ConnectOptions("ws://a"))
    first, second = (pool.listen(ListenOptions(port)) for port in ("9002", "9003"))
    pool.accept(first)
    pool.accept(second)
    pool.connect(ConnectOptions("ws://b"))
    pool.accept(first)
    return pool, Roster(pool.connections, pool.listeners)


def test_clients_stand_under_their_listener() -> None:
    """Our own come first, then each listener and its clients, whenever they came."""
    _, roster = mixed()
    assert roster.own == [0, 5]
    assert roster.served == [1, 3, 6, 2, 4]
    assert roster.ids == [0, 5, 1, 3, 6, 2, 4]
    assert roster.clients == 3


def test_folded_clients_are_not_listed_until_revealed() -> None:
    """Folding hides the clients of one listener; what is selected among them unfolds it."""
    _, roster = mixed()
    roster.fold(1)
    assert roster.ids == [0, 5, 1, 2, 4]
    assert 3 in roster
    roster.reveal(4)
    assert roster.served == [1, 2, 4]
    roster.reveal(3)
    assert roster.served == [1, 3, 6, 2, 4]


def test_a_client_outlives_the_listing_of_its_listener() -> None:
    """Should a listener be gone before its client, the client is shown among our own."""
    pool, roster = mixed()
    del pool.listeners[2]
    assert roster.own == [0, 4, 5]


def test_a_census_tells_open_ones_apart() -> None:
    """Our own and clients are counted in one pass, and of both how many are open."""
    pool, roster = mixed()
    pool.drop(0)
    pool.drop(4)
    assert roster.census() == (2, 1, 2)


def test_the_nearest_number_follows_what_is_gone() -> None:
    """The one selected next is near the one that was removed; without any there is none."""
    pool, roster = mixed()
    pool.remove(1)
    assert roster.ids == [0, 5, 2, 4]
    assert roster.neighbour(3) == 2
    assert roster.neighbour(None) == 0
    assert Roster({}).neighbour(7) is None


def test_only_open_clients_are_sent_to() -> None:
    """An ended client is still listed, but nothing is sent to it."""
    pool, roster = mixed()
    pool.drop(3)
    assert roster.open_clients(pool.listeners[1]) == [6]
    assert roster.live_clients(pool.listeners[1]) == [6]
