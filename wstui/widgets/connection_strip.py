"""The strip: all connections and listeners in one line, where there is no room for the sidebar.

Owns its drawing and clicks. Keys that select connections are the workbench's matter.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from wstui.core.connection import Connection, State
from wstui.core.listener import Listener
from wstui.core.marks import Marks
from wstui.core.printable import printable
from wstui.core.roster import Roster
from wstui.core.units import clients_text, count_text
from wstui.widgets.connection_lines import MARK, retry_text, sign
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.listener_lines import (
    LISTENER_GLYPHS,
    LISTENER_TONES,
    behaviour_words,
    short_name,
)
from wstui.widgets.pulse import Pulse
from wstui.widgets.rows import fit
from wstui.widgets.tones import TONE_CSS, TONES, Tones

NARROWEST: Final = 7
"""Cells that a connection takes at least."""

WHERE: Final = 36
"""Cells that are spent on where the selected connection leads to, at most."""

ABOUT: Final = 28
"""The same for what is said of the selected listener."""

END: Final = 12
"""The same for the others."""


class ConnectionStrip(Widget):
    """State, id and a short name of each connection and listener, clients behind theirs; the
    selected one stays in sight."""

    DEFAULT_CSS = (
        """
    ConnectionStrip {
        height: 1;
        background: $panel;
    }
    """
        + TONE_CSS
    )

    COMPONENT_CLASSES = set(TONES)

    selected: reactive[int | None] = reactive(None)
    """Id of what is selected; None while there is nothing."""

    def __init__(
        self,
        roster: Roster,
        pulse: Pulse,
        *,
        marks: Marks | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._roster = roster
        self._pulse = pulse
        self._marks = Marks(roster.connections) if marks is None else marks
        self._tones = Tones(self)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def render_line(self, y: int) -> Strip:
        width, ground = self.size.width, self._tones("")
        ids = self._roster.ids
        if not ids:
            hint = Segment("  To try wstui out, run ", self._tones("hint"))
            demo = Segment("wstui demo", self._tones("key"))
            return Strip([hint, demo]).adjust_cell_length(width, ground)
        here = ids.index(self.selected) if self.selected in ids else 0
        # No more than these can be in sight, however many there are.
        ids = ids[max(0, here - width // NARROWEST) : here + width // NARROWEST]
        here = ids.index(self.selected) if self.selected in ids else 0
        items = [self._item(id) for id in ids]
        start, stop = window([item.cell_length for item in items], here, width - 4)
        before = Segment("‹ " if start else "  ", self._tones("dim"))
        after = Segment(" ›" if stop < len(items) else "", self._tones("dim"))
        line = Strip.join([Strip([before]), *items[start:stop], Strip([after])])
        return line.adjust_cell_length(width, ground)

    def _item(self, id: int) -> Strip:
        chosen = id == self.selected
        listener = self._roster.listeners.get(id)
        if listener is not None:
            parts = _listener_parts(listener, chosen)
        else:
            parts = self._connection_parts(self._roster.connections[id], chosen)
        ground = "focused" if chosen else ""
        meta = Style(meta={"connection": id})
        parts.append((" ", "dim"))
        return Strip([Segment(text, self._tones(tone, ground) + meta) for text, tone in parts])

    def _connection_parts(self, connection: Connection, chosen: bool) -> list[tuple[str, str]]:
        mark = MARK if connection.id in self._marks else " "
        glyph, tone = sign(connection)
        parts = [(mark, "key"), (f"{glyph} ", tone)]
        if connection.insecure:
            parts.append(("⚠ ", "failed"))
        parts.append((str(connection.id), "name" if chosen else "gone"))
        words = "".join(fit(_where(connection), WHERE) if chosen else fit(_end(connection), END))
        parts.append((f" {words}", "name" if chosen else "dim"))
        if chosen and connection.retry is not None and connection.state is State.WAITING:
            parts.append((f" {retry_text(connection.retry, self._pulse.now)}", "waiting"))
        unread = 0 if chosen else self._pulse.unread(connection)
        if unread:
            parts.append((f" +{count_text(min(unread, 9_999))}", "unread"))
        return parts

    def on_click(self, event: Click) -> None:
        id = event.style.meta.get("connection")
        if isinstance(id, int):
            self.post_message(ConnectionList.Selected(id))


def _listener_parts(listener: Listener, chosen: bool) -> list[tuple[str, str]]:
    parts = [
        (" ", "dim"),
        (f"{LISTENER_GLYPHS[listener.state]} ", LISTENER_TONES[listener.state]),
        (str(listener.id), "name" if chosen else "gone"),
        (f" {''.join(fit(printable(short_name(listener)), END))}", "name" if chosen else "hint"),
    ]
    if chosen:
        words = f" {clients_text(listener.live)} · {behaviour_words(listener)}"
        parts.append(("".join(fit(printable(words), ABOUT)), "dim"))
    return parts


def _end(connection: Connection) -> str:
    """What tells `connection` from others on its host: the end of its path; or else the host."""
    end = connection.path.partition("?")[0].rstrip("/").rpartition("/")[2]
    return printable(end or connection.name)


def _where(connection: Connection) -> str:
    """Host and path, or the end of it where that is long."""
    host, path = printable(connection.name), printable(connection.path.partition("?")[0])
    whole = f"{host}{path.rstrip('/')}"
    return whole if cell_len(whole) <= WHERE else f"{host}/…/{_end(connection)}"


def window(cells: list[int], index: int, room: int) -> tuple[int, int]:
    """Start and stop of the items around `index`, to both sides, that fit into `room` cells."""
    start, stop = index, index + 1
    used = cells[index]
    while True:
        after = stop < len(cells) and used + cells[stop] <= room
        before = start > 0 and used + cells[start - 1] <= room
        if after and (stop - index <= index - start + 1 or not before):
            used += cells[stop]
            stop += 1
        elif before:
            start -= 1
            used += cells[start]
        else:
            return start, stop
