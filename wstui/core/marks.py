"""Marks on connections: the chosen set that several are closed, dropped or written to with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wstui.core.connection import Connection


class Marks:
    """Which of `connections` are marked. A removed connection takes its mark with it."""

    def __init__(self, connections: Mapping[int, Connection]) -> None:
        self._connections = connections
        self._ids: set[int] = set()

    def __contains__(self, id: object) -> bool:
        return id in self._ids and id in self._connections

    def __iter__(self) -> Iterator[int]:
        """The ids of those that are marked, in the order of the list."""
        return iter([id for id in self._connections if id in self._ids] if self._ids else [])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def toggle(self, id: int) -> bool:
        """Mark connection `id`, or take its mark away; whether it is marked now."""
        self._ids ^= {id}
        return id in self._ids

    def toggle_all(self) -> None:
        """Mark all that live; take all marks away where any was set."""
        if self:
            self.clear()
        else:
            self._ids = {id for id, one in self._connections.items() if one.is_live}

    def clear(self) -> None:
        """Take all marks away."""
        self._ids.clear()
