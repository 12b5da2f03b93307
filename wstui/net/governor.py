"""The governor: how much is received in one turn of the event loop, so that the screen stays alive.

A key press takes about six turns to reach its handler in Textual, so what must be bounded is the
length of a turn, whatever the connections receive. Three lines of defence:

1. All reads of a turn share a byte budget. It is set so that receiving takes about `TURN` seconds,
   from how many bytes a second were received lately; a slow consumer (compression, the library's
   parser) thus reads less at once. TCP's own flow control does the rest.
2. Bytes are no measure where frames are tiny. When a turn has spent `SLICE` seconds, what is left
   of its reads is kept, and goes on in the turns that follow, one connection after the other.
   Meanwhile nothing more is read from those connections.
3. When a turn took twice that all the same, since one step of the work is long, those who
   came up last in it go on after `REST` turns.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final, Protocol

from wstui.net.pump import Pump

TURN: Final = 0.001
"""Seconds of receiving aimed at in a turn."""

SLICE: Final = 0.004
"""Seconds of receiving after which no further step is begun in the turn; after twice that, whoever
comes up next in the turn must wait."""

UNSEEN: Final = 0.03
"""The same where there is no screen to be kept alive."""

REST: Final = 6
"""Turns that they wait: as many as a key press needs to reach its handler."""

TOTAL_RANGE: Final = (16 << 10, 256 << 10)
"""Least and most bytes read in a turn, all connections together."""

READ_RANGE: Final = (8 << 10, 256 << 10)
"""Least and most bytes of one read."""

LARGE_READ: Final = 256 << 10
"""Most bytes that a read may take beyond its share, for a large frame: to read it in many small
pieces takes several times as long."""

Work = Callable[[], bool]
"""Goes on with what was kept until the turn is spent; returns whether all is done."""


class Readable(Protocol):
    """What is read, and what the governor may hold up."""

    def is_closing(self) -> bool: ...
    def is_reading(self) -> bool: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def abort(self) -> None: ...


class Governor:
    """Shares each turn's time among the connections, and the buffer that all of them read into.

    A read is synchronous from `get_buffer` to `buffer_updated`, so one buffer serves them all and
    an idle connection needs none of its own. `clock` returns seconds, from any beginning.
    """

    def __init__(
        self, clock: Callable[[], float] = perf_counter, *, slice_time: float = SLICE
    ) -> None:
        self._clock = clock
        self._slice = slice_time
        self._long = 2 * slice_time
        self._buffer = memoryview(bytearray(READ_RANGE[1]))
        self.pump = Pump(clock)
        """Shares each turn among those who send."""
        self._loop = asyncio.get_running_loop()
        self._in_turn = False
        self._reads = 0
        self._bytes = 0
        self._seconds = 0.0  # spent in this turn
        self._uncounted = 0.0  # seconds spent in turns without a read, on what was read before
        self._deadline = 0.0
        self._per_byte = TURN / TOTAL_RANGE[1]
        self._kept: Work | None = None
        self._waiting: deque[tuple[Work | None, Readable]] = deque()
        self.quantum = READ_RANGE[1]
        """Bytes that the next read may take."""

    @property
    def buffer(self) -> memoryview:
        """The shared buffer, as long as the next read may be."""
        return self._buffer[: self.quantum]

    def buffer_for(self, first: int, each: int) -> memoryview:
        """The shared buffer, for a read that ends where a frame does, if that can be told: `first`
        bytes come to the end of one, and `each` for each behind it; 0: that is not known."""
        room = max(self.quantum, LARGE_READ if each else min(first, LARGE_READ))
        if each and room >= first + each:
            room -= (room - first) % each  # a frame that is whole is dealt with sooner
        return self._buffer[:room]

    def seen(self, size: int) -> memoryview:
        """The `size` bytes that were read into the buffer, until something else is."""
        return self._buffer[:size]

    def begin(self) -> float:
        """Note that a read is taken in this turn; returns what `end` needs."""
        self._reads += 1
        return self._start()

    def is_spent(self) -> bool:
        """Whether the turn's time is over: then nothing further is begun in it."""
        return self._clock() >= self._deadline

    def later(self, work: Work) -> None:
        """Have the rest of this read dealt with in later turns, before more is read."""
        self._kept = work

    def end(self, begun: float, size: int, transport: Readable) -> None:
        """Note that the `size` bytes of a read were dealt with, or are kept for `later`."""
        self._bytes += size
        self._seconds += self._clock() - begun
        work, self._kept = self._kept, None
        if work is None and (self._seconds <= self._long or transport.is_closing()):
            return
        if not transport.is_closing() and transport.is_reading():
            transport.pause_reading()
        if not self._waiting:
            self._wait()
        self._waiting.append((work, transport))

    def _start(self) -> float:
        """Start the clock, in a turn that may be a new one."""
        if not self._in_turn:
            self._in_turn = True
            self._loop.call_soon(self._turn_over)
        now = self._clock()
        self._deadline = now + self._slice - self._seconds
        return now

    def _turn_over(self) -> None:
        """Share out the next turn among as many connections as took part in this one."""
        self._uncounted += self._seconds
        if self._bytes:
            measured = self._uncounted / self._bytes
            self._per_byte += (measured - self._per_byte) / 8
            self._uncounted = 0.0
        least, most = TOTAL_RANGE
        total = min(max(int(TURN / self._per_byte), least), most)
        least, most = READ_RANGE
        self.quantum = min(max(total // max(self._reads, len(self._waiting), 1), least), most)
        self._in_turn = False
        self._reads = self._bytes = 0
        self._seconds = 0.0

    def _wait(self) -> None:
        """Go on in the next turn, or when the screen had its turns."""
        self._loop.call_soon(self._go_on, REST if self._seconds > self._long else 0)

    def _go_on(self, turns: int) -> None:
        """Give those who wait what time this turn has, the first first."""
        if turns:
            self._loop.call_soon(self._go_on, turns - 1)
            return
        begun = self._start()
        try:
            self._share()
        finally:  # one that fails must not take the others with it
            self._seconds += self._clock() - begun
            if self._waiting:
                self._wait()

    def _share(self) -> None:
        for _ in range(len(self._waiting)):
            if self.is_spent():
                break
            work, transport = self._waiting.popleft()
            try:
                is_done = work is None or work()
            except BaseException:
                transport.abort()  # as the loop does when dealing with a read fails
                raise
            if not is_done:
                self._waiting.append((work, transport))
            elif not transport.is_closing():
                transport.resume_reading()
