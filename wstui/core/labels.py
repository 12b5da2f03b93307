"""Short names by which several connections are told apart in front of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Connection

MOST: Final = 32
"""Characters that a name may have."""


def labels(connections: Sequence[Connection]) -> list[str]:
    """A name for each: host and port where these differ, else with the path, else with the id.

    They come without query and password, which may be secrets, and are no safe text for a
    terminal.
    """
    hosts = [one.name for one in connections]
    paths = [f"{one.name}{one.path.partition('?')[0]}" for one in connections]
    numbered = [f"{one.id} {one.name}" for one in connections]
    for names in (hosts, paths):
        short = [_short(name) for name in names]
        if len(set(short)) == len(short):
            return short
    return [_short(name) for name in numbered]


def _short(name: str) -> str:
    return name if len(name) <= MOST else f"{name[: MOST - 1]}…"
