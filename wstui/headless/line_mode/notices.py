"""What happens while commands are typed, told in a line each: `* 0 open`, `* 0 << a message`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from shutil import get_terminal_size
from typing import Final

from wstui.core.answering import classic
from wstui.core.connection import Connection
from wstui.core.entry import KIND_MASK, OUTGOING, EventName, Kind, LocalEvent
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

    async def run(self, lines: Prompt) -> None:
        """Tell, until it is cancelled."""
        while True:
            await self._news.until(lambda: self.is_on and self._has_news())
            await self._round(lines)
            if lines.is_terminal:
                await asyncio.sleep(PACE)

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
        matches = None if self.filter is None else await found(told.transcript, self.filter)
        stop, most = len(told.transcript), MOST if is_terminal else None
        words: list[str] = []
        shown = more = 0
        for segment, row in _rows(told.transcript, told.at, stop):
            number, flags = segment.first + row, segment.flags[row]
            if number % ROWS == 0:
                await asyncio.sleep(0)
            kind = flags & KIND_MASK
            if not kind:
                words += self._event(one, segment, row)
            elif kind == Kind.PONG:
                words += self._pong(one.id, told.transcript, number)
            elif kind in (Kind.TEXT, Kind.BINARY) and not flags & OUTGOING:
                if not _is_among(number, matches):
                    continue
                if most is not None and shown >= most:
                    more += 1
                    continue
                shown += 1
                words.append(f"{one.id} << {_text(segment, row, is_terminal)}")
        told.at = stop
        if more:
            words.append(f"{one.id} << {count_text(more)} more; show {one.id} lists all")
        if isinstance(one, Connection) and one.decide_by is not None and not told.asks:
            told.asks = True
            words.append(f"{one.id} asks to be accepted: allow {one.id}, or reject {one.id}")
        return words

    def _event(self, one: Connection | Listener, segment: Segment, row: int) -> Iterator[str]:
        start, end = segment.span(row)
        event = LocalEvent.decode(bytes(segment.data[start:end]))
        match event.name:
            case EventName.CONNECTING:
                return
            case EventName.CLOSED if isinstance(one, Connection) and one.close is not None:
                yield f"{one.id} closed: {classic.reason(one)}"
            case _:
                yield f"{one.id} {event.name}: {event.text}".rstrip(": ")

    def _pong(self, id: int, transcript: Transcript, number: int) -> Iterator[str]:
        trip = transcript.rtt(number) if number >= transcript.first else None
        if id in self.pinged and trip is not None:
            self.pinged.discard(id)
            yield f"{id} pong after {rtt_text(trip)}"


def _fitted(notices: list[str]) -> Iterator[str]:
    """These, each cut so that it stays a line at a terminal."""
    width = max(SHORTEST, get_terminal_size().columns) - 1
    for notice in map(printable, notices):
        yield notice if len(notice) <= width else f"{notice[: width - 1]}…"


def _rows(transcript: Transcript, at: int, stop: int) -> Iterator[tuple[Segment, int]]:
    for segment in transcript.segments(at):
        for row in range(max(0, at - segment.first), len(segment)):
            if segment.first + row >= stop:
                return
            yield segment, row


def _is_among(number: int, matches: Matches | None) -> bool:
    if matches is None:
        return True
    row = matches.row_of(number)
    return row < len(matches) and matches[row] == number


def _text(segment: Segment, row: int, is_terminal: bool) -> str:
    """A message as text, or as hex; at a terminal no more of it than could fit."""
    start, end = segment.span(row)
    most = 4 * get_terminal_size().columns
    data = bytes(segment.data[start : min(end, start + most) if is_terminal else end])
    if segment.flags[row] & KIND_MASK == Kind.BINARY:
        return data.hex(" ").upper()
    return data.decode("utf-8", "replace" if is_terminal else "surrogateescape")
