"""Reconnecting: whether it is wanted, how long is waited before each attempt, and how many.

Owns the ladder of delays. Which failures are tried again at all is `retry_rules`' matter, waiting
and connecting that of the net ring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from wstui.core.options.info import (
    SWITCH,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    limit,
    switch,
)
from wstui.core.units import exact_seconds_text, parse_seconds

MOST_SECONDS: Final = 86_400.0
"""The longest delay that may be asked for: a day."""

MOST_FACTOR: Final = 1000.0

MOST_ATTEMPTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Whether and how a connection that ended, or could not be opened, is opened again.

    Before attempt n a time is waited that is drawn evenly from 0 to ``first * factor ** (n - 1)``
    seconds, but at most `cap`: exponential backoff with full jitter, so that many clients of one
    server do not come back all at once.
    """

    on: bool = False
    first: float = 1.0
    """Seconds that are waited at most before the first attempt."""
    factor: float = 2.0
    """By how much that grows from one attempt to the next; at least 1."""
    cap: float = 60.0
    """Seconds over which it does not grow."""
    attempts: int | None = None
    """Attempts in a row after which it is given up; None goes on for ever."""
    stable: float = 30.0
    """Seconds that a connection must have been open for the attempts to be counted anew."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields."""
        found = []
        for name, words, least in (
            ("first", "The first delay", 0.001),
            ("cap", "The longest delay", 0.001),
            ("stable", "The time to be stable", 0.0),
        ):
            # NaN compares false with everything and must not pass for a number of seconds.
            if not least <= getattr(self, name) <= MOST_SECONDS:
                least_words = "1 ms" if least else "0 s"
                found.append(
                    OptionError(f"reconnect.{name}", f"{words} must be {least_words} to one day.")
                )
        if not found and self.cap < self.first:
            found.append(
                OptionError("reconnect.cap", "The longest delay is shorter than the first one.")
            )
        if not 1 <= self.factor <= MOST_FACTOR:
            found.append(
                OptionError("reconnect.factor", f"The factor must be 1 to {MOST_FACTOR:g}.")
            )
        if self.attempts is not None and not 1 <= self.attempts <= MOST_ATTEMPTS:
            found.append(
                OptionError(
                    "reconnect.attempts", f"The attempts must be 1 to {MOST_ATTEMPTS:,}, or off."
                )
            )
        return found

    def longest(self, attempt: int) -> float:
        """Seconds that are waited at most before attempt `attempt`, the first being 1."""
        if self.factor == 1:
            return min(self.first, self.cap)
        # By logarithms, since the power itself is soon too large for a float.
        rungs = math.log(self.cap / self.first) / math.log(self.factor)
        if attempt - 1 >= rungs:
            return self.cap
        return min(self.cap, self.first * self.factor ** (attempt - 1))

    def delay(self, attempt: int, draw: float, at_least: float = 0.0) -> float:
        """Seconds to wait before attempt `attempt`.

        `draw` is random, from 0 to 1; `at_least` is what the server asked for, which goes before.
        """
        return max(self.longest(attempt) * draw, at_least)


@dataclass(frozen=True, slots=True)
class Retry:
    """An attempt to open a connection again: planned while that waits, else under way."""

    attempt: int
    """Counted from 1 since the connection was last stable; 0 for one that the user asked for."""
    at: float
    """When it begins or began, in seconds since the epoch."""


def _seconds(text: str) -> float:
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise ValueError("Write a time such as 10 s, 500 ms or 2 min.") from error


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("Write a number such as 2 or 1.5.")
    return value


def _count(text: str) -> int:
    word = text.strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= 9):
        raise ValueError("Write a number such as 10, or off.")
    return int(word)


_SECONDS: Final = Codec(_seconds, exact_seconds_text, short=True)
_NUMBER: Final = Codec(_number, lambda value: repr(value).removesuffix(".0"), short=True)

RECONNECT_ROWS: Final = (
    OptionInfo(
        "reconnect.on",
        "Reconnect",
        Section.STAYING,
        SWITCH,
        switch("reconnect", on="open it again when it fails or ends, unless that is final"),
        hint="unless you end it, or it is final",
    ),
    OptionInfo(
        "reconnect.first",
        "First delay",
        Section.STAYING,
        _SECONDS,
        (Flag(("--reconnect-first",), "longest wait before the 1st attempt (1 s)", "TIME"),),
        hint="at most, before the first attempt",
    ),
    OptionInfo(
        "reconnect.factor",
        "Factor",
        Section.STAYING,
        _NUMBER,
        (Flag(("--reconnect-factor",), "by which that grows at each attempt (2)", "NUMBER"),),
        hint="by which it grows at each attempt",
    ),
    OptionInfo(
        "reconnect.cap",
        "Longest delay",
        Section.STAYING,
        _SECONDS,
        (Flag(("--reconnect-cap",), "over which it does not grow (60 s)", "TIME"),),
        hint="over which it does not grow",
    ),
    OptionInfo(
        "reconnect.attempts",
        "Most attempts",
        Section.STAYING,
        limit(_count, str),
        (Flag(("--reconnect-attempts",), "attempts in a row, or off: no limit (off)", "N"),),
        hint="in a row; off goes on for ever",
    ),
    OptionInfo(
        "reconnect.stable",
        "Stable after",
        Section.STAYING,
        _SECONDS,
        (Flag(("--reconnect-stable",), "open so long, attempts count anew (30 s)", "TIME"),),
        hint="open so long, attempts count anew",
    ),
)
