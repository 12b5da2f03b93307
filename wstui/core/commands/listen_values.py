"""The commands about listeners, and about clients that wait, as values."""

from __future__ import annotations

from dataclasses import dataclass

from wstui.core.options.listen import ListenOptions
from wstui.core.serving.request import Accept, Reject


@dataclass(frozen=True, slots=True)
class Listen:
    """Begin to listen."""

    options: ListenOptions


@dataclass(frozen=True, slots=True)
class Hold:
    """Accept nobody further; the clients live on."""

    id: int | None
    """Of a listener; None means the selected one."""


@dataclass(frozen=True, slots=True)
class Admit:
    """Accept clients again."""

    id: int | None
    """As for `Hold`."""


@dataclass(frozen=True, slots=True)
class Decide:
    """Go on with a handshake that waits for the user."""

    id: int | None
    """Of a connection; None means the selected one."""
    decision: Accept | Reject


ListenCommand = Listen | Hold | Admit | Decide
