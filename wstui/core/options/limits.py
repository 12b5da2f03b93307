"""Limits of a listener: how many clients, how long they may be idle, how slowly they may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wstui.core.options.info import (
    SECONDS,
    SIZE,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    limit,
)

LEAST_QUEUE: Final = 64 << 10
"""Bytes below which any client would be a slow one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may take. None switches a limit off."""

    clients: int | None = None
    """Clients at a time; further ones are rejected with 503."""
    per_address: int | None = None
    """The same of one address, or of all on a Unix socket; further ones get 429."""
    idle_timeout: float | None = None
    """Seconds without a message either way, after which a client is closed with 1001. Pings and
    pongs are none."""
    send_queue: int | None = 16 << 20
    """Bytes that may wait for a client that does not read; over it it is closed with 1008. One
    message may be larger; what comes behind it counts."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = []
        for option in ("clients", "per_address"):
            count = getattr(self, option)
            if count is not None and count < 1:
                found.append(OptionError(f"limits.{option}", "Let at least one client in."))
        seconds = self.idle_timeout
        # NaN compares false with everything and must not pass for a number of seconds.
        if seconds is not None and not 0 < seconds < 1e9:
            words = "The idle time-out must be a positive number of seconds."
            found.append(OptionError("limits.idle_timeout", words))
        if self.send_queue is not None and self.send_queue < LEAST_QUEUE:
            words = f"Let at least {LEAST_QUEUE >> 10} KiB wait for a client."
            found.append(OptionError("limits.send_queue", words))
        return found


def _read_count(text: str) -> int:
    word = text.strip().replace(",", "")
    if not (word.isascii() and word.isdecimal() and len(word) < 10):
        raise ValueError("Write a number such as 100, or off.")
    return int(word)


COUNT: Final[Codec] = limit(_read_count, str)

LIMITS_ROWS: Final = (
    OptionInfo(
        "limits.clients",
        "Clients at most",
        Section.LIMITS,
        COUNT,
        (Flag(("--max-clients",), "at a time; others get 503 (default off)", "N"),),
        hint="at a time; others get 503",
        placeholder="off",
    ),
    OptionInfo(
        "limits.per_address",
        "Per address",
        Section.LIMITS,
        COUNT,
        (Flag(("--max-per-address",), "clients of one address; others get 429", "N"),),
        hint="clients of one address; others get 429",
        placeholder="off",
    ),
    OptionInfo(
        "limits.idle_timeout",
        "Idle time-out",
        Section.LIMITS,
        SECONDS,
        (
            Flag(
                ("--idle-timeout",),
                "without a message either way, then 1001 (default off)",
                "TIME",
            ),
        ),
        hint="no message either way: closed with 1001",
        placeholder="off",
    ),
    OptionInfo(
        "limits.send_queue",
        "Send queue",
        Section.LIMITS,
        SIZE,
        (
            Flag(
                ("--send-queue",),
                "for a client that does not read, then 1008 (default 16MiB)",
                "SIZE",
            ),
        ),
        hint="for a slow reader; over it closed with 1008",
    ),
)
