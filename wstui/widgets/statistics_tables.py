"""The statistics of a connection as tables of text: totals, rates, gaps.

Owns words and columns. What is counted is the matter of `core.survey` and of the transcript.
"""

from __future__ import annotations

from typing import Final

from textual.content import Content

from wstui.core.connection import Connection
from wstui.core.survey import Survey
from wstui.core.units import count_text, rate_text, rtt_text, size_text

SPANS: Final = ((1, "last second"), (10, "last 10 s"), (60, "last 60 s"))
"""Seconds over which rates are told."""

SIDES: Final = ((False, "↓", "$in"), (True, "↑", "$out"))
"""Both directions: whether we sent, the sign, the colour."""

NONE: Final = "–"

SHARES: Final = (("median", 0.5), ("99 %", 0.99))
"""The quantiles that are told."""

SHARE_LABEL: Final = 8

SPARK: Final = 9
"""Cells of the picture of round-trip times."""

LABEL: Final = 13
COUNT: Final = 9
"""Cells of a number; a size, which follows it after a blank, takes `SIZE`."""

SIZE: Final = 11


def totals(connection: Connection, survey: Survey, now: float) -> Content:
    """Messages and bytes, compression, and rates up to `now` (by the clock), each way."""
    transcript = connection.transcript
    rows = [
        ("messages", "", count_text(transcript.received), "", count_text(transcript.sent)),
        ("payload", "", size_text(transcript.bytes_in), "", size_text(transcript.bytes_out)),
        ("on the wire", "", size_text(transcript.wire_in), "", size_text(transcript.wire_out)),
        ("compression", *(part for out, _, _ in SIDES for part in ("", _ratio(survey, out)))),
    ]
    for span, words in SPANS:
        cells = []
        for outgoing, _, _ in SIDES:
            messages, size = survey.rates(now, outgoing, span)
            cells += [f"{rate_text(messages)}/s", f"{size_text(size)}/s"]
        rows.append((words, *cells))
    head: list[Part] = [" " * LABEL]
    for (_, sign, tone), word in zip(SIDES, ("received", "sent"), strict=True):
        head.append((f"{sign} {word}".rjust(COUNT + SIZE), f"bold {tone}"))
    return Content("\n").join([Content.assemble(*head), *(_row(*row) for row in rows)])


def times(connection: Connection, survey: Survey) -> Content:
    """Gaps between received messages, and round-trip times."""
    note = " of a sample" if survey.sampled else ""
    lines = [Content.assemble(("↓ gaps", "bold $in"), (note, "$dim"))]
    for word, share in SHARES:
        lines.append(_row(word, _duration(survey.gaps.at(share)), label=SHARE_LABEL))
    trips = connection.round_trips
    lines.append(Content.assemble(("↑ pings", "bold $out"), f" {trips.sparkline(SPARK)}"))
    for word, seconds in (
        ("last", trips.last),
        ("least", trips.minimum),
        *((word, trips.quantile(share)) for word, share in SHARES),
    ):
        lines.append(_row(word, _duration(seconds), label=SHARE_LABEL))
    return Content("\n").join(lines)


Part = str | tuple[str, str]


def _row(words: str, *cells: str, label: int = LABEL) -> Content:
    """Words in `label` cells, and right-aligned counts and sizes in turn; nothing is dim."""
    parts: list[Part] = [(words.ljust(label), "$foreground 65%")]
    for number, cell in enumerate(cells):
        text = cell.rjust(SIZE if number % 2 else COUNT)
        quiet = cell in ("0", NONE) or cell.startswith(("0.0/s", "0 B"))
        parts.append((text, "$dim") if quiet else text)
    return Content.assemble(*parts)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    return f"{seconds * 1e6:.0f} µs" if seconds < 0.000_95 else rtt_text(seconds)


def _ratio(survey: Survey, outgoing: bool) -> str:
    ratio = survey.ratio(outgoing)
    return NONE if ratio is None else f"{ratio:.1f}×"
