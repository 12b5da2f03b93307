"""The search of a transcript view: the filter in force, and the matches that n and N go through.

Owns steps between matches. Finding them is the work of
`wstui.core.filter`; when to spend time on it, and where to scroll, is the view's decision.
"""

from __future__ import annotations

from time import perf_counter

from wstui.core.filter import Filter, Matches
from wstui.core.transcript import Transcript


class StillLooking(Exception):
    """The answer is not known before more of the transcript was looked at: `advance` and retry."""


class Search:
    """A filter over one transcript at a time."""

    def __init__(self) -> None:
        self.filter: Filter | None = None
        """What decides which entries are shown; None shows all."""
        self.matches: Matches | None = None
        """What matches it; None without a filter."""
        self.pending: tuple[int, int] | None = None
        """A step asked for, as `step` takes it, that waits until more was looked at."""
        self._transcript: Transcript | None = None

    def attach(self, transcript: Transcript | None) -> None:
        """Search in `transcript` from now on, with the same filter."""
        self._transcript = transcript
        self.pending = None
        self._begin()

    def set(self, filter: Filter | None) -> None:
        """Show what `filter` lets through; None lifts it."""
        self.filter = filter
        self.pending = None
        self._begin()

    def _begin(self) -> None:
        self.matches = None
        if self._transcript is not None and self.filter is not None:
            self.matches = Matches(self._transcript, self.filter)

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for matches, so that time may be spent on finding them."""
        return self.matches is not None

    def advance(self, seconds: float) -> bool:
        """Look at more entries for about `seconds`; whether more remain."""
        return self.matches is not None and self.matches.advance(seconds, perf_counter)

    @property
    def progress(self) -> float | None:
        """Part of the held entries that was looked at, 0 to 1; None when it is all of them."""
        if self.matches is None or self._transcript is None or self.matches.is_complete:
            return None
        first = self._transcript.first
        return (self.matches.scanned - first) / (len(self._transcript) - first)

    @property
    def unsearched(self) -> int:
        """Entries that the filter gave up on, or that came faster than it could look at them."""
        return 0 if self.matches is None else self.matches.timed_out + self.matches.missed

    def step(self, number: int, step: int) -> int | None:
        """The next match after entry `number` (`step` 1) or before it (-1); None: there is none.

        Raises:
            StillLooking: entries that decide it were not looked at yet.
        """
        if self.matches is None or self._transcript is None:
            return None
        if step > 0:
            found = self.matches.next(number)
            if found is None and not self.matches.is_complete:
                raise StillLooking
            return found
        if self.matches.scanned < min(number, len(self._transcript)):
            raise StillLooking
        return self.matches.next(number, -1)
