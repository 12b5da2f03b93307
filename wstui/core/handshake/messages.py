"""Request and response of an opening handshake as they went over the wire, and as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from wstui.core.connection import Connection, Failure
from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.handshake.opening import known
from wstui.core.options.secrets import MASK

SECRET: Final = CREDENTIALS | {"set-cookie"}
"""Headers, in lower case, whose values are shown only when asked for."""

_SECRET_LINE: Final = re.compile(
    rf"^((?:{'|'.join(sorted(SECRET))})[ \t]*:[ \t]*)[^\r\n]+", re.IGNORECASE | re.MULTILINE
)

WE: Final = "us"
"""Who answers where we are the server."""


class Messages(NamedTuple):
    """Request and response as they went over the wire, empty as long as there are none."""

    request: bytes
    response: bytes
    whose: str = "the server"
    """Who answered."""

    @property
    def is_ours(self) -> bool:
        """Whether we answered a client."""
        return self.whose == WE


def messages_of(connection: Connection) -> Messages:
    """The messages of the newest attempt, made of their headers where the wire's are not kept."""
    failure, handshake = known(connection)
    if failure is not None:
        raw = failure.raw_response or _failed_response(failure)
        whose = "the proxy" if failure.at_proxy else "the server"
        return Messages(failure.raw_request, raw, whose if connection.peer is None else WE)
    if handshake.status is None:
        return Messages(handshake.raw_request, b"", WE if handshake.is_served else "the server")
    request = handshake.raw_request or _head(
        f"GET {handshake.path} HTTP/1.1", handshake.request_headers
    )
    response = handshake.raw_response or _head(
        f"HTTP/1.1 {handshake.status} {handshake.status_text}", handshake.response_headers
    )
    return Messages(request, response, WE if handshake.is_served else "the server")


def _failed_response(failure: Failure) -> bytes:
    if failure.status is None:
        return failure.body
    line = f"HTTP/1.1 {failure.status} {failure.status_text}"
    return _head(line, failure.headers) + failure.body


def _head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def wire_text(connection: Connection, *, reveal: bool) -> str:
    """Request and response as one text, to be copied; secrets masked unless `reveal`."""
    return "\n".join(masked_text(raw, reveal=reveal) for raw in messages_of(connection)[:2])


def masked_text(raw: bytes, *, reveal: bool) -> str:
    """A message as text; secrets masked unless `reveal`."""
    text = raw.decode("utf-8", "replace")
    return text if reveal else _SECRET_LINE.sub(rf"\1{MASK}", text)
