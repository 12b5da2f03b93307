"""A segment: a run of consecutive entries of a transcript, in columns.

Owns how entries are laid out and what they cost. Numbering, totals and the cap on memory are
`transcript`'s matter.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise
from sys import getsizeof
from typing import Final

from wstui.core.entry import KIND_MASK, OUTGOING, Fragment, LocalEvent, header_size

SEGMENT_SIZE: Final = 1 << 20
"""Bytes of payload after which a new segment is begun."""

SEGMENT_MEMORY: Final = 2 << 20
"""Bytes after which a new segment is begun, columns included: many rows, or many fragments."""

LARGE: Final = 32 << 10
"""Bytes from which on what is recorded at once becomes a segment's data as it is, uncopied."""

SEGMENT_COST: Final = 1000
"""Bytes a segment takes beside what its rows do: its objects, about."""

ROW_COST: Final = 9
"""Bytes a row takes beside its payload, where that ends, and wire bytes: time (8), flags (1)."""

RTT_COST: Final = 140
"""Bytes a round-trip time takes, about: few entries have one."""

NARROW: Final = 0xFFFF_FFFF
"""The greatest number that a column of four bytes a row can hold."""

EMPTY: Final = getsizeof(bytearray())
"""Bytes that an empty bytearray takes."""

_FIN: Final = 0x80
_RSV1: Final = 0x40
_MASKED: Final = 0x20


def minimal_wires(flags: bytes | bytearray, lengths: Sequence[int], *, client: bool) -> list[int]:
    """Wire bytes of single uncompressed frames with these flags and payload lengths.

    `client` tells which direction is masked, see `Transcript`.
    """
    return [
        length + header_size(length, masked=bool(flag & OUTGOING) is client)
        if flag & KIND_MASK
        else 0
        for flag, length in zip(flags, lengths, strict=True)
    ]


class FragmentColumns:
    """The frames of those rows that came in more than one."""

    __slots__ = ("bits", "ends", "rows", "sizes", "times", "wires")

    def __init__(self) -> None:
        self.rows = array("I")
        """Rows of the segment that have fragments, in ascending order."""
        self.ends = array("I")
        """For each of these rows: the end of its fragments in the columns below."""
        self.times = array("d")
        """Seconds since the epoch."""
        self.bits = bytearray()
        """Opcode, FIN, RSV1 and whether there was a masking key."""
        self.sizes = array("Q")
        """Payload bytes."""
        self.wires = array("Q")
        """Wire bytes."""

    def add(self, row: int, fragments: Sequence[Fragment]) -> None:
        """Keep the fragments of `row`, if any; it comes after all rows added before."""
        if not fragments:
            return
        for part in fragments:
            self.times.append(part.time)
            self.bits.append(
                part.opcode | _FIN * part.fin | _RSV1 * part.rsv1 | _MASKED * part.masked
            )
            self.sizes.append(part.size)
            self.wires.append(part.wire)
        self.rows.append(row)
        self.ends.append(len(self.bits))

    def get(self, row: int) -> tuple[Fragment, ...] | None:
        """The fragments of `row`; None when it has none."""
        index = bisect_left(self.rows, row)
        if index == len(self.rows) or self.rows[index] != row:
            return None
        start = self.ends[index - 1] if index else 0
        return tuple(self._fragment(number) for number in range(start, self.ends[index]))

    def _fragment(self, number: int) -> Fragment:
        bits = self.bits[number]
        return Fragment(
            self.times[number],
            bits & KIND_MASK,
            bool(bits & _FIN),
            bool(bits & _RSV1),
            bool(bits & _MASKED),
            self.sizes[number],
            self.wires[number],
        )

    @property
    def memory(self) -> int:
        """Bytes the fragments take, within an eighth."""
        return 8 * len(self.rows) + 25 * len(self.bits)


NO_FRAGMENTS: Final = FragmentColumns()
"""Those of all segments that have none; nothing is ever added to it."""


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
        self.fragments = NO_FRAGMENTS
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

    def payload(self, row: int, most: int | None = None) -> bytes:
        """The payload of `row`, copied: its first `most` bytes, or all of it where that is None."""
        start, end = self.span(row)
        if most is not None:
            end = min(end, start + most)
        # The view is gone at once: while there is one, the bytearray below it cannot grow.
        return bytes(memoryview(self.data)[start:end])

    def event(self, row: int) -> LocalEvent:
        """The local event that `row` is.

        Raises:
            ValueError: it is none.
        """
        return LocalEvent.decode(self.payload(row))

    def extend(
        self,
        flags: bytes | bytearray,
        lengths: Sequence[int],
        data: bytes | bytearray,
        time: float,
        wires: Sequence[int] | None,
        *,
        client: bool,
    ) -> None:
        """Append rows, see `Transcript.append_batch`.

        Into an empty segment `data` of `LARGE` bytes goes as it is, uncopied: growing a segment
        by so much costs copies.
        """
        before = len(self.data)
        if wires is not None and self.wires is None:
            self.wires = array("I", self._derived_wires(client))
        if not before and len(data) >= LARGE:
            self.data = data
            if len(data) > NARROW:
                self.ends = array("Q")
        else:
            assert isinstance(self.data, bytearray)
            self.data += data
        ends = accumulate(lengths, initial=before)
        next(ends)
        self.ends.extend(ends)
        self.times.extend(array("d", (time,)) * len(lengths))
        self.flags += flags
        if self.wires is not None:
            if wires is None:
                wires = minimal_wires(flags, lengths, client=client)
            self.wires = _extended(self.wires, wires)

    def _derived_wires(self, client: bool) -> list[int]:
        """Wire bytes of the rows recorded so far, none of which was compressed or fragmented."""
        lengths = [end - start for start, end in pairwise((0, *self.ends))]
        return minimal_wires(self.flags, lengths, client=client)

    @property
    def memory(self) -> int:
        """Bytes this segment takes, within a few per cent once it is sealed."""
        row = ROW_COST + self.ends.itemsize
        if self.wires is not None:
            row += self.wires.itemsize
        memory = SEGMENT_COST + len(self.data) + self.reserve + row * len(self.flags)
        if self.fragments.rows:
            memory += self.fragments.memory
        if self.rtts:
            memory += RTT_COST * len(self.rtts)
        return memory

    def add_fragments(self, row: int, fragments: Sequence[Fragment]) -> None:
        """Keep the fragments of `row`, if any; it comes after all rows with any."""
        if fragments and self.fragments is NO_FRAGMENTS:
            self.fragments = FragmentColumns()
        self.fragments.add(row, fragments)

    def seal(self) -> None:
        """Close the segment and count what it holds in reserve.

        The small columns give theirs back. Copying the payloads to give back at most an eighth
        of them would cost more time than recording them did.
        """
        self.closed = True
        self.ends = self.ends[:]
        self.times = self.times[:]
        self.flags = bytearray(bytes(self.flags))
        self.reserve = max(getsizeof(self.data) - EMPTY - len(self.data), 0)


def _extended(column: array[int], values: Sequence[int]) -> array[int]:
    """`column` with `values` behind, made wider when one of them needs it."""
    try:
        more = array(column.typecode, values)
    except OverflowError:
        column, more = array("Q", column), array("Q", values)
    column.extend(more)
    return column
