"""The pump: who has something to send gets its turn, a little of each turn of the event loop.

Whatever is sent, and however fast the other sides take it, key presses are handled in between.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final, Protocol

SLICE: Final = 0.001
"""Seconds of sending in a turn of the loop, all connections together: a key press needs about six
turns to reach its handler."""


class Source(Protocol):
    """Somebody who has something to send."""

    def step(self) -> bool:
        """Send a little; whether there is more that can be sent at once."""


class Pump:
    """Lets sources take steps in turn. `clock` returns seconds, from any beginning."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._ready: deque[Source] = deque()
        self._members: set[Source] = set()
        self._is_running = False

    def wake(self, source: Source) -> None:
        """Let `source` take steps from the next turn on, until it has nothing to send."""
        if source not in self._members:
            self._members.add(source)
            self._ready.append(source)
        if not self._is_running:
            self._is_running = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        try:
            self._share()
        finally:  # one that fails must not take the others with it
            self._is_running = bool(self._ready)
            if self._is_running:
                self._loop.call_soon(self._turn)

    def _share(self) -> None:
        end = self._clock() + SLICE
        while self._ready:
            source = self._ready.popleft()
            self._members.discard(source)  # so that what happens in the step can wake it
            if source.step() and source not in self._members:
                self._members.add(source)
                self._ready.append(source)
            if self._clock() >= end:
                break
