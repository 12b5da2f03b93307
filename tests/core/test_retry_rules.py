"""Which failures and closes are tried again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.commands.language import explain_command
from wstui.core.connection import CloseFrame, CloseRecord, Failure, FailureKind, Handshake
from wstui.core.explain.failures import DROPPED
from wstui.core.gap import changes, gap_event
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.retry_rules import LASTING, MOST_WAIT, PASSING, judge, retry_after

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC).timestamp()


def by_peer(code: int | None) -> CloseRecord:
    """The peer closed, and we answered."""
    return CloseRecord(CloseFrame(code, ""), CloseFrame(code, ""), by_us=False, clean=True)


def by_wstui(code: int) -> CloseRecord:
    """We closed, and the peer did not answer."""
    return CloseRecord(CloseFrame(code, ""), None, by_us=True, clean=False, error="x")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_sentence(kind: FailureKind) -> None:
    """Whatever fails, the user is told whether and why it is tried again."""
    verdict = judge(Failure(kind, status=503), NOW, asked=False)
    assert verdict.sentence.startswith("It is ")
    assert verdict.sentence.endswith(".")
    assert verdict.again is (
        kind in PASSING or kind in (FailureKind.STATUS, FailureKind.PROXY_STATUS)
    )
    assert not PASSING.keys() & LASTING.keys()


@pytest.mark.parametrize(
    ("status", "again"),
    [
        (200, False),
        (301, False),
        (400, False),
        (401, False),
        (404, False),
        (408, True),
        (425, True),
        (426, False),
        (429, True),
        (500, True),
        (502, True),
        (503, True),
        (504, True),
    ],
)
def test_statuses(status: int, again: bool) -> None:
    """4xx is final but for those that say: later; 5xx may pass."""
    verdict = judge(Failure(FailureKind.STATUS, status=status), NOW, asked=False)
    assert verdict.again is again
    assert str(status) in verdict.why


@pytest.mark.parametrize(
    ("message", "again"),
    [
        ("[Errno 104] Connection reset by peer", True),
        ("[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol", True),
        ("[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required", False),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", False),
    ],
)
def test_tls(message: str, again: bool) -> None:
    """An alert is a decision, a lost connection is none."""
    assert judge(Failure(FailureKind.TLS, message), NOW, asked=False).again is again


@pytest.mark.parametrize(
    ("message", "again"),
    [
        ("Connection refused by destination host", True),
        ("Host unreachable", True),
        ("Network unreachable", True),
        ("TTL expired", True),
        ("General SOCKS server failure", True),
        ("Connection not allowed by ruleset", False),
        ("SOCKS4 knows no IPv6 addresses", False),
    ],
)
def test_socks(message: str, again: bool) -> None:
    """What a SOCKS proxy cannot reach now it may reach later; its rules stay."""
    verdict = judge(Failure(FailureKind.PROXY_REPLY, message), NOW, asked=False)
    assert verdict.again is again
    assert "proxy" in judge(Failure(FailureKind.REFUSED, at_proxy=True), NOW, asked=False).why


@pytest.mark.parametrize(
    ("code", "again"),
    [
        (None, True),
        (1000, False),
        (1001, True),
        (1002, False),
        (1003, False),
        (1007, False),
        (1008, False),
        (1009, False),
        (1010, False),
        (1011, True),
        (1012, True),
        (1013, True),
        (1014, True),
        (1016, False),
        (3000, False),
        (4001, False),
    ],
)
def test_closes_by_the_peer(code: int | None, again: bool) -> None:
    """Going away, restarts and errors may pass; what the peer decided is final."""
    verdict = judge(by_peer(code), NOW, asked=False)
    assert verdict.again is again
    assert str(code or 1005) in verdict.why


@pytest.mark.parametrize(
    ("code", "again"), [(1011, True), (1002, False), (1007, False), (1009, False), (1000, False)]
)
def test_closes_by_wstui_itself(code: int, again: bool) -> None:
    """A keepalive without an answer is tried again, a peer that breaks the rules is not."""
    assert judge(by_wstui(code), NOW, asked=False).again is again


def test_the_end_of_tcp() -> None:
    """1006 is tried again, with an error below it or without."""
    for error in (None, "Connection reset by peer"):
        record = CloseRecord(None, None, by_us=None, clean=False, error=error)
        assert judge(record, NOW, asked=False).again


def test_a_half_close_is_an_end() -> None:
    """Who ended this side's half of TCP does not want another connection when the peer follows."""
    record = CloseRecord(None, None, by_us=None, clean=False, half_ended=True)
    assert not judge(record, NOW, asked=False).again


@pytest.mark.parametrize(
    "outcome",
    [
        by_wstui(1011),
        by_peer(1012),
        CloseRecord(None, None, by_us=None, clean=False, error=DROPPED),
        Failure(FailureKind.REFUSED),
    ],
)
def test_what_the_user_wanted(outcome: CloseRecord | Failure) -> None:
    """An end that the user asked for is never followed by another attempt."""
    assert not judge(outcome, NOW, asked=True).again


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", MOST_WAIT),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        ("Sat, 21 Nov 2026 10:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 09:59:00 GMT", 0),
        ("Sat, 21 Nov 2029 09:59:00 GMT", MOST_WAIT),
        ("Sat, 99 Nov 2026 10:00:00 GMT", 0),
        ("Sat, 21 Nov 0000 10:00:00 GMT", 0),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    """Seconds or a date (RFC 9110 section 10.2.3), cut to a day; else nothing."""
    headers = (("Server", "x"), ("retry-After", value))
    assert retry_after(headers, NOW) == seconds
    failure = Failure(FailureKind.STATUS, status=429, headers=headers)
    assert judge(failure, NOW, asked=False).after == seconds


@given(st.text())
def test_any_retry_after(value: str) -> None:
    """Whatever a server writes there, it is a time that can be waited."""
    assert 0 <= retry_after((("Retry-After", value),), NOW) <= MOST_WAIT
    assert retry_after((), NOW) == 0


def test_the_rules_are_told() -> None:
    """`help reconnect` names the codes that are tried again."""
    words = explain_command("reconnect")
    for part in ("408, 425, 429", "1001, 1005, 1006, 1011, 1012, 1013, 1014", "Retry-After"):
        assert part in words


def test_what_changed() -> None:
    """Each fact that differs is named with both values, and nothing else."""
    before = Handshake(
        status=101,
        status_text="Switching Protocols",
        response_headers=(("server", "nginx"), ("Date", "1")),
        extensions=("permessage-deflate",),
        remote="10.0.0.1:80",
    )
    after = Handshake(
        status=101,
        status_text="Switching",
        response_headers=(("Server", "envoy"), ("Date", "2")),
        subprotocol="chat",
        tls=TlsFacts("TLSv1.3", "X"),
        remote="10.0.0.2:80",
    )
    assert changes(before, after) == {
        "status": ("101 Switching Protocols", "101 Switching"),
        "subprotocol": ("none", "chat"),
        "extensions": ("permessage-deflate", "none"),
        "server": ("nginx", "envoy"),
        "address": ("10.0.0.1:80", "10.0.0.2:80"),
        "TLS": ("none", "TLSv1.3 X"),
    }
    event = gap_event(100.0, "1012", 2, before, before)
    assert event.text == "away for 1 m 40 s, 2 attempts · 1012 · the same handshake as before"
