"""The pulse of all connections and listeners: rates, and what was read of them, sampled four times
a second.

Owns the sampling, so that sidebar, strip and title say the same, and its slices: thousands of
connections do not hold up the screen. What is said is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import Final

from wstui.core.connection import Connection
from wstui.core.listener import Listener
from wstui.core.roster import NO_LISTENERS
from wstui.core.stats import RateMeter, sparkline

PERIOD: Final = 0.25
"""Seconds between two samples."""

SLICE: Final = 0.004
"""Seconds of sampling in one turn of the event loop."""


class Vitals:
    """How fast one connection is."""

    __slots__ = ("_bytes", "_messages", "received", "sent")

    def __init__(self) -> None:
        self.received = 0
        """Data messages at the last sample; those sent are `sent`."""
        self.sent = 0
        self._messages = RateMeter()
        self._bytes = RateMeter()

    def sample(self, connection: Connection, now: float) -> None:
        """Look at the counters of `connection` at `now` (seconds since the epoch)."""
        transcript = connection.transcript
        self.received, self.sent = transcript.received, transcript.sent
        self._messages.sample(now, self.received)
        self._bytes.sample(now, transcript.bytes_in)

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


class ListenerVitals:
    """How fast one listener is, with all its clients."""

    __slots__ = ("_accepted", "_in", "_out", "received", "sent")

    def __init__(self) -> None:
        self.received = 0
        """Data messages of all its clients since it began, also of those that are gone."""
        self.sent = 0
        """The same for those that were sent to them."""
        self._accepted = RateMeter()
        self._in = RateMeter()
        self._out = RateMeter()

    def sample(self, listener: Listener, now: float) -> None:
        """Look at the counters of `listener` at `now`, once those of its clients are added up."""
        self._accepted.sample(now, listener.tally.accepted)
        self._in.sample(now, self.received)
        self._out.sample(now, self.sent)

    @property
    def accept_rate(self) -> float:
        """Clients accepted a second."""
        return self._accepted.rate

    @property
    def rate_in(self) -> float:
        """Data messages received from all clients, a second."""
        return self._in.rate

    @property
    def rate_out(self) -> float:
        """Data messages sent to all clients, a second."""
        return self._out.rate

    def sparkline(self, cells: int) -> str:
        """The last seconds of `rate_in` as a picture of at most `cells` characters."""
        return sparkline(self._in.history, cells)


class Pulse:
    """Vitals of all connections and listeners, and how much of each was read."""

    def __init__(
        self,
        connections: Mapping[int, Connection],
        clock: Callable[[], float],
        listeners: Mapping[int, Listener] = NO_LISTENERS,
    ) -> None:
        self._connections = connections
        self._listeners = listeners
        self._clock = clock
        self._vitals: dict[int, Vitals] = {}
        self._listener_vitals: dict[int, ListenerVitals] = {}
        self._read: dict[int, int] = {}
        self._round: Iterator[int] | None = None  # ids of those still to be sampled
        self.now = clock()
        """Seconds since the epoch at the last sample."""

    def sample(self) -> bool:
        """Look at all connections; True when there are too many for one slice, and `go_on` has to
        be called soon."""
        self.now = self._clock()
        if self._round is None:
            self._forget()
            self._round = iter(list(self._connections))
        return self.go_on()

    def go_on(self) -> bool:
        """Sample for one more slice; whether another one is needed."""
        if self._round is None:
            return False
        begun = perf_counter()
        for id in self._round:
            connection = self._connections.get(id)
            # An ended one stands still, once its rate has come down.
            if connection is not None and (connection.is_live or self.of(connection).rate):
                self._look(connection)
            if perf_counter() - begun > SLICE:
                return True
        self._round = None
        for listener in self._listeners.values():
            self.of_listener(listener).sample(listener, self.now)
        return False

    def _look(self, connection: Connection) -> None:
        vitals = self.of(connection)
        received, sent = vitals.received, vitals.sent
        vitals.sample(connection, self.now)
        peer = connection.peer
        listener = None if peer is None else self._listeners.get(peer.listener)
        if listener is not None:
            of_all = self.of_listener(listener)
            of_all.received += vitals.received - received
            of_all.sent += vitals.sent - sent

    def _forget(self) -> None:
        for id in self._vitals.keys() - self._connections.keys():
            del self._vitals[id]
            self._read.pop(id, None)
        for id in self._listener_vitals.keys() - self._listeners.keys():
            del self._listener_vitals[id]

    def of(self, connection: Connection) -> Vitals:
        """The vitals of `connection`."""
        vitals = self._vitals.get(connection.id)
        if vitals is None:
            vitals = self._vitals[connection.id] = Vitals()
        return vitals

    def of_listener(self, listener: Listener) -> ListenerVitals:
        """The vitals of `listener`."""
        vitals = self._listener_vitals.get(listener.id)
        if vitals is None:
            vitals = self._listener_vitals[listener.id] = ListenerVitals()
        return vitals

    def read(self, connection: Connection) -> None:
        """All of `connection` has been seen."""
        self._read[connection.id] = connection.transcript.received

    def unread(self, connection: Connection) -> int:
        """Messages received since `connection` was last seen."""
        return connection.transcript.received - self._read.get(connection.id, 0)
