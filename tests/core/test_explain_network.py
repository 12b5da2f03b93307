"""Failures below HTTP in words, and what to try: which option helps."""

from __future__ import annotations

import pytest

from wstui.core.connection import Failure, FailureKind, Step
from wstui.core.explain.failures import explain
from wstui.core.explain.words import Explanation

AT_PROXY = {"host": "proxy.example", "port": 3128, "at_proxy": True, "proxy": "http://p:1"}


def at_proxy(kind: FailureKind, **facts: object) -> Explanation:
    """A failure at proxy.example:3128, explained."""
    return explain(Failure(kind, **{**AT_PROXY, **facts}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "title", "hint"),
    [
        (FailureKind.NAME, "Unknown proxy", "--no-proxy"),
        (FailureKind.REFUSED, "Proxy: connection refused", "Is the proxy running"),
        (FailureKind.UNREACHABLE, "Proxy: unreachable", "VPN"),
        (FailureKind.ENDED, "Proxy not reached", "--no-proxy"),
        (FailureKind.NETWORK, "Proxy not reached", "--no-proxy"),
        (FailureKind.TLS_TO_PLAIN, "Proxy: no TLS there", "http://"),
        (FailureKind.TLS, "Proxy: TLS failed", "http://"),
        (FailureKind.CERTIFICATE, "Proxy: untrusted certificate", "--proxy-trust"),
        (FailureKind.PROXY_AUTH, "Proxy wants credentials", "--proxy-user"),
        (FailureKind.PROXY_REPLY, "Proxy refused", "log"),
        (FailureKind.PROXY_ANSWER, "Proxy: no valid answer", "Is it a proxy"),
    ],
)
def test_at_the_proxy(kind: FailureKind, title: str, hint: str) -> None:
    """What failed at the proxy names the proxy, never the server."""
    words = at_proxy(kind)
    assert words.title == title
    assert "proxy.example" in words.sentence
    assert hint in words.hint


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (Step.NAME, "no name look-up within 3 s"),
        (Step.TCP, "no proxy within 3 s"),
        (Step.PROXY_TLS, "no TLS with the proxy within 3 s"),
        (Step.PROXY, "no answer of the proxy within 3 s"),
        (Step.UNIX, "no Unix socket within 3 s"),
    ],
)
def test_time_outs(step: Step, title: str) -> None:
    """A time-out names its step."""
    words = at_proxy(FailureKind.TIMEOUT, step=step, timeout=3.0)
    assert words.title == title
    assert words.hint


def test_behind_the_proxy() -> None:
    """What failed at the server behind a proxy says which proxy it went through."""
    failure = Failure(FailureKind.ENDED, host="h", port=80, proxy="socks5h://p:1080")
    assert explain(failure).sentence.endswith("It went through the proxy socks5h://p:1080.")


def test_a_status_of_the_proxy() -> None:
    """A refusal is told with its status; the hint depends on it."""
    words = at_proxy(FailureKind.PROXY_STATUS, status=503, status_text="Busy")
    assert words.title == "Proxy: HTTP 503 Busy"
    assert "answered 503 to CONNECT" in words.sentence


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("[Errno 2] No such file or directory", "Check the path"),
        ("[Errno 111] Connection refused", "no server listens"),
        ("[Errno 13] Permission denied", "neither read nor write"),
        ("[Errno 91] Protocol wrong type for socket", "Another kind"),
        ("[Errno 5] Input/output error", ""),
    ],
)
def test_unix_sockets(message: str, hint: str) -> None:
    """What stands in the way of a Unix socket has a hint where one is known."""
    words = explain(Failure(FailureKind.UNIX, message=message, host="/run/x.sock"))
    assert "/run/x.sock" in words.sentence
    assert hint in words.hint
