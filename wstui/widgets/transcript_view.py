"""The transcript of a connection or a listener, live: a window on any number of entries.

Owns the cursor, the keys, the mouse, and what is told to the screen. Following, filtering and
scrolling are the matter of `live_rows`, drawing of `row_canvas` and `rows`.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding
from textual.events import Click
from textual.geometry import clamp
from textual.message import Message
from textual.reactive import var

from wstui.core.roster import Source
from wstui.widgets.listing import Counts, Listing
from wstui.widgets.live_rows import LiveRows
from wstui.widgets.row_canvas import HEADER
from wstui.widgets.search import StillLooking
from wstui.widgets.slate import Slates


class Place(NamedTuple):
    """Where somebody was in a transcript, to come back to."""

    cursor: int | None
    following: bool
    top: int
    seen: int


class TranscriptView(LiveRows, can_focus=True):
    """The entries of `source`, one a row, newest last.

    While `following` the newest entry stays in sight, and no entry is picked. The cursor is the
    entry that somebody picked: the view then stands still until it is let go of.
    """

    BINDINGS = [
        Binding("up,k", "cursor(-1)", "Up", show=False),
        Binding("down,j", "cursor(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "oldest", "Oldest", show=False),
        Binding("end,G", "newest", "Newest", show=False),
        Binding("escape", "release", "Back to the newest", show=False),
        Binding("enter", "activate", "Inspect", show=False),
    ]

    source: var[Source | None] = var(None, init=False)
    """Whose transcript is shown; None shows that there is none."""
    cursor: var[int | None] = var(None, init=False)
    """Number of the entry somebody picked; None while none is, as always while following."""

    class Selected(Message):
        """The cursor moved to entry `number`; None: the newest one is meant again."""

        def __init__(self, view: TranscriptView, number: int | None) -> None:
            super().__init__()
            self.view = view
            self.number = number

        @property
        def control(self) -> TranscriptView:
            return self.view

    class Activated(Message):
        """Somebody wants to look into entry `number`: Enter or a double click."""

        def __init__(self, view: TranscriptView, number: int) -> None:
            super().__init__()
            self.view = view
            self.number = number

        @property
        def control(self) -> TranscriptView:
            return self.view

    class Changed(Message):
        """How much is shown, or unseen, or whether it follows, changed; once a frame at most."""

        def __init__(self, view: TranscriptView, counts: Counts) -> None:
            super().__init__()
            self.view = view
            self.counts = counts

        @property
        def control(self) -> TranscriptView:
            return self.view

    def __init__(
        self,
        *,
        slates: Slates | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(slates, id, classes)
        self._places: dict[int, Place] = {}
        self._announced: Counts | None = None

    @property
    def current(self) -> int | None:
        """The picked entry, or else the newest message that was seen; None when nothing is shown.

        Pings, pongs and events count as seen last only where there are no data messages near.
        """
        listing = self._listing
        if self.cursor is not None or not listing:
            return self.cursor
        stop = len(listing) if self.following else listing.line(self._seen)
        last = listing.last_data(stop or len(listing))
        return listing.number(last)

    # Doing

    def jump_match(self, step: int) -> None:
        """Move the cursor to the next match (1) or the one before (-1) of the filter."""
        listing = self._listing
        if listing is None or self._search.matches is None:
            self.notify("Type a filter first: its matches are gone through.", markup=False)
            return
        start = self.cursor
        if start is None:
            start = self._before_sight(listing) if step > 0 else self._after_sight(listing)
        self._search.pending = (start, step)
        self._try_jump()

    def _before_sight(self, listing: Listing) -> int:
        """The entry number from which the first row in sight is the next."""
        top, bottom = self._visible()
        return listing.number(top) - 1 if top < bottom else -1

    def _after_sight(self, listing: Listing) -> int:
        """The entry number from which the last row in sight is the one before."""
        top, bottom = self._visible()
        return listing.number(bottom - 1) + 1 if top < bottom else len(listing.transcript)

    def sync(self) -> None:
        """Look at the transcript, draw what changed, and tell the screen when counts changed."""
        super().sync()
        counts = self.counts
        if counts != self._announced:
            self._announced = counts
            self.post_message(self.Changed(self, counts))

    def _scan(self) -> None:
        super()._scan()
        self._try_jump()

    def _pull(self) -> None:
        super()._pull()
        if self._listing is not None and self.cursor is not None:
            # Dropped: the gap that stands for it is selected.
            self.cursor = max(self.cursor, self._listing.transcript.first - 1)

    def _try_jump(self) -> None:
        if self._search.pending is None:
            return
        start, step = self._search.pending
        self._pull()
        try:
            found = self._search.step(start, step)
        except StillLooking:
            return  # the next slice of the scan tries again
        self._search.pending = None
        if found is None or self._listing is None:
            where = "further down" if step > 0 else "further up"
            self.notify(f"No match {where}.", timeout=2, markup=False)
            return
        self._select(self._listing.line(found))

    # Watchers and handlers

    def watch_cursor(self, old: int | None, new: int | None) -> None:
        self._picked = new
        if new is not None:
            self.following = False
        self._refresh_entry(old)
        self._refresh_entry(new)
        self.post_message(self.Selected(self, new))

    def watch_following(self, following: bool) -> None:
        if following:
            self.cursor = None
        super().watch_following(following)
        self.refresh_bindings()

    def watch_source(self, old: Source | None, new: Source | None) -> None:
        """Show another transcript, at the place where it was left."""
        top, bottom = self._visible()
        if old is not None and self._listing is not None and bottom > top:
            number = self._listing.number(top)
            self._places[old.id] = Place(self.cursor, self.following, number, self._seen)
        self._source = new
        self._listing = None
        self._search.attach(new.transcript if new is not None else None)
        place = self._places.get(new.id) if new is not None else None
        place = place or Place(None, True, 0, 0)
        self._seen = place.seen
        self.following = place.following
        if self.cursor == place.cursor:
            self.post_message(self.Selected(self, place.cursor))
        self.cursor = place.cursor
        if new is not None:
            self._list(new.transcript, (place.top, 0))
        else:
            self._set_lines(0)
        self._refresh_rows()

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        if place is None or self._listing is None:
            return
        event.stop()
        line = self._top + place.y - HEADER
        if place.y < HEADER or line >= len(self._listing):
            return
        self._select(line)
        if event.chain == 2:
            self.action_activate()

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now: its key then is for others."""
        if action == "release":
            return not self.following
        return super().check_action(action, parameters)

    def _select(self, line: int) -> None:
        """Put the cursor on a line and bring it into sight; the view stands still then."""
        listing = self._listing
        if not listing:
            return
        line = clamp(line, 0, len(listing) - 1)
        self.following = False
        self._anchor = None
        self.cursor = listing.number(line)
        goal = clamp(self._top, line - self._page + 1, line)
        if goal != self._top:
            self._scroll_quietly(goal)
        self._note_seen()
        self._draw_changes()

    def _move(self, lines: int) -> None:
        listing = self._listing
        if not listing:
            return
        if self.cursor is not None:
            line = listing.line(self.cursor)
            if lines > 0 and line >= len(listing) - 1:
                self.action_newest()
            else:
                self._select(line + lines)
        elif lines < 0 or not self.following:
            top, bottom = self._visible()
            # The first step picks a row that is in sight already.
            line = top if lines > 0 else bottom - 1
            self._select(line if abs(lines) == 1 else line + lines)

    def action_cursor(self, step: int) -> None:
        """Move the cursor one row; down from the last one goes back to following."""
        self._move(step)

    def action_page(self, step: int) -> None:
        """Move the cursor a page, leaving one row in sight."""
        self._move(step * max(1, self._page - 1))

    def action_oldest(self) -> None:
        """Select the oldest entry shown."""
        self._select(0)

    def action_newest(self) -> None:
        """Let go of the picked entry and follow."""
        self.following = True

    def action_release(self) -> None:
        """Let go of the picked entry and follow."""
        self.action_newest()

    def action_activate(self) -> None:
        """Ask for a closer look at the picked entry, or else the newest, which is picked by it."""
        number = self.current
        if number is not None and self._listing is not None:
            if self.cursor is None:
                self._select(self._listing.line(number))
            self.post_message(self.Activated(self, number))
