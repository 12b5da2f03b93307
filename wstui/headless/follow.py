"""Following transcripts: each entry becomes lines of output, in the order in which things happened.

The transcripts themselves are the buffer: when output is slow, lines are made later, and of what
the memory limit has dropped meanwhile it is told how much that was. Nobody waits but the output.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from time import perf_counter, time
from typing import Final

from wstui.core.entry import KIND_MASK, LocalEvent
from wstui.core.ndjson import line
from wstui.core.segment import Segment
from wstui.core.transcript import Transcript
from wstui.headless.entry_lines import entry_lines
from wstui.headless.output import Output

PAUSE: Final = 0.03
"""Seconds between two looks at the transcripts."""

SLICE: Final = 0.003
"""Seconds of making lines in a turn of the loop."""

ROWS: Final = 128
"""Entries that are looked at before it is, how long that took."""

CHUNK: Final = 64 << 10
"""Bytes that are handed to the output at once."""


class Source:
    """A transcript and how far it was told."""

    def __init__(
        self,
        id: int,
        transcript: Transcript,
        tell_event: Callable[[LocalEvent, float], Iterable[bytes]],
        at: int = 0,
        *,
        key: str = "id",
    ) -> None:
        """`tell_event` gives the lines for a local event and its time, `id` stands in lines as the
        field `key`; it begins with entry `at`."""
        self.id = id
        self.transcript = transcript
        self.tell_event = tell_event
        self.at = at
        self.key = key
        self.is_over = False
        """Whether it is no longer kept in bounds: what is not yet told of it is left out."""


class Follower:
    """Tells `output` of all entries of the sources; without messages when `quiet`."""

    def __init__(self, output: Output, *, quiet: bool = False) -> None:
        self._output = output
        self._quiet = quiet
        self._sources: dict[Source, None] = {}
        self._lines: list[bytes] = []
        self._size = 0
        self._begun = 0.0
        self._is_ending = False

    def add(self, source: Source) -> None:
        """Follow it, too."""
        self._sources[source] = None

    async def run(self) -> None:
        """Tell until `end` is called, and all that is there then."""
        while not self._is_ending:
            await self._round()
            await asyncio.sleep(PAUSE)
        await self._round()

    def end(self) -> None:
        """Nothing more will happen."""
        self._is_ending = True

    async def _round(self) -> None:
        """Tell all that happened since the last round."""
        self._begun = perf_counter()
        due: list[tuple[float, int, Source]] = []
        for source in list(self._sources):
            self._queue(due, source)
            if source.is_over and source.at >= len(source.transcript):
                del self._sources[source]
        while due:
            source = heapq.heappop(due)[2]
            until = due[0][0] if due else float("inf")
            if await self._tell(source, until):
                self._queue(due, source)
        await self._flush()

    def _queue(self, due: list[tuple[float, int, Source]], source: Source) -> None:
        """Have its next entry told in its turn, if there is one."""
        self._skip(source)
        if source.at < len(source.transcript):
            heapq.heappush(due, (source.transcript.time(source.at), id(source), source))

    def _skip(self, source: Source) -> None:
        """Tell how much cannot be told. The last entry of a source that is over says its end."""
        transcript = source.transcript
        to = max(transcript.first, len(transcript) - 1 if source.is_over else 0)
        if to > source.at:
            missing = to - source.at
            self._lines.append(line("skipped", time(), **{source.key: source.id}, entries=missing))
            source.at = to

    async def _tell(self, source: Source, until: float) -> bool:
        """Tell its entries up to the time `until`; whether there are more."""
        self._skip(source)  # others were told since it was found to have something
        for segment in source.transcript.segments(source.at):
            for row in range(source.at - segment.first, len(segment)):
                when = segment.times[row]
                if when > until:
                    return True
                source.at += 1
                if not source.at % ROWS:
                    await self._breathe()
                for piece in self._pieces(source, segment, row):
                    await self._put(piece)
        return False

    def _pieces(self, source: Source, segment: Segment, row: int) -> Iterable[bytes]:
        """The lines for an entry; those of a long message in pieces."""
        if self._quiet and segment.flags[row] & KIND_MASK:
            return ()
        return entry_lines(source.id, segment, row, source.tell_event)

    async def _put(self, piece: bytes) -> None:
        self._lines.append(piece)
        self._size += len(piece)
        if self._size > CHUNK:
            await self._flush()
        else:
            await self._breathe()

    async def _breathe(self) -> None:
        if perf_counter() - self._begun > SLICE:
            await self._flush()

    async def _flush(self) -> None:
        """Hand over what was made, and let the loop have its turn."""
        data = b"".join(self._lines)
        self._lines.clear()
        self._size = 0
        await self._output.write(data)
        if perf_counter() - self._begun > SLICE:
            await asyncio.sleep(0)
            self._begun = perf_counter()
