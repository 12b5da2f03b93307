"""Plans for sending a message: in which fragments, how often, how fast, with what filled in.

Pure: the time, and what is unique, are arguments. Doing what a plan says is the net ring's matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from wstui.core.entry import Kind
from wstui.core.options.info import OptionError
from wstui.core.units import exact_size_text, parse_size

MAX_FRAGMENTS: Final = 65_536
"""Fragments of one message that may be asked for; each is kept with its time."""

MAX_TIMES: Final = 10**9
"""Times that a message may be repeated; without an end it may be, too."""

LONGEST: Final = 86_400.0
"""Seconds between two messages or fragments that may be asked for: a day."""

BURST: Final = 0.05
"""Seconds' worth of a rate that may be caught up on at once: timers are no more exact."""

REST: Final = "rest"
FOREVER: Final = "forever"


@dataclass(frozen=True, slots=True)
class FragmentSizes:
    """Into how many bytes each a message is cut (RFC 6455 section 5.4)."""

    first: tuple[int, ...]
    """Bytes of the first fragments; 0 makes an empty one."""
    each: int | None
    """Bytes of all further ones; None: one more with the rest."""

    def count(self, size: int) -> int:
        """How many fragments a message of `size` bytes has, at least 1."""
        left, fragments = self._first(size)
        further = 0 if not left else 1 if self.each is None else -(-left // self.each)
        return len(fragments) + further or 1

    def cut(self, size: int) -> list[int]:
        """Bytes of each fragment of a message of `size` bytes; the sizes end where it does."""
        left, fragments = self._first(size)
        if left and self.each is None:
            fragments.append(left)
        elif left and self.each is not None:
            fragments += [self.each] * (left // self.each)
            fragments += [left % self.each] if left % self.each else []
        return fragments or [0]

    def _first(self, size: int) -> tuple[int, list[int]]:
        """What is left after the first fragments, and their sizes."""
        fragments: list[int] = []
        for first in self.first:
            if not size:
                break
            fragments.append(min(first, size))
            size -= fragments[-1]
        return size, fragments

    def __str__(self) -> str:
        """As `parse_sizes` reads it."""
        return ",".join([*map(str, self.first), REST if self.each is None else str(self.each)])


def parse_sizes(text: str) -> FragmentSizes:
    """Fragment sizes from ``10,20,rest`` or ``4 KiB``: the last size is that of all further ones.

    Raises:
        ValueError: it is no such text; the message is a sentence for the user.
    """
    words = [word.strip().lower() for word in text.split(",")]
    if len(words) > MAX_FRAGMENTS:
        raise ValueError(f"At most {MAX_FRAGMENTS:,} fragments can be sent.")
    try:
        sizes = [parse_size(word) for word in words[:-1]]
        last = None if words[-1] == REST else parse_size(words[-1])
    except ValueError as error:
        raise ValueError("Write sizes such as 10,20,rest, or 8 for 8 bytes each.") from error
    if last == 0:
        raise ValueError("The last size is that of all further fragments, at least 1 byte.")
    return FragmentSizes(tuple(sizes), last)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many messages, or bytes of payload, a second."""

    amount: float
    of_bytes: bool = False

    def __str__(self) -> str:
        """As `parse_rate` reads it."""
        if self.of_bytes:
            return f"{exact_size_text(round(self.amount))}/s"
        return f"{self.amount:.9f}".rstrip("0").rstrip(".") + "/s"


_PER_SECOND: Final = re.compile(r"\s*/\s*s(?:ec)?\Z")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def parse_rate(text: str) -> Rate:
    """A rate from ``100/s``, ``0.5`` (messages a second) or ``64 KiB/s`` (bytes a second).

    Raises:
        ValueError: it is no such text; the message is a sentence for the user.
    """
    word = _PER_SECOND.sub("", text.strip().lower())
    try:
        if _NUMBER.fullmatch(word):
            rate = Rate(float(word))
        else:
            rate = Rate(parse_size(word), of_bytes=True)
    except ValueError as error:
        raise ValueError("Write a rate such as 100/s, or 64 KiB/s.") from error
    if not 1e-5 <= rate.amount <= 1e12:
        raise ValueError("A rate is above nothing, and below 1,000,000,000,000/s.")
    return rate


def parse_times(text: str) -> int | None:
    """How often, from ``1000``, ``1,000``, or ``forever`` (None).

    Raises:
        ValueError: it is no such text; the message is a sentence for the user.
    """
    word = text.strip().lower().replace(",", "")
    if word in (FOREVER, "∞", "*"):
        return None
    if not (word.isascii() and word.isdecimal() and len(word) <= 10 and int(word) >= 1):
        raise ValueError(f"Write a number such as 1000, or {FOREVER}.")
    if int(word) > MAX_TIMES:
        raise ValueError(f"At most {MAX_TIMES:,} times, or {FOREVER}.")
    return int(word)


@dataclass(frozen=True, slots=True)
class SendPlan:
    """A message and how it is sent to each of some connections."""

    payload: bytes
    kind: Kind = Kind.TEXT
    sizes: FragmentSizes | None = None
    """In which fragments; None: in one frame."""
    pause: float = 0.0
    """Seconds between two fragments."""
    times: int | None = 1
    """How often; None: until it is stopped."""
    every: float = 0.0
    """Seconds from one message to the next; 0: as soon as the peer takes it."""
    rate: Rate | None = None
    """Most that is sent a second to one connection; None: no limit."""

    @property
    def repeats(self) -> bool:
        """Whether it is more than one message: then placeholders are filled in."""
        return self.times != 1

    def problems(self) -> list[OptionError]:
        """All that is wrong with it; each names the field."""
        found = []
        for name, seconds in (("pause", self.pause), ("every", self.every)):
            if not 0 <= seconds <= LONGEST:
                found.append(OptionError(name, "At most a day."))
        if self.pause and self.sizes is None:
            found.append(OptionError("pause", "It stands between fragments: give their sizes."))
        if not self.repeats and (self.every or self.rate is not None):
            name = "every" if self.every else "rate"
            found.append(OptionError(name, "It is about several messages: say how often."))
        if self.sizes is not None and self.sizes.count(len(self.payload)) > MAX_FRAGMENTS:
            words = f"That makes more than {MAX_FRAGMENTS:,} fragments."
            found.append(OptionError("sizes", words))
        return found


class Template:
    """A message with places that are filled in anew each time it is sent.

    ``{n}`` counts from 1, ``{n:6}`` with at least 6 digits, ``{time}`` is the time in UTC (ISO
    8601), ``{uuid}`` is unique. Binary messages are sent as they are.
    """

    PLACE: Final = re.compile(rb"\{(n|time|uuid)(?::(\d{1,2}))?\}")

    def __init__(self, payload: bytes, kind: Kind) -> None:
        self._payload = payload
        self.is_constant = kind is not Kind.TEXT or self.PLACE.search(payload) is None
        """Whether nothing is filled in."""

    def fill(self, number: int, now: float, unique: Callable[[], str]) -> bytes:
        """Message `number`, sent `now` (seconds since the epoch); `unique` makes a new name."""
        if self.is_constant:
            return self._payload

        def filled(match: re.Match[bytes]) -> bytes:
            match match[1]:
                case b"n":
                    return b"%0*d" % (int(match[2] or 0), number)
                case b"time":
                    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
                    return moment.replace("+00:00", "Z").encode()
            return unique().encode()

        return self.PLACE.sub(filled, self._payload)


class Pace:
    """When the next message of a plan may go. Times in seconds, from any beginning."""

    def __init__(self, every: float, rate: Rate | None, now: float) -> None:
        self._every = every
        self._rate = rate
        self._due = now
        self._credit = 0.0  # messages or bytes that may go; below 0 it has to be waited
        self._seen = now

    def wait(self, now: float) -> float:
        """Seconds to wait before the next one; 0: it may go now."""
        wait = self._due - now
        if self._rate is not None:
            gained = (now - self._seen) * self._rate.amount
            self._credit = min(self._credit + gained, self._rate.amount * BURST)
            self._seen = now
            wait = max(wait, -self._credit / self._rate.amount)
        return max(wait, 0.0)

    def sent(self, now: float, size: int) -> None:
        """A message of `size` bytes went. What a slow peer made us miss is not caught up on."""
        self._due = max(self._due + self._every, now)
        if self._rate is not None:
            self._credit -= size if self._rate.of_bytes else 1
