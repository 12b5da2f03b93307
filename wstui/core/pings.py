"""Pings in a row and what becomes of each: answered, late, lost, and the figures of them all.

A pong answers the ping whose payload it has, and all before it: a peer may answer the newest one
alone (RFC 6455 section 5.5.3). Pure: time is an argument, in seconds of any clock that goes on
evenly.
"""

from __future__ import annotations

import enum
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_bytes
from typing import Final, NamedTuple

from wstui.core.round_trips import quantile

KEPT: Final = 100_000
"""Round trips of which median and 99th percentile are taken: the newest."""

REMEMBERED: Final = 1024
"""Pings, lost or answered, of which a further answer is still known."""

NUMBER: Final = "{n}"
"""What stands for a ping's number in its payload."""


class Outcome(enum.StrEnum):
    """What became of a ping, or what a pong was."""

    ANSWERED = "answered"
    LATE = "late"
    """Answered, after it had been given up."""
    TOGETHER = "together"
    """Answered by the pong to a later ping."""
    LOST = "lost"
    """Not answered in the time that it was given."""
    CUT_OFF = "cut off"
    """Not answered before the connection ended."""
    AGAIN = "again"
    """One more answer to a ping that was answered before."""
    UNASKED = "stray"
    """A pong to none of our pings."""


class News(NamedTuple):
    """Something that became of a ping, or a pong."""

    outcome: Outcome
    number: int | None = None
    """Of the ping, from 1; None for a pong to none."""
    size: int = 0
    """Bytes of payload."""
    rtt: float | None = None
    """Seconds; None where it has none of its own."""
    by: int | None = None
    """Number of the ping to which the pong was that answered it, too."""


@dataclass(slots=True)
class _Ping:
    number: int
    payload: bytes
    sent: float


