"""How far files have come, for people: a line at a terminal, and one when a file is done."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final

from wstui.core.file_transfer.progress import Rate, progress_line
from wstui.core.printable import printable
from wstui.core.units import rtt_text, size_text
from wstui.headless.saying import has_reader, say, write

PAUSE: Final = 0.1
"""Seconds between two pictures of the line."""

_ERASE: Final = "\r\x1b[K"


@dataclass(eq=False, slots=True)
class Shown:
    """A file that is under way."""

    name: str
    at: int
    size: int | None
    begun: float
    """In seconds of the monotonic clock."""
    from_before: int
    """Bytes that were there when it began."""
    rate: Rate
    has_started: bool = False

    @property
    def summary(self) -> str:
        """How it went, once it is done."""
        took = max(monotonic() - self.begun, 1e-6)
        sent = self.at - self.from_before
        words = f"{printable(self.name)}: {size_text(self.at)} in {rtt_text(took)}"
        words += f", {size_text(sent / took)}/s"
        if self.from_before and self.from_before == self.at:
            return f"{printable(self.name)}: {size_text(self.at)}, the same was there already"
        if self.from_before:
            words += f"; {size_text(self.from_before)} were there from before"
        return words


class Show:
    """Tells people on standard error; nothing but errors where it is `quiet`."""

    def __init__(self, *, quiet: bool, live: bool | None = None) -> None:
        """`live`: whether there is a line that moves; None: at a terminal."""
        self._live = not quiet and (has_reader() if live is None else live)
        self._quiet = quiet
        self._files: list[Shown] = []
        self._drawn = 0.0
        self._is_drawn = False

    def begin(self, name: str, size: int | None, at: int = 0) -> Shown:
        """A file is under way, `at` bytes of it being there."""
        now = monotonic()
        one = Shown(name, at, size, now, at, Rate(at, now))
        self._files.append(one)
        return one

    def starts(self, one: Shown, at: int) -> None:
        """It begins to move only now, from there; what was waited for before does not count."""
        if not one.has_started:
            now = monotonic()
            one.has_started, one.begun, one.at, one.from_before = True, now, at, at
            one.rate = Rate(at, now)

    def moved(self, one: Shown, at: int) -> None:
        """So much of it is there."""
        now = monotonic()
        one.at = at
        one.rate.add(at, now)
        if self._live and now - self._drawn >= PAUSE:
            self._drawn = now
            self._draw(now)

    def end(self, one: Shown, *, done: bool) -> None:
        """It is no longer under way; a line tells of it when it is `done`."""
        if one not in self._files:
            return
        self._files.remove(one)
        if done:
            self.note(one.summary)
        else:
            self._erase()

    def note(self, words: str) -> None:
        """A notice."""
        self._erase()
        if not self._quiet:
            write(words)

    def error(self, words: str) -> None:
        """What went wrong."""
        self._erase()
        say(words)

    def _draw(self, now: float) -> None:
        if not self._files:
            return
        one = self._files[0]
        width = shutil.get_terminal_size().columns - 1
        more = f" (+{len(self._files) - 1})" if len(self._files) > 1 else ""
        name = printable(one.name) + more
        self._put(_ERASE + progress_line(name, one.at, one.size, one.rate.value(now), width))
        self._is_drawn = True

    def _erase(self) -> None:
        if self._is_drawn:
            self._is_drawn = False
            self._put(_ERASE)

    @staticmethod
    def _put(text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
