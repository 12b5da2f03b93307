"""Options of pings, heartbeats and the pace of reading: what a connection does while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wstui.core.options.info import (
    SECONDS,
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    switch,
)
from wstui.core.units import OFF, exact_size_text, parse_size

MAX_HEARTBEAT: Final = 64 << 10
"""Bytes of UTF-8 that a heartbeat may have: it is sent again and again."""

MAX_RATE: Final = 1 << 40
"""Bytes a second over which nothing is slow."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What a connection does by itself while it is open, apart from the library's keepalive."""

    answer_pings: bool = True
    """Whether pings of the peer are answered (RFC 6455 section 5.5.2 demands it). Off tests what
    the peer does then."""
    heartbeat: str | None = None
    """A text message sent every `heartbeat_interval`; None sends none."""
    heartbeat_interval: float = 30.0
    """Seconds between two heartbeats."""
    read_rate: int | None = None
    """Bytes read a second, as on the wire below WebSocket; None reads as fast as can be. The
    time-out of keepalive pings is then off, since their pongs wait behind what is read slowly."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        return [problem for problem in (self._text(), self._interval(), self._rate()) if problem]

    def _text(self) -> OptionError | None:
        try:
            size = len((self.heartbeat or "").encode())
        except UnicodeEncodeError:
            words = "The heartbeat holds characters that UTF-8 cannot carry."
            return OptionError("upkeep.heartbeat", words)
        if size > MAX_HEARTBEAT:
            return OptionError("upkeep.heartbeat", "A heartbeat has at most 64 KiB.")
        return None

    def _interval(self) -> OptionError | None:
        if 0.001 <= self.heartbeat_interval < 1e9:  # not so for NaN
            return None
        words = "The heartbeat interval must be a time from 1 ms on."
        return OptionError("upkeep.heartbeat_interval", words)

    def _rate(self) -> OptionError | None:
        if self.read_rate is None or 1 <= self.read_rate <= MAX_RATE:
            return None
        return OptionError("upkeep.read_rate", "Read at least 1 byte a second, or off.")


def _read_rate(text: str) -> int | None:
    word = text.strip().lower()
    if word in OFF:
        return None
    try:
        return parse_size(word.removesuffix("/s"))
    except ValueError as error:
        raise ValueError("Write bytes a second such as 4 KiB/s, or off.") from error


def _show_rate(rate: int | None) -> str:
    return "off" if rate is None else f"{exact_size_text(rate)}/s"


def _read_interval(text: str) -> object:
    seconds = SECONDS.parse(text)
    if seconds is None:
        raise ValueError("Write a time such as 30 s; without a text there is no heartbeat.")
    return seconds


PING_ROWS: Final = (
    OptionInfo(
        "upkeep.answer_pings",
        "Answer pings",
        Section.STAYING,
        SWITCH,
        switch("answer-pings", off="do not answer pings, to see what the server does"),
        hint="off: to see what the server does then",
    ),
    OptionInfo(
        "upkeep.heartbeat",
        "Heartbeat",
        Section.STAYING,
        TEXT,
        (Flag(("--heartbeat",), "a text message sent again and again while open", "TEXT"),),
        hint="a text; -is:heartbeat hides it",
        placeholder="none",
    ),
    OptionInfo(
        "upkeep.heartbeat_interval",
        "Heartbeat every",
        Section.STAYING,
        Codec(_read_interval, SECONDS.show, short=True),
        (Flag(("--heartbeat-interval",), "between heartbeats (default 30 s)", "TIME"),),
        hint="between two heartbeats",
    ),
)

READING_ROWS: Final = (
    OptionInfo(
        "upkeep.read_rate",
        "Read at most",
        Section.LIMITS,
        Codec(_read_rate, _show_rate, short=True),
        (Flag(("--read-rate",), "bytes read a second, such as 4KiB, or off (off)", "SIZE"),),
        hint="a second: a slow reader; off reads all",
    ),
)
