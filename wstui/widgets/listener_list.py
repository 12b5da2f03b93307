"""The lower part of the sidebar: listeners, each with its clients under it, three lines each.

Owns drawing them, and asking for clients to be folded away. Which are is the roster's matter;
selecting is as in the list of connections. Only visible lines are looked at.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from wstui.widgets.connection_lines import CLIENT, LAST_CLIENT, Line
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.listener_lines import FOLD, listener_lines


class ListenerList(ConnectionList):
    """Listeners in the order they were made, with their clients as they came."""

    BINDINGS = [
        Binding("left", "fold(True)", "Fold", show=False),
        Binding("right", "fold(False)", "Unfold", show=False),
    ]

    class Folded(Message):
        """The clients of listener `id` shall be folded away, or shown again."""

        def __init__(self, id: int) -> None:
            super().__init__()
            self.id = id

    def _find(self) -> list[int]:
        return self._roster.served

    def _lines(self, index: int, width: int) -> tuple[Line, Line, Line] | None:
        id, listeners = self._ids[index], self._roster.listeners
        listener = listeners.get(id)
        if listener is not None:
            folded = id in self._roster.folded
            return listener_lines(listener, self._pulse.of_listener(listener), width, folded=folded)
        guide = CLIENT if self._goes_on(index) else LAST_CLIENT
        return self._connection_lines(id, width, guide)

    def _goes_on(self, index: int) -> bool:
        """Whether another client stands below the one at `index`, or below the listener there."""
        return index + 1 < len(self._ids) and self._ids[index + 1] not in self._roster.listeners

    def _between(self, index: int, width: int) -> Strip:
        base = self._tones("")
        if not self._goes_on(index):
            return Strip.blank(width, base)
        line = Strip([Segment(f" {CLIENT.others}", self._tones("dim"))])
        return line.adjust_cell_length(width, base)

    def _segment(self, text: str, tone: str, ground: str, meta: Style) -> Segment:
        if tone == FOLD:
            meta += Style(meta={**meta.meta, "fold": True})
            tone = "key"
        return super()._segment(text, tone, ground, meta)

    def _empty_line(self, y: int, width: int) -> Strip:
        return Strip.blank(width, self._tones(""))

    def on_click(self, event: Click) -> None:
        # The selecting itself is done by the list this one is made from.
        meta = event.style.meta
        if meta.get("fold") and isinstance(meta.get("connection"), int):
            self.post_message(self.Folded(meta["connection"]))

    def action_fold(self, folding: bool) -> None:
        """Fold the clients of the selected listener away, or show them; from one of them, go up to
        its listener first."""
        id, roster = self.selected, self._roster
        if id is not None and id in roster.listeners:
            if folding is not (id in roster.folded):
                self.post_message(self.Folded(id))
            return
        connection = None if id is None else roster.connections.get(id)
        if folding and connection is not None and connection.peer is not None:
            self._select(connection.peer.listener)
