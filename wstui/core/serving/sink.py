"""What a sink tells of a client that has ended."""

from __future__ import annotations

from wstui.core.connection import Connection
from wstui.core.units import count_text, rate_text, rtt_text, size_text


def took_sentence(connection: Connection) -> str:
    """How much came from `connection`, in how long, and how much a second that is."""
    transcript = connection.transcript
    messages, size = transcript.received, transcript.bytes_in
    noun = "message" if messages == 1 else "messages"
    words = f"{connection.name} sent {count_text(messages)} {noun}, {size_text(size)}"
    if connection.opened is None or connection.ended is None:
        return words
    took = max(connection.ended - connection.opened, 1e-3)
    rates = f"{rate_text(messages / took)}/s, {size_text(size / took)}/s"
    return f"{words}, in {rtt_text(took)}: {rates}"
