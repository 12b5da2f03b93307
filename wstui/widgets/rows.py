"""Rows of a transcript as strips: columns, colours, and text cut to exact cells.

Owns how one entry is drawn at a given width. What it says comes from `preview`; which entry
stands on which line is `listing`'s matter, scrolling and caching the view's.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from wstui.core.entry import Entry
from wstui.core.filter import Filter
from wstui.core.transcript import Transcript
from wstui.core.units import delta_text, size_text
from wstui.widgets.preview import Preview, preview

MILLISECONDS_FROM: Final = 80
"""Cells of width from which times have milliseconds; the Δ says more in fewer cells."""
DELTA_FROM: Final = 66
"""Cells of width from which the time since the row above has a column."""
TIME_FROM: Final = 60
"""Cells of width from which times are shown."""
SIZE_FROM: Final = 36
"""Cells of width from which sizes are shown."""

OPCODE: Final = 6
SIZE: Final = 8
DELTA: Final = 8
GAP: Final = "   "
"""Between a payload and the remarks before and after it."""


class RowStyles(NamedTuple):
    """The styles of a row, complete with its background."""

    text: Style
    dim: Style
    incoming: Style
    outgoing: Style
    binary: Style
    control: Style
    closing: Style
    warning: Style
    error: Style
    success: Style
    match: Style
    mark: Style

    def on(self, background: Style) -> RowStyles:
        """The same on another background, for the selected row."""
        return RowStyles(*(style + background for style in self))


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns there are and how wide, in cells; 0 leaves one out.

    `margin` cells are left blank at the right, for a scrollbar that lies over them.
    """

    width: int
    number: int
    time: int
    delta: int
    size: int
    margin: int = 0

    @classmethod
    def fit(cls, width: int, last: int, margin: int = 0) -> Columns:
        """The columns for rows of `width` cells when the highest entry number is `last`."""
        room = width - margin
        milliseconds = room >= MILLISECONDS_FROM
        return cls(
            width,
            number=max(4, len(str(last))),
            time=12 if milliseconds else 8 if room >= TIME_FROM else 0,
            delta=DELTA if room >= DELTA_FROM else 0,
            size=SIZE if room >= SIZE_FROM else 0,
            margin=margin,
        )

    @property
    def facts(self) -> int:
        """Cells before the arrow: cursor mark, number, time and Δ."""
        spaced_time = self.time + 2 if self.time else 0
        spaced_delta = self.delta + 1 if self.delta else 0
        return 1 + self.number + spaced_time + spaced_delta + 2

    @property
    def payload(self) -> int:
        """Where the payload column begins."""
        return self.facts + 2 + OPCODE + self.size + 2

    @property
    def room(self) -> int:
        """Cells of the payload column."""
        return max(0, self.width - self.margin - self.payload)


def header(columns: Columns, style: Style) -> Strip:
    """The line of column titles."""
    facts = " " + "#".rjust(columns.number)
    if columns.time:
        facts += "  " + "time".ljust(columns.time)
    if columns.delta:
        facts += " " + "Δ".rjust(columns.delta)
    titles = f"{facts}    {'op':<{OPCODE}}{'size' if columns.size else '':>{columns.size}}  payload"
    return Strip([Segment(titles, style)]).adjust_cell_length(columns.width, style)


def row(
    transcript: Transcript,
    number: int,
    above: int | None,
    columns: Columns,
    styles: RowStyles,
    *,
    selected: bool = False,
    marks: Filter | None = None,
) -> Strip:
    """The row of entry `number`, exactly `columns.width` cells wide.

    `above` is the number of the entry on the row above, for the Δ; None when there is none.
    `marks` highlights what it finds in the payload.
    """
    try:
        entry = transcript.entry(number)
        words = preview(transcript, entry, columns.room)
        facts = _facts(transcript, entry, above, columns)
    except IndexError:
        # Dropped between two looks at the transcript; the next one takes the row away.
        gone = f" {number:>{columns.number}}  no longer in memory"
        return _exact([Segment(gone, styles.dim)], columns.width, styles.dim)
    if selected:
        segments = [Segment("▌", styles.mark), Segment(facts, styles.dim)]
    else:
        segments = [Segment(f" {facts}", styles.dim)]
    segments.append(_arrow(entry, styles))
    segments += _opcode_and_size(entry, words, columns, styles)
    segments += _payload(words, columns.room, styles, marks)
    return _exact(segments, columns.width, styles.text)


