"""Connections and listeners in the order in which they are shown: those of our own first, then
each listener with its clients under it.

Owns which clients are folded away. How each of them looks is the matter of the widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from wstui.core.connection import Connection, State
from wstui.core.listener import Listener

Source = Connection | Listener
"""What can be selected: it has an id and a transcript."""

NO_LISTENERS: Final[Mapping[int, Listener]] = MappingProxyType({})


class Census(NamedTuple):
    """How many connections there are."""

    own: int
    """Of our own."""
    own_open: int
    served_open: int
    """Clients of our listeners that are open."""


class Roster:
    """The ids of a pool from top to bottom. It looks at the pool whenever it is asked."""

    def __init__(
        self,
        connections: Mapping[int, Connection],
        listeners: Mapping[int, Listener] = NO_LISTENERS,
    ) -> None:
        self.connections = connections
        self.listeners = listeners
        self.folded: set[int] = set()
        """Ids of the listeners whose clients are folded away."""

    @property
    def own(self) -> list[int]:
        """The connections that we began, and those whose listener is no longer listed."""
        listeners = self.listeners
        if not listeners:
            return list(self.connections)
        return [
            id
            for id, one in self.connections.items()
            if one.peer is None or one.peer.listener not in listeners
        ]

    @property
    def served(self) -> list[int]:
        """Each listener, followed by its clients unless they are folded away."""
        ids: list[int] = []
        connections = self.connections
        for listener in self.listeners.values():
            ids.append(listener.id)
            if listener.id not in self.folded:
                ids += [id for id in listener.clients if id in connections]
        return ids

    @property
    def ids(self) -> list[int]:
        """All that is shown."""
        return self.own + self.served

    def census(self) -> Census:
        """How many there are, in one pass over all of them."""
        listeners = self.listeners
        own = own_open = served_open = 0
        for one in self.connections.values():
            is_open = one.state is State.OPEN
            if one.peer is None or one.peer.listener not in listeners:
                own += 1
                own_open += is_open
            else:
                served_open += is_open
        return Census(own, own_open, served_open)

    @property
    def clients(self) -> int:
        """Clients of all listeners that have not ended."""
        return sum(listener.live for listener in self.listeners.values())

    def __contains__(self, id: object) -> bool:
        """Whether there is such a connection or listener, folded away or not."""
        return id in self.connections or id in self.listeners

    def open_clients(self, listener: Listener) -> list[int]:
        """The clients of `listener` to which something can be sent."""
        found = (self.connections.get(id) for id in listener.clients)
        return [one.id for one in found if one is not None and one.is_open]

    def live_clients(self, listener: Listener) -> list[int]:
        """The clients of `listener` that have not ended."""
        found = (self.connections.get(id) for id in listener.clients)
        return [one.id for one in found if one is not None and one.is_live]

    def fold(self, id: int) -> None:
        """Fold the clients of listener `id` away, or show them again."""
        self.folded ^= {id}

    def reveal(self, id: int) -> None:
        """Unfold what client `id` is under."""
        connection = self.connections.get(id)
        if connection is not None and connection.peer is not None:
            self.folded.discard(connection.peer.listener)

    def neighbour(self, gone: int | None) -> int | None:
        """What is selected when `gone` is no more, or nothing was: the first, or the one with the
        nearest number; None when there is nothing."""
        ids = self.ids
        if gone is None or not ids:
            return ids[0] if ids else None
        return min(ids, key=lambda id: (abs(id - gone), id))
