"""What happens while commands are typed, told in a line each: `* 0 open`, `* 0 << a message`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Final

from wstui.core.answering import classic
from wstui.core.answering.hosting import turn
from wstui.core.cells import fitted
from wstui.core.connection import Connection
from wstui.core.entry import KIND_MASK, OUTGOING, EventName, Kind
from wstui.core.filter.language import Filter
from wstui.core.filter.matches import Matches
from wstui.core.listener import Listener
from wstui.core.printable import printable
from wstui.core.segment import Segment
from wstui.core.transcript import Transcript
from wstui.core.units import count_text, rtt_text
from wstui.headless.line_mode.messages import found
from wstui.headless.line_mode.news import News
from wstui.headless.prompt import Prompt
from wstui.net.pool import ConnectionPool

PACE: Final = 0.1
"""Seconds between two looks at what happened, at a terminal."""

MOST: Final = 10
"""Messages of a connection told at each of them, at a terminal; of others it is told how many."""

ROWS: Final = 4000
"""Entries looked at before the loop has its turn."""

_FACT, _DATA = 1, 2
_MARKS: Final = bytes(
    _FACT
    if flags & KIND_MASK == Kind.EVENT or flags & (KIND_MASK | OUTGOING) == Kind.PONG
    else _DATA
    if flags & (KIND_MASK | OUTGOING) in (Kind.TEXT, Kind.BINARY)
    else 0
    for flags in range(256)
)
"""For each value of an entry's flags: whether it is a fact, a message that came, or neither."""

SHORTEST: Final = 40
"""Columns of a notice, at least."""


@dataclass(slots=True)
class Told:
    """How far it was told of a connection or listener."""

    transcript: Transcript
    at: int
    """Number of the next entry."""
    asks: bool = False
    """Whether it was told that a client waits for a decision."""


