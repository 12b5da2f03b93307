"""Behaviours: how a listener answers the messages of its clients, for each path."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from wstui.core.options.info import OptionError


class BehaviourKind(enum.StrEnum):
    """What there is to choose from."""

    SILENT = "silent"
    """Nothing by itself: it is answered by hand."""
    ECHO = "echo"
    """Each message goes back as it came."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A behaviour and where it holds."""

    path: str
    """A path, where ``*`` stands for anything; ``*`` alone is any path."""
    kind: BehaviourKind


SILENT: Final = Mount("*", BehaviourKind.SILENT)
"""What holds where nothing else does."""


def parse_mount(line: str) -> Mount:
    """The behaviour that a line such as ``/chat echo``, or ``echo`` for all paths, means.

    Raises:
        OptionError: it means none.
    """
    words = line.split()
    path, kind = words if len(words) == 2 else ("*", line.strip())
    try:
        return Mount(path, BehaviourKind(kind))
    except ValueError as error:
        names = ", ".join(BehaviourKind)
        raise OptionError("behaviours", f"Write a path and one of {names}.") from error


def find_mount(mounts: Sequence[Mount], path: str) -> Mount:
    """The first of `mounts` that holds for `path`; `SILENT` when none does."""
    return next((mount for mount in mounts if fnmatchcase(path, mount.path)), SILENT)
