"""Those who come to a listener and speak something else than HTTP, told by their first bytes."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

import regex


class Stranger(NamedTuple):
    """What came instead of an HTTP request."""

    kind: str
    """A word, such as ``tls``; `Trouble.kind` holds it too."""
    words: str
    """What it does, and what may help; for the user."""
    farewell: bytes = b""
    """What says no in its own protocol; empty where nothing does."""


class Guess(enum.Enum):
    """What is known where nobody was recognised."""

    HTTP = "HTTP, as far as these bytes tell"
    UNDECIDED = "too few bytes to say"


TLS: Final = Stranger(
    "tls",
    "it speaks TLS: for wss:// and https:// this listener needs --cert or --self-signed",
    # A fatal alert, handshake_failure (RFC 8446 section 6).
    b"\x15\x03\x01\x00\x02\x02\x28",
)
HTTP2: Final = Stranger(
    "http2",
    "it speaks HTTP/2 without having asked: only HTTP/1.1 is spoken here",
    # Empty SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED (RFC 9113 sections 6.5, 6.8 and 7).
    bytes(3) + b"\x04" + bytes(5) + b"\0\0\x08\x07" + bytes(5) + bytes(4) + b"\0\0\0\x0d",
)
SSH: Final = Stranger("ssh", "it speaks SSH")
PROXY: Final = Stranger(
    "proxy", "it speaks the PROXY protocol: have the proxy in front send plain HTTP"
)

_BY_BYTES: Final = (
    (regex.compile(rb"\x16\x03[\x00-\x04]"), TLS),
    (
        # No method that it offers is acceptable (RFC 1928 section 3).
        regex.compile(rb"\x05[\x01-\x10](?s:.)"),
        Stranger("socks5", "it takes this for a SOCKS5 proxy", b"\x05\xff"),
    ),
    (
        regex.compile(rb"\x04[\x01\x02](?s:..)"),
        Stranger("socks4", "it takes this for a SOCKS4 proxy", b"\0\x5b" + bytes(6)),
    ),
    (regex.compile(rb"\x10(?s:.){1,4}\x00[\x04\x06]MQ"), Stranger("mqtt", "it speaks plain MQTT")),
    (
        regex.compile(rb"[\x81\x82\xc1\xc2\x89][\x80-\xff]"),
        Stranger("frame", "it sends WebSocket frames without a handshake"),
    ),
    (regex.compile(rb"\r\n\r\n\x00\r\nQUIT\n"), PROXY),
)
"""What tells them by their very first bytes."""

_BY_LINE: Final = (
    (regex.compile(rb"PRI \* HTTP/2\.0$"), HTTP2),
    (regex.compile(rb"SSH-[\d.]+-"), SSH),
    (regex.compile(rb"PROXY (TCP4|TCP6|UNKNOWN)\b"), PROXY),
)
"""What tells them by their first line."""


def recognise(data: bytes) -> Stranger | Guess:
    """Who begins with `data`, the first bytes that came."""
    guess = Guess.HTTP
    for pattern, stranger in _BY_BYTES:
        match = pattern.match(data, partial=True)
        if match is not None:
            if not match.partial:
                return stranger
            guess = Guess.UNDECIDED
    return guess


def recognise_line(line: bytes) -> Stranger | None:
    """Who begins with this line, given without its end; None when that may be HTTP."""
    return next((one for pattern, one in _BY_LINE if pattern.match(line)), None)
