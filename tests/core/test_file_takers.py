"""Who takes a file, as its sender knows them."""

from __future__ import annotations

from wstui.core.file_transfer.messages import (
    Accept,
    Ack,
    Busy,
    Done,
    Lost,
    Offer,
    Reason,
    Refuse,
)
from wstui.core.file_transfer.takers import MOST_TAKERS, Doing, Takers, confirmed

FILE = "a" * 32
ONE, TWO, THREE = "1" * 16, "2" * 16, "3" * 16
RIGHT, WRONG = "f" * 64, "e" * 64


def test_it_begins_behind_the_shortest_part_that_is_right() -> None:
    """Parts of another file begin again, and so all of it is sent."""
    takers = Takers(FILE)
    takers.hear(Accept(FILE, ONE, 100, RIGHT), 0)
    takers.hear(Accept(FILE, TWO, 60, RIGHT), 0)
    assert takers.offsets(1000) == [60, 100]
    assert takers.begin({60: RIGHT, 100: RIGHT}) == (60, (ONE, TWO))
    assert takers.slowest() == 60
    takers.hear(Accept(FILE, THREE, 100, WRONG), 0)
    takers.hear(Lost(FILE, ONE), 0)
    takers.hear(Accept(FILE, ONE, 100, RIGHT), 0)
    assert takers.begin({100: RIGHT}) == (0, (ONE,))
    assert [one.at for one in takers.which(Doing.TAKING)] == [100, 60, 0]


def test_parts_longer_than_the_file_are_not_compared() -> None:
    """They are none of it."""
    takers = Takers(FILE)
    takers.hear(Accept(FILE, ONE, 1001, RIGHT), 0)
    assert takers.offsets(1000) == []
    assert takers.begin({}) == (0, ())


def test_another_answer_to_the_same_offer_changes_nothing() -> None:
    """Offers are repeated until somebody answers."""
    takers = Takers(FILE)
    takers.hear(Accept(FILE, ONE), 0)
    takers.begin({})
    takers.hear(Ack(FILE, ONE, 50), 1)
    takers.hear(Accept(FILE, ONE), 2)
    assert takers.slowest() == 50


def test_who_comes_in_the_middle_is_asked_again() -> None:
    """As is who lost something; both count as silent until they say what they have."""
    takers = Takers(FILE)
    takers.hear(Accept(FILE, ONE), 0)
    takers.begin({})
    takers.hear(Lost(FILE, TWO), 0)
    takers.hear(Done(FILE, ONE, RIGHT), 0)
    assert [one.id for one in takers.silent()] == [TWO]
    takers.hear(Accept(FILE, TWO), 0)
    assert takers.silent() == []
    assert [one.id for one in takers.accepted()] == [TWO]


def test_whoever_says_nothing_is_given_up() -> None:
    """A word that it is busy is one."""
    takers = Takers(FILE)
    for id in (ONE, TWO):
        takers.hear(Accept(FILE, id), 0)
    takers.begin({})
    takers.hear(Busy(FILE, TWO), 20)
    assert [one.id for one in takers.stall(10)] == [ONE]
    assert takers.slowest() == 0
    assert [one.id for one in takers.stall(21)] == [TWO]
    assert takers.slowest() is None


def test_only_the_right_checksum_confirms() -> None:
    """Whoever found another one has not the file."""
    takers = Takers(FILE)
    takers.hear(Done(FILE, ONE, RIGHT), 0)
    takers.hear(Done(FILE, TWO, WRONG), 0)
    takers.hear(Refuse(FILE, THREE, Reason.BUSY), 0)
    assert [one.id for one in confirmed(takers.all.values(), RIGHT)] == [ONE]
    takers.forget_busy()
    assert THREE not in takers.all


def test_others_are_not_heard() -> None:
    """Those of another transfer, senders, and more than there can be."""
    takers = Takers(FILE)
    assert not takers.hear(Accept("b" * 32, ONE), 0)
    assert not takers.hear(Offer(FILE, "a"), 0)
    assert not takers.hear(Busy(FILE), 0)
    for number in range(MOST_TAKERS + 5):
        takers.hear(Lost(FILE, f"{number:016x}"), 0)
    assert len(takers.all) == MOST_TAKERS
