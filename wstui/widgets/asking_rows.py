"""What a client that waits to be accepted asks for, as rows: the gist, and its whole request.

Owns words, order and colours. None of the texts need be printable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Connection
from wstui.core.handshake.negotiation import read_extensions
from wstui.core.options.secrets import MASK
from wstui.core.serving.request import Request
from wstui.core.serving.verdict import cookies_of, request_of
from wstui.widgets.fact_rows import Fact, fact_rows
from wstui.widgets.handshake_rows import Row, request_rows

SHOWN: Final = 12
"""Cookies that are told one by one; more are counted."""

GIST: Final = 600
"""Characters of one fact; the request below has all of it."""


def asking_rows(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    """Who asks for what; cookies and credentials are masked unless `reveal`."""
    request = request_of(connection)
    peer = connection.peer
    facts = [
        Fact("asks for", f"GET {request.target}", "head"),
        Fact("certificate", "" if peer is None else peer.tls_name, "success"),
        _origin(request),
        Fact("user agent", ", ".join(request.values("User-Agent"))),
        *_cookies(request, reveal),
        _offer("subprotocols", request.subprotocols),
        *_extensions(request),
    ]
    rows = fact_rows([_cut(fact) for fact in facts if fact.value], width)
    return rows + request_rows(connection, width, reveal=reveal)


def _cut(fact: Fact) -> Fact:
    value = fact.value
    return fact if len(value) <= GIST else fact._replace(value=f"{value[: GIST - 1]}…")


def _origin(request: Request) -> Fact:
    origins = request.values("Origin")
    if not origins:
        return Fact("origin", "none: it is no browser", "label")
    return Fact("origin", ", ".join(origins))


def _cookies(request: Request, reveal: bool) -> list[Fact]:
    cookies = cookies_of(request)
    shown = [f"{name}={value if reveal else MASK}" for name, value in cookies[:SHOWN]]
    more = len(cookies) - SHOWN
    shown += [f"and {more} more"] if more > 0 else []
    return [Fact("cookies", "; ".join(shown))] if shown else []


def _offer(label: str, names: Sequence[str]) -> Fact:
    return Fact(label, ", ".join(names)) if names else Fact(label, "none offered", "label")


def _extensions(request: Request) -> list[Fact]:
    offer = ", ".join(request.values("Sec-WebSocket-Extensions"))
    found = read_extensions([offer[: 2 * GIST]])  # it is read character by character
    texts = []
    for name, parameters in found:
        words = [one if value is None else f"{one}={value}" for one, value in parameters]
        texts.append("; ".join([name, *words]))
    return [_offer("extensions", texts)]
