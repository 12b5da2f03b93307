"""The headers of a plain HTTP request, in the order in which they go out.

Owns that order, and what stands for what. Pure: cookies of a file and the name of this program are
arguments, as are the headers that belong to a body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wstui.core.handshake.request_head import Header, authorization, host_text
from wstui.core.http.asking import CODINGS, HttpAsk
from wstui.core.options.connect import ConnectOptions

OWN: Final = frozenset(
    {
        *("host", "user-agent", "accept", "accept-encoding", "origin", "authorization"),
        *("cookie", "content-type", "content-length", "transfer-encoding"),
    }
)
"""Headers, in lower case, that may be sent by themselves. One that the user gives stands for it;
one without a value leaves it out."""


def request_headers(
    options: ConnectOptions,
    ask: HttpAsk,
    user_agent: str,
    cookies: Sequence[str],
    body: Sequence[Header],
) -> tuple[Header, ...]:
    """The headers that valid, resolved options ask for; `body` has those of the body."""
    usual: list[tuple[str, str | None]] = [
        ("Host", host_text(options.uri)),
        ("User-Agent", options.user_agent or user_agent),
        ("Accept", ask.accept),
        ("Accept-Encoding", CODINGS if ask.compressed else None),
        ("Origin", options.origin),
        ("Authorization", authorization(options)),
        ("Cookie", "; ".join((*cookies, *options.http.cookies)) or None),
        *body,
    ]
    given = {name.lower() for name, _ in options.headers}
    if "transfer-encoding" in given:  # a length beside it would be wrong (RFC 9112 section 6.2)
        given.add("content-length")
    if "content-length" in given:
        given.add("transfer-encoding")
    headers = [
        (name, value) for name, value in usual if value is not None and name.lower() not in given
    ]
    own = [(name, value) for name, value in options.headers if value or name.lower() not in OWN]
    hosts = [header for header in own if header[0].lower() == "host"]
    # RFC 9110 section 7.2 wants Host first.
    return (*hosts, *headers, *(header for header in own if header[0].lower() != "host"))


_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_EARLIER: Final = re.compile(rb"HTTP/1\.\d 1(?!01)\d\d\b")


def first_head(raw: bytes) -> bytes:
    """The head that `raw` begins with, as far as it came."""
    end = _HEAD_END.search(raw)
    head = raw if end is None else raw[: end.end()]
    # Who ends lines with LF alone is shown as if that were right: line by line.
    return head if b"\r\n" in head else head.replace(b"\n", b"\r\n")


def final_head(raw: bytes) -> bytes:
    """The head of the response in `raw`, without those of status 1xx before it (RFC 9110 section
    15.2); 101 is final."""
    at = 0
    while _EARLIER.match(raw, at) and (end := _HEAD_END.search(raw, at)) is not None:
        at = end.end()
    return first_head(raw[at:])
