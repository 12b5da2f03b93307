"""What `tail` and its like show of a connection: which kinds and directions, as tables by flags.

A filter narrows what is shown. Usual are the messages that come in; a filter that asks for another
kind or direction by name (``op:ping``, ``dir:out``, ``is:heartbeat``) gets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wstui.core.entry import (
    FRAGMENTED,
    INCOMPLETE,
    KIND_MASK,
    OUTGOING,
    Kind,
)
from wstui.core.filter.language import Filter

MESSAGES: Final = (Kind.TEXT, Kind.BINARY)

WORDS: Final = 0xF0
"""The mark of what is no message, and is told in words."""

_CUT: Final = FRAGMENTED | INCOMPLETE


def is_cut_off(flags: int) -> bool:
    """Whether these are the flags of a message of which only the beginning came."""
    return flags & _CUT == _CUT


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter, and what is shown without being asked for by name."""

    filter: Filter
    everything: bool = False
    """Whether control frames, events and what this side sends are shown, too, as far as the filter
    lets them through."""

    @property
    def is_mixed(self) -> bool:
        """Whether others than received messages may be shown."""
        return any(
            flags & KIND_MASK not in MESSAGES or flags & OUTGOING
            for flags, mark in enumerate(self.shown())
            if mark
        )

    def counted(self) -> bytes:
        """For each of the 256 values of an entry's flags: 1 for what was asked for."""
        terms = [term for term in self.filter.flag_terms if not term.negated]
        has_heartbeat = any(term.heartbeat for term in terms)
        any_kind = has_heartbeat or any(term.kinds for term in terms)
        any_way = has_heartbeat or any(term.outgoing is not None for term in terms)
        lets = self.filter.table()
        return bytes(
            lets[flags] == 1
            and (any_kind or flags & KIND_MASK in MESSAGES)
            and (any_way or not flags & OUTGOING)
            and not is_cut_off(flags)
            for flags in range(256)
        )

    def shown(self) -> bytes:
        """For each of the 256 values of an entry's flags: 0 for what is not shown, for a message
        its kind and direction, for all else `WORDS`."""
        shown = self.filter.table() if self.everything else self.counted()
        return bytes(_mark(flags) if shown[flags] else 0 for flags in range(256))


def _mark(flags: int) -> int:
    if flags & KIND_MASK in MESSAGES and not is_cut_off(flags):
        return flags & (KIND_MASK | OUTGOING)
    return WORDS
