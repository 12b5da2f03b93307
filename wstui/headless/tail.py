"""`wstui tail`: what comes on one connection or several, as lines, in the order of time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine
from itertools import islice
from math import inf
from time import perf_counter, time
from typing import Final

from wstui.command_line.tail import Tail
from wstui.core.connection import Connection
from wstui.core.entry import KIND_MASK, OUTGOING, EventName, Kind, LocalEvent
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.filter import Filter, Matches
from wstui.core.filter.advice import advice
from wstui.core.filter.selection import WORDS, is_cut_off
from wstui.core.filter.terms import intersection
from wstui.core.labels import labels
from wstui.core.options.connect import masked_uri
from wstui.core.segment import Segment
from wstui.core.units import count_text, exact_seconds_text, size_text
from wstui.headless.feed import Feed
from wstui.headless.saying import has_reader, say
from wstui.headless.stage import Stage, perform
from wstui.headless.tail_json import JsonLines
from wstui.headless.tail_lines import Lines, Maker, Screen
from wstui.headless.turns import SLICE, Turns

_NOTED: Final = {
    EventName.WAITING: "",
    EventName.GAP: "open again, ",
    EventName.ERROR: "",
    EventName.NOTE: "",
}
"""Events that are told on standard error, and what stands in front of their words."""

_WHOLE: Final = bytes((0, *[0xFF] * 255))
"""Makes a mask for marks of one for rows."""

_RARE: Final = bytes(
    not flags & KIND_MASK or (is_cut_off(flags) and not flags & OUTGOING) for flags in range(256)
)


def run(asked: Tail) -> int:
    """Do what is asked; the exit code."""
    screen = Screen.of_output()
    if screen is not None and asked.form.raw:
        say("--raw writes bytes that could upset the terminal: send them to a pipe or a file.")
        return Exit.USAGE
    return perform(lambda stage: tail(stage, asked, screen), asked.manner)


async def tail(stage: Stage, asked: Tail, screen: Screen | None = None) -> int:
    """Write what comes until all connections have ended, or all came that was asked for; the exit
    code. `screen` is the terminal that is written to, None where it goes elsewhere."""
    for options in asked.connections:
        stage.make_room(options)
    stage.output.watch()
    connections = [stage.pool.connect(options) for options in asked.connections]
    made: Maker
    if asked.manner.json:
        made = JsonLines(connections)
    else:
        names = labels(connections, asked.names) if len(connections) > 1 else []
        has_text = Kind.TEXT in asked.selection.shown()
        made = Lines(asked.form, names, screen, stage.note if has_text else None)
    work = Following(stage, asked, connections, made)
    try:
        return await work.run()
    finally:
        work.close()


class Source:
    """A connection that is followed."""

    def __init__(
        self, stage: Stage, index: int, connection: Connection, filter: Filter, news: asyncio.Event
    ) -> None:
        self.index = index
        self.connection = connection
        self.feed = Feed(stage.pool, connection, news=news, forget=True)
        self.matches = Matches(connection.transcript, filter) if filter.text_terms else None
        self.missed = 0
        """Entries that are missing, as far as it was said."""
        self.was_open = False
        self.is_told = False
        """Whether it was said how it ended."""
        self.opening = asyncio.get_running_loop().create_task(
            stage.opened(connection), name=f"opening {connection.id}"
        )
        self.opening.add_done_callback(lambda _: news.set())

    @property
    def is_over(self) -> bool:
        """Whether all was taken, and nothing more will come."""
        return self.opening.done() and self.feed.is_over and self.feed.due() is None


class Following:
    """Writes what comes on some connections."""

    def __init__(
        self,
        stage: Stage,
        asked: Tail,
        connections: list[Connection],
        maker: Maker,
        *,
        greets: bool = True,
    ) -> None:
        """`greets`: that a connection is open is said at a terminal."""
        self._stage = stage
        self._asked = asked
        self._maker = maker
        self._greets = greets
        selection = asked.selection
        self._shown = selection.shown()
        self._counted = selection.counted()
        self._has_events = asked.manner.json and not asked.manner.quiet
        self._left = asked.count
        self._found = 0
        self._until: float | None = None  # what came later is left out
        self._is_done = False
        self._turns = Turns()
        self._news = asyncio.Event()
        self._sources = [
            Source(stage, index, one, selection.filter, self._news)
            for index, one in enumerate(connections)
        ]

    @property
    def is_done(self) -> bool:
        """Whether all came that was asked for."""
        return self._is_done

    def close(self) -> None:
        """Take nothing further."""
        for source in self._sources:
            source.opening.cancel()
            source.feed.close()

    async def run(self) -> int:
        """Write until the end; the exit code."""
        if self._asked.length is None:
            await self._follow()
        elif not await self._in_time(self._follow(), self._asked.length):
            words = f"Nothing was open within {exact_seconds_text(self._asked.length)}."
            say(words)
            return Exit.LATE
        self._tell_search()
        if self._is_done:
            return Exit.OK
        return max(exit_code(source.connection) for source in self._sources)

    async def _in_time(self, work: Coroutine[None, None, None], seconds: float) -> bool:
        """Do `work`, and end it in so many seconds, with all written that came before; False where
        nothing was open until then."""
        task = asyncio.get_running_loop().create_task(work, name="following")
        try:
            await asyncio.wait([task], timeout=seconds)
            if not task.done():
                self._until = time()
                self._news.set()
            await task
        finally:
            task.cancel()
        return self._until is None or any(one.was_open for one in self._sources)

    async def _follow(self) -> None:
        while not self._is_done:
            is_last = self._until is not None
            self._news.clear()
            await self._round()
            self._tell_ends()
            if is_last:
                self._is_done = True
            elif all(source.is_over for source in self._sources):
                return
            elif not self._is_done:
                await self._news.wait()
                self._turns.begin()

    async def _round(self) -> None:
        """Write what is there, in the order of time."""
        limits = [len(source.connection.transcript) for source in self._sources]
        queue: list[tuple[float, int]] = []
        for source in self._sources:
            self._queue(queue, source, limits)
        while queue and not self._is_done:
            source = self._sources[heapq.heappop(queue)[1]]
            until = min(queue[0][0] if queue else inf, self._until or inf)
            run = source.feed.run(until, limits[source.index])
            await self._tell(source, *run)
            self._queue(queue, source, limits)

    def _queue(self, queue: list[tuple[float, int]], source: Source, limits: list[int]) -> None:
        """Have the next entry of a connection told in its turn, if there is one."""
        when = source.feed.due()
        self._tell_missed(source)
        if when is None or when > (self._until or inf):
            return
        if source.feed.at < limits[source.index]:
            heapq.heappush(queue, (when, source.index))

    async def _tell(self, source: Source, segment: Segment, start: int, stop: int) -> None:
        """Write these rows of a connection, as far as they are wanted."""
        flags = bytes(segment.flags[start:stop])
        marks, counted = flags.translate(self._shown), flags.translate(self._counted)
        if source.matches is not None:
            mask = await self._search(source.matches, segment, start, stop)
            counted = intersection(counted, mask)
            marks = intersection(marks, mask.translate(_WHOLE))
        found = len(counted) - counted.count(0)
        if self._left is not None:
            if found >= self._left:
                self._is_done = True
                found = self._left
                marks = marks[: _place(counted, found) + 1]
            self._left -= found
        self._found += found
        for row in _rare(flags, len(marks)):
            marks = self._look(source, segment, start + row, row, marks)
        made = self._maker.make(source.index, segment, start, start + len(marks), marks)
        await self._turns.write(self._stage.output, made)

    async def _search(self, matches: Matches, segment: Segment, start: int, stop: int) -> bytes:
        """A byte for each row, 1 where the filter's text is found."""
        first, last = segment.first + start, segment.first + stop
        while matches.scanned < last:
            matches.advance(SLICE, perf_counter)
            await self._turns.breathe()
        found = bytearray(stop - start)
        for number in matches.numbers[matches.row_of(first) : matches.row_of(last)]:
            found[number - first] = 1
        return bytes(found)

    # What is told beside the messages

    def _look(self, source: Source, segment: Segment, row: int, place: int, marks: bytes) -> bytes:
        """Tell of an event, or of a message that was cut off; `marks` with what is shown of it."""
        where = masked_uri(source.connection.options.uri)
        if segment.flags[row] & KIND_MASK:
            if not marks[place] and not self._stage.is_ending:
                start, stop = segment.span(row)
                size = size_text(stop - start)
                words = f"{where}: a message broke off after {size} and is left out"
                self._stage.note(f"{words}; --all shows its beginning.")
            return marks
        event = segment.event(row)
        if event.name is EventName.OPEN:
            is_first = self._greets and not source.was_open
            if is_first and has_reader():
                self._stage.note(f"{where}: open")
            source.was_open = True
        elif event.name in _NOTED and not self._stage.is_ending and not _ended_by(source, event):
            tell = say if event.name is EventName.ERROR else self._stage.note
            tell(f"{where}: {_NOTED[event.name]}{event.text}")
        if self._has_events:
            return marks[:place] + bytes((WORDS,)) + marks[place + 1 :]
        return marks

    def _tell_missed(self, source: Source) -> None:
        missing = source.feed.missed - source.missed
        if missing:
            source.missed = source.feed.missed
            where = masked_uri(source.connection.options.uri)
            say(f"{where}: {count_text(missing)} entries are missing, memory being short.")

    def _tell_ends(self) -> None:
        """Say how connections ended, once all they said is written."""
        for source in self._sources:
            if not source.is_told and source.is_over:
                source.is_told = True
                if source.opening.result():  # else it was said already
                    self._stage.tell_end(source.connection)

    def _tell_search(self) -> None:
        """Say what the filter could not find, and why, where that helps."""
        gave_up = sum(one.matches.timed_out for one in self._sources if one.matches is not None)
        if gave_up:
            words = "the expression took too long, and they count as not found"
            self._stage.note(f"{count_text(gave_up)} entries: {words}.")
        if not self._found and (words := advice(self._asked.selection.filter)):
            self._stage.note(f"nothing was found. {words}")


def _ended_by(source: Source, event: LocalEvent) -> bool:
    """Whether an event is why this side closes, so that it is told with the end."""
    sent = source.connection.closes.get(True)
    return sent is not None and bool(sent.reason) and event.text.startswith(sent.reason)


def _rare(flags: bytes, below: int) -> list[int]:
    """The rows, of the first `below`, that are events or messages that were cut off."""
    rare = flags.translate(_RARE)
    return [row for row in range(below) if rare[row]] if 1 in rare else []


def _place(counted: bytes, number: int) -> int:
    """Where the row stands that is the `number`-th to count, from 1 on."""
    return next(islice((row for row, one in enumerate(counted) if one), number - 1, None))
