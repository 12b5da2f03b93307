"""Marks on connections."""

from __future__ import annotations

from tests.ui_support import FakePool
from wstui.core.connection import State
from wstui.core.marks import Marks
from wstui.core.options.connect import ConnectOptions


def pool_of(count: int) -> FakePool:
    """A pool with `count` open connections."""
    pool = FakePool()
    for number in range(count):
        pool.connect(ConnectOptions(f"ws://host-{number}"))
    return pool


def test_marks_are_set_and_taken_away() -> None:
    """A second toggle undoes the first, and the order is that of the list."""
    marks = Marks(pool_of(3).connections)
    assert marks.toggle(2)
    assert marks.toggle(0)
    assert list(marks) == [0, 2]
    assert not marks.toggle(2)
    assert 2 not in marks
    assert len(marks) == 1


def test_a_removed_connection_is_not_marked() -> None:
    """Marks of connections that are gone count no longer."""
    pool = pool_of(2)
    marks = Marks(pool.connections)
    marks.toggle(0)
    pool.remove(0)
    assert 0 not in marks
    assert not marks


def test_all_that_live_are_marked_at_once() -> None:
    """Ended connections stay as they are; any mark at all makes it take all away."""
    pool = pool_of(3)
    pool.become(pool.connections[1], State.CLOSED)
    marks = Marks(pool.connections)
    marks.toggle_all()
    assert list(marks) == [0, 2]
    marks.toggle(2)
    marks.toggle_all()
    assert not marks
