"""Following transcripts: each entry becomes lines of output, in the order in which things happened.

The transcripts themselves are the buffer: when output is slow, lines are made later, and of what
the memory limit has dropped meanwhile it is told how much that was. Nobody waits but the output.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Final

from wstui.core.entry import KIND_MASK
from wstui.core.ndjson import LONG, line, long_message_line, message_line
from wstui.core.transcript import Transcript
from wstui.headless.output import Output

PAUSE: Final = 0.03
"""Seconds between two looks at the transcripts."""

SLICE: Final = 0.003
"""Seconds of making lines in a turn of the loop."""

CHUNK: Final = 64 << 10
"""Bytes that are handed to the output at once."""


class Source:
    """A transcript and how far it was told."""

    def __init__(
        self,
        id: int,
        transcript: Transcript,
        tell_event: Callable[[int], Iterable[bytes]],
        at: int = 0,
        *,
        key: str = "id",
    ) -> None:
        """`tell_event` gives the lines for the local event of a number, `id` stands in lines as the
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
            transcript = source.transcript
            if source.is_over or source.at < transcript.first:
                self._skip(source)
            if source.at < len(transcript):
                heapq.heappush(due, (transcript.time(source.at), id(source), source))
            elif source.is_over:
                del self._sources[source]
        while due:
            source = heapq.heappop(due)[2]
            until = due[0][0] if due else float("inf")
            if await self._tell(source, until):
                heapq.heappush(due, (source.transcript.time(source.at), id(source), source))
        await self._flush()

    def _skip(self, source: Source) -> None:
        """Tell how much cannot be told. The last entry of a source that is over says its end."""
        transcript = source.transcript
        to = max(source.at, len(transcript) - 1 if source.is_over else transcript.first)
        if to > source.at:
            missing = to - source.at
            time = transcript.time(min(to, len(transcript) - 1))
            self._lines.append(line("skipped", time, **{source.key: source.id}, entries=missing))
            source.at = to

    async def _tell(self, source: Source, until: float) -> bool:
        """Tell its entries up to the time `until`; whether there are more."""
        transcript = source.transcript
        for segment in transcript.segments(source.at):
            for row in range(source.at - segment.first, len(segment)):
                time = segment.times[row]
                if time > until:
                    return True
                source.at += 1
                flags = segment.flags[row]
                if not flags & KIND_MASK:
                    self._lines.extend(source.tell_event(segment.first + row))
                elif not self._quiet:
                    start, end = segment.span(row)
                    if end - start > LONG:
                        view = memoryview(segment.data)[start:end]
                        for piece in long_message_line(source.id, time, flags, view):
                            await self._put(piece)
                        continue
                    payload = bytes(segment.data[start:end])
                    await self._put(message_line(source.id, time, flags, payload))
        return False

    async def _put(self, piece: bytes) -> None:
        self._lines.append(piece)
        self._size += len(piece)
        if self._size > CHUNK or perf_counter() - self._begun > SLICE:
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
