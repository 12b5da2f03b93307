"""What the sidebar says of one connection, in three lines of toned text.

Owns the words, glyphs and their order. Scrolling, colours and drawing are the list's matter.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from wstui.core.backoff import Retry
from wstui.core.connection import Connection, State
from wstui.core.explain import failures as explain
from wstui.core.explain.closing import short_closing_words
from wstui.core.handshake.opening import STEPS
from wstui.core.printable import printable
from wstui.core.units import count_text, exact_size_text, ordinal, rtt_text, size_text, wait_text
from wstui.widgets.pulse import Vitals

GLYPHS: Final = {
    State.OPEN: "●",
    State.CONNECTING: "◐",
    State.CLOSING: "◌",
    State.WAITING: "↻",
    State.FAILED: "✕",
    State.CLOSED: "○",
}
"""States are told apart without colour, too."""

ASKS: Final = "?"
"""Stands for the state of a client that waits for the user's decision."""

MARK: Final = "▸"
"""Stands before those that are marked."""

INDENT: Final = "   "

SPARK: Final = 8
"""Cells of the picture of the rate."""


class Part(NamedTuple):
    """Some text and its tone, the name of a style of the list."""

    text: str
    tone: str


Line = list[Part]


class Guide(NamedTuple):
    """What stands before the lines of a client, and ties it to its listener."""

    first: str = ""
    others: str = ""


ON_ITS_OWN: Final = Guide()
"""For connections of our own."""

CLIENT: Final = Guide("├ ", "│ ")
LAST_CLIENT: Final = Guide("╰ ", "  ")


def sign(connection: Connection) -> Part:
    """The glyph of a connection's state, and its tone."""
    if connection.decide_by is not None:
        return Part(ASKS, "waiting")
    return Part(GLYPHS[connection.state], connection.state.value)


def seconds_text(seconds: float) -> str:
    """A short wait such as ``1.2 s``, ``48 s``."""
    return f"{max(0.0, seconds):.1f} s" if seconds < 10 else f"{seconds:,.0f} s"


def retry_text(retry: Retry, now: float) -> str:
    """When the next attempt is made, such as ``retry in 4 s (3rd)``."""
    return f"retry in {wait_text(retry.at - now)} ({ordinal(retry.attempt)})"


def connection_lines(
    connection: Connection,
    now: float,
    vitals: Vitals,
    unread: int,
    width: int,
    *,
    marked: bool = False,
    guide: Guide = ON_ITS_OWN,
) -> tuple[Line, Line, Line]:
    """The three lines of `connection`, each at most `width` cells.

    `now` in seconds since the epoch; `unread` messages came since it was last looked at.
    """
    left, right = _traffic_line(connection, vitals, now)
    before = [Part(f" {guide.others}", "dim")] if guide.others else []
    return (
        fitted(_name_line(connection, marked, guide), _unread(unread), width),
        fitted([*before, *_tucked(_state_line(connection, now), guide)], [], width),
        fitted([*before, *_tucked(left, guide)], right, width),
    )


def _tucked(line: Line, guide: Guide) -> Line:
    """`line` without the first cell of its indent, where a guide stands before it."""
    if not guide.others or not line:
        return line
    (text, tone), *rest = line
    return [Part(text[1:], tone), *rest]


def _name_line(connection: Connection, marked: bool, guide: Guide) -> Line:
    glyph, tone = sign(connection)
    return [
        Part(MARK if marked else " ", "key"),
        *([Part(guide.first, "dim")] if guide.first else []),
        Part(f"{glyph} ", tone),
        Part(
            f"{connection.id} {printable(connection.name)}",
            "name" if connection.is_live else "gone",
        ),
    ]


def _unread(unread: int) -> Line:
    return (
        [Part(f"+{count_text(unread)}" if unread < 10_000 else "+9,999", "unread")]
        if unread
        else []
    )


def _state_line(connection: Connection, now: float) -> Line:
    line = [Part(INDENT, "dim")]
    waits = connection.state is State.WAITING
    counts = connection.transcript.received or connection.transcript.sent
    # Else the line below has room for it.
    if connection.doubt and (connection.opened is not None or counts) and not waits:
        line.append(Part(f"⚠ {connection.doubt} ", "failed"))
    if connection.decide_by is not None:
        line.append(Part("asks for ", "waiting"))
        line.append(Part(printable(connection.path), "name"))
    elif connection.state is State.CONNECTING:
        waited = seconds_text(now - connection.begun)
        line.append(Part(f"{STEPS[connection.step]} {waited}", "connecting"))
        if connection.retry is not None and connection.retry.attempt:
            line.append(Part(f" ({ordinal(connection.retry.attempt)})", "dim"))
    elif connection.retry is not None:
        line.append(Part(retry_text(connection.retry, now), "waiting"))
    elif connection.state is State.CLOSING:
        waited = seconds_text(now - (connection.close_began or now))
        line.append(Part(short_closing_words(connection, waited), "closing"))
    elif connection.failure is not None:
        line.append(Part(printable(explain.explain(connection.failure).title), "failed"))
    elif connection.close is not None:
        line += _close_parts(connection)
    else:
        odd = " · ".join(oddities(connection)) if connection.is_open else ""
        if odd:
            line.append(Part(f"{odd} · ", "waiting"))
        line.append(Part(printable(" · ".join(_about(connection))), "dim"))
    return line


