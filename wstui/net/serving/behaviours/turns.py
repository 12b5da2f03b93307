"""Work that may be long, such as a message for thousands of clients, in small steps.

Whose messages it is about is not read from until it is done: back-pressure.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final

from wstui.core.connection import State
from wstui.core.ports import Refused
from wstui.net.batch import send_batch
from wstui.net.pump import Pump

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.tap import Payload

SHARE: Final = 0.0005
"""Seconds after which a step ends: others have their turn, the screen too."""

PART_MESSAGES: Final = 256
"""Messages that are sent to one client at a time, at most."""

PART_BYTES: Final = 64 << 10
"""Bytes of them, about."""

Work = Iterator[None]
"""Does a little between two values."""


class Turns:
    """Works of one behaviour, done one after the other in the order they came."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._queue: deque[tuple[Accepted, Work]] = deque()
        self._waiting: Counter[Accepted] = Counter()

    def add(self, client: Accepted, work: Work) -> None:
        """Do `work`, which comes from `client`, at once as far as there is time."""
        self._queue.append((client, work))
        self._waiting[client] += 1
        if len(self._queue) > 1 or self.step():
            self._pump.wake(self)
            if client.wire is not None and client in self._waiting:
                client.wire.hold_back()

    @property
    def has_more(self) -> bool:
        """Whether something waits behind the work that is being done."""
        return len(self._queue) > 1

    def step(self) -> bool:
        end = perf_counter() + SHARE
        while self._queue:
            client, work = self._queue[0]
            try:
                for _ in work:
                    if perf_counter() >= end:
                        return True
            except Exception as error:
                client.tell_failure(error)
            self._done(client)
        return False

    def stop(self) -> None:
        """Forget what was not done."""
        while self._queue:
            self._done(self._queue[0][0])

    def _done(self, client: Accepted) -> None:
        if self._queue:  # it was not stopped by what it did
            self._queue.popleft()
        self._waiting[client] -= 1
        if self._waiting[client] <= 0:
            del self._waiting[client]
            if client.wire is not None:
                client.wire.let_in()


class Delivery:
    """Sends to clients, and tells each once that it was left out of something."""

    def __init__(self, what: str) -> None:
        """`what` it is that a client may be left out of."""
        self._what = what
        self._left_out: set[Accepted] = set()

    def __call__(
        self, client: Accepted, kinds: bytes | bytearray, payloads: Sequence[Payload]
    ) -> None:
        """Send whole messages to `client`, if it is open."""
        wire = client.wire
        if wire is None or client.connection.state is not State.OPEN:
            return
        try:
            send_batch(wire, kinds, payloads)
        except Refused as refused:
            if client not in self._left_out:
                self._left_out.add(client)
                client.note(f"left out of {self._what}: {refused}")
        else:
            self._left_out.discard(client)

    def forget(self, client: Accepted) -> None:
        """It has ended."""
        self._left_out.discard(client)


def parts(
    kinds: bytes | bytearray, payloads: Sequence[Payload]
) -> Iterator[tuple[bytes | bytearray, Sequence[Payload]]]:
    """Messages in groups that are sent to one client in a moment; a large one stands alone."""
    start = size = 0
    for index, payload in enumerate(payloads):
        length = len(payload)
        if index > start and (index - start >= PART_MESSAGES or size + length > PART_BYTES):
            yield kinds[start:index], payloads[start:index]
            start, size = index, 0
        size += length
    if start < len(payloads):
        yield kinds[start:], payloads[start:]
