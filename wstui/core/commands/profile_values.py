"""The commands about profiles as values. `commands.profile` reads them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Save:
    """Save the options of a connection as a profile."""

    name: str
    id: int | None
    """None means the selected connection."""
    replace: bool = False
    """Whether a profile of that name may be written over."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete a profile."""

    name: str


@dataclass(frozen=True, slots=True)
class ListProfiles:
    """Tell all profiles, their file, and what is wrong in it."""


ProfileCommand = Save | Forget | ListProfiles
