"""The idle time-out of an accepted connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Final

PARTS: Final = 4
"""Looks within the time-out: so much of it may pass beyond it, at most, until it is noticed."""


class Idle:
    """Looks now and then whether something goes on, and says when nothing has for a time.

    Many clients are idle at the same time: a look costs next to nothing, and a message nothing.
    """

    def __init__(
        self,
        limit: float,
        facts: Callable[[], Hashable],
        over: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """`limit` in seconds; as long as `facts` change, something goes on; `over` is called once,
        when they have not changed for as long as that."""
        self._limit = limit
        self._facts = facts
        self._over = over
        self._loop = loop
        self._seen = facts()
        self._since = loop.time()
        self._timer = loop.call_later(limit / PARTS, self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now, facts = self._loop.time(), self._facts()
        if facts != self._seen:
            self._seen, self._since = facts, now
        left = self._since + self._limit - now
        if left <= 0:
            self._over()
        else:
            self._timer = self._loop.call_later(min(left, self._limit / PARTS), self._look)