def _about(connection: Connection) -> list[str]:
    """What tells a connection from others: its path, its subprotocol, and who the client is."""
    words = [connection.path, connection.handshake.subprotocol or ""]
    if connection.peer is not None:
        words += [connection.peer.tls_name, connection.options.user_agent or ""]
    return [word for word in words if word]


def oddities(connection: Connection) -> list[str]:
    """What an open connection does not do as usual; it is said as long as that is so."""
    upkeep = connection.options.upkeep
    words = []
    if connection.is_paused:
        waits = f", {size_text(connection.unread)} wait" if connection.unread else ""
        words.append(f"reading paused{waits}")
    if connection.half_ended is not None:
        words.append("half-closed")
    if not upkeep.answer_pings:
        words.append("pings unanswered")
    if upkeep.read_rate is not None:
        words.append(f"reads {exact_size_text(upkeep.read_rate)}/s")
    return words


def _close_parts(connection: Connection) -> Line:
    assert connection.close is not None
    what, _, how = explain.summary(connection.close).partition(" · ")
    tone = "closed" if connection.close.clean else "failed"
    return [Part(printable(what), tone), Part(f" {printable(how)}" if how else "", "dim")]


def _traffic_line(connection: Connection, vitals: Vitals, now: float) -> tuple[Line, Line]:
    transcript = connection.transcript
    if connection.decide_by is not None:
        return [Part(f"{INDENT}{wait_text(connection.decide_by - now)} left", "waiting")], []
    outcome = connection.failure or connection.close
    if connection.state is State.WAITING and outcome is not None:
        counts = f"↓{count_text(transcript.received)} ↑{count_text(transcript.sent)} "
        traffic = counts if transcript.received or transcript.sent else ""
        doubt = f"⚠ {connection.doubt} " if connection.doubt else ""
        words = f"{traffic}{printable(explain.summary(outcome))}"
        return [Part(f"{INDENT}{doubt}", "failed"), Part(words, "dim")], []
    if not (transcript.received or transcript.sent or connection.is_open):
        return [Part(f"{INDENT}⚠ TLS {connection.doubt}" if connection.doubt else "", "failed")], []
    line = [
        Part(f"{INDENT}↓{count_text(transcript.received)}", "in"),
        _sent(connection),
    ]
    if not connection.is_live:
        return line, []
    spark = vitals.sparkline(SPARK)
    right = [Part(f" {spark}", "spark")] if spark.strip() else []
    if connection.rtt is not None:
        right.append(Part(f" {rtt_text(connection.rtt)}", "dim"))
    if connection.outgoing.waiting:
        right.append(Part(f" ▤ {size_text(connection.outgoing.waiting)}", "waiting"))
    return line, right


def _sent(connection: Connection) -> Part:
    """How many messages were sent; how far it came while one is sent many times."""
    outgoing = connection.outgoing
    if not outgoing.is_planned or outgoing.times == 1:
        return Part(f" ↑{count_text(connection.transcript.sent)}", "out")
    of = "…" if outgoing.times is None else f"/{count_text(outgoing.times)}"
    return Part(f" ↑{count_text(outgoing.done)}{of}", "waiting")


def fitted(left: Line, right: Line, width: int) -> Line:
    """`left` and, flush right, as much of `right` as there is room for; one cell stays free."""
    room = width - 1
    while right and _cells(left) + _cells(right) + 1 > room and len(right) > 1:
        right = right[1:]
    if right and _cells(right) + 8 > room:
        right = []
    room -= _cells(right)
    fitted: Line = []
    for text, tone in left:
        cells = cell_len(text)
        if cells > room:
            fitted.append(
                Part(set_cell_size(text, max(room - 1, 0)) + "…" if room > 0 else "", tone)
            )
            room = 0
            break
        fitted.append(Part(text, tone))
        room -= cells
    return [*fitted, Part(" " * room, "dim"), *right]


def _cells(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)
