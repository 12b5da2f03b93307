"""What is to be done for one client at its time, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

Action = Callable[[], None]


class Later:
    """Does things when they are due; those that are due at the same time in the order they came.

    The loop's own timers promise no order where its clock is coarse.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._numbers = count()
        self._heap: list[tuple[float, int, Action]] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, do: Action) -> None:
        """Do something at `due`, by the loop's clock; never before the next turn."""
        heappush(self._heap, (due, next(self._numbers), do))
        self._set_timer()

    def stop(self) -> None:
        """Forget what was not done."""
        self._heap.clear()
        self._set_timer()

    def _set_timer(self) -> None:
        due = self._heap[0][0] if self._heap else None
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = self._loop.time()
        try:
            if self._heap and self._heap[0][0] <= now:
                heappop(self._heap)[2]()
        finally:  # one that fails must not take the others with it
            self._set_timer()
