"""The drawn part of a transcript view: titles, rows, and what is said when there are none.

Owns turning lines of the listing into strips and keeping them. What is listed, where it is
scrolled to and when it is drawn again is decided by `transcript_view`.
"""

from __future__ import annotations

from typing import Final

from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wstui.core.connection import State
from wstui.core.filter.advice import advice
from wstui.core.listener import Listener
from wstui.core.printable import printable
from wstui.core.roster import Source
from wstui.widgets import slate
from wstui.widgets.listener_slate import listener_slate
from wstui.widgets.listing import Listing
from wstui.widgets.rows import Columns, RowStyles, header, row
from wstui.widgets.search import Search
from wstui.widgets.slate import Slate, Slates, SlateStyles, slate_line

HEADER: Final = 1
"""Lines of column titles; they stay while the rows scroll."""

CACHED_ROWS: Final = 2048
"""Strips kept: some screenfuls up and down."""


class RowCanvas(ScrollView):
    """Rows of a listing, one a line, below a line of titles."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RowCanvas {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $border-blurred;
        scrollbar-color-hover: $dim;
        scrollbar-color-active: $primary;
        & > .transcript--header { color: $dim; }
        & > .transcript--dim { color: $dim; }
        & > .transcript--text { color: $foreground; }
        & > .transcript--incoming { color: $in; text-style: bold; }
        & > .transcript--outgoing { color: $out; text-style: bold; }
        & > .transcript--binary { color: $binary; }
        & > .transcript--control { color: $control; }
        & > .transcript--closing { color: $closing; }
        & > .transcript--warning { color: $warning; }
        & > .transcript--error { color: $error; }
        & > .transcript--success { color: $success; }
        & > .transcript--match { color: $warning; text-style: bold underline; }
        & > .transcript--mark { color: $primary; }
        & > .transcript--cursor { background: $primary 12%; }
        & > .transcript--title { color: $foreground; text-style: bold; }
        & > .transcript--key { color: $primary; text-style: bold; }
        &:focus > .transcript--cursor { background: $primary 20%; }
    }
    """
    COMPONENT_CLASSES = {
        *(f"transcript--{name}" for name in RowStyles._fields),
        "transcript--header",
        "transcript--cursor",
        "transcript--title",
        "transcript--key",
    }

    def __init__(self, slates: Slates | None, id: str | None, classes: str | None) -> None:
        super().__init__(id=id, classes=classes)
        self.slates = slates or Slates()
        """What is said when there is nothing to show."""
        self._source: Source | None = None
        self._listing: Listing | None = None
        self._search = Search()
        self._picked: int | None = None  # the entry whose row is highlighted
        self._strips: LRUCache[tuple[int, int | None, bool], Strip] = LRUCache(CACHED_ROWS)
        self._frame = (Columns.fit(0, 0), 0, 0)
        self._styles: tuple[RowStyles, RowStyles] | None = None

    @property
    def _page(self) -> int:
        """Rows that fit below the titles."""
        return max(1, self.size.height - HEADER)

    @property
    def _top(self) -> int:
        """The line of the listing on the first row."""
        return self.scroll_offset.y

    def _refresh_rows(self) -> None:
        """Draw all rows again, but not the frame around them."""
        self.refresh(self.size.region)

    def _refresh_entry(self, number: int | None) -> None:
        """Draw the row of one entry again, if it is in sight."""
        if number is None or self._listing is None:
            return
        y = HEADER + self._listing.line(number) - self._top
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual's call for a frame. What all its lines share is looked up once, here."""
        self._frame = self._lay_out()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        columns, top, _ = self._frame
        if y < HEADER:
            return header(columns, self.get_component_rich_style("transcript--header"))
        line = top + y - HEADER
        if self._listing is None or line >= len(self._listing):
            return self._slate_strip(y)
        return self._row_strip(self._listing, line, columns)

    def _row_strip(self, listing: Listing, line: int, columns: Columns) -> Strip:
        number = listing.number(line)
        above = listing.number(line - 1) if line else None
        selected = number == self._picked
        key = (number, above, selected)
        strip = self._strips.get(key)
        if strip is None:
            styles = self._row_styles()[selected]
            strip = row(
                listing.transcript,
                number,
                above,
                columns,
                styles,
                selected=selected,
                marks=self._search.filter,
            )
            # What stands for dropped entries changes its words; all others stay as they are.
            if number >= listing.transcript.first:
                self._strips[key] = strip
        return strip

    def _lay_out(self) -> tuple[Columns, int, int]:
        """The columns, the line on the first row, and the height in lines."""
        listing = self._listing
        last = len(listing.transcript) - 1 if listing is not None else 0
        width, height = self.size
        columns = Columns.fit(width, last, self.scrollbar_size_vertical)
        if columns != self._frame[0]:
            self._strips.clear()
        return columns, self._top, height

    def _row_styles(self) -> tuple[RowStyles, RowStyles]:
        """The styles of an ordinary row and of the selected one."""
        if self._styles is None:
            style = self.get_component_rich_style
            normal = RowStyles(*(style(f"transcript--{name}") for name in RowStyles._fields))
            self._styles = (normal, normal.on(Style(bgcolor=style("transcript--cursor").bgcolor)))
        return self._styles

    def _slate(self) -> Slate | None:
        """What to say below the rows, if anything."""
        source = self._source
        listing = self._listing
        if source is None or listing is None:
            return self.slates.no_connection
        if self._search.filter is not None:
            if len(listing):
                return None
            scanning = self._search.progress is not None
            if scanning:
                return self.slates.scanning
            return self.slates.no_match._replace(hint=printable(advice(self._search.filter)))
        if isinstance(source, Listener):
            return listener_slate(source)
        transcript = source.transcript
        if any(transcript.counts[flag] for flag in range(32) if flag & 0x0F):
            return None
        if source.state is State.CONNECTING:
            if source.decide_by is not None:
                return self.slates.asking
            title = f"Waiting for {source.step.value}"
            return self.slates.connecting._replace(title=title)
        return self.slates.no_messages if source.is_open else None

    def _slate_strip(self, y: int) -> Strip:
        columns, _, height = self._frame
        width = columns.width - columns.margin
        said = self._slate()
        rows = len(self._listing) if self._listing is not None else 0
        free = height - HEADER - rows
        style = self.get_component_rich_style
        blank = Strip.blank(columns.width, style("transcript--text"))
        if said is None or free < slate.HEIGHT:
            return blank
        said = said.within(free)
        offset = y - HEADER - rows - max(0, (free - said.height) // 2)
        if not 0 <= offset < said.height:
            return blank
        styles = SlateStyles(*(style(f"transcript--{name}") for name in SlateStyles._fields))
        return slate_line(said, offset, width, styles).extend_cell_length(columns.width)

    def notify_style_update(self) -> None:
        """Textual's call when a theme, a class or the focus changed the styles."""
        super().notify_style_update()
        self._styles = None
        self._strips.clear()
