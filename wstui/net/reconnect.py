"""Opening connections again: planning attempts, making them, and saying so in the transcript.

Owns the timers and where on its ladder of delays each connection is. Whether an end is worth
another attempt is `core.retry_rules`' matter, how long is waited `core.backoff`'s; an attempt
itself is made by the pool. A connection that waits costs a timer and no task.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Protocol

from wstui.core.backoff import Retry
from wstui.core.connection import Connection, Handshake, Reached, State, Step
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.explain.failures import summary
from wstui.core.gap import gap_event
from wstui.core.options.on_connect import read_lines
from wstui.core.ports import Refused
from wstui.core.retry_rules import judge
from wstui.core.units import ordinal, wait_text


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None: ...


class Attempts(Protocol):
    """Who opens connections and sends on them: the pool."""

    def begin(self, connection: Connection) -> None:
        """Make an attempt to open it."""

    def send(self, id: int, payload: bytes, kind: Kind) -> None:
        """Send a message; raises Refused."""

    def changed(self, connection: Connection) -> None:
        """Tell all who listen that its state changed."""


@dataclass(slots=True)
class _Course:
    """How staying connected has gone for one connection so far."""

    seen: State = State.CONNECTING
    """The state that was dealt with last."""
    rung: int = 0
    """Attempts that were planned since it was stable, or the user acted."""
    tries: int = 0
    """Attempts made since it was open."""
    before: Handshake | None = None
    """The handshake of the last time it was open; None when it never was."""
    lost: float = 0.0
    """When that ended, in seconds since the epoch."""
    why: str = ""
    timer: Timer | None = None
    """While it waits."""


def call_later(delay: float, what: Callable[[], None]) -> Timer:
    """Have the running loop do something in `delay` seconds."""
    return asyncio.get_running_loop().call_later(delay, what)


class Reconnector:
    """Keeps connections open whose options ask for it, and opens others again when told to."""

    def __init__(
        self,
        attempts: Attempts,
        *,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] = time,
        later: Callable[[float, Callable[[], None]], Timer] = call_later,
    ) -> None:
        """`draw` gives random numbers from 0 to 1, `clock` seconds since the epoch."""
        self._attempts = attempts
        self._draw = draw
        self._clock = clock
        self._later = later
        self._courses: dict[int, _Course] = {}

    # What happens to connections

    def happened(self, connection: Connection, *, asked: bool) -> None:
        """The state of `connection` may have changed; `asked` tells whether the user wanted it.

        May turn a connection that has ended into one that waits.
        """
        course = self._courses.setdefault(connection.id, _Course())
        state = connection.state
        if state is course.seen:
            return
        course.seen = state
        if state is State.OPEN:
            self._opened(connection, course)
        elif not connection.is_live:
            self._ended(connection, course, asked)

    def _opened(self, connection: Connection, course: _Course) -> None:
        now = self._clock()
        if course.before is not None:
            seconds = max(now - course.lost, 0.0)
            event = gap_event(
                seconds, course.why, course.tries, course.before, connection.handshake
            )
            connection.transcript.append_event(event, now)
        connection.failure = connection.close = connection.ended = connection.retry = None
        connection.outlook = ""
        try:
            for kind, payload in read_lines(connection.resolved.on_connect):
                self._attempts.send(connection.id, payload, kind)
        except (Refused, ValueError) as error:  # a secret in a line may be anything
            self._record(connection, EventName.ERROR, f"not sent on connect: {error}")

    def _ended(self, connection: Connection, course: _Course, asked: bool) -> None:
        options = connection.options.reconnect
        outcome = connection.failure or connection.close
        now = self._clock()
        if connection.state is State.CLOSED:
            ended = now if connection.ended is None else connection.ended
            if connection.opened is not None and ended - connection.opened >= options.stable:
                course.rung = 0
            course.before, course.lost, course.tries = connection.handshake, ended, 0
            course.why = "" if outcome is None else summary(outcome)
        connection.retry = None
        connection.outlook = ""
        if outcome is None or asked or not options.on:
            return
        verdict = judge(outcome, now, asked=False)
        if verdict.again and options.attempts is not None and course.rung >= options.attempts:
            made = "1 attempt was" if course.rung == 1 else f"{course.rung} attempts were"
            verdict = verdict._replace(again=False, why=f"{made} made in a row, the most allowed")
        connection.outlook = verdict.sentence
        if not verdict.again:
            self._record(connection, EventName.NOTE, verdict.sentence)
            return
        course.rung += 1
        delay = options.delay(course.rung, self._draw(), verdict.after)
        self._wait(connection, course, delay, verdict.why, asked_for=verdict.after)

    def _wait(
        self, connection: Connection, course: _Course, delay: float, why: str, *, asked_for: float
    ) -> None:
        """Plan the next attempt in `delay` seconds; the server asked for `asked_for` of them."""
        connection.retry = Retry(course.rung, self._clock() + delay)
        connection.state = course.seen = State.WAITING
        words = f"{ordinal(course.rung)} attempt in {wait_text(delay)}: {why}"
        detail: dict[str, object] = {"attempt": course.rung, "delay": f"{delay:.3f} s"}
        if asked_for:
            detail["retry_after"] = f"{asked_for:g} s"
        self._record(connection, EventName.WAITING, words, **detail)
        course.timer = self._later(delay, lambda: self._begin(connection, connection.retry))

    def _begin(self, connection: Connection, retry: Retry | None) -> None:
        """Make an attempt. How it ended before stays known until it is open."""
        course = self._courses[connection.id]
        course.timer = None
        course.tries += 1
        course.seen = connection.state = State.CONNECTING
        connection.retry = retry
        connection.step, connection.steps, connection.reached = Step.TCP, [], Reached()
        connection.opened = connection.ended = connection.close_began = connection.rtt = None
        detail = {"attempt": retry.attempt} if retry is not None and retry.attempt else {}
        self._record(connection, EventName.CONNECTING, connection.options.uri, **detail)
        self._attempts.begin(connection)
        self._attempts.changed(connection)

    # What the user does

    def now(self, connection: Connection) -> None:
        """Make an attempt at once; those that may follow are counted anew.

        Raises:
            Refused: it is being opened already, or has not ended.
        """
        if connection.is_live and connection.state is not State.WAITING:
            raise Refused(f"Connection {connection.id} is {connection.state} already.")
        course = self._courses.setdefault(connection.id, _Course())
        _cancel(course)
        course.rung = 0
        self._begin(connection, Retry(0, self._clock()))

    def stop(self, connection: Connection) -> None:
        """Give up waiting; the connection is then as its last attempt left it."""
        course = self._courses[connection.id]
        _cancel(course)
        connection.retry = None
        connection.outlook = "It is not tried again: you stopped it."
        failed = connection.failure is not None
        connection.state = course.seen = State.FAILED if failed else State.CLOSED
        self._record(connection, EventName.NOTE, connection.outlook)
        self._attempts.changed(connection)

    def forget(self, id: int) -> None:
        """The connection is removed."""
        course = self._courses.pop(id, None)
        if course is not None:
            _cancel(course)

    def _record(self, connection: Connection, name: EventName, text: str, **detail: object) -> None:
        connection.transcript.append_event(LocalEvent(name, text, detail), self._clock())


def _cancel(course: _Course) -> None:
    if course.timer is not None:
        course.timer.cancel()
        course.timer = None
