"""Close codes: names, meanings, and which may be sent (RFC 6455 section 7.4, IANA registry)."""

from __future__ import annotations

from typing import Final, NamedTuple

MAX_REASON: Final = 123
"""Bytes of UTF-8 a close reason may have: a control frame holds 125, the code takes 2."""


class CloseCode(NamedTuple):
    """A registered close code: its number, its name, and what it tells the peer."""

    code: int
    name: str
    meaning: str


CLOSE_CODES: Final[dict[int, CloseCode]] = {
    code: CloseCode(code, name, meaning)
    for code, name, meaning in (
        (1000, "Normal closure", "The purpose of the connection is fulfilled."),
        (1001, "Going away", "The server goes down or the client leaves the page."),
        (1002, "Protocol error", "The other side broke the rules of RFC 6455."),
        (1003, "Unsupported data", "A kind of data came that cannot be accepted, such as binary."),
        (1004, "Reserved", "Has no meaning yet; it may not be sent."),
        (1005, "No status received", "The close frame had no code. Never on the wire."),
        (
            1006,
            "Abnormal closure",
            "The connection ended without a close frame. Never on the wire.",
        ),
        (1007, "Invalid payload data", "A message did not fit its kind: text that is not UTF-8."),
        (1008, "Policy violation", "A message breaks the receiver's policy."),
        (1009, "Message too big", "A message is larger than the receiver accepts."),
        (1010, "Mandatory extension", "The server did not agree to an extension that is needed."),
        (1011, "Internal error", "The server met a condition that it did not expect."),
        (1012, "Service restart", "The server restarts; come back in a while."),
        (1013, "Try again later", "The server is overloaded."),
        (1014, "Bad gateway", "A gateway got an invalid answer from the server behind it."),
        (1015, "TLS handshake", "The TLS handshake failed. Never on the wire."),
    )
}

SENDABLE_CODES: Final = tuple(code for code in CLOSE_CODES if code not in (1004, 1005, 1006, 1015))
"""The registered codes that an endpoint may put on the wire."""


def describe(code: int) -> CloseCode:
    """The name and meaning of any close code, registered or not."""
    known = CLOSE_CODES.get(code)
    if known is not None:
        return known
    if 3000 <= code <= 3999:
        return CloseCode(code, "Registered", "Registered with IANA by a library or framework.")
    if 4000 <= code <= 4999:
        return CloseCode(code, "Private use", "Means what the two applications agreed on.")
    if 1016 <= code <= 2999:
        return CloseCode(code, "Reserved", "Reserved for later versions of the protocol.")
    return CloseCode(code, "Invalid", "No close code: they run from 1000 to 4999.")


def refuse_code(code: int) -> str | None:
    """Why `code` may not be sent, as a sentence; None when it may."""
    if code in SENDABLE_CODES or 3000 <= code <= 4999:
        return None
    if code in (1005, 1006, 1015):
        return f"{code} is never on the wire: it only tells locally how a connection ended."
    if 1000 <= code <= 2999:
        return f"{code} is reserved. Send 1000–1003, 1007–1014, or your own from 3000 to 4999."
    return f"{code} is no close code. Send 1000–1003, 1007–1014, or your own from 3000 to 4999."


def refuse_reason(reason: str) -> str | None:
    """Why `reason` may not be sent, as a sentence; None when it may."""
    try:
        size = len(reason.encode())
    except UnicodeEncodeError:
        return "The reason holds characters that UTF-8 cannot carry."
    if size > MAX_REASON:
        return f"The reason has {size} bytes of UTF-8; at most {MAX_REASON} fit in a close frame."
    return None


def refuse(code: int | None, reason: str) -> str | None:
    """Why a close frame with `code` and `reason` may not be sent; None when it may.

    `code` None means a close frame without a body, which can have no reason.
    """
    if code is None:
        return "A reason needs a code before it." if reason else None
    return refuse_code(code) or refuse_reason(reason)
