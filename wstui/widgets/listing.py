"""Which entry stands on which line of a transcript view.

Owns the translation between entry numbers, which are for ever, and lines, which shift when old
entries are dropped or a filter changes. What lies on a line is drawn by `rows`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final, NamedTuple

from wstui.core.entry import KIND_MASK, Kind
from wstui.core.filter import Matches
from wstui.core.transcript import Transcript

LOOK_BACK: Final = 256
"""Lines in which a data message is looked for."""

_DATA: Final = (Kind.TEXT, Kind.BINARY)


class Counts(NamedTuple):
    """How much of a transcript is shown, for titles and the filter bar."""

    shown: int = 0
    """Entries that pass the filter; all when there is none."""
    total: int = 0
    """Entries held in memory."""
    unseen: int = 0
    """Shown entries that came since following stopped and are below what was looked at."""
    following: bool = True
    progress: float | None = None
    """Part of the transcript that the filter has looked at, 0 to 1; None when it is all."""
    unsearched: int = 0
    """Entries that the filter gave up on, or that came faster than it could look at them."""


class Listing:
    """The shown entries of a transcript as it was at the last `update`.

    Without `matches` all entries are shown, and before the first held one the gap that stands for
    those dropped. With them only what matches is.
    """

    def __init__(self, transcript: Transcript, matches: Matches | None = None) -> None:
        self.transcript = transcript
        self.matches = matches
        self._base = 0  # entry on line 0, without matches
        self._numbers: array[int] = array("Q")  # entries by line, with matches
        self._length = 0
        self.update()

    def update(self) -> None:
        """Look at the transcript again."""
        if self.matches is None:
            self._base = max(self.transcript.first - 1, 0)
            self._length = len(self.transcript) - self._base
        else:
            # Asking for the numbers forgets dropped ones: done here only, where lines may shift.
            self._numbers = self.matches.numbers
            self._length = len(self._numbers)

    def __len__(self) -> int:
        return self._length

    def number(self, line: int) -> int:
        """The entry on `line`.

        Raises:
            IndexError: there is no such line.
        """
        if not 0 <= line < self._length:
            raise IndexError(f"line {line} of {self._length}")
        return self._base + line if self.matches is None else self._numbers[line]

    def line(self, number: int) -> int:
        """The line of entry `number`, or of the first shown one after it; `len` when none is."""
        if self.matches is None:
            return min(max(number - self._base, 0), self._length)
        return bisect_left(self._numbers, number, 0, self._length)

    def last_data(self, stop: int) -> int:
        """The last line before `stop` with a data message, or just the last one if none is near.

        There must be a line before `stop`.
        """
        first = self.transcript.first
        for line in range(stop - 1, max(stop - LOOK_BACK, 0) - 1, -1):
            number = self.number(line)
            if number < first:
                break
            if self.transcript.entry(number).flags & KIND_MASK in _DATA:
                return line
        return stop - 1

    def shows(self, number: int) -> bool:
        """Whether entry `number` is on some line."""
        line = self.line(number)
        return line < self._length and self.number(line) == number

    def reaches(self, number: int) -> bool:
        """Whether it is settled on which line `number` stands: the filter has looked at it."""
        return self.matches is None or self.matches.scanned > number
