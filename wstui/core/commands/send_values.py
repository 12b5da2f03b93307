"""The commands that send more than a message, as values, and to whom a command is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wstui.core.connection import Connection
from wstui.core.sending.plan import SendPlan
from wstui.core.sending.raw_frame import RawFrame


@dataclass(frozen=True, slots=True)
class Whom:
    """Some connections: those with `ids`, or what `word` stands for."""

    ids: tuple[int, ...] = ()
    word: str = ""
    """Empty, ``.`` (the selected one), ``all`` (that are open) or ``marked``."""

    def among(
        self, connections: Mapping[int, Connection], selected: int | None, marked: Iterable[int]
    ) -> list[int]:
        """Their ids. Those of `ids` are taken as they are, whether such connections exist."""
        match self.word:
            case ".":
                return [] if selected is None else [selected]
            case "all":
                return [id for id, one in connections.items() if one.is_open]
            case "marked":
                return list(marked)
        return list(self.ids)


@dataclass(frozen=True, slots=True)
class SendPlanned:
    """Send a message in fragments, or several times."""

    whom: Whom
    plan: SendPlan


@dataclass(frozen=True, slots=True)
class SendRaw:
    """Send a frame made by hand."""

    whom: Whom
    frame: RawFrame


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop sending, and forget what waits."""

    whom: Whom
