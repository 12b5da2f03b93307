"""What becomes of a connection, in order, for one who takes it at his own pace: nothing is lost.

Who is behind is waited for: nothing more is read from the socket then, and the peer feels it when
its sending blocks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from wstui.core.connection import Connection
from wstui.core.segment import Segment
from wstui.net.pool import ConnectionPool

BEHIND: Final = 8 << 20
"""Bytes of messages that may wait to be taken before no more are read."""

AT_ONCE: Final = 2048
"""Entries that are taken at once, at most."""


class Feed:
    """The entries of `connection`, from number `at` on. It can have one feed at a time."""

    def __init__(self, pool: ConnectionPool, connection: Connection, at: int = 0) -> None:
        self.connection = connection
        self.at = at
        """Number of the next entry that is taken."""
        self._pool = pool
        self._transcript = connection.transcript
        self._news = asyncio.Event()
        self._taken = self._transcript.bytes_in if at else 0
        self._is_held = False
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
            if not self.connection.is_live or self.connection.id not in self._pool.connections:
                return False
            self._news.clear()
            await self._news.wait()
        return True

    def take(self) -> Iterator[tuple[Segment, int, int]]:
        """All that is there: runs of rows of a segment, from the one up to the other. How many the
        memory limit dropped meanwhile tells `missed`."""
        while self.at < len(self._transcript):
            self.at = max(self.at, self._transcript.first)
            segment = next(self._transcript.segments(self.at))
            start = self.at - segment.first
            stop = min(len(segment), start + AT_ONCE)
            self.at = segment.first + stop
            yield segment, start, stop
        self._taken = self._transcript.bytes_in
        self._let_in()

    @property
    def missed(self) -> int:
        """Entries that will not be taken, since the memory limit has dropped them: more than the
        limit came in one read, or went out."""
        return max(0, self._transcript.first - self.at)

    def _hear(self, connection: Connection) -> None:
        if connection is self.connection:
            self._news.set()

    def _grew(self) -> None:
        self._news.set()
        if not self._is_held and self._transcript.bytes_in - self._taken > BEHIND:
            wire = self._pool.wire(self.connection.id)
            if wire is not None:
                self._is_held = True
                wire.hold_back()

    def _let_in(self) -> None:
        if self._is_held:
            self._is_held = False
            wire = self._pool.wire(self.connection.id)
            if wire is not None:
                wire.let_in()
