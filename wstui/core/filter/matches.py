"""Which entries of a transcript match a filter: an index that grows in short steps.

Owns the order of the work and where it stands: entries are looked at from the oldest held to the
newest, in chunks small enough that the caller can stop at any time and go on later. How a term
searches a chunk is `filter.terms`' matter; when there is time for it, the caller's.

The open segment's data is a bytearray that grows: only copies of parts of it are kept from one
step to the next, never a view.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator
from itertools import compress
from typing import Final

from wstui.core.entry import KIND_MASK
from wstui.core.filter.language import Filter
from wstui.core.filter.terms import (
    SPECIAL_KINDS,
    WINDOW,
    Chunk,
    Read,
    difference,
    entry_text,
    intersection,
    reader,
)
from wstui.core.segment import Segment
from wstui.core.transcript import Transcript

FLAG_ROWS: Final = 16_384
"""Rows that are looked at in one step when only their flags count."""

TEXT_ROWS: Final = 2048
"""Rows, at most, that are searched for text in one step, in at most `WINDOW` bytes."""

SPECIAL_ROWS: Final = 128
"""Rows, at most, whose text is read in one step when it is not their payload."""

BEHIND: Final = 100_000
"""Entries that may wait to be looked at when older ones are dropped unseen; see `_skip`."""

_SPECIAL: Final = bytes((flags & KIND_MASK) in SPECIAL_KINDS for flags in range(256))


class Matches:
    """The numbers of those entries of `transcript` that match `filter`, in ascending order.

    It knows of new entries only after `advance`; entries that the transcript drops vanish by
    themselves. The gap event, which is entry ``first - 1``, is never among them.
    """

    def __init__(self, transcript: Transcript, filter: Filter) -> None:
        self.transcript = transcript
        self.filter = filter
        self.timed_out = 0
        """Entries on which a regular expression was given up, counted as not found."""
        self.missed = 0
        """Entries that were dropped or passed over before they were looked at."""
        self._numbers = array("Q")
        self._scanned = transcript.first
        self._table = filter.table()
        self._steps = self._scan()

    # Reading

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> int:
        """The number of the match at `index`, from 0; negative ones count from the end."""
        return self.numbers[index]

    @property
    def numbers(self) -> array[int]:
        """All matches found so far that are still held. Not to be changed."""
        self.dropped(self.transcript.first)
        return self._numbers

    @property
    def scanned(self) -> int:
        """The number of the next entry to look at: those before are in the index or no match."""
        return max(self._scanned, self.transcript.first)

    @property
    def is_complete(self) -> bool:
        """Whether every entry was looked at."""
        return self.scanned >= len(self.transcript)

    def row_of(self, number: int) -> int:
        """Index of the first match at or after entry `number`; ``len()`` when there is none."""
        return bisect_left(self.numbers, number)

    def next(self, number: int, step: int = 1) -> int | None:
        """The `step`-th match after entry `number`, or before it when `step` is negative.

        None when there are not that many. Entry `number` itself does not count, match or not.
        """
        numbers = self.numbers
        if step > 0:
            index = bisect_right(numbers, number) + step - 1
        else:
            index = bisect_left(numbers, number) + step
        return numbers[index] if 0 <= index < len(numbers) else None

    # Growing

    def dropped(self, first: int) -> None:
        """Forget the matches below entry `first`: the transcript holds them no longer."""
        if self._numbers and self._numbers[0] < first:
            del self._numbers[: bisect_left(self._numbers, first)]

    def advance(self, max_seconds: float, clock: Callable[[], float]) -> bool:
        """Look at more entries until none is left or `max_seconds` are over by `clock` (seconds).

        At least one step is made; a step takes 1 ms or two, with a regular expression up to 3.
        Returns whether entries remain to be looked at.
        """
        deadline = clock() + max_seconds
        while not self.is_complete:
            next(self._steps)
            if clock() >= deadline:
                break
        return not self.is_complete

    def _scan(self) -> Generator[None, None, None]:
        """Look at entries in order, for ever; yields after each step."""
        while True:
            if self._scanned < self.transcript.first:
                self._skip()
            number = self.scanned
            segment = next(self.transcript.segments(number))
            row = number - segment.first
            if not self.filter.text_terms:
                self._scan_flags(segment, row)
            else:
                stop = self._chunk_end(segment, row)
                start, end = segment.span(row)
                if end - start > WINDOW:
                    yield from self._scan_large(segment, row)
                else:
                    yield from self._scan_texts(segment, row, stop)
            yield

    def _skip(self) -> None:
        """Entries went before they were looked at: more comes in than can be searched.

        Going on with the oldest would only ever find what is dropped next, so what is newest is
        looked at, and the rest counted as missed.
        """
        first, total = self.transcript.first, len(self.transcript)
        ahead = first + (total - first) * 3 // 4 if total - first > BEHIND else first
        self.missed += ahead - self._scanned
        self._scanned = ahead

    def _scan_flags(self, segment: Segment, row: int) -> None:
        flags = segment.flags[row : row + FLAG_ROWS]
        self._add(segment.first + row, flags.translate(self._table))

    def _add(self, number: int, selected: bytes | bytearray) -> None:
        """Note which of the entries from `number` on match: those that are 1 in `selected`."""
        numbers = range(number, number + len(selected))
        if 0 not in selected:
            self._numbers.extend(numbers)
        elif 1 in selected:
            self._numbers.extend(compress(numbers, selected))
        self._scanned = numbers.stop

    def _chunk_end(self, segment: Segment, row: int) -> int:
        """The row after those that are searched together with `row`."""
        start = segment.span(row)[0]
        stop = min(row + TEXT_ROWS, len(segment))
        return max(bisect_right(segment.ends, start + WINDOW, row, stop), row + 1)

    def _scan_texts(self, segment: Segment, row: int, stop: int) -> Generator[None, None, None]:
        number = segment.first + row
        flags = bytes(segment.flags[row:stop])
        selected = flags.translate(self._table)
        if 1 in selected:
            chunk = yield from self._chunk(segment, row, stop, flags)
            for term in self.filter.text_terms:
                hits = yield from term.mark(chunk, selected)
                selected = (difference if term.negated else intersection)(selected, hits)
                if 1 not in selected:
                    break
            self.timed_out += chunk.timed_out
        self._add(number, selected)

    @staticmethod
    def _chunk(segment: Segment, row: int, stop: int, flags: bytes) -> Generator[None, None, Chunk]:
        base = segment.span(row)[0]
        end = segment.ends[stop - 1]
        chunk = Chunk(bytes(segment.data[base:end]), segment.ends[row:stop], base, {})
        marks = flags.translate(_SPECIAL)
        special = marks.find(1)
        while special >= 0:
            start, end = chunk.span(special)
            chunk.special[special] = entry_text(flags[special] & KIND_MASK, chunk.data[start:end])
            if len(chunk.special) % SPECIAL_ROWS == 0:
                yield
            special = marks.find(1, special + 1)
        return chunk

    def _scan_large(self, segment: Segment, row: int) -> Generator[None, None, None]:
        """Look at one payload that is too large for one step."""
        number = segment.first + row
        kind = segment.flags[row] & KIND_MASK
        matches = self._table[segment.flags[row]] == 1
        if matches:
            read, size = self._reader(segment, row, kind)
            for term in self.filter.text_terms:
                found = yield from term.search(read, size)
                self.timed_out += found is None
                if bool(found) is term.negated:
                    matches = False
                    break
        self._add(number, bytes((matches,)))

    @staticmethod
    def _reader(segment: Segment, row: int, kind: int) -> tuple[Read, int]:
        """What reads parts of the text of one row, and its size in bytes."""
        start, end = segment.span(row)
        if kind in SPECIAL_KINDS:
            text = entry_text(kind, segment.payload(row))
            return reader(text), len(text)
        return (lambda low, high: bytes(segment.data[start + low : start + high])), end - start
