"""Who takes a file, as its sender knows them: pure bookkeeping."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wstui.core.file_transfer.messages import (
    Accept,
    Ack,
    Answer,
    Busy,
    Done,
    Lost,
    Message,
    Reason,
    Refuse,
)

MOST_TAKERS: Final = 1000
"""Receivers of a file; further ones are not heard."""

MOST_TEXT: Final = 200
"""Characters of what a receiver says of why it refused that are told."""


class Doing(enum.Enum):
    """What a receiver does."""

    WAITING = enum.auto()
    """It accepted, or lost something, and waits for the next beginning."""
    TAKING = enum.auto()
    DONE = enum.auto()
    """It has the whole file, and the checksum is right."""
    REFUSED = enum.auto()
    STALLED = enum.auto()
    """Nothing was heard of it for too long."""


@dataclass(slots=True)
class Taker:
    """One receiver."""

    id: str
    doing: Doing
    heard: float
    """When it said something last."""
    offset: int = 0
    """Bytes that it has from before."""
    sha256: str = ""
    """Of these."""
    at: int = 0
    """Bytes that it is known to have written."""
    only: bool = False
    """Whether it is the only one."""
    reason: Reason = Reason.OTHER
    text: str = ""
    """Why it refused, and that in words."""
    has_accepted: bool = False
    """Whether it said what it has since the last offer."""


class Takers:
    """The receivers of one transfer."""

    def __init__(self, transfer: str) -> None:
        self.transfer = transfer
        self.all: dict[str, Taker] = {}
        self.sha256 = ""
        """Of the whole file, once it is known."""

    def hear(self, message: Message, now: float) -> bool:
        """Take note of what somebody said at the time `now`; whether it was a receiver of this
        transfer."""
        if message.transfer != self.transfer or not isinstance(message, Answer | Busy):
            return False
        id = message.receiver
        if not id or (id not in self.all and len(self.all) >= MOST_TAKERS):
            return False
        taker = self.all.get(id)
        if taker is None:
            taker = self.all[id] = Taker(id, Doing.WAITING, now)
        taker.heard = now
        self._hear(taker, message)
        return True

    def _hear(self, taker: Taker, message: Answer | Busy) -> None:
        if isinstance(message, Accept | Done | Refuse):
            taker.only = message.only
        match message:
            case Accept():
                if taker.doing is not Doing.TAKING:  # else it answers one offer of several
                    taker.doing, taker.has_accepted = Doing.WAITING, True
                    taker.offset, taker.sha256 = message.offset, message.sha256
            case Ack():
                taker.at = max(taker.at, message.offset)
            case Lost():
                taker.doing, taker.has_accepted = Doing.WAITING, False
            case Done():
                taker.doing = Doing.DONE
                taker.sha256 = message.sha256
            case Refuse():
                taker.doing = Doing.REFUSED
                taker.reason, taker.text = message.reason, message.text[:MOST_TEXT]
            case _:  # busy
                pass

    def which(self, *doing: Doing) -> list[Taker]:
        """Those who do one of these."""
        return [one for one in self.all.values() if one.doing in doing]

    def answered(self) -> list[Taker]:
        """Those who said since the last offer whether they take the file."""
        found = self.which(Doing.DONE, Doing.REFUSED)
        return [*found, *(one for one in self.which(Doing.WAITING) if one.has_accepted)]

    def accepted(self) -> list[Taker]:
        """Those who wait for the beginning, and said what they have."""
        return [one for one in self.which(Doing.WAITING) if one.has_accepted]

    def silent(self) -> list[Taker]:
        """Those who wait for the beginning, and have not said what they have."""
        return [one for one in self.which(Doing.WAITING) if not one.has_accepted]

    def forget_busy(self) -> None:
        """Those who cannot take it yet are asked again."""
        for one in self.which(Doing.REFUSED):
            if one.reason is Reason.BUSY:
                del self.all[one.id]

    def offsets(self, size: int | None) -> list[int]:
        """Where the parts end that have to be compared, ascending; a part that is longer than the
        file is none of it."""
        ends = {one.offset for one in self.accepted() if one.offset and one.sha256}
        return sorted(end for end in ends if size is None or end <= size)

    def begin(self, sums: dict[int, str]) -> tuple[int, tuple[str, ...]]:
        """Begin with all who accepted. `sums` are the checksums of as many bytes of the file. From
        where on it is sent, and who goes on with the part that it has."""
        takers = self.accepted()
        kept = [one for one in takers if one.offset and sums.get(one.offset) == one.sha256]
        for one in takers:
            one.doing, one.has_accepted = Doing.TAKING, False
            one.at = one.offset if one in kept else 0
        start = min((one.at for one in takers), default=0)
        return start, tuple(one.id for one in kept)

    def slowest(self) -> int | None:
        """Bytes that all who take it have written; None when nobody takes it."""
        return min((one.at for one in self.which(Doing.TAKING)), default=None)

    def stall(self, since: float) -> Iterator[Taker]:
        """Give up those who take it and of whom nothing was heard since that time."""
        for one in self.which(Doing.TAKING):
            if one.heard < since:
                one.doing = Doing.STALLED
                yield one


def confirmed(takers: Iterable[Taker], sha256: str) -> list[Taker]:
    """Those who have the whole file, with this checksum."""
    return [one for one in takers if one.doing is Doing.DONE and one.sha256 == sha256]
