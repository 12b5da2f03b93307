"""The pulse of all connections: rates, and what was read of them, sampled four times a second.

Owns the sampling, so that sidebar, strip and title say the same. What is said is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from wstui.core.connection import Connection
from wstui.core.stats import RateMeter, sparkline

PERIOD: Final = 0.25
"""Seconds between two samples."""


class Vitals:
    """How fast one connection is."""

    __slots__ = ("_bytes", "_messages")

    def __init__(self) -> None:
        self._messages = RateMeter()
        self._bytes = RateMeter()

    def sample(self, connection: Connection, now: float) -> None:
        """Look at the counters of `connection` at `now` (seconds since the epoch)."""
        self._messages.sample(now, connection.transcript.received)
        self._bytes.sample(now, connection.transcript.bytes_in)

    @property
    def rate(self) -> float:
        """Data messages received a second."""
        return self._messages.rate

    @property
    def bytes_rate(self) -> float:
        """Bytes of payload received a second."""
        return self._bytes.rate

    def sparkline(self, cells: int) -> str:
        """The last seconds of `rate` as a picture of at most `cells` characters."""
        return sparkline(self._messages.history, cells)


class Pulse:
    """Vitals of all connections, and how much of each was read."""

    def __init__(self, connections: Mapping[int, Connection], clock: Callable[[], float]) -> None:
        self._connections = connections
        self._clock = clock
        self._vitals: dict[int, Vitals] = {}
        self._read: dict[int, int] = {}
        self.now = clock()
        """Seconds since the epoch at the last sample."""

    def sample(self) -> None:
        """Look at all connections."""
        self.now = self._clock()
        for id in self._vitals.keys() - self._connections.keys():
            del self._vitals[id]
            self._read.pop(id, None)
        for connection in list(self._connections.values()):
            # An ended one stands still, once its rate has come down.
            if connection.is_live or self.of(connection).rate:
                self.of(connection).sample(connection, self.now)

    def of(self, connection: Connection) -> Vitals:
        """The vitals of `connection`."""
        return self._vitals.setdefault(connection.id, Vitals())

    def read(self, connection: Connection) -> None:
        """All of `connection` has been seen."""
        self._read[connection.id] = connection.transcript.received

    def unread(self, connection: Connection) -> int:
        """Messages received since `connection` was last seen."""
        return connection.transcript.received - self._read.get(connection.id, 0)
