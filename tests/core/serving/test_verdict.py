"""What the user answers to a client that waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.connection import Connection
from wstui.core.handshake.headers import response_header_problem
from wstui.core.options.connect import ConnectOptions
from wstui.core.serving.request import Accept, Reject, Request
from wstui.core.serving.verdict import (
    NO_SUBPROTOCOL,
    cookies_of,
    read_accept,
    read_reject,
    status_words,
    who_waits,
)
from wstui.core.transcript import Transcript

TEXTS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.text(max_size=6) | st.integers(0, 700).map(str),
        "body": st.text(),
        "headers": st.text() | st.sampled_from(["Location: /x", "Connection: close", "A: b\nC: d"]),
        "subprotocol": st.text() | st.sampled_from(["a", "b", NO_SUBPROTOCOL]),
    },
)


@given(TEXTS)
def test_a_decision_or_what_is_wrong(texts: dict[str, str]) -> None:
    """Whatever was typed, there is either a decision that may be sent or a field that is wrong."""
    for verdict in (read_accept(texts, ["a", "b"]), read_reject(texts)):
        assert (verdict.decision is None) is bool(verdict.problems)
        for problem in verdict.problems:
            assert problem.option in ("subprotocol", "headers", "status")
            assert str(problem)
        if verdict.decision is not None:
            assert not any(map(response_header_problem, verdict.decision.headers))
        if isinstance(verdict.decision, Reject):
            assert 300 <= verdict.decision.status < 600


def test_nothing_typed_is_what_is_usual() -> None:
    """An empty form lets the listener choose, or forbids."""
    assert read_accept({}, ["a"]).decision == Accept()
    assert read_reject({}).decision == Reject(403)
    assert read_accept({"subprotocol": NO_SUBPROTOCOL}, ["a"]).decision == Accept("")


def test_cookies_are_told_apart() -> None:
    """Several headers and several cookies in one, with signs of equality in values."""
    request = Request("/", (("cookie", "a=1; b=x=y;"), ("Cookie", " c ")))
    assert cookies_of(request) == [("a", "1"), ("b", "x=y"), ("c", "")]


def test_statuses_in_words() -> None:
    """One without standard words is told by its number."""
    assert status_words(429) == "429 Too Many Requests"
    assert status_words(499) == "499"


def test_the_most_urgent_waits_first() -> None:
    """By the time that is left, and only those that wait."""
    connections = [
        Connection(id, ConnectOptions("ws://h"), Transcript(), 0.0, decide_by=by)
        for id, by in enumerate([None, 9.0, 3.0, 3.0])
    ]
    assert [one.id for one in who_waits(connections)] == [2, 3, 1]
