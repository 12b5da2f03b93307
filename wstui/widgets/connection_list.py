"""The sidebar: the connections that we began, three lines each.

Owns selecting and drawing, and what was read of each transcript. What is said of a connection is
`connection_lines`' matter. Only visible lines are looked at: thousands of connections cost nothing.
"""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wstui.core.marks import Marks
from wstui.core.roster import Roster
from wstui.widgets.connection_lines import ON_ITS_OWN, Guide, Line, connection_lines
from wstui.widgets.pulse import Pulse
from wstui.widgets.tones import TONE_CSS, TONES, Tones

LINES: Final = 3
"""Lines of one connection; a blank one follows while there is room."""


class ConnectionList(ScrollView, can_focus=True):
    """Connections in the order they were made; the cursor is the selected one, if it is here."""

    DEFAULT_CSS = (
        """
    ConnectionList {
        background: $background;
        border: round $border-blurred;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        &:focus { border: round $border; }
    }
    """
        + TONE_CSS
    )

    COMPONENT_CLASSES = set(TONES)

    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "end(0)", "First", show=False),
        Binding("end,G", "end(-1)", "Last", show=False),
        Binding("enter", "activate", "Look inside", show=False),
    ]

    selected: var[int | None] = var(None, init=False)
    """Id of what is selected, here or elsewhere; None while there is nothing."""

    class Selected(Message):
        """Connection or listener `id` was selected, by key or mouse."""

        def __init__(self, id: int) -> None:
            super().__init__()
            self.id = id

    class Activated(Message):
        """Somebody wants to look into the selected one: Enter or a double click."""

        def __init__(self, id: int) -> None:
            super().__init__()
            self.id = id

    class Beyond(Message):
        """Somebody moves on from the last (1) or the first (-1) line of this list."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    def __init__(
        self,
        roster: Roster,
        pulse: Pulse,
        *,
        marks: Marks | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._roster = roster
        self._pulse = pulse
        self._marks = Marks(roster.connections) if marks is None else marks
        self._ids: list[int] = []
        self._stride = LINES + 1
        self._tones = Tones(self)

    @property
    def ids(self) -> list[int]:
        """Ids of all that is listed here, from top to bottom."""
        return self._ids

    def _find(self) -> list[int]:
        """The ids as they are now."""
        return self._roster.own

    @property
    def natural_height(self) -> int:
        """Lines that all of it takes with a blank one between, and with its border."""
        return max(len(self._find()), 1) * (LINES + 1) + 1

    # Render

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def sync(self) -> None:
        """Look at the connections again and draw those in sight."""
        self._ids = self._find()
        room = self.scrollable_content_region.height
        self._stride = LINES + 1 if len(self._ids) * (LINES + 1) <= room + 1 else LINES
        height = max(len(self._ids) * self._stride - (self._stride - LINES), 0)
        width = self.scrollable_content_region.width
        if self.virtual_size != (width, height):
            self.virtual_size = Size(width, height)
        self.refresh()

    def on_resize(self) -> None:
        self.sync()
        self.call_after_refresh(self._reveal)  # once the scrollbar is there

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self._ids:
            return self._empty_line(y, width)
        index, line = divmod(y + round(self.scroll_offset.y), self._stride)
        base = self._tones("")
        if index >= len(self._ids):
            return Strip.blank(width, base)
        if line >= LINES:
            return self._between(index, width)
        id = self._ids[index]
        lines = self._lines(index, width)
        if lines is None:  # removed since the last look
            return Strip.blank(width, base)
        ground = ("focused" if self.has_focus else "selected") if id == self.selected else ""
        meta = Style(meta={"connection": id})
        segments = [self._segment(text, tone, ground, meta) for text, tone in lines[line]]
        return Strip(segments).adjust_cell_length(width, self._tones("", ground) + meta)

    def _between(self, index: int, width: int) -> Strip:
        """The line below the one at `index`, where there is room for one."""
        return Strip.blank(width, self._tones(""))

    def _segment(self, text: str, tone: str, ground: str, meta: Style) -> Segment:
        return Segment(text, self._tones(tone, ground) + meta)

    def _lines(self, index: int, width: int) -> tuple[Line, Line, Line] | None:
        """What is said of the one at `index`; None when it is gone."""
        return self._connection_lines(self._ids[index], width, ON_ITS_OWN)

    def _connection_lines(
        self, id: int, width: int, guide: Guide
    ) -> tuple[Line, Line, Line] | None:
        connection, pulse = self._roster.connections.get(id), self._pulse
        if connection is None:
            return None
        unread = 0 if id == self.selected else pulse.unread(connection)
        vitals, marked = pulse.of(connection), id in self._marks
        return connection_lines(
            connection, pulse.now, vitals, unread, width, marked=marked, guide=guide
        )

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = {
            1: [Segment(" To try wstui out, run", self._tones("hint"))],
            2: [Segment(" wstui demo", self._tones("key"))],
        }
        return Strip(lines.get(y, [])).adjust_cell_length(width, self._tones(""))

    # Watchers

    def watch_selected(self) -> None:
        self.sync()
        self.call_after_refresh(self._reveal)  # once the scrollbar is there

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()

    def _reveal(self) -> None:
        if self.selected in self._ids:
            top = self._ids.index(self.selected) * self._stride
            self.scroll_to_region(Region(0, top, 1, LINES), animate=False, immediate=True)

    # Handlers

    def on_click(self, event: Click) -> None:
        id = event.style.meta.get("connection")
        if isinstance(id, int):
            self._select(id)
            if event.chain == 2:
                self.action_activate()

    # Actions

    def _select(self, id: int) -> None:
        if id != self.selected:
            self.selected = id
            self.post_message(self.Selected(id))

    def action_move(self, step: int) -> None:
        """Select the one `step` lower."""
        if not self._ids:
            return
        if self.selected is not None and self.selected not in self._ids:
            self.action_end(0)
            return
        here = 0 if self.selected is None else self._ids.index(self.selected)
        there = max(0, min(here + step, len(self._ids) - 1))
        if there == here:
            self.post_message(self.Beyond(step))
        else:
            self._select(self._ids[there])

    def action_page(self, step: int) -> None:
        """Select the one a page lower (1) or higher (-1)."""
        self.action_move(step * max(1, self.scrollable_content_region.height // self._stride))

    def action_end(self, index: int) -> None:
        """Select the first (0) or last (-1) one."""
        if self._ids:
            self._select(self._ids[index])

    def action_activate(self) -> None:
        """Look into the selected one."""
        if self.selected in self._ids and self.selected is not None:
            self.post_message(self.Activated(self.selected))
