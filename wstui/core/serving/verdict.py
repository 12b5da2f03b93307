"""What the user answers to a client that waits, read from the texts of a form.

Pure. All that is wrong is told at once, each with its field. Who waits is found here, too.
"""

from __future__ import annotations

import http
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from wstui.core.connection import Connection
from wstui.core.handshake.headers import parse_header, response_header_problem
from wstui.core.handshake.negotiation import values_of
from wstui.core.options.info import OptionError
from wstui.core.serving.request import Accept, Reject, Request

NO_SUBPROTOCOL: Final = "(none)"
"""Stands for agreeing on none: no subprotocol has parentheses in its name."""

USUAL_STATUS: Final = 403
_REDIRECTS: Final = range(300, 400)
_STATUSES: Final = range(400, 600)
_FRAMING: Final = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers, in lower case, that say where a response ends."""


class Verdict(NamedTuple):
    """What a form means."""

    decision: Accept | Reject | None
    """None where something is wrong."""
    problems: Sequence[OptionError] = ()
    """All that is wrong, each with its field."""


def who_waits(connections: Iterable[Connection]) -> list[Connection]:
    """Those whose client waits for the user's decision, the most urgent first."""
    waiting = [one for one in connections if one.decide_by is not None]
    return sorted(waiting, key=lambda one: (one.decide_by or 0.0, one.id))


def request_of(connection: Connection) -> Request:
    """What the client of a connection asked for."""
    handshake = connection.handshake
    address = "" if connection.peer is None else connection.peer.address
    return Request(handshake.path, handshake.request_headers, address, handshake.raw_request)


def cookies_of(request: Request) -> list[tuple[str, str]]:
    """Names and values of the cookies that came (RFC 6265 section 5.4)."""
    texts = [part.strip() for value in request.values("Cookie") for part in value.split(";")]
    pairs = (text.partition("=") for text in texts if text)
    return [(name.strip(), value.strip()) for name, _, value in pairs]


def status_words(status: int) -> str:
    """A status with its standard words, such as ``403 Forbidden``."""
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def read_accept(texts: Mapping[str, str], offered: Sequence[str]) -> Verdict:
    """Acceptance with the texts ``subprotocol`` and ``headers``; an empty subprotocol leaves the
    choice to the listener."""
    problems: list[OptionError] = []
    headers = _headers(texts.get("headers", ""), problems)
    chosen = texts.get("subprotocol", "").strip()
    subprotocol: str | None = chosen or None
    if chosen == NO_SUBPROTOCOL:
        subprotocol = ""
    elif chosen and chosen not in offered:
        problems.insert(0, OptionError("subprotocol", "The client did not offer that."))
    return Verdict(None if problems else Accept(subprotocol, headers), problems)


def read_reject(texts: Mapping[str, str]) -> Verdict:
    """Rejection with the texts ``status``, ``body`` and ``headers``; an empty body is the status in
    words."""
    problems: list[OptionError] = []
    headers = _headers(texts.get("headers", ""), problems)
    text = texts.get("status", "").strip() or str(USUAL_STATUS)
    status = int(text) if text.isascii() and text.isdecimal() and len(text) == 3 else 0
    if status in _REDIRECTS:
        if not values_of(headers, "Location"):
            words = "A status from 300 to 399 needs a header Location: that says where to."
            problems.insert(0, OptionError("status", words))
    elif status not in _STATUSES:
        words = "Write a status from 400 to 599, or from 300 to 399 with a header Location."
        problems.insert(0, OptionError("status", words))
    reject = Reject(status, headers, texts.get("body", ""))
    return Verdict(None if problems else reject, problems)


def _headers(text: str, problems: list[OptionError]) -> tuple[tuple[str, str], ...]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        problem: Exception | None = None
        try:
            header = parse_header(line)
        except ValueError as error:
            problem = error
        else:
            found.append(header)
            problem = response_header_problem(header)
            if header[0].lower() in _FRAMING:
                problem = OptionError("headers", f"wstui itself writes {header[0]}.")
        if problem is not None:
            problems.append(OptionError("headers", f"Line {number}: {problem}"))
    return tuple(found)
