"""What connections and listeners have in common: options, and the checks of subprotocols, limits,
time-outs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from wstui.core.handshake.headers import TOKEN
from wstui.core.options.info import SECONDS, SIZE, SWITCH, Flag, OptionError, OptionInfo, Section

_TIMES: Final = ("open_timeout", "close_timeout", "ping_interval", "ping_timeout")


class Limited(Protocol):
    """Options with the limits that both have; None switches one off."""

    @property
    def max_size(self) -> int | None:
        """In bytes."""

    @property
    def open_timeout(self) -> float | None:
        """In seconds, like the others."""

    @property
    def close_timeout(self) -> float | None: ...

    @property
    def ping_interval(self) -> float | None: ...

    @property
    def ping_timeout(self) -> float | None: ...


def limit_problems(options: Limited) -> list[OptionError]:
    """What is not valid of the limits and time-outs, in their order; empty when all is well."""
    found = []
    if options.max_size is not None and options.max_size < 0:
        found.append(OptionError("max_size", "The maximum message size cannot be negative."))
    for option in _TIMES:
        seconds = getattr(options, option)
        # NaN compares false with everything and must not pass for a number of seconds.
        if seconds is not None and not 0 < seconds < 1e9:
            words = f"The {option.replace('_', ' ')} must be a positive number of seconds."
            found.append(OptionError(option, words))
    return found


def subprotocols_problems(names: Sequence[str]) -> list[OptionError]:
    """What is wrong with the names of subprotocols together; empty when all is well."""
    found = [problem for problem in map(_subprotocol_problem, names) if problem is not None]
    if len(set(names)) < len(names):
        found.append(OptionError("subprotocols", "A subprotocol is named twice."))
    return found


def _subprotocol_problem(name: str) -> OptionError | None:
    """What is wrong with a subprotocol's name, if anything is (RFC 6455 section 4.1)."""
    if TOKEN.fullmatch(name):
        return None
    return OptionError("subprotocols", f"{name!r} is no subprotocol: use letters, digits, - . _")


def parse_subprotocol(text: str) -> str:
    """The name of a subprotocol.

    Raises:
        OptionError: it is none.
    """
    name = text.strip()
    problem = _subprotocol_problem(name)
    if problem is not None:
        raise problem
    return name


# Rows of the tables of options that both kinds have

PING_INTERVAL: Final = OptionInfo(
    "ping_interval",
    "Ping every",
    Section.STAYING,
    SECONDS,
    (Flag(("--ping-interval",), "between keepalive pings, or off (default 20 s)", "TIME"),),
    hint="keepalive; off sends none",
)

PING_TIMEOUT: Final = OptionInfo(
    "ping_timeout",
    "Pong time-out",
    Section.STAYING,
    SECONDS,
    (
        Flag(
            ("--ping-timeout",),
            "for the pong to a keepalive ping, or off (default 20 s)",
            "TIME",
        ),
    ),
    hint="no pong: the connection ends with 1011",
)

MAX_SIZE: Final = OptionInfo(
    "max_size",
    "Largest message",
    Section.LIMITS,
    SIZE,
    (
        Flag(
            ("--max-size",),
            "largest message accepted, such as 64MiB, or off (default 64MiB)",
            "SIZE",
        ),
    ),
    hint="unpacked, or off; over it ends with 1009",
)

CLOSE_TIMEOUT: Final = OptionInfo(
    "close_timeout",
    "Close time-out",
    Section.LIMITS,
    SECONDS,
    (
        Flag(
            ("--close-timeout",),
            "for the answer to our close frame, or off (default 10 s)",
            "TIME",
        ),
    ),
    hint="for the peer's answer to our close frame",
)

FAST: Final = OptionInfo(
    "fast",
    "Fast receiving",
    Section.LIMITS,
    SWITCH,
    (
        Flag(("--plain-receive",), "receive by the library's own, slower path", value="off"),
        Flag(("--fast-receive",), "", value="on"),
    ),
    hint="whole frames straight from the buffer",
)
