"""Scrolling by lines, for the views of one entry: keys, colours of the bar, and empty states.

Owns what these views have in common: a number of lines that may grow while it is being counted,
and what is said when there is nothing to show. What stands on a line is each view's matter.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding
from textual.geometry import Size, clamp
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from wstui.widgets import slate
from wstui.widgets.slate import Slate, SlateStyles, slate_line

GONE: Final = Slate("∅", "This entry is no longer in memory", (("↑ ↓", "select another"),))
"""For an entry that was dropped to stay within the memory limit."""


STYLES: Final = ("pane--title", "pane--key", "pane--dim", "pane--text")
"""Those of a slate."""


class Pane(ScrollView, can_focus=True):
    """Lines that are drawn when they come into sight."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Pane {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        padding-left: 1;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $border-blurred;
        scrollbar-color-hover: $dim;
        scrollbar-color-active: $primary;
        & > .pane--text { color: $foreground; }
        & > .pane--dim { color: $dim; }
        & > .pane--title { color: $foreground; text-style: bold; }
        & > .pane--key { color: $primary; text-style: bold; }
    }
    """
    COMPONENT_CLASSES = {"pane--text", "pane--dim", "pane--title", "pane--key"}
    BINDINGS = [
        Binding("up,k", "lines(-1)", "Up", show=False),
        Binding("down,j", "lines(1)", "Down", show=False),
        Binding("pageup", "pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "pages(1)", "Page down", show=False),
        Binding("home,g", "first", "Beginning", show=False),
        Binding("end,G", "last", "End", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._slate: Slate | None = None

    @property
    def columns(self) -> int:
        """Cells of a line, without the scroll bar."""
        return max(0, self.size.width - self.scrollbar_size_vertical)

    @property
    def lines(self) -> int:
        """Lines there are, as far as is known."""
        return self.virtual_size.height

    @property
    def page(self) -> int:
        """Lines in sight."""
        return max(1, self.size.height)

    def say(self, said: Slate) -> None:
        """Show some words instead of lines."""
        self._slate = said
        self.set_lines(0)
        self.refresh_all()

    def set_lines(self, lines: int) -> None:
        """Have so many lines, without laying out the screen as Textual's own setter does."""
        size = Size(self.size.width, lines)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self.vertical_scrollbar.window_virtual_size = lines
            if self.scroll_y > self.max_scroll_y:
                self.go_to(self.max_scroll_y)

    def go_to(self, line: int) -> None:
        """Scroll so that `line` is the first in sight, if there are enough below it."""
        goal = clamp(line, 0, self.max_scroll_y)
        if goal != self.scroll_y:
            self.set_reactive(Widget.scroll_y, goal)
            self.set_reactive(Widget.scroll_target_y, goal)
            self.vertical_scrollbar.position = goal
            self.refresh_all()

    def refresh_all(self) -> None:
        """Draw all lines again, but not the scroll bar."""
        self.refresh(self.size.region)

    # Rendering

    def line(self, number: int, width: int) -> Strip | None:
        """Line `number`, at most `width` cells; None when there is none. May raise IndexError."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        width, total = self.columns, self.size.width
        base = self.get_component_rich_style("pane--text")
        strip: Strip | None = None
        if self._slate is None:
            try:
                strip = self.line(self.scroll_offset.y + y, width)
            except IndexError:
                # Dropped to stay within the memory limit, since it was opened.
                self._slate = GONE
                self.call_later(self.say, GONE)
        if strip is None and self._slate is not None:
            strip = self._slate_strip(self._slate, y, width)
        if strip is None:
            return Strip.blank(total, base)
        return strip.adjust_cell_length(width, base).extend_cell_length(total, base)

    def _slate_strip(self, said: Slate, y: int, width: int) -> Strip | None:
        height = self.size.height
        if height < slate.HEIGHT:  # only the title and the keys fit
            index = {0: 2, 1: 4}.get(y - max(0, (height - 2) // 2))
        else:
            index = y - (height - slate.HEIGHT) // 2
        if index is None or not 0 <= index < slate.HEIGHT:
            return None
        style = self.get_component_rich_style
        styles = SlateStyles(*map(style, STYLES))
        return slate_line(said, index, width, styles)

    # Actions

    def action_lines(self, step: int) -> None:
        """Scroll by lines."""
        self.go_to(self.scroll_offset.y + step)

    def action_pages(self, step: int) -> None:
        """Scroll by pages, leaving one line in sight."""
        self.go_to(self.scroll_offset.y + step * max(1, self.page - 1))

    def action_first(self) -> None:
        """Go to the beginning."""
        self.go_to(0)

    def action_last(self) -> None:
        """Go to the end."""
        self.go_to(self.lines)
