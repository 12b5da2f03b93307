"""The ladder of delays, by a clock that stands still and numbers that are not random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.net_support import event_texts
from wstui.core.backoff import Reconnect
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
)
from wstui.core.entry import EventName, Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.core.transcript import Transcript
from wstui.net.reconnect import Reconnector

REFUSED = Failure(FailureKind.REFUSED)
RESTART = CloseRecord(CloseFrame(1012, ""), CloseFrame(1012, ""), by_us=False, clean=True)


@dataclass
class Timer:
    """What was planned."""

    at: float
    what: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class World:
    """Time, chance, and a network where nothing happens by itself."""

    options: Reconnect
    on_connect: tuple[str, ...] = ()
    draw: float = 1.0
    now: float = 1000.0
    timers: list[Timer] = field(default_factory=list)
    sent: list[tuple[Kind, bytes]] = field(default_factory=list)
    begun: int = 0
    refuses: bool = False

    def __post_init__(self) -> None:
        options = ConnectOptions("ws://x/", reconnect=self.options, on_connect=self.on_connect)
        self.connection = Connection(0, options, Transcript(), self.now)
        self.reconnector = Reconnector(
            self, draw=lambda: self.draw, clock=lambda: self.now, later=self.later
        )

    def state(self) -> State:
        """The connection's."""
        return self.connection.state

    def begin(self, connection: Connection) -> None:
        self.begun += 1

    def changed(self, connection: Connection) -> None:
        """Nobody listens."""

    def send(self, id: int, payload: bytes, kind: Kind) -> None:
        if self.refuses:
            raise Refused("The peer does not read.")
        self.sent.append((kind, payload))

    def later(self, delay: float, what: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + delay, what))
        return self.timers[-1]

    def open(self, handshake: Handshake | None = None) -> None:
        """The connection opens."""
        self.connection.handshake = handshake or Handshake(status=101)
        self.connection.opened = self.now
        self._become(State.OPEN)

    def fail(self, failure: Failure = REFUSED, *, asked: bool = False) -> None:
        """It cannot be opened."""
        self.connection.failure = failure
        self.connection.ended = self.now
        self._become(State.FAILED, asked=asked)

    def close(self, record: CloseRecord = RESTART) -> None:
        """It ends."""
        self.connection.close = record
        self.connection.ended = self.now
        self._become(State.CLOSED)

    def _become(self, state: State, *, asked: bool = False) -> None:
        self.connection.state = state
        self.reconnector.happened(self.connection, asked=asked)

    def wait(self) -> float:
        """Let time pass until the planned attempt; the seconds it took."""
        timer = self.timers[-1]
        assert not timer.cancelled
        seconds, self.now = timer.at - self.now, timer.at
        timer.what()
        return seconds


def test_the_delays_grow_up_to_the_cap() -> None:
    """First delay, times the factor at each attempt, up to the cap."""
    world = World(Reconnect(True, first=1.0, factor=2.0, cap=5.0))
    delays = []
    for attempt in range(1, 6):
        world.fail()
        assert world.state() is State.WAITING
        assert world.connection.retry is not None
        assert world.connection.retry.attempt == attempt
        assert world.connection.failure is REFUSED
        delays.append(world.wait())
        assert world.state() is State.CONNECTING
        assert world.begun == attempt
    assert delays == [1.0, 2.0, 4.0, 5.0, 5.0]


def test_full_jitter() -> None:
    """The delay is drawn from nothing to the longest one."""
    world = World(Reconnect(True, first=8.0), draw=0.25)
    world.fail()
    assert world.wait() == 2.0


def test_what_the_server_asks_for_goes_before() -> None:
    """Retry-After is the least that is waited, and the cap does not cut it."""
    world = World(Reconnect(True, cap=10.0, first=10.0), draw=0.5)
    world.fail(Failure(FailureKind.STATUS, status=503, headers=(("Retry-After", "60"),)))
    assert world.wait() == 60.0
    world.fail(Failure(FailureKind.STATUS, status=503, headers=(("Retry-After", "2"),)))
    assert world.wait() == 5.0


def test_the_ladder_resets_when_it_was_stable() -> None:
    """A life shorter than the stable time goes on with the ladder, a longer one begins it anew."""
    world = World(Reconnect(True, first=1.0, stable=30.0))
    world.fail()
    world.wait()
    world.open()
    world.now += 29.9
    world.close()
    assert world.wait() == 2.0
    world.open()
    world.now += 30.0
    world.close()
    assert world.wait() == 1.0


def test_the_ladder_resets_when_the_user_acts() -> None:
    """Retrying now takes the planned attempt's place and begins the ladder anew."""
    world = World(Reconnect(True, first=1.0))
    for _ in range(3):
        world.fail()
        world.wait()
    world.fail()
    world.reconnector.now(world.connection)
    assert world.timers[-1].cancelled
    assert world.begun == 4
    assert world.connection.retry is not None
    assert world.connection.retry.attempt == 0
    world.fail()
    assert world.wait() == 1.0


def test_the_gap_covers_all_attempts() -> None:
    """It counts from the end of the last life, not of the last attempt."""
    world = World(Reconnect(True, first=1.0))
    world.open()
    world.close()
    world.wait()
    world.fail()
    world.wait()
    world.open(Handshake(status=101, remote="[::1]:80"))
    (gap,) = event_texts(world.connection.transcript, EventName.GAP)
    assert gap == ("away for 3.0 s, 2 attempts · 1012 · by peer, clean · address none → [::1]:80")


def test_no_gap_where_nothing_was_before() -> None:
    """A connection that opens at the second attempt was never away."""
    world = World(Reconnect(True))
    world.fail()
    world.wait()
    world.open()
    assert not event_texts(world.connection.transcript, EventName.GAP)


def test_an_end_is_dealt_with_once() -> None:
    """News about a connection that has ended already plan nothing more."""
    world = World(Reconnect(True))
    world.fail()
    world.reconnector.happened(world.connection, asked=False)
    assert len(world.timers) == 1


def test_a_wish_to_end_is_final() -> None:
    """What the user ended while it was being opened again is not tried again."""
    world = World(Reconnect(True))
    world.fail()
    world.wait()
    world.fail(Failure(FailureKind.CANCELLED), asked=True)
    assert world.connection.state is State.FAILED
    assert world.connection.retry is None


@pytest.mark.parametrize("opened", [False, True])
def test_stop_leaves_it_as_it_was(opened: bool) -> None:
    """A connection that is no longer waited for has failed or is closed, as before."""
    world = World(Reconnect(True))
    if opened:
        world.open()
        world.close()
    else:
        world.fail()
    world.reconnector.stop(world.connection)
    assert world.timers[-1].cancelled
    assert world.connection.state is (State.CLOSED if opened else State.FAILED)
    assert (world.connection.close if opened else world.connection.failure) is not None


def test_forgetting_cancels() -> None:
    """A removed connection leaves no timer behind."""
    world = World(Reconnect(True))
    world.fail()
    world.reconnector.forget(0)
    world.reconnector.forget(0)
    assert world.timers[-1].cancelled


def test_messages_on_connect_that_cannot_be_sent() -> None:
    """The transcript says that they were not sent; the rest is left out, too."""
    world = World(Reconnect(True), on_connect=("a", "b"), refuses=True)
    world.open()
    assert event_texts(world.connection.transcript, EventName.ERROR) == [
        "not sent on connect: The peer does not read."
    ]
