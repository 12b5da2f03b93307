"""Pings in a row, and what becomes of each."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core import pings as pings_module
from wstui.core.ping_lines import milliseconds, ping_line, summary
from wstui.core.pings import News, Outcome, Payloads, Pings


def sent(*payloads: bytes, wait: float = 10.0, covers: bool = True) -> Pings:
    """Pings that went out a second apart, the first one at 0."""
    pings = Pings(wait, covers=covers)
    for second, payload in enumerate(payloads):
        pings.send(payload, second)
    return pings


def test_an_answer_in_time() -> None:
    """Its round trip is what passed, or what was measured better."""
    pings = sent(b"a", b"b")
    assert pings.pong(b"a", 1.5) == [News(Outcome.ANSWERED, 1, 1, 1.5)]
    assert pings.pong(b"b", 1.5, rtt=0.25) == [News(Outcome.ANSWERED, 2, 1, 0.25)]
    assert (pings.received, pings.waiting, pings.loss) == (2, 0, 0.0)
    assert pings.figures() == {
        "min": 0.25, "median": 0.25, "mean": 0.875, "99th": 1.5, "max": 1.5, "jitter": 1.25
    }  # fmt: skip


def test_a_pong_answers_all_before_its_own() -> None:
    """RFC 6455 section 5.5.3: a peer may answer the newest ping alone. Those have no round trip
    of their own, and are not lost."""
    pings = sent(b"a", b"b", b"c")
    assert pings.pong(b"b", 3.0) == [
        News(Outcome.TOGETHER, 1, by=2),
        News(Outcome.ANSWERED, 2, 1, 2.0),
    ]
    assert (pings.received, pings.together, pings.waiting, pings.lost) == (1, 1, 1, 0)


def test_a_message_answers_itself_alone() -> None:
    """What was said before it may still come back."""
    pings = sent(b"a", b"b", covers=False)
    assert [news.outcome for news in pings.pong(b"b", 3.0)] == [Outcome.ANSWERED]
    assert pings.oldest(4.0) == [News(Outcome.ANSWERED, 1, 1, 4.0)]
    assert pings.oldest(5.0) == []


def test_lost_and_late() -> None:
    """Who waits gives up in time; an answer that comes after all is one."""
    pings = sent(b"a", b"b", wait=2.0)
    assert (pings.due, pings.overdue(1.99)) == (2.0, [])
    assert pings.overdue(2.0) == [News(Outcome.LOST, 1, 1)]
    assert pings.overdue(2.5) == []
    assert (pings.lost, pings.loss) == (1, 1.0)
    assert pings.pong(b"a", 4.0) == [News(Outcome.LATE, 1, 1, 4.0)]
    assert (pings.lost, pings.loss, pings.received, pings.due) == (0, 0.0, 1, 3.0)


def test_equal_payloads_are_answered_in_order() -> None:
    """A server answers them one after the other."""
    pings = sent(b"", b"")
    assert [pings.pong(b"", 2.0)[0].number for _ in range(3)] == [1, 2, 2]
    assert pings.again == 1


def test_pongs_that_answer_nothing() -> None:
    """One more to the same ping, and one to none of ours, are told apart."""
    pings = sent(b"a")
    pings.pong(b"a", 1.0)
    assert pings.pong(b"a", 2.0) == [News(Outcome.AGAIN, 1, 1)]
    assert pings.pong(b"heartbeat", 2.0) == [News(Outcome.UNASKED, None, 9)]
    assert (pings.received, pings.again, pings.unasked) == (1, 1, 1)


def test_the_end_of_the_connection_answers_nothing() -> None:
    """What waited is lost, however short it waited."""
    pings = sent(b"a", b"b")
    assert [(news.outcome, news.number) for news in pings.cut_off()] == [
        (Outcome.CUT_OFF, 1),
        (Outcome.CUT_OFF, 2),
    ]
    assert (pings.lost, pings.due) == (2, None)


@given(st.lists(st.tuples(st.sampled_from("spo"), st.integers(0, 12)), max_size=60))
def test_each_ping_has_one_fate(steps: list[tuple[str, int]]) -> None:
    """Whatever comes in whatever order, the counts add up."""
    pings = Pings(5.0)
    for now, (step, number) in enumerate(steps):
        if step == "s":
            pings.send(b"%d" % (number // 2), now)
        elif step == "p":
            pings.pong(b"%d" % (number // 2), now)
        else:
            pings.overdue(now)
        counted = pings.received + pings.together + pings.lost + pings.waiting
        assert counted == pings.sent
        assert 0 <= pings.loss <= 1


def test_little_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are lost or answered, memory is bounded."""
    monkeypatch.setattr(pings_module, "REMEMBERED", 3)
    pings = sent(*(b"%d" % number for number in range(10)), wait=1.0)
    pings.overdue(100.0)
    assert [payload in pings for payload in (b"6", b"7", b"9")] == [False, True, True]
    assert pings.pong(b"0", 100.0)[0].outcome is Outcome.UNASKED


@pytest.mark.parametrize("size", [0, 1, 4, 7, 8, 125])
def test_payloads_of_a_size(size: int) -> None:
    """Each has just that many bytes, and from four on each is another."""
    made = list(islice(Payloads(size), 300))
    assert {len(payload) for payload in made} == {size}
    assert (len(set(made)) == 300) is Payloads(size).are_distinct


def test_payloads_as_given() -> None:
    """A text may hold the number."""
    assert list(islice(Payloads(text="n={n}"), 2)) == [b"n=1", b"n=2"]
    assert Payloads(text="n={n}").are_distinct
    assert list(islice(Payloads(data=b"\xff"), 2)) == [b"\xff", b"\xff"]


def test_lines_are_aligned() -> None:
    """One below the other, whatever became of them."""
    told = [
        News(Outcome.ANSWERED, 1, 8, 0.000_312),
        News(Outcome.LATE, 2, 8, 12.5),
        News(Outcome.TOGETHER, 3, by=4),
        News(Outcome.LOST, 5, 8),
        News(Outcome.CUT_OFF, 6, 8),
        News(Outcome.AGAIN, 4, 8),
        News(Outcome.UNASKED, None, 0),
    ]
    assert [ping_line(news, 10.0, by_message=False) for news in told] == [
        "pong  1         8 B       0.312 ms",
        "late  2         8 B   12500.000 ms",
        "pong  3      answered by the pong to 4",
        "lost  5      no pong within 10 s",
        "lost  6      the connection ended before the pong",
        "again 4         8 B  one more pong to it",
        "stray -         0 B  a pong that no ping of ours asked for",
    ]
    assert ping_line(told[0], 1.0, by_message=True).startswith("reply 1 ")


def test_the_summary_fits_a_terminal() -> None:
    """80 cells are enough for usual figures; what did not happen is not told."""
    pings = sent(b"a", b"b", b"c", wait=0.1)
    pings.pong(b"a", 0.12345, rtt=0.12345)
    pings.overdue(3.0)
    assert summary(pings, 3.0) == [
        "3 sent, 1 received, 66.7% lost, in 3.00 s",
        "min 123.5, median 123.5, mean 123.5, 99th 123.5, max 123.5 ms",
    ]
    assert summary(Pings(1.0), 200.0) == ["0 sent, 0 received, 0% lost, in 200 s"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.000_031_2, "0.031"), (0.009_999_7, "10.00"), (0.234_12, "234.1"), (12.034, "12034")],
)
def test_milliseconds_have_four_digits(seconds: float, words: str) -> None:
    """So that figures stand side by side."""
    assert milliseconds(seconds) == words
