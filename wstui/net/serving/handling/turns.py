"""How hooks share the event loop: a little of each turn, all of them together."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import Final

SLICE: Final = 0.002
"""Seconds of hooks in a turn of the loop."""

AWAKE: Final = 8
"""Clients that go on in the next turn."""

SHARE: Final = SLICE / AWAKE
"""Seconds that each of them has, for at least one message."""


class Turns:
    """Lets those who have more to do wait for their turn, the first first."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end: float | None = None  # of this turn, by perf_counter
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def breathe(self, end: float) -> float:
        """Go on at once, or in a later turn; `end` is when one's share is over, as the last call
        returned it (0: there was none), by perf_counter."""
        now = perf_counter()
        if now < end:
            return end
        if self._end is None:
            self._end = now + SLICE
            self._loop.call_soon(self._next_turn)
        if now >= self._end or self._waiting:
            mine: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(mine)
            await mine
        return perf_counter() + SHARE

    def _next_turn(self) -> None:
        self._end = None
        for _ in range(min(AWAKE, len(self._waiting))):
            mine = self._waiting.popleft()
            if not mine.done():
                mine.set_result(None)
        if self._waiting:
            self._end = perf_counter() + SLICE
            self._loop.call_soon(self._next_turn)
