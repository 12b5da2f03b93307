"""Facts of a connection for the border of its transcript: who it is, and how it is doing.

Owns the words and their order. Where they stand is the workbench's matter.
"""

from __future__ import annotations

from typing import Final

from textual.content import Content

from wstui.core.connection import Connection, State
from wstui.core.explain.closing import closing_words
from wstui.core.handshake.opening import STEPS
from wstui.core.options.connect import masked_uri
from wstui.core.printable import printable
from wstui.core.units import clock_text, count_text, rate_text, rtt_text, size_text, wait_text
from wstui.widgets.connection_lines import (
    ASKS,
    GLYPHS,
    SPARK,
    oddities,
    retry_text,
    seconds_text,
)
from wstui.widgets.pulse import Vitals

RATIO_FROM: Final = 1024
"""Bytes of payload from which a ratio tells of compression, not of frame headers."""

STATE_STYLES = {
    State.OPEN: "$success",
    State.CONNECTING: "$secondary",
    State.CLOSING: "$closing",
    State.WAITING: "$warning",
    State.FAILED: "$error",
    State.CLOSED: "$foreground 70%",
}


def title(connection: Connection) -> Content:
    """Id and uri, and a warning when TLS reaches nobody knows whom, where nothing cuts it off; of a
    client who it is, what it asked for, and whose listener took it."""
    parts = [Content(f"{connection.id}  ")]
    if connection.doubt:
        parts.append(Content.styled(f"⚠ TLS {connection.doubt}  ", "bold $error"))
    peer, uri = connection.peer, printable(masked_uri(connection.options.uri))
    if peer is None:
        parts.append(Content(uri))
    else:
        name = f" ({printable(peer.tls_name)})" if peer.tls_name else ""
        parts += [
            Content(f"{printable(peer.address)}{name} → {uri}"),
            Content.styled(f"  listener {peer.listener}", "$foreground 60%"),
        ]
    return Content("").join(parts)


def facts(connection: Connection, vitals: Vitals, now: float, width: int) -> Content:
    """State and how long, TLS, subprotocol, compression, round-trip time and rates.

    As many as fit into `width` cells, the first ones first.
    """
    asks = connection.decide_by is not None
    style = "bold $warning" if asks else STATE_STYLES[connection.state]
    line = Content.styled(_state_words(connection, now), style)
    parts = _parts(connection, vitals)
    for part in parts:
        longer = Content.assemble(line, " · ", part)
        if longer.cell_length > width:
            break
        line = longer
    return line


def _state_words(connection: Connection, now: float) -> str:
    state = connection.state
    words = f"{GLYPHS[state]} {state.value}"
    if connection.decide_by is not None:
        left = wait_text(connection.decide_by - now)
        return f"{ASKS} asks to be accepted · {left} left"
    if state is State.CONNECTING:
        return f"{words} · {STEPS[connection.step]} {seconds_text(now - connection.begun)}"
    if connection.retry is not None and state is State.WAITING:
        return f"{words} · {retry_text(connection.retry, now)}"
    if state is State.CLOSING:
        waited = seconds_text(now - (connection.close_began or now))
        return f"{GLYPHS[state]} {closing_words(connection, waited)}"
    if connection.opened is None:
        return words
    return f"{words} {clock_text((connection.ended or now) - connection.opened)}"


def _parts(connection: Connection, vitals: Vitals) -> list[str]:
    handshake, transcript = connection.handshake, connection.transcript
    parts = []
    if connection.outgoing.waiting:
        parts.append(connection.outgoing.waiting_words())
    if connection.is_open:
        parts += oddities(connection)
        if connection.rtt is not None:
            parts.append(f"rtt {rtt_text(connection.rtt)}")
        size = f" {size_text(vitals.bytes_rate)}/s" if transcript.received else ""
        parts.append(f"↓ {rate_text(vitals.rate)}/s{size}")
    elif connection.opened is not None:
        parts.append(f"↓ {count_text(transcript.received)} ↑ {count_text(transcript.sent)}")
    if any(name.startswith("permessage-deflate") for name in handshake.extensions):
        payload = transcript.bytes_in + transcript.bytes_out
        wire = transcript.wire_in + transcript.wire_out
        parts.append(f"deflate {payload / wire:.1f}×" if payload >= RATIO_FROM else "deflate")
    if handshake.tls:
        parts.append(printable(handshake.tls.version.replace("TLSv", "TLS ")))
    if handshake.subprotocol:
        parts.append(printable(handshake.subprotocol))
    if connection.is_open and connection.round_trips.count > 1:
        trips = connection.round_trips
        parts.append(f"{trips.sparkline(SPARK)} {trips.spread_words()}")
    return parts
