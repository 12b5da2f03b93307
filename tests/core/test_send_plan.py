"""Plans for sending: fragment sizes, rates, how often, and what is filled in."""

from __future__ import annotations

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.sending.outgoing import Cancelled, Outgoing
from wstui.core.sending.plan import (
    MAX_FRAGMENTS,
    FragmentSizes,
    Pace,
    Rate,
    SendPlan,
    Template,
    parse_rate,
    parse_sizes,
    parse_times,
)

SIZES = st.builds(
    FragmentSizes,
    st.lists(st.integers(0, 50), max_size=5).map(tuple),
    st.none() | st.integers(1, 50),
)
RATES = st.builds(Rate, st.floats(0.001, 1e6).map(lambda rate: round(rate, 6)), st.just(False))
BYTE_RATES = st.builds(Rate, st.integers(1, 10**12).map(float), st.just(True))


@pytest.mark.parametrize(
    ("text", "size", "cut"),
    [
        ("10,20,rest", 67, [10, 20, 37]),
        ("10, 20", 67, [10, 20, 20, 17]),
        ("8", 20, [8, 8, 4]),
        ("rest", 20, [20]),
        ("0,5,0,rest", 20, [0, 5, 0, 15]),
        ("10,20,rest", 30, [10, 20]),
        ("10,20,rest", 12, [10, 2]),
        ("1 KiB,rest", 1500, [1024, 476]),
        ("5,rest", 0, [0]),
    ],
)
def test_sizes(text: str, size: int, cut: list[int]) -> None:
    """A message is cut as it was written, and no further than it goes."""
    assert parse_sizes(text).cut(size) == cut


@given(SIZES, st.integers(0, 500))
def test_fragments_make_the_message(sizes: FragmentSizes, size: int) -> None:
    """The fragments together are the message; their number is known before they are cut."""
    cut = sizes.cut(size)
    assert sum(cut) == size
    assert len(cut) == sizes.count(size)
    assert parse_sizes(str(sizes)) == sizes


@pytest.mark.parametrize("text", ["", "x", "10,", "10,0", "rest,10", "-1,rest", "1," * 70_000])
def test_no_sizes(text: str) -> None:
    """What is no list of sizes is refused with a sentence."""
    with pytest.raises(ValueError, match=r"\.$"):
        parse_sizes(text)


@given(RATES | BYTE_RATES)
def test_rates_are_written_as_they_are_read(rate: Rate) -> None:
    """A rate that was written is read again as the same."""
    assert parse_rate(str(rate)) == rate


def test_rates() -> None:
    """A rate counts messages, or bytes once it has their unit."""
    assert parse_rate("100/s") == parse_rate(" 100 / s ") == parse_rate("100") == Rate(100)
    assert parse_rate("64 KiB/s") == parse_rate("64k") == Rate(65536, of_bytes=True)
    assert parse_rate("0.5/s") == Rate(0.5)
    for text in ("", "0", "-1", "x", "/s", "9e9", "1 banana/s", "9" * 400):
        with pytest.raises(ValueError, match=r"\.$"):
            parse_rate(text)


def test_times() -> None:
    """A number of times, or without an end."""
    assert parse_times("1,000") == 1000
    assert parse_times(" Forever ") is None
    for text in ("0", "-1", "x", "", "1.5", "²", "9999999999", "9" * 5000):
        with pytest.raises(ValueError, match=r"\.$"):
            parse_times(text)


def test_problems_are_told_all_at_once() -> None:
    """Each field that is wrong is named."""
    plan = SendPlan(b"x" * 100_000, pause=1e6, every=1)
    assert [error.option for error in plan.problems()] == ["pause", "pause", "every"]
    (error,) = SendPlan(b"x" * (MAX_FRAGMENTS + 1), sizes=parse_sizes("1")).problems()
    assert error.option == "sizes"
    assert SendPlan(b"x" * MAX_FRAGMENTS, sizes=parse_sizes("1"), pause=1).problems() == []


def test_template_counts() -> None:
    """The counter, the time and a unique name stand where their places are, and nothing else."""
    names = count()
    template = Template(b'{"id": {n}, "n": "{n:4}", "at": "{time}", "u": "{uuid}"} {x}', Kind.TEXT)
    first = template.fill(1, 1_763_719_200.5, lambda: f"name-{next(names)}")
    assert first.endswith(b"} {x}")
    assert json.loads(first[:-4]) == {
        "id": 1,
        "n": "0001",
        "at": "2025-11-21T10:00:00.500Z",
        "u": "name-0",
    }
    assert b'"n": "12345"' in template.fill(12345, 0.0, str)


def test_binary_is_sent_as_it_is() -> None:
    """In a binary message nothing is filled in."""
    assert Template(b"{n}", Kind.BINARY).fill(7, 0.0, str) == b"{n}"
    assert Template(b"{n}", Kind.BINARY).is_constant
    assert not Template(b"{n}", Kind.TEXT).is_constant


def test_pace_of_a_period() -> None:
    """Every second means so, late timers do not add up, and missed messages are not sent later."""
    pace = Pace(1.0, None, 0.0)
    assert pace.wait(0.0) == 0
    pace.sent(0.0, 1)
    assert pace.wait(0.25) == 0.75
    pace.sent(1.125, 1)
    assert pace.wait(1.125) == pytest.approx(0.875)
    pace.sent(9.0, 1)
    assert pace.wait(9.0) == 0
    pace.sent(9.0, 1)
    assert pace.wait(9.0) == 1.0


@given(RATES, st.floats(0.001, 0.04))
def test_pace_of_a_rate(rate: Rate, tick: float) -> None:
    """However coarse the clock is, a rate is not exceeded by more than its burst."""
    pace, sent = Pace(0.0, rate, 0.0), 0
    for turn in range(50):
        now = turn * tick
        while pace.wait(now) <= 0 and sent < 5000:
            pace.sent(now, 1)
            sent += 1
        assert sent <= rate.amount * (now + 0.05) + 2


def test_pace_of_bytes() -> None:
    """A message larger than a second's worth goes at once, and is paid for afterwards."""
    pace = Pace(0.0, Rate(1000, of_bytes=True), 0.0)
    assert pace.wait(0.0) == 0
    pace.sent(0.0, 5000)
    assert pace.wait(0.0) == pytest.approx(5.0)
    assert pace.wait(4.0) == pytest.approx(1.0)


def test_words_of_progress() -> None:
    """How far it came, what waits, and what was cancelled, in words."""
    outgoing = Outgoing()
    assert outgoing.progress_words() == outgoing.waiting_words() == ""
    assert not outgoing.can_cancel
    outgoing = Outgoing(2, 1 << 20, 1 << 18, True, 1, 120, 1000)
    assert outgoing.progress_words() == "sent 120 of 1,000"
    assert outgoing.waiting_words() == "1.2 MiB waiting"
    assert Outgoing(is_planned=True, done=7, times=None).progress_words() == "sent 7"
    assert Outgoing(is_planned=True, fragment=2, fragments=5).progress_words() == "fragment 2 of 5"
    assert str(Cancelled()) == "nothing was waiting"
    assert str(Cancelled(3, 2048, 120, 1000)) == (
        "stopped after 120 of 1,000; 3 queued messages (2.0 KiB) not sent"
    )
    assert str(Cancelled(1, 5)) == "1 queued message (5 B) not sent"
