"""How a connection was opened: steps in time, and what is worth a remark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.handshake_support import opened, opening, refused
from tests.ui_support import START, FakePool
from wstui.core.connection import Connection, Handshake, Step
from wstui.core.handshake.opening import remarks, spans
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import build_options


@pytest.fixture
def pool() -> FakePool:
    """A fresh fake pool."""
    return FakePool()


def test_each_step_ends_where_the_next_begins(pool: FakePool) -> None:
    """The last one ends with the connection being open."""
    found = [
        (span.step, round(span.begin, 6), round(span.end, 6), span.is_last)
        for span in spans(opened(pool), START + 100)
    ]
    assert found == [
        (Step.NAME, 0.0, 0.012, False),
        (Step.TCP, 0.012, 0.033, False),
        (Step.TLS, 0.033, 0.067, False),
        (Step.HTTP, 0.067, 0.084, True),
    ]


def test_last_step_ends_with_the_failure_or_goes_on(pool: FakePool) -> None:
    """A failed attempt ended when it failed; one that goes on has come to now."""
    assert round(spans(refused(pool), START + 100)[-1].end, 6) == 0.0042
    assert spans(opening(pool), START + 1)[-1].end == 1
    early = spans(opening(pool), START)[-1]
    assert early.step is Step.TLS
    assert early.begin == early.end  # the clock was put back
    assert spans(pool.connect(ConnectOptions("ws://x")), START) == []


@given(st.lists(st.floats(0, 100)), st.floats(0, 100), st.none() | st.floats(0, 100))
def test_steps_never_overlap(times: list[float], now: float, ended: float | None) -> None:
    """Whatever a clock does, no step ends before it begins."""
    connection = FakePool().connect(ConnectOptions("ws://x"))
    connection.opened, connection.ended = None, ended
    connection.steps = [(Step.TCP, time) for time in times]
    found = spans(connection, now)
    assert len(found) == len(times)
    assert all(span.begin <= span.end for span in found)


def connected(pool: FakePool, uri: str = "wss://feed.example/", **facts: object) -> Connection:
    """A connection of which nothing is to be said, but for `facts` of its handshake."""
    connection = pool.connect(ConnectOptions(uri))
    connection.handshake = replace(Handshake(status=101), **facts)  # type: ignore[arg-type]  # any
    return connection


OFFER = (
    ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ("Sec-WebSocket-Protocol", "chat"),
)
REDIRECT = Redirect("ws://x/", 302, "Found", "ws://y/", "ws://y/")


@pytest.mark.parametrize(
    ("uri", "facts", "words"),
    [
        ("wss://x/", {"request_headers": OFFER[:1]}, "did not agree: nothing is compressed"),
        ("wss://x/", {"request_headers": OFFER[1:]}, "the server chose no subprotocol"),
        ("wss://x/", {"subprotocol": "a", "is_subprotocol_ours": False}, "was not offered"),
        ("wss://x/", {"redirects": (REDIRECT,)}, "A redirect was followed"),
        ("wss://x/", {"redirects": (REDIRECT, REDIRECT)}, "2 redirects were followed"),
        ("wss://x/", {"changed": ("no Connection",)}, "broken on purpose: no Connection"),
        ("wss://x/", {"response_headers": (("Via", "1.1 gw"),)}, "added Via: 1.1 gw"),
        ("ws://x.example/", {}, "Without TLS"),
        ("ws://x.example/", {"request_headers": (("Cookie", "a=b"),)}, "Cookie went out in plain"),
    ],
)
def test_remarks(pool: FakePool, uri: str, facts: dict[str, object], words: str) -> None:
    """Each thing worth knowing is said once, in a sentence."""
    (remark,) = remarks(connected(pool, uri, **facts))
    assert words in remark


def test_nothing_is_said_of_a_good_handshake(pool: FakePool) -> None:
    """Nor of this machine, nor of what is not known yet."""
    assert remarks(connected(pool)) == []
    assert remarks(connected(pool, "ws://localhost:9/")) == []
    assert remarks(pool.connect(ConnectOptions("ws://x.example"))) == []


def test_slow_step_and_blind_trust(pool: FakePool) -> None:
    """Where the time went, and that nobody checked."""
    connection = connected(pool)
    connection.steps = [(Step.NAME, START), (Step.TCP, START + 1)]
    connection.opened = START + 1.2
    assert remarks(connection) == ["Most of the time went into the name look-up: 1.0 s of 1.2 s."]
    blind = pool.connect(build_options("wss://x/", [("--insecure", "")]))
    blind.handshake = Handshake(status=101)
    (remark,) = remarks(blind)
    assert remark.endswith("verified: others may read and change everything.")
