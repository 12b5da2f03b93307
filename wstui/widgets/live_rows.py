"""Rows that follow a growing transcript: listing, filtering, scrolling, and when to draw.

Owns pulling: at most 30 times a second it compares what is shown with the transcript and repaints
only when a row in sight changed; nothing in sight moves unless it follows. How rows look is the
matter of `row_canvas`; the cursor, keys and messages are `transcript_view`'s.
"""

from __future__ import annotations

from typing import Final

from textual.events import Resize
from textual.geometry import Size, clamp
from textual.reactive import var
from textual.widget import Widget

from wstui.core.filter import Filter
from wstui.core.transcript import Transcript
from wstui.widgets.frame_pace import FramePace, waiting_writes
from wstui.widgets.listing import Counts, Listing
from wstui.widgets.row_canvas import HEADER, RowCanvas
from wstui.widgets.slate import Slates

FRAME: Final = 1 / 30
"""Seconds between two looks at the transcript."""

SCAN_SLICE: Final = 0.003
"""Seconds of filtering in one turn of the event loop."""

SCAN_REST: Final = 0.001
"""Seconds left to others between two slices."""


class LiveRows(RowCanvas):
    """The rows of one transcript at a time, through a filter or without."""

    following: var[bool] = var(True, init=False)
    """Whether the newest entry is kept in sight."""

    def __init__(self, slates: Slates | None, id: str | None, classes: str | None) -> None:
        super().__init__(slates, id, classes)
        self._anchor: tuple[int, int] | None = None  # an entry and the row it has to come to
        self._rows_before = 0  # rows that fitted before the last change of size
        self._seen = 0  # entries from this number on are unseen
        self._scanning = False
        self._pace = FramePace()
        self._drawn: tuple[object, ...] = ()

    @property
    def counts(self) -> Counts:
        """How much is shown, in entries."""
        listing = self._listing
        if listing is None:
            return Counts(following=self.following)
        transcript = listing.transcript
        filtered = self._search.filter is not None
        total = len(transcript) - transcript.first
        seen = max(self._seen, transcript.first)  # the gap that stands for dropped ones is no entry
        unseen = 0 if self.following else len(listing) - listing.line(seen)
        progress = self._search.progress if filtered else None
        shown = len(listing) if filtered else total
        unsearched = self._search.unsearched if filtered else 0
        return Counts(shown, total, unseen, self.following, progress, unsearched)

    @property
    def shown(self) -> int:
        """Entries that pass the filter."""
        return self.counts.shown

    @property
    def total(self) -> int:
        """Entries of the transcript that are held in memory."""
        return self.counts.total

    @property
    def unseen(self) -> int:
        """Shown entries that came since following stopped."""
        return self.counts.unseen

    @property
    def filter(self) -> Filter | None:
        """What decides which entries are shown; None shows all."""
        return self._search.filter

    # Doing

    def set_filter(self, filter: Filter | None) -> None:
        """Show only what `filter` lets through; None or an empty one shows all.

        What was in sight stays where it was, as far as it is still shown.
        """
        if filter is not None and filter.is_empty:
            filter = None
        if filter == self._search.filter:
            return
        anchor = self._anchor or self._in_view()
        self._search.set(filter)
        if self._listing is not None:
            self._list(self._listing.transcript, anchor)

    def toggle_follow(self) -> None:
        """Keep the newest entry in sight and let go of the picked one, or let the view stand."""
        self.following = not self.following

    def sync(self) -> None:
        """Look at the transcript and draw what changed. The view's own clock calls it."""
        if not self._scanning:
            self._scan()
        self._pull()

    # Pulling

    def _tick(self) -> None:
        # A slow terminal may still be drawing the frame before.
        if self._in_sight() and self._pace.due(waiting_writes(self.app)):
            self.sync()

    def _in_sight(self) -> bool:
        """Whether anybody can see the view: not below a screen that covers it."""
        top = self.app.screen
        if top is not self.screen and not (self.screen.is_current and top.styles.background.a < 1):
            return False
        return self.is_on_screen

    def _scan(self) -> None:
        """Filter for one slice of time, and again soon when that was not enough."""
        self._scanning = False
        if not self._search.wanted:
            return
        self._scanning = self._search.advance(SCAN_SLICE)
        if self._scanning:
            self.set_timer(SCAN_REST, self._scan)

    def _list(self, transcript: Transcript, anchor: tuple[int, int] | None) -> None:
        """Begin a new listing, with entry `anchor[0]` on row `anchor[1]` unless following."""
        matches = self._search.matches if self._search.filter is not None else None
        self._listing = Listing(transcript, matches)
        self._anchor = anchor
        self._strips.clear()
        self._drawn = ()
        if self.is_mounted:
            self.sync()

    def _pull(self) -> None:
        """Bring lines, scroll position and cursor up to date; draw if a visible row changed."""
        listing = self._listing
        if listing is None:
            return
        top = self._top
        anchor = self._anchor
        if anchor is None and top < len(listing):
            anchor = (listing.number(top), 0)
        listing.update()
        self._set_lines(len(listing))
        goal = min(top, self.max_scroll_y)
        if self.following:
            self._anchor = None
            self._seen = len(listing.transcript)
            goal = self.max_scroll_y
        elif anchor is not None:
            number, row = anchor
            goal = clamp(listing.line(number) - row, 0, self.max_scroll_y)
            if listing.reaches(number):
                self._anchor = None
        if goal != top:
            self._scroll_quietly(goal)
        self._draw_changes()

    def _draw_changes(self) -> None:
        drawn = self._signature()
        if drawn != self._drawn:
            self._drawn = drawn
            self._refresh_rows()

    def _signature(self) -> tuple[object, ...]:
        """Equal for two moments at which the rows in sight look the same."""
        listing = self._listing
        if listing is None:
            return ()
        transcript = listing.transcript
        top, bottom = self._visible()
        if bottom <= top:
            return (self._slate(),)
        first = listing.number(top)
        return (
            first,
            listing.number(bottom - 1),
            bottom - top,
            listing.number(top - 1) if top else None,
            transcript.first if first < transcript.first else None,
            len(str(len(transcript))),
            self._slate() if bottom - top < self._page else None,
        )

    def _visible(self) -> tuple[int, int]:
        """The first line in sight and the one after the last."""
        lines = len(self._listing) if self._listing is not None else 0
        return self._top, min(self._top + self._page, lines)

    def _in_view(self) -> tuple[int, int] | None:
        """What to hold in place: the cursor if it is in sight, or else the first row."""
        listing = self._listing
        top, bottom = self._visible()
        if listing is None or bottom <= top:
            return None
        if self._picked is not None and listing.shows(self._picked):
            line = listing.line(self._picked)
            if top <= line < bottom:
                return (self._picked, line - top)
        return (listing.number(top), 0)

    # Textual's setters would lay out the screen and draw the whole view at each new entry.

    def _set_lines(self, lines: int) -> None:
        size = Size(self.size.width, lines + HEADER)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = size.height

    def _scroll_quietly(self, y: int) -> None:
        self.set_reactive(Widget.scroll_y, y)
        self.set_reactive(Widget.scroll_target_y, y)
        self.vertical_scrollbar.position = y

    # Watchers and handlers

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Somebody scrolled: up stops following, down to the end takes it up again.

        But not while an entry is picked: it would be let go of.
        """
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        if new_value < old_value and not at_end:
            self.following = False
        elif new_value > old_value and at_end and self._picked is None:
            self.following = True
        self._anchor = None
        self._drawn = self._signature()
        self._note_seen()

    def _note_seen(self) -> None:
        top, bottom = self._visible()
        if self._listing is not None and bottom > top:
            self._seen = max(self._seen, self._listing.number(bottom - 1) + 1)

    def watch_following(self, following: bool) -> None:
        self.set_class(following, "-following")
        if following:
            self._pull()

    def on_resize(self, event: Resize) -> None:
        self._drawn = ()
        self._pull()
        self._keep_picked(self._rows_before)
        self._rows_before = self._page

    def _keep_picked(self, rows: int) -> None:
        """Keep the picked row in sight if it was, while so many rows were."""
        listing = self._listing
        if listing is None or self._picked is None or not listing.shows(self._picked):
            return
        line = listing.line(self._picked)
        if self._page <= line - self._top < rows:
            self._scroll_quietly(line - self._page + 1)
            self._refresh_rows()

    def on_mount(self) -> None:
        self.set_class(self.following, "-following")
        self.set_interval(FRAME, self._tick, name="transcript")
