"""A segment: a run of consecutive entries of a transcript, in columns."""

from __future__ import annotations

from array import array
from typing import Final

from wstui.core.entry import Fragment

SEGMENT_SIZE: Final = 1 << 20
"""Bytes of payload after which a new segment is begun."""

ROW_COST: Final = 13
"""Bytes a row takes beside its payload: end (4), time (8), flags (1)."""

FRAGMENT_COST: Final = 96
"""Bytes a recorded fragment takes, about: a tuple with two floats and three integers."""


class Segment:
    """A run of consecutive entries in columns. Rows are counted from 0 within the segment."""

    __slots__ = ("data", "ends", "first", "flags", "fragments", "rtts", "times", "wires")

    def __init__(self, first: int) -> None:
        self.first = first
        """Number of the entry in row 0."""
        self.data: bytearray | bytes = bytearray()
        """All payloads, one after the other."""
        self.ends = array("I")
        """End of each payload in `data`, in bytes; it starts where the one before ends."""
        self.times = array("d")
        """Seconds since the epoch."""
        self.flags = bytearray()
        """One byte a row, see `entry`."""
        self.wires: array[int] | None = None
        """Wire bytes of each row; None while every row is one uncompressed frame."""
        self.fragments: dict[int, tuple[Fragment, ...]] = {}
        """Frames of those rows that came in more than one."""
        self.rtts: dict[int, float] = {}
        """Round-trip time in seconds of those pongs that answer a ping of ours."""

    def __len__(self) -> int:
        return len(self.flags)

    def span(self, row: int) -> tuple[int, int]:
        """Start and end of the payload of `row` in `data`."""
        return (self.ends[row - 1] if row else 0, self.ends[row])

    @property
    def memory(self) -> int:
        """Bytes this segment takes, within a few per cent."""
        rows = len(self.flags)
        wires = 4 * rows if self.wires is not None else 0
        fragments = FRAGMENT_COST * sum(map(len, self.fragments.values()))
        return len(self.data) + ROW_COST * rows + wires + fragments

    def seal(self) -> None:
        """Give back what the growing columns hold in reserve; nothing is appended afterwards."""
        self.data = bytes(self.data)
        self.ends = self.ends[:]
        self.times = self.times[:]
        self.flags = bytearray(bytes(self.flags))
