"""Numbers as people read them, and back: sizes, counts, durations. All are pure and total."""

from __future__ import annotations

import math
import re
from typing import Final

UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_FACTORS: Final = {
    "": 1,
    "b": 1,
    "k": 1 << 10,
    "kb": 1000,
    "kib": 1 << 10,
    "m": 1 << 20,
    "mb": 10**6,
    "mib": 1 << 20,
    "g": 1 << 30,
    "gb": 10**9,
    "gib": 1 << 30,
}

_DURATION: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|sec|min|m|h)?", re.ASCII)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}

OFF: Final = frozenset({"", "off", "none", "unlimited"})
"""Texts that switch a limit off, in lower case."""


def size_text(size: float) -> str:
    """Bytes as ``123 B``, ``4.1 KiB``, ``64.0 MiB``: at most eight cells up to 1 PiB."""
    value = float(size)
    for unit in UNITS:
        # What would be rounded to 1024 belongs to the next unit.
        if abs(value) < 1023.95 or unit == UNITS[-1]:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("the last unit takes everything")


def count_text(count: int) -> str:
    """A count with separators: ``1,204``."""
    return f"{count:,}"


def clients_text(count: int) -> str:
    """Such as ``no clients``, ``1 client``, ``1,204 clients``."""
    return f"{count_text(count) if count else 'no'} client{'' if count == 1 else 's'}"


def short_count_text(count: int) -> str:
    """A count in at most five cells: ``999``, ``1.2k``, ``9.3M``, ``120M``."""
    if abs(count) < 1000:
        return str(count)
    value = float(count)
    for suffix in "kMGT":
        value /= 1000
        if abs(value) < 99.95:
            return f"{value:.1f}{suffix}"
        if abs(value) < 999.5:
            return f"{value:.0f}{suffix}"
    return f"{value:.0f}T"


def rate_text(rate: float) -> str:
    """So many a second, as wide for any rate under 10: ``0.0``, ``0.8``, ``9.9``, ``1,204``."""
    return f"{rate:.1f}" if rate < 9.95 else count_text(round(rate))


def delta_text(seconds: float) -> str:
    """Time since the row above, in at most eight cells: ``+41ms``, ``+1.25s``, ``+2m03s``."""
    if not math.isfinite(seconds):
        return "?"
    sign, value = ("-", -seconds) if seconds < 0 else ("+", seconds)
    if value == 0:
        return f"{sign}0ms"
    if value < 0.000_999_5:
        return f"{sign}{value * 1e6:.0f}µs"
    if value < 0.009_95:
        return f"{sign}{value * 1e3:.1f}ms"
    if value < 0.999_5:
        return f"{sign}{value * 1e3:.0f}ms"
    if value < 9.995:
        return f"{sign}{value:.2f}s"
    if value < 59.95:
        return f"{sign}{value:.1f}s"
    whole = round(value)
    if whole < 3600:
        return f"{sign}{whole // 60}m{whole % 60:02}s"
    if whole < 86_400:
        return f"{sign}{whole // 3600}h{whole % 3600 // 60:02}m"
    return f"{sign}{whole // 86_400}d{whole % 86_400 // 3600:02}h"


def rtt_text(seconds: float) -> str:
    """A round-trip time or a wait: ``0.3 ms``, ``23 ms``, ``1.2 s``, ``2 min``."""
    if not math.isfinite(seconds):
        return "?"
    milliseconds = seconds * 1000
    if abs(milliseconds) < 9.95:
        return f"{milliseconds:.1f} ms"
    if abs(milliseconds) < 999.5:
        return f"{milliseconds:.0f} ms"
    if abs(seconds) < 59.95:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def clock_text(seconds: float) -> str:
    """How long something lasts: ``00:12:31``, with days in front from a day on."""
    whole = int(seconds) if math.isfinite(seconds) and seconds > 0 else 0
    days, rest = divmod(whole, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}d {clock}" if days else clock


def wait_text(seconds: float) -> str:
    """How long it is until something, in whole seconds: ``4 s``, ``1 m 40 s``, ``2 h 03 m``."""
    whole = math.ceil(seconds) if math.isfinite(seconds) and seconds > 0 else 0
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} m"


def ordinal(number: int) -> str:
    """A number as ``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"


def parse_size(text: str) -> int:
    """Bytes from ``64MiB``, ``5 KiB``, ``1 GB``, ``123``; k, M and G alone are powers of 1024.

    Raises:
        ValueError: it is no size; the message is a sentence for the user.
    """
    match = _SIZE.fullmatch(text.strip())
    factor = _FACTORS.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise ValueError("Write a size such as 64MiB, 500 KiB or 4096.")
    # A number of 400 digits is infinite as a float, which no int can be.
    value = float(match[1]) * factor
    if value > 1 << 62:
        raise ValueError("That size is larger than any message can be.")
    return int(value)


def parse_seconds(text: str) -> float:
    """Seconds from a text such as ``10``, ``1.5 s``, ``500ms``, ``2 min`` or ``1h``.

    Raises:
        ValueError: it is no such text; the message is a sentence for the user.
    """
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("Write a time such as 10 s, 500 ms or 2 min, or off.")
    number, unit = match.groups()
    return float(number) * _SECONDS[unit or "s"]


def exact_size_text(size: int) -> str:
    """`size` in the largest unit that writes it exactly: `parse_size` reads it back."""
    for shift, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size and size % (1 << shift) == 0:
            return f"{size >> shift} {unit}"
    return f"{size} B"


def exact_seconds_text(seconds: float) -> str:
    """`seconds` with all digits that matter: `parse_seconds` reads it back."""
    # Never in exponents, which are not read.
    return f"{seconds:.9f}".rstrip("0").rstrip(".") + " s"
