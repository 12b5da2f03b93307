"""A segment: a run of consecutive entries of a transcript, in columns."""

from __future__ import annotations

from array import array
from sys import getsizeof
from typing import Final

from wstui.core.entry import Fragment

SEGMENT_SIZE: Final = 1 << 20
"""Bytes of payload after which a new segment is begun."""

LARGE: Final = 32 << 10
"""Bytes from which on what is recorded at once becomes a segment's data as it is, uncopied."""

ROW_COST: Final = 13
"""Bytes a row takes beside its payload: end (4), time (8), flags (1)."""

FRAGMENT_COST: Final = 96
"""Bytes a recorded fragment takes, about: a tuple with two floats and three integers."""


EMPTY: Final = getsizeof(bytearray())
"""Bytes that an empty bytearray takes."""


class Segment:
    """A run of consecutive entries in columns. Rows are counted from 0 within the segment."""

    __slots__ = (
        "closed",
        "data",
        "ends",
        "first",
        "flags",
        "fragments",
        "reserve",
        "rtts",
        "times",
        "wires",
    )

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
        self.closed = False
        """Whether nothing is appended any more."""
        self.reserve = 0
        """Bytes that `data` holds beyond its length; known once the segment is sealed."""
        self.rtts: dict[int, float] = {}
        """Round-trip time in seconds of those pongs that answer a ping of ours."""

    def __len__(self) -> int:
        return len(self.flags)

    def span(self, row: int) -> tuple[int, int]:
        """Start and end of the payload of `row` in `data`."""
        return (self.ends[row - 1] if row else 0, self.ends[row])

    @property
    def memory(self) -> int:
        """Bytes this segment takes, within a few per cent once it is sealed."""
        rows = len(self.flags)
        wires = 4 * rows if self.wires is not None else 0
        fragments = FRAGMENT_COST * sum(map(len, self.fragments.values()))
        return len(self.data) + self.reserve + ROW_COST * rows + wires + fragments

    def seal(self) -> int:
        """Close the segment; returns the bytes that it holds in reserve.

        The small columns give theirs back. Copying the payloads to give back at most an eighth
        of them would cost more time than recording them did.
        """
        self.closed = True
        self.ends = self.ends[:]
        self.times = self.times[:]
        self.flags = bytearray(bytes(self.flags))
        self.reserve = max(getsizeof(self.data) - EMPTY - len(self.data), 0)
        return self.reserve
