"""The commands that end several connections, or only a part of what one does, as values."""

from __future__ import annotations

from dataclasses import dataclass

from wstui.core.commands.send_values import Whom


@dataclass(frozen=True, slots=True)
class CloseEach:
    """Begin the closing handshake of several connections; ``all`` are those that live."""

    whom: Whom
    code: int | None
    """None is the usual one: 1000, or 1001 for a listener and its clients."""
    reason: str


@dataclass(frozen=True, slots=True)
class DropEach:
    """End TCP of several connections without a close frame; ``all`` are those that live."""

    whom: Whom
    reset: bool


@dataclass(frozen=True, slots=True)
class HalfClose:
    """End our half of TCP and go on receiving."""

    whom: Whom


@dataclass(frozen=True, slots=True)
class Pause:
    """Read nothing more."""

    whom: Whom


@dataclass(frozen=True, slots=True)
class ReadOn:
    """Read again."""

    whom: Whom


EndingCommand = CloseEach | DropEach | HalfClose | Pause | ReadOn
