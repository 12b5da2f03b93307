"""The sidebar: connections of our own, listeners with their clients, saved profiles.

Owns which of these parts are there, and what stands in their borders. What is in them is theirs.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from wstui.core.marks import Marks
from wstui.core.roster import Roster
from wstui.core.units import clients_text, count_text
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.listener_list import ListenerList
from wstui.widgets.pulse import Pulse
from wstui.widgets.saved_list import SavedList


class Sidebar(Vertical):
    """Lists of all that there is."""

    def __init__(self, roster: Roster, pulse: Pulse, marks: Marks, *, id: str) -> None:
        super().__init__(id=id)
        self._roster = roster
        self._pulse = pulse
        self._marks = marks

    def compose(self) -> ComposeResult:
        roster, pulse, marks = self._roster, self._pulse, self._marks
        yield ConnectionList(roster, pulse, marks=marks, id="connections")
        listeners = ListenerList(roster, pulse, marks=marks, id="listeners")
        listeners.display = bool(roster.listeners)
        yield listeners
        yield SavedList(id="saved")

    @property
    def lists(self) -> tuple[ConnectionList, ListenerList]:
        """Connections of our own, and listeners with their clients."""
        return self.query_one(ConnectionList), self.query_one(ListenerList)

    def select(self, id: int | None) -> None:
        """Show what is selected."""
        for part in self.lists:
            part.selected = id

    def sync(self) -> None:
        """Look at everything again and draw what is in sight."""
        for part in self.lists:
            if part.display:
                part.sync()

    def take_stock(self) -> int:
        """Bring titles, and which parts there are, up to date; how many connections are open."""
        roster = self._roster
        own, listeners = self.lists
        census = roster.census()
        count = len(roster.listeners)
        own.display = bool(census.own) or not count
        own.border_title = Content(f"Connections {_number(census.own)}".rstrip())
        marks = [roster.connections[id].peer is None for id in self._marks]
        own.border_subtitle = _subtitle(census.own_open, sum(marks))
        listeners.display = bool(count)
        if count:
            clients = f" · {clients_text(roster.clients)}" if roster.clients else ""
            listeners.border_title = Content(f"Listeners {count}{clients}")
            listeners.border_subtitle = _subtitle(census.served_open, len(marks) - sum(marks))
        # All that is there, while both have room; else each takes a half.
        own.styles.max_height = own.natural_height if count else None
        return census.own_open + census.served_open


def _number(count: int) -> str:
    return count_text(count) if count else ""


def _subtitle(live: int, marked: int) -> Content | None:
    words = [f"{count_text(live)} open"] if live else []
    words += [f"{count_text(marked)} marked"] if marked else []
    return Content(" · ".join(words)) if words else None
