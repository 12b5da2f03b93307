"""The opening handshake as facts for the entry view: what was asked, and what came back.

Owns their order, and which values are kept off the screen. How facts are laid out is `fact_rows`'
matter; none of the texts need be printable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from wstui.core.connection import Failure, FailureKind, Handshake
from wstui.core.fact_rows import Fact
from wstui.core.handshake.negotiation_rows import negotiation_rows, redirect_rows
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.handshake.tls_rows import tls_rows
from wstui.core.printable import printable_bytes
from wstui.core.units import count_text

BODY_HEAD: Final = 4096
"""Bytes shown of the body of a response."""

SECRET: Final = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Headers, in lower case, whose values are not for everybody who looks at the screen."""

_BLANK: Final = Fact("", "")


def handshake_facts(handshake: Handshake, now: float) -> list[Fact]:
    """Request, response and TLS of a handshake that succeeded; none while nothing is known of it.

    `now`, in seconds since the epoch, tells how long certificates are still valid.
    """
    if handshake.status is None:
        return []
    answered = f"HTTP/1.1 {handshake.status} {handshake.status_text}"
    return [
        *_way(handshake.local, handshake.proxy, handshake.addresses),
        *redirect_rows(handshake.redirects),
        *negotiation_rows(handshake),
        _BLANK,
        Fact("request", f"GET {handshake.path} HTTP/1.1", "head"),
        *_headers(handshake.request_headers),
        _BLANK,
        Fact("our response" if handshake.is_served else "response", answered, "head"),
        *_headers(handshake.response_headers),
        *_tls(handshake.tls, now, handshake.is_served),
    ]


def failure_facts(failure: Failure, now: float) -> list[Fact]:
    """The response that came instead of the one wanted, or what came instead of a response, and
    TLS as far as it came; `now` as above."""
    facts = _way("", failure.proxy, failure.addresses)
    facts += redirect_rows(failure.redirects)
    if failure.status is not None:
        status = f"HTTP {failure.status} {failure.status_text}"
        whose = "proxy's answer" if failure.at_proxy else "response"
        if failure.kind is FailureKind.REJECTED:
            whose = "our response"
        facts += [_BLANK, Fact(whose, status, "head"), *_headers(failure.headers)]
    if failure.body:
        head = printable_bytes(failure.body[:BODY_HEAD], newlines=True)
        facts += [_BLANK, Fact("body", head)]
        more = len(failure.body) - BODY_HEAD
        if more > 0:
            facts.append(Fact("", f"… {count_text(more)} bytes more", "label"))
    return facts + _tls(failure.tls, now, failure.kind is FailureKind.REJECTED)


def _tls(facts: TlsFacts | None, now: float, serving: bool) -> list[Fact]:
    return [] if facts is None else tls_rows(facts, now, serving=serving)


def _way(local: str, proxy: str, addresses: Iterable[str]) -> list[Fact]:
    """How the server was reached, as far as the event itself does not tell it."""
    facts = [Fact("local", local), Fact("proxy", proxy), Fact("addresses", ", ".join(addresses))]
    return [fact for fact in facts if fact.value]


def _headers(headers: Iterable[tuple[str, str]]) -> list[Fact]:
    return [Fact(name, "•••" if name.lower() in SECRET else value) for name, value in headers]
