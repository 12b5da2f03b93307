"""The commands that only scripts and line mode need, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on with the next command later."""

    id: int | None
    """Of a connection or listener; None means the selected one."""
    messages: int = 0
    """How many messages have to come, or clients of a listener, counted from where the last wait
    for some ended."""
    closed: bool = False
    """Whether it has to end; else it is enough that it is open, or was."""
    time: float | None = None
    """Seconds after which that has failed; None: the usual time."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Go on with the next command after so many seconds."""

    time: float


@dataclass(frozen=True, slots=True)
class Unlock:
    """Ask for the passphrase of a TLS key, and open again what failed for want of it."""

    id: int | None
    """Of a connection; None means the selected one."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell what happens as it happens, or no longer; None: say which."""

    on: bool | None


LineModeCommand = Wait | Rest | Unlock | Watch