class Pings:
    """The pings of one run."""

    def __init__(self, wait: float, *, covers: bool = True) -> None:
        """`wait`: seconds after which a ping counts as lost. `covers`: whether a pong answers all
        pings before its own, too; messages that come back do not."""
        self.sent = 0
        self.received = 0
        """Answers, each counted once."""
        self.together = 0
        """Pings that the pong to a later one answered."""
        self.lost = 0
        """Pings that were given up, as far as no answer came after all."""
        self.again = 0
        self.unasked = 0
        self.minimum: float | None = None
        self.maximum: float | None = None
        self._wait = wait
        self._covers = covers
        self._sum = self._steps = 0.0
        self._last: float | None = None
        self._newest: deque[float] = deque(maxlen=KEPT)
        self._waiting: dict[int, _Ping] = {}
        self._given_up: dict[int, _Ping] = {}
        self._answered: dict[bytes, int] = {}
        self._open: Counter[bytes] = Counter()  # payloads of those that wait, or were given up

    # What happens

    def send(self, payload: bytes, now: float) -> int:
        """A ping goes out; its number, from 1."""
        self.sent += 1
        self._waiting[self.sent] = _Ping(self.sent, payload, now)
        self._open[payload] += 1
        return self.sent

    def pong(self, payload: bytes, now: float, rtt: float | None = None) -> list[News]:
        """A pong came. `rtt` where that was measured better than by `now`."""
        ping = self._find(self._waiting, payload)
        if ping is None:
            return [self._other(payload, now)]
        news = []
        for number in list(self._waiting) if self._covers else ():
            if number == ping.number:
                break
            self._remember(self._waiting.pop(number))
            self.together += 1
            news.append(News(Outcome.TOGETHER, number, by=ping.number))
        del self._waiting[ping.number]
        return [
            *news,
            self._answer(Outcome.ANSWERED, ping, now - ping.sent if rtt is None else rtt),
        ]

    def oldest(self, now: float) -> list[News]:
        """An answer came that does not tell to what: it is taken for that to the oldest."""
        if not self._waiting:
            return []
        return self.pong(next(iter(self._waiting.values())).payload, now)

    def overdue(self, now: float) -> list[News]:
        """Give up what has waited long enough."""
        news = []
        for ping in list(self._waiting.values()):
            if now - ping.sent < self._wait:
                break
            news.append(self._give_up(ping, Outcome.LOST))
        return news

    def cut_off(self) -> list[News]:
        """The connection ended: nothing that waits will be answered."""
        return [self._give_up(ping, Outcome.CUT_OFF) for ping in list(self._waiting.values())]

    @property
    def due(self) -> float | None:
        """When the next ping will be given up; None when none waits."""
        for ping in self._waiting.values():
            return ping.sent + self._wait
        return None

    @property
    def waiting(self) -> int:
        """Pings that may still be answered in time."""
        return len(self._waiting)

    def __contains__(self, payload: bytes) -> bool:
        """Whether a ping of ours, which is not forgotten, has this payload."""
        return payload in self._open or payload in self._answered

    def _find(self, among: dict[int, _Ping], payload: bytes) -> _Ping | None:
        """The oldest with this payload."""
        if payload not in self._open:
            return None
        return next((ping for ping in among.values() if ping.payload == payload), None)

    def _other(self, payload: bytes, now: float) -> News:
        """What a pong is that no ping waits for."""
        late = self._find(self._given_up, payload)
        if late is not None:
            del self._given_up[late.number]
            self.lost -= 1
            return self._answer(Outcome.LATE, late, now - late.sent)
        number = self._answered.get(payload)
        if number is not None:
            self.again += 1
            return News(Outcome.AGAIN, number, len(payload))
        self.unasked += 1
        return News(Outcome.UNASKED, None, len(payload))

    def _give_up(self, ping: _Ping, outcome: Outcome) -> News:
        del self._waiting[ping.number]
        self.lost += 1
        self._given_up[ping.number] = ping
        if len(self._given_up) > REMEMBERED:
            self._forget(self._given_up.pop(next(iter(self._given_up))))
        return News(outcome, ping.number, len(ping.payload))

    def _answer(self, outcome: Outcome, ping: _Ping, rtt: float) -> News:
        self._remember(ping)
        self.received += 1
        self.minimum = rtt if self.minimum is None else min(self.minimum, rtt)
        self.maximum = rtt if self.maximum is None else max(self.maximum, rtt)
        self._sum += rtt
        if self._last is not None:
            self._steps += abs(rtt - self._last)
        self._last = rtt
        self._newest.append(rtt)
        return News(outcome, ping.number, len(ping.payload), rtt)

    def _forget(self, ping: _Ping) -> None:
        self._open[ping.payload] -= 1
        if not self._open[ping.payload]:
            del self._open[ping.payload]

    def _remember(self, ping: _Ping) -> None:
        """It is answered; another answer to it is known for that."""
        self._forget(ping)
        self._answered.pop(ping.payload, None)
        self._answered[ping.payload] = ping.number
        if len(self._answered) > REMEMBERED:
            del self._answered[next(iter(self._answered))]

    # Figures

    @property
    def loss(self) -> float:
        """Part of the pings, 0 to 1, that were lost; those that still wait do not count."""
        settled = self.sent - self.waiting
        return self.lost / settled if settled else 0.0

    @property
    def mean(self) -> float | None:
        return self._sum / self.received if self.received else None

    @property
    def jitter(self) -> float | None:
        """Mean of the differences between one round trip and the next; None before the second."""
        return self._steps / (self.received - 1) if self.received > 1 else None

    def figures(self) -> dict[str, float]:
        """All figures of the round trips in seconds, in the order in which they are told; empty
        before the first."""
        ordered = sorted(self._newest)
        named: dict[str, float | None] = {
            "min": self.minimum,
            "median": quantile(ordered, 0.5),
            "mean": self.mean,
            "99th": quantile(ordered, 0.99),
            "max": self.maximum,
            "jitter": self.jitter,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Payloads:
    """What the payloads of pings are made of."""

    size: int = 8
    """Bytes, where there is no `text` and no `data`."""
    text: str | None = None
    """Itself, with `{n}` for the number; None: `data`, or a number in bytes."""
    data: bytes | None = None

    @property
    def are_distinct(self) -> bool:
        """Whether no two are the same, as far as one would wait for both."""
        if self.text is not None:
            return NUMBER in self.text
        return self.data is None and self.size >= 4

    def __iter__(self) -> Iterator[bytes]:
        """The payloads, one after the other, for ever."""
        mark = token_bytes(4)  # so that nobody else's pong passes for one of ours
        number = 0
        while True:
            number += 1
            yield self._payload(number, mark)

    def _payload(self, number: int, mark: bytes) -> bytes:
        if self.text is not None:
            return self.text.replace(NUMBER, str(number)).encode()
        if self.data is not None:
            return self.data
        counted = (number & 0xFFFF_FFFF).to_bytes(4, "big")
        if self.size < 8:
            return counted[max(4 - self.size, 0) :].ljust(self.size, b"\0")
        return (mark + counted).ljust(self.size, b"\0")
