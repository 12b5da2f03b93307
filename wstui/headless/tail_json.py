"""Entries of connections as NDJSON, for `tail`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wstui.core.connection import Connection
from wstui.core.segment import Segment
from wstui.headless.connection_lines import connection_lines
from wstui.headless.entry_lines import entry_lines


class JsonLines:
    """Makes lines of JSON of the entries of `connections`, see `tail_lines.Maker`."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._ids = [one.id for one in connections]
        self._events = [connection_lines(one) for one in connections]

    def make(
        self, index: int, segment: Segment, start: int, stop: int, marks: bytes | bytearray
    ) -> Iterator[bytes]:
        """The rows from `start` to `stop` of the connection `index` that are marked."""
        for row, mark in enumerate(marks, start):
            if mark:
                yield from entry_lines(self._ids[index], segment, row, self._events[index])
