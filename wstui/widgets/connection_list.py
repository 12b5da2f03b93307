"""The sidebar: all connections, three lines each; and the strip that stands for it in 80 columns.

Owns selecting and drawing, and what was read of each transcript. What is said of a connection is
`connection_lines`' matter. Only visible lines are looked at: thousands of connections cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
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

from wstui.core.connection import Connection
from wstui.core.marks import Marks
from wstui.widgets.connection_lines import connection_lines
from wstui.widgets.pulse import Pulse
from wstui.widgets.tones import TONE_CSS, TONES, Tones

LINES: Final = 3
"""Lines of one connection; a blank one follows while there is room."""


class ConnectionList(ScrollView, can_focus=True):
    """Connections in the order they were made; the cursor is the selected one."""

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
    """Id of the selected connection; None while there is none."""

    class Selected(Message):
        """Connection `id` was selected, by key or mouse."""

        def __init__(self, id: int) -> None:
            super().__init__()
            self.id = id

    class Activated(Message):
        """Somebody wants to look into the selected connection: Enter or a double click."""

        def __init__(self, id: int) -> None:
            super().__init__()
            self.id = id

    def __init__(
        self,
        connections: Mapping[int, Connection],
        pulse: Pulse,
        *,
        marks: Marks | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._connections = connections
        self._pulse = pulse
        self._marks = Marks(connections) if marks is None else marks
        self._ids: list[int] = []
        self._stride = LINES + 1
        self._tones = Tones(self)

    @property
    def ids(self) -> list[int]:
        """Ids of all connections, from top to bottom."""
        return self._ids

    # Render

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def sync(self) -> None:
        """Look at the connections again and draw those in sight."""
        self._ids = list(self._connections)
        room = self.scrollable_content_region.height
        self._stride = LINES + 1 if len(self._ids) * (LINES + 1) <= room + 1 else LINES
        height = len(self._ids) * self._stride
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
        if index >= len(self._ids) or line >= LINES:
            return Strip.blank(width, base)
        connection = self._connections.get(self._ids[index])
        if connection is None:  # removed since the last look
            return Strip.blank(width, base)
        return self._draw(connection, line, width)

    def _draw(self, connection: Connection, line: int, width: int) -> Strip:
        pulse = self._pulse
        chosen = connection.id == self.selected
        unread = 0 if chosen else pulse.unread(connection)
        marked = connection.id in self._marks
        lines = connection_lines(
            connection, pulse.now, pulse.of(connection), unread, width, marked=marked
        )
        ground = ("focused" if self.has_focus else "selected") if chosen else ""
        meta = Style(meta={"connection": connection.id})
        segments = [Segment(text, self._tones(tone, ground) + meta) for text, tone in lines[line]]
        return Strip(segments).adjust_cell_length(width, self._tones("", ground) + meta)

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
        """Select the connection `step` lower."""
        if self._ids:
            here = self._ids.index(self.selected) if self.selected in self._ids else 0
            self._select(self._ids[max(0, min(here + step, len(self._ids) - 1))])

    def action_page(self, step: int) -> None:
        """Select the connection a page lower (1) or higher (-1)."""
        self.action_move(step * max(1, self.scrollable_content_region.height // self._stride))

    def action_end(self, index: int) -> None:
        """Select the first (0) or last (-1) connection."""
        if self._ids:
            self._select(self._ids[index])

    def action_activate(self) -> None:
        """Look into the selected connection."""
        if self.selected is not None:
            self.post_message(self.Activated(self.selected))