def _exact(segments: list[Segment], width: int, style: Style) -> Strip:
    """A strip of `width` cells: measured once here, so that Textual need not."""
    cells = sum([cell_len(segment.text) for segment in segments])
    if cells < width:
        segments.append(Segment(" " * (width - cells), style))
        cells = width
    return Strip(segments, cells).adjust_cell_length(width, style)


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    """A second since the epoch as local time of day; a screenful has few different ones."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def time_text(seconds: float, cells: int) -> str:
    """A time since the epoch as HH:MM:SS.mmm (12 cells) or HH:MM:SS (8 cells), local time."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{_second(whole)}.{thousandths:03}" if cells == 12 else _second(whole)


def _facts(transcript: Transcript, entry: Entry, above: int | None, columns: Columns) -> str:
    facts = f"{entry.number:>{columns.number}}"
    if columns.time:
        facts += f"  {time_text(entry.time, columns.time)}"
    if columns.delta:
        facts += f" {_delta(transcript, entry, above):>{columns.delta}}"
    return facts + "  "


def _delta(transcript: Transcript, entry: Entry, above: int | None) -> str:
    # The row above may have been dropped since; the gap that stands for it has no time of its own.
    if above is None or above < transcript.first:
        return ""
    return delta_text(entry.time - transcript.time(above))


def _arrow(entry: Entry, styles: RowStyles) -> Segment:
    if entry.is_event:
        return Segment("· ", styles.dim)
    if entry.outgoing:
        return Segment("↑ ", styles.outgoing)
    return Segment("↓ ", styles.incoming)


def _opcode_and_size(
    entry: Entry, words: Preview, columns: Columns, styles: RowStyles
) -> list[Segment]:
    tone: Style = getattr(styles, words.tone)
    if entry.is_event:  # it has no size to show: its name may use that column too
        cells = OPCODE + columns.size
        return [Segment(f"{words.word[:cells]:<{cells}}  ", tone)]
    word = f"{words.word:<{OPCODE - 1}}"
    squeezed = "z" if entry.compressed else " "
    size = f"{size_text(entry.size):>{columns.size}}" if columns.size else ""
    return [Segment(word, tone), Segment(f"{squeezed}{size}  ", styles.dim)]


def _payload(words: Preview, room: int, styles: RowStyles, marks: Filter | None) -> list[Segment]:
    segments = []
    tone: Style = getattr(styles, words.tone)
    if words.lead:
        style = styles.warning if "unfinished" in words.lead else styles.dim
        lead = "".join(fit(words.lead, room))
        segments.append(Segment(lead + GAP, style))
        room -= cell_len(lead) + len(GAP)
    kept = len(GAP) + cell_len(words.note) if words.note else 0
    text, dots = fit(words.text, max(room - kept, min(room, 12)), goes_on=words.cut)
    segments += [Segment(text, tone)] if marks is None else _marked(text, tone, styles, marks)
    if dots:
        segments.append(Segment(dots, tone))
    if words.note:
        left = room - cell_len(text) - len(dots) - len(GAP)
        segments.append(Segment(GAP + "".join(fit(words.note, left)), styles.dim))
    return segments


def fit(text: str, cells: int, *, goes_on: bool = False) -> tuple[str, str]:
    """`text` cut to at most `cells` cells, and … when it is cut here or goes on anyway.

    Apart, since plain ASCII is measured many times faster than text with a single … in it.
    """
    if cells <= 0:
        return "", ""
    length = len(text) if text.isascii() else cell_len(text)
    if length + goes_on <= cells:
        return text, "…" if goes_on else ""
    return set_cell_size(text, cells - 1), "…"


def _marked(text: str, style: Style, styles: RowStyles, marks: Filter) -> list[Segment]:
    """`text` in segments, with what `marks` finds in it in the style of a match."""
    match = style + styles.match
    segments = []
    done = 0
    for start, end in marks.spans(text):
        segments.append(Segment(text[done:start], style))
        segments.append(Segment(text[start:end], match))
        done = end
    segments.append(Segment(text[done:], style))
    return [segment for segment in segments if segment.text]
