"""What becomes of a connection, in order, for one who takes it at his own pace: nothing is lost.

Who is behind is waited for: nothing more is read from the socket then, and the peer feels it when
its sending blocks.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING, Final

from wstui.core.connection import Connection
from wstui.core.segment import Segment
from wstui.net.pool import ConnectionPool

if TYPE_CHECKING:
    from wstui.net.wire import Wire

BEHIND: Final = 8 << 20
"""Bytes of messages that may wait to be taken before no more are read."""

AT_ONCE: Final = 8192
"""Entries that are taken at once, at most."""


class Feed:
    """The entries of `connection`, from number `at` on. It can have one feed at a time."""

    def __init__(
        self,
        pool: ConnectionPool,
        connection: Connection,
        at: int = 0,
        *,
        news: asyncio.Event | None = None,
        forget: bool = False,
    ) -> None:
        """`news` is set when there may be something to take, for who waits for several; None: one
        of its own. `forget`: what was taken leaves the transcript, and its memory is used again.
        """
        self.connection = connection
        self.at = at
        """Number of the next entry that is taken."""
        self.missed = 0
        """Entries that could not be taken, since the memory limit had dropped them: more than the
        limit came in one read, or went out."""
        self._pool = pool
        self._transcript = connection.transcript
        self._news = asyncio.Event() if news is None else news
        self._is_forgetting = forget
        self._taken = self._transcript.bytes_in if at else 0
        self._held: Wire | None = None
        self._forget = pool.subscribe(self._hear)
        self._transcript.grew = self._grew

    def close(self) -> None:
        """Take nothing further, and hold up nobody."""
        self._transcript.grew = None
        self._forget()
        self._let_in()
        self._news.set()

    async def wait(self) -> bool:
        """Wait until there is something to take; False once the connection has ended, will not be
        opened again by itself, and all was taken."""
        while self.at >= len(self._transcript):
            if self.is_over:
                return False
            self._news.clear()
            await self._news.wait()
        return True

    @property
    def is_over(self) -> bool:
        """Whether nothing will come after what is there: the connection has ended, and will not be
        opened again by itself."""
        return not self.connection.is_live or self.connection.id not in self._pool.connections

    def take(self) -> Iterator[tuple[Segment, int, int]]:
        """All that is there: runs of rows of a segment, from the one up to the other."""
        while self.due() is not None:
            yield self.run()

    def due(self) -> float | None:
        """Time of the next entry; None when all were taken, and then more are let in."""
        transcript = self._transcript
        if self._is_forgetting:
            self._forget_taken()
        self._skip()
        if self.at < len(transcript):
            return transcript.time(self.at)
        self._taken = transcript.bytes_in
        self._let_in()
        return None

    def run(self, until: float = inf, below: int | None = None) -> tuple[Segment, int, int]:
        """The next entries up to the time `until` and below number `below` (None: all that are
        there), one at least: there has to be one. See `take` for what it gives."""
        self._skip()
        segment = next(self._transcript.segments(self.at))
        start = self.at - segment.first
        most = AT_ONCE if below is None else max(min(AT_ONCE, below - self.at), 1)
        stop = min(len(segment), start + most)
        if segment.times[stop - 1] > until:
            stop = max(bisect_right(segment.times, until, start, stop), start + 1)
        self.at = segment.first + stop
        return segment, start, stop

    def _skip(self) -> None:
        self.missed += max(self._transcript.first - self.at, 0)
        self.at = max(self._transcript.first, self.at)

    def _forget_taken(self) -> None:
        while True:
            oldest = next(self._transcript.segments(), None)
            if oldest is None or not oldest.closed or oldest.first + len(oldest) > self.at:
                return
            self._transcript.drop_oldest()

    def _hear(self, connection: Connection) -> None:
        if connection is self.connection:
            self._news.set()

    def _grew(self) -> None:
        self._news.set()
        if self._transcript.bytes_in - self._taken > BEHIND:
            wire = self._pool.wire(self.connection.id)
            if wire is not None and wire is not self._held:  # it may have been opened again
                self._held = wire
                wire.hold_back()

    def _let_in(self) -> None:
        if self._held is not None:
            self._held.let_in()
            self._held = None
