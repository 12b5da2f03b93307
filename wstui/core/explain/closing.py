"""How letting go of a connection goes on, in words, while TCP is not over."""

from __future__ import annotations

from collections.abc import Mapping

from wstui.core.connection import CloseFrame, Connection
from wstui.core.units import count_text


def closing_words(connection: Connection, waited: str) -> str:
    """Where the closing handshake stands (RFC 6455 section 7.1), `waited` being how long it takes.

    Such as ``close 4001 sent, waiting for the answer 3 s``. No remote text is in it.
    """
    words = _handshake_words(connection.closes, connection.partner)
    if connection.is_paused:
        words += ", with reading paused"
    late = late_count(connection)
    after = f" · {count_text(late)} came after it" if late else ""
    return f"{words} {waited}{after}"


def short_closing_words(connection: Connection, waited: str) -> str:
    """The same for a narrow place: ``4001 sent, waiting 3 s``."""
    closes = connection.closes
    if not closes:
        return f"half ended, waiting {waited}"
    by_us = next(iter(closes))
    code = code_words(closes[by_us])
    if len(closes) == 2:
        return f"{code} answered, TCP {waited}"
    return f"{code} sent, waiting {waited}" if by_us else f"{code} received {waited}"


def code_words(frame: CloseFrame) -> str:
    """The code of a close frame, or that it has none."""
    return "without code" if frame.code is None else str(frame.code)


def late_count(connection: Connection) -> int:
    """Data messages that came in after our close frame."""
    before = connection.received_before
    return 0 if before is None else connection.transcript.received - before


def _handshake_words(closes: Mapping[bool, CloseFrame], partner: str) -> str:
    if not closes:
        return "TCP half ended, waiting for the other half"
    # The server ends TCP first (RFC 6455 section 7.1.1); from a client of ours its end is awaited.
    end = "the client's end of TCP" if partner == "client" else "the end of TCP"
    by_us = next(iter(closes))
    first = code_words(closes[by_us])
    if len(closes) == 1:
        if by_us:
            return f"close {first} sent, waiting for the answer"
        return f"{partner} closed {first}, cannot be answered, waiting for {end}"
    if not by_us:
        return f"{partner} closed {first}, answered, waiting for {end}"
    return f"close {first} sent, answered {code_words(closes[False])}, waiting for {end}"
