"""Short names by which several connections are told apart in front of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Connection

MOST: Final = 32
"""Characters that a name may have."""


def labels(connections: Sequence[Connection], given: Sequence[str] = ()) -> list[str]:
    """A name for each: host and port where these differ, else with the path, else with the id.
    `given` are names that they have already, such as those of profiles, by their order; they are
    taken where they differ, and empty where one has none.

    They come without query and password, which may be secrets, and are no safe text for a
    terminal.
    """
    hosts = [one.name for one in connections]
    paths = [f"{one.name}{one.path.partition('?')[0]}" for one in connections]
    numbered = [f"{one.id} {one.name}" for one in connections]
    for names in (_chosen(given, hosts), _chosen(given, paths), hosts, paths):
        short = [_short(name) for name in names]
        if len(set(short)) == len(short):
            return short
    return [_short(name) for name in numbered]


def _chosen(given: Sequence[str], others: Sequence[str]) -> list[str]:
    """Those that are given, and else the others."""
    return [one or other for one, other in zip(given or others, others, strict=True)]


def _short(name: str) -> str:
    return name if len(name) <= MOST else f"{name[: MOST - 1]}…"
