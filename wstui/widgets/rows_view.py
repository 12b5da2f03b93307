"""A view of coloured rows that are made lazily: text, JSON, and tables of facts.

Owns when rows are counted and made: the first screenful at once, the rest in slices between which
others have their turn. What the rows are is the matter of the source that is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from wstui.core.wrap import LazyRows
from wstui.widgets.pane import GONE, Pane
from wstui.widgets.slate import Slate

FIRST_SLICE: Final = 0.002
"""Seconds for counting rows when an entry is opened."""

SLICE: Final = 0.004
"""Seconds for counting rows in one turn of the event loop."""

HASTE: Final = 0.01
"""The same while somebody waits for the end."""

PERIOD: Final = 0.012
"""Seconds from one slice to the next; what a slice leaves of them is for others."""

RowsFactory = Callable[[int], LazyRows[Any]]
"""Makes the rows for a width in cells."""

KINDS: Final = (
    "symbol",
    "broken",
    "error",
    "key",
    "string",
    "number",
    "literal",
    "punctuation",
    "label",
    "head",
    "title",
    "in",
    "out",
    "control",
    "closing",
    "warning",
    "success",
)
"""Kinds of runs that have a colour of their own."""


class RowsView(Pane):
    """Rows of one source at a time, cut to the width of the view."""

    DEFAULT_CSS = """
    RowsView {
        & > .rows--symbol { color: $warning 80%; }
        & > .rows--broken { color: $error; text-style: reverse; }
        & > .rows--error { color: $error; text-style: bold; }
        & > .rows--key { color: $secondary; }
        & > .rows--string { color: $success; }
        & > .rows--number { color: $warning; }
        & > .rows--literal { color: $control; text-style: bold; }
        & > .rows--punctuation { color: $dim; }
        & > .rows--label { color: $dim; }
        & > .rows--head { color: $foreground; text-style: bold; }
        & > .rows--title { color: $primary; text-style: bold; }
        & > .rows--in { color: $in; }
        & > .rows--out { color: $out; }
        & > .rows--control { color: $control; }
        & > .rows--closing { color: $closing; text-style: bold; }
        & > .rows--warning { color: $warning; text-style: bold; }
        & > .rows--success { color: $success; text-style: bold; }
    }
    """
    COMPONENT_CLASSES = {f"rows--{kind}" for kind in KINDS}

    class Counted(Message):
        """More is known of the rows: how many, or what is wrong with them."""

        def __init__(self, view: RowsView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> RowsView:
            return self.view

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._factory: RowsFactory | None = None
        self._rows: LazyRows[Any] | None = None
        self.to_end = False
        """Whether End was pressed before the end was known: the view is on the way there."""
        self._timer: Timer | None = None
        self._styles: dict[str, Style] = {}

    @property
    def rows(self) -> LazyRows[Any] | None:
        """What is shown; None when nothing is, or the view has no size yet."""
        return self._rows

    def show(self, factory: RowsFactory | None, empty: Slate | None = None) -> None:
        """Show the rows that `factory` makes, from the first one; None says `empty` instead."""
        self._factory = factory
        self._slate = empty if factory is None else None
        self.to_end = False
        self.go_to(0)
        self._begin()

    def _begin(self) -> None:
        """Make the rows anew, for the width there is now."""
        self._rows = None
        if self._timer is not None:
            self._timer.pause()
        if self._factory is not None and self.columns:
            self._rows = self._factory(self.columns)
            self._count(FIRST_SLICE)
            if self._timer is not None and not self._rows.complete:
                self._timer.resume()
        else:
            self.set_lines(0)
        self.refresh_all()

    def _count(self, seconds: float) -> None:
        rows = self._rows
        if rows is None:
            return
        before = rows.known
        try:
            rows.advance(seconds, monotonic)
        except IndexError:
            self._rows = None
            self.say(GONE)
            return
        self.set_lines(rows.known)
        if before < self.scroll_offset.y + self.page:
            self.refresh_all()
        if self.to_end:
            self.go_to(self.lines)
            self.to_end = not rows.complete

    def _tick(self) -> None:
        """Count for one slice of time."""
        self._count(HASTE if self.to_end else SLICE)
        if (self._rows is None or self._rows.complete) and self._timer is not None:
            self._timer.pause()
        self.post_message(self.Counted(self))

    # Rendering

    def line(self, number: int, width: int) -> Strip | None:
        if self._rows is None:
            return None
        segments = [Segment(run.text, self._style(run.kind)) for run in self._rows.row(number)]
        return Strip(segments) if segments else None

    def _style(self, kind: str) -> Style:
        style = self._styles.get(kind)
        if style is None:
            name = f"rows--{kind}" if kind in KINDS else "pane--text"
            style = self._styles[kind] = self.get_component_rich_style(name)
        return style

    def notify_style_update(self) -> None:
        """Textual's call when a theme or a class changed the styles."""
        super().notify_style_update()
        self._styles.clear()

    # Watchers, handlers and actions

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value:
            self.to_end = False

    def on_mount(self) -> None:
        self._timer = self.set_interval(PERIOD, self._tick, name="rows", pause=True)

    def on_resize(self, event: Resize) -> None:
        if self._rows is None or self._rows.asked_width != self.columns:
            self._begin()
            self.post_message(self.Counted(self))

    def action_lines(self, step: int) -> None:
        self.to_end = False
        super().action_lines(step)

    def action_pages(self, step: int) -> None:
        self.to_end = False
        super().action_pages(step)

    def action_first(self) -> None:
        self.to_end = False
        super().action_first()

    def action_last(self) -> None:
        """Go to the end, and on to it while it is still being looked for."""
        self.to_end = self._rows is not None and not self._rows.complete
        super().action_last()
        self.post_message(self.Counted(self))
