"""`wstui ping`: pings, or messages in their place, and how long their answers take."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from math import inf
from time import perf_counter, strftime, time
from typing import Final

from wstui.command_line.ping import Ping
from wstui.core.connection import Connection
from wstui.core.entry import KIND_MASK, OUTGOING, EventName, Kind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.filter import Matches
from wstui.core.options.connect import masked_uri
from wstui.core.ping_lines import news_line, opening, ping_line, summary, summary_line
from wstui.core.pings import News, Outcome, Pings
from wstui.core.ports import Refused
from wstui.core.printable import printable
from wstui.core.segment import Segment
from wstui.core.units import exact_seconds_text
from wstui.core.wrap import Run
from wstui.headless.connection_lines import connection_lines
from wstui.headless.feed import Feed
from wstui.headless.paper import Paper
from wstui.headless.saying import say
from wstui.headless.stage import CLOSE_TIME, Stage, perform

SEARCH: Final = 0.005
"""Seconds in which answers are searched for before others have their turn."""

KEEPALIVES: Final = 64
"""Keepalive pings whose pongs are known for what they are."""

_DATA: Final = (Kind.TEXT, Kind.BINARY)


def run(asked: Ping) -> int:
    """Do what is asked; the exit code."""
    return perform(lambda stage: ping(stage, asked), asked.manner)


async def ping(stage: Stage, asked: Ping) -> int:
    """Ping until it is enough, or the connection has ended; the exit code."""
    pinger = Pinger(stage, asked)
    connection = pinger.connection
    enough = await pinger.go_on()
    while not enough and connection.failure is not None and not asked.manner.json:
        if stage.is_ending or not await stage.opened(connection):
            return exit_code(connection)
        enough = await pinger.go_on()  # what was missing was typed
    if enough and asked.manner.json:
        await pinger.close()
    if asked.deadline is not None and enough and not pinger.has_sent:
        where = masked_uri(asked.options.uri)
        say(f"{where}: it was not open within {exact_seconds_text(asked.deadline)}")
        return Exit.LATE
    await pinger.tell_summary()
    if not enough and not asked.manner.json:
        stage.tell_end(connection)
    code = Exit.OK if enough else exit_code(connection)
    return code or (Exit.OK if pinger.is_answered else Exit.NOT_AS_EXPECTED)


class Pinger:
    """Sends pings on a connection of its own and tells what becomes of each."""

    def __init__(self, stage: Stage, asked: Ping) -> None:
        self.connection: Connection = stage.pool.connect(asked.options)
        self._stage = stage
        self._asked = asked
        self._paper = Paper.of_output()
        self._pings = Pings(asked.wait, covers=not asked.by_message)
        self._payloads = iter(asked.payloads)
        # A pong whose payload others had, too, may be the answer to any of them.
        self._are_distinct = asked.payloads.are_distinct
        self._keepalives: deque[bytes] = deque(maxlen=KEEPALIVES)
        self._is_closing = False
        self._news = asyncio.Event()
        self._feed = Feed(stage.pool, self.connection, news=self._news, forget=not asked.answer)
        self._event_lines = connection_lines(self.connection)
        matches = Matches(self.connection.transcript, asked.answer) if asked.answer else None
        self._matches = matches
        self._matched = -1  # number of the last answer that was found
        self._begun = self._next = perf_counter()
        self.end = inf if asked.deadline is None else self._begun + asked.deadline
        """When it is enough, in seconds of `perf_counter`."""

    @property
    def is_answered(self) -> bool:
        """Whether a pong came."""
        return bool(self._pings.received)

    @property
    def has_sent(self) -> bool:
        """Whether it came to a ping."""
        return bool(self._pings.sent)

    async def go_on(self) -> bool:
        """Ping until it is enough, or the connection has ended for good; whether it is enough."""
        while True:
            self._news.clear()
            await self._take()
            now = perf_counter()
            await self._tell(self._pings.overdue(now))
            if self._feed.is_over and self._feed.due() is None:
                return False
            if self._stage.is_ending and not self._asked.manner.json:
                return False  # the figures do not wait for the closing handshake
            if self._is_enough(now):
                return True
            self._send(now)
            await self._pause()

    def _is_enough(self, now: float) -> bool:
        all_went = self._pings.sent == self._asked.count
        return now >= self.end or (all_went and not self._pings.waiting)

    def _send(self, now: float) -> None:
        """Send a ping, if it is time for one."""
        if not self.connection.is_open or self._pings.sent == self._asked.count:
            self._next = inf
            return
        if not self._asked.interval:
            self._next = inf if self._pings.waiting else now
        elif self._next == inf:
            self._next = now
        if now < self._next:
            return
        payload = next(self._payloads)
        pool, id = self._stage.pool, self.connection.id
        try:
            pool.send(id, payload) if self._asked.by_message else pool.ping(id, payload)
        except Refused:  # it is ending, of which we shall hear
            self._next = inf
            return
        self._pings.send(payload, perf_counter())
        # After a halt it goes on from now, and nothing is made up for.
        self._next = max(self._next + self._asked.interval, now)

    async def _pause(self) -> None:
        """Wait until something comes, or has to be done."""
        due = self._pings.due
        until = min(self._next, self.end, inf if due is None else due)
        if self._matches is not None and not self._matches.is_complete:
            until = 0.0
        try:
            async with asyncio.timeout(None if until == inf else max(until - perf_counter(), 0)):
                await self._news.wait()
        except TimeoutError:
            return

    # What came

    async def _take(self) -> None:
        for segment, start, stop in self._feed.take():
            for row in range(start, stop):
                flags = segment.flags[row]
                kind = flags & KIND_MASK
                if kind == Kind.EVENT:
                    await self._event(segment, row)
                elif self._asked.by_message:
                    if kind in _DATA and not flags & OUTGOING:
                        await self._message(segment, row)
                elif kind == Kind.PONG and not flags & OUTGOING:
                    await self._pong(segment, row)
                elif kind == Kind.PING and flags & OUTGOING:
                    self._went(segment.payload(row))
        await self._search()

    def _went(self, payload: bytes) -> None:
        """A ping went out, perhaps one of the connection's own."""
        if payload not in self._pings:
            self._keepalives.append(payload)

    async def _pong(self, segment: Segment, row: int) -> None:
        payload = segment.payload(row)
        if payload in self._keepalives:
            self._keepalives.remove(payload)
            return
        rtt = segment.rtts.get(row) if self._are_distinct else None
        await self._tell(self._pings.pong(payload, perf_counter(), rtt))

    async def _message(self, segment: Segment, row: int) -> None:
        """Take a message that is as one of ours for the answer to it."""
        if self._matches is None and (payload := segment.payload(row)) in self._pings:
            await self._tell(self._pings.pong(payload, perf_counter()))

    async def _search(self) -> None:
        """Look for answers by the filter."""
        matches = self._matches
        if matches is None:
            return
        matches.advance(SEARCH, perf_counter)
        while (number := matches.next(self._matched)) is not None:
            self._matched = number
            entry = self.connection.transcript.entry(number)
            if entry.kind in _DATA and not entry.outgoing:
                await self._tell(self._pings.oldest(perf_counter()))

    async def _event(self, segment: Segment, row: int) -> None:
        event = segment.event(row)
        if event.name is EventName.CLOSED and not (self._stage.is_ending or self._is_closing):
            await self._tell(self._pings.cut_off())
        if self._asked.manner.json:
            for piece in self._event_lines(event, segment.times[row]):
                await self._stage.output.write(piece)
        elif event.name is EventName.OPEN and not self._asked.brief:
            await self._write(opening(self.connection))
        elif event.name in (EventName.WAITING, EventName.ERROR) or (
            event.name is EventName.CLOSED and self.connection.is_live
        ):
            self._stage.note(f"{masked_uri(self.connection.options.uri)}: {event.text}")

    # What is told

    async def _tell(self, news: Iterable[News]) -> None:
        asked = self._asked
        for one in news:
            if asked.manner.json:
                await self._stage.output.write(news_line(self.connection.id, time(), one))
            elif not asked.brief:
                words = strftime("%H:%M:%S ") if asked.has_clock else ""
                words += ping_line(one, asked.wait, by_message=asked.by_message)
                is_lost = one.outcome in (Outcome.LOST, Outcome.CUT_OFF)
                await self._write([words], "error" if is_lost else "text")

    async def tell_summary(self) -> None:
        """Tell the figures of all pings."""
        took = perf_counter() - self._begun
        if self._asked.manner.json:
            line = summary_line(self.connection.id, time(), self._pings, took)
            await self._stage.output.write(line)
        elif self._pings.sent:
            await self._write(([] if self._asked.brief else [""]) + summary(self._pings, took))

    async def _write(self, lines: Iterable[str], kind: str = "text") -> None:
        data = self._paper.draw([Run(printable(line), kind)] for line in lines)
        await self._stage.output.write(data)

    async def close(self) -> None:
        """Close the connection, and tell how it ended as far as that comes soon."""
        self._is_closing = True
        if self.connection.is_live:
            self._stage.pool.close(self.connection.id)
        try:
            async with asyncio.timeout(CLOSE_TIME):
                while await self._feed.wait():
                    await self._take()
        except TimeoutError:
            return
