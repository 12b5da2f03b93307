"""Runs of entry numbers that have something in common, such as coming after our close frame."""

from __future__ import annotations

from array import array
from bisect import bisect_right


class Spans:
    """Runs of numbers; each begins behind the one before, and the last may be open."""

    def __init__(self) -> None:
        self._borders = array("Q")  # beginning, end, beginning, …

    def begin(self, number: int) -> None:
        """A run begins with `number`, unless one is open."""
        if len(self._borders) % 2 == 0:
            self._borders.append(number)

    def end(self, number: int) -> None:
        """The open run, if there is one, ends before `number`."""
        if len(self._borders) % 2:
            self._borders.append(number)

    def __contains__(self, number: int) -> bool:
        return bisect_right(self._borders, number) % 2 == 1
