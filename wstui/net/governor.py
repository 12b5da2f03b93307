"""The governor: how much is read in one turn of the event loop, so that the screen stays alive.

A key press takes about six turns to reach its handler in Textual, so what must be bounded is the
length of a turn, whatever the connections receive. Two lines of defence:

1. All reads of a turn share a byte budget. It is set so that receiving takes about `TURN` seconds,
   from how many bytes a second were received lately; a slow consumer (compression, the library's
   parser) thus reads less at once. TCP's own flow control does the rest.
2. When a turn took `LONG_TURN` seconds all the same, transports that come up in it are paused and
   go on after `REST` turns.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Final

TURN: Final = 0.001
"""Seconds of receiving aimed at in a turn."""

LONG_TURN: Final = 0.008
"""Seconds of receiving after which whoever comes up next in the turn must wait."""

REST: Final = 6
"""Turns that they wait: as many as a key press needs to reach its handler."""

TOTAL_RANGE: Final = (64 << 10, 256 << 10)
"""Least and most bytes read in a turn, all connections together."""

READ_RANGE: Final = (8 << 10, 256 << 10)
"""Least and most bytes of one read."""


class Governor:
    """Shares each turn's budget among the connections, and the buffer that all of them read into.

    A read is synchronous from `get_buffer` to `buffer_updated`, so one buffer serves them all and
    an idle connection needs none of its own.
    """

    def __init__(self) -> None:
        self._buffer = memoryview(bytearray(READ_RANGE[1]))
        self._loop = asyncio.get_running_loop()
        self._reads = 0
        self._bytes = 0
        self._seconds = 0.0
        self._per_byte = TURN / TOTAL_RANGE[1]
        self._paused: list[asyncio.Transport] = []
        self.quantum = READ_RANGE[1]
        """Bytes that the next read may take."""

    @property
    def buffer(self) -> memoryview:
        """The shared buffer, as long as the next read may be."""
        return self._buffer[: self.quantum]

    def begin(self) -> float:
        """Note that a read is taken in this turn; returns what `end` needs."""
        if not self._reads:
            self._loop.call_soon(self._turn_over)
        self._reads += 1
        return perf_counter()

    def end(self, begun: float, size: int, transport: asyncio.Transport) -> None:
        """Note that the `size` bytes of a read were dealt with."""
        self._bytes += size
        self._seconds += perf_counter() - begun
        if self._seconds > LONG_TURN and not transport.is_closing() and transport.is_reading():
            transport.pause_reading()
            if not self._paused:
                self._loop.call_soon(self._rest, REST)
            self._paused.append(transport)

    def _turn_over(self) -> None:
        """Share out the next turn among as many connections as read in this one."""
        if self._bytes:
            measured = self._seconds / self._bytes
            self._per_byte += (measured - self._per_byte) / 8
        least, most = TOTAL_RANGE
        total = min(max(int(TURN / self._per_byte), least), most)
        least, most = READ_RANGE
        self.quantum = min(max(total // max(self._reads, 1), least), most)
        self._reads = self._bytes = 0
        self._seconds = 0.0

    def _rest(self, turns: int) -> None:
        if turns:
            self._loop.call_soon(self._rest, turns - 1)
            return
        paused, self._paused = self._paused, []
        for transport in paused:
            if not transport.is_closing():
                transport.resume_reading()
