"""A heartbeat: a text message sent again and again while a connection is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from wstui.core.ports import Refused


class Heart:
    """Calls `beat` every `interval` seconds until it is stopped; a refused beat is left out."""

    def __init__(self, interval: float, beat: Callable[[], None]) -> None:
        self._interval = interval
        self._beat = beat
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(interval, self._due)

    def stop(self) -> None:
        """Beat no more."""
        self._timer.cancel()

    def _due(self) -> None:
        self._timer = self._loop.call_later(self._interval, self._due)
        with suppress(Refused):  # it is ending, or too much waits: one more would not help
            self._beat()