class Notices:
    """Tells of all connections and listeners of `pool`, as long as `is_on`."""

    def __init__(self, pool: ConnectionPool, news: News) -> None:
        self.is_on = False
        self.filter: Filter | None = None
        """What messages have to match to be told; None: nothing."""
        self.pinged: set[int] = set()
        """Connections that were pinged by hand: their next pong is told."""
        self._pool = pool
        self._news = news
        self._told: dict[int, Told] = {}
        self._is_over = False

    async def run(self, lines: Prompt) -> None:
        """Tell, until `end` is called, and then what is left."""
        while not self._is_over:
            await self._news.until(lambda: self._is_over or (self.is_on and self._has_news()))
            if self.is_on:
                await self._round(lines)
            if lines.is_terminal and not self._is_over:
                await asyncio.sleep(PACE)

    def end(self) -> None:
        """Nothing further will happen."""
        self._is_over = True
        self._news.stir()

    def forget_past(self) -> None:
        """What has happened up to now is not told."""
        for id, one in self._all():
            self._told[id] = Told(one.transcript, len(one.transcript))

    def _all(self) -> Iterator[tuple[int, Connection | Listener]]:
        yield from self._pool.connections.items()
        yield from self._pool.listeners.items()

    def _has_news(self) -> bool:
        return any(
            id not in self._told or self._told[id].at < len(one.transcript)
            for id, one in self._all()
        )

    async def _round(self, lines: Prompt) -> None:
        for id in [id for id in self._told if not self._knows(id)]:
            del self._told[id]  # it was removed
        for id, one in list(self._all()):
            told = self._told.setdefault(id, Told(one.transcript, 0))
            notices = [f"* {words}" for words in await self._tell(one, told, lines.is_terminal)]
            if notices:
                await lines.show(*(_fitted(notices) if lines.is_terminal else notices))

    def _knows(self, id: int) -> bool:
        return id in self._pool.connections or id in self._pool.listeners

    async def _tell(self, one: Connection | Listener, told: Told, is_terminal: bool) -> list[str]:
        """What is new of it."""
        transcript = told.transcript
        matches = None if self.filter is None else await found(transcript, self.filter)
        words: list[str] = []
        left = MOST if is_terminal else sys.maxsize
        more = 0
        for segment, start, stop in _parts(transcript, told.at, len(transcript)):
            await turn()
            told.at = segment.first + stop
            marks = segment.flags[start:stop].translate(_MARKS)
            at = 0
            while at < len(marks):
                if marks[at] == _FACT:
                    words += [*_rest(one.id, more), *self._fact(one, segment, start + at)]
                    more = 0
                elif marks[at] == _DATA and _is_among(segment.first + start + at, matches):
                    if left:
                        left -= 1
                        words.append(f"{one.id} << {_text(segment, start + at, is_terminal)}")
                    elif matches is None:  # all up to the next fact are only counted
                        fact = marks.find(_FACT, at)
                        end = len(marks) if fact < 0 else fact
                        more += marks.count(_DATA, at, end)
                        at = end - 1
                    else:
                        more += 1
                at += 1
        words += _rest(one.id, more)
        if isinstance(one, Connection) and one.decide_by is not None and not told.asks:
            told.asks = True
            words.append(f"{one.id} asks to be accepted: allow {one.id}, or reject {one.id}")
        return words

    def _fact(self, one: Connection | Listener, segment: Segment, row: int) -> Iterator[str]:
        if segment.flags[row] & KIND_MASK == Kind.PONG:
            return self._pong(one.id, segment.rtts.get(row))
        return self._event(one, segment, row)

    def _event(self, one: Connection | Listener, segment: Segment, row: int) -> Iterator[str]:
        event = segment.event(row)
        match event.name:
            case EventName.CONNECTING:
                return
            case EventName.CLOSED if isinstance(one, Connection) and one.close is not None:
                yield f"{one.id} closed: {classic.reason(one)}"
            case _:
                yield f"{one.id} {event.name}: {event.text}".rstrip(": ")
        if event.name is EventName.FAILED and _is_locked(one):
            yield f"{one.id} needs the passphrase of a key: unlock {one.id} asks for it"

    def _pong(self, id: int, trip: float | None) -> Iterator[str]:
        if id in self.pinged and trip is not None:
            self.pinged.discard(id)
            yield f"{id} pong after {rtt_text(trip)}"


def _is_locked(one: Connection | Listener) -> bool:
    """Whether it failed for want of a passphrase."""
    fault = one.failure.fault if isinstance(one, Connection) and one.failure else None
    return fault is not None and fault.asks_for_passphrase


def _rest(id: int, count: int) -> list[str]:
    """That so many messages more came."""
    return [f"{id} << {count_text(count)} more; show {id} lists all"] if count else []


def _fitted(notices: list[str]) -> Iterator[str]:
    """These, each cut so that it stays a line at a terminal."""
    width = max(SHORTEST, get_terminal_size().columns) - 1
    for notice in map(printable, notices):
        yield fitted(notice, width)


def _parts(transcript: Transcript, at: int, stop: int) -> Iterator[tuple[Segment, int, int]]:
    """Runs of rows, from the one up to the other, that are short enough for a turn of the loop."""
    for segment in transcript.segments(at):
        end = min(len(segment), stop - segment.first)
        for start in range(max(0, at - segment.first), end, ROWS):
            yield segment, start, min(start + ROWS, end)


def _is_among(number: int, matches: Matches | None) -> bool:
    if matches is None:
        return True
    row = matches.row_of(number)
    return row < len(matches) and matches[row] == number


def _text(segment: Segment, row: int, is_terminal: bool) -> str:
    """A message as text, or as hex; at a terminal no more of it than could fit."""
    data = segment.payload(row, 4 * get_terminal_size().columns if is_terminal else None)
    if segment.flags[row] & KIND_MASK == Kind.BINARY:
        return data.hex(" ").upper()
    return data.decode("utf-8", "replace" if is_terminal else "surrogateescape")
