"""Signals: the first one asks for the end, a second one ends at once."""

from __future__ import annotations

import asyncio
import os
import signal
from time import monotonic
from types import FrameType
from typing import Final

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that ask for the end, where the system has them."""

TWICE: Final = 0.3
"""Seconds in which a further signal is the same wish: `timeout` and shells send one to the process
and one to its group."""


class Ending:
    """Knows whether the process was asked to end. Made in the main thread, within the loop.

    Python's own handlers are used, not those of asyncio: they run also while something keeps the
    loop from turning, so that the second signal always works; and Windows has them.
    """

    def __init__(self, *, terminated: int = 0) -> None:
        """`terminated` is the exit code after SIGTERM, the usual way to end a service."""
        self._terminated = terminated
        self.asked = asyncio.Event()
        """Set by the first signal."""
        self.code = 0
        """The exit code once it was asked: 128 and the signal's number, such as 130 after SIGINT,
        but for SIGTERM."""
        self._first: float | None = None  # when the first signal came
        self._loop = asyncio.get_running_loop()
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._got)

    def _got(self, number: int, frame: FrameType | None) -> None:
        now = monotonic()
        if self._first is not None:
            if now - self._first > TWICE:
                os._exit(128 + number)
            return
        self._first = now
        self.code = 128 + number
        try:
            self._loop.call_soon_threadsafe(self._ask, number)
        except RuntimeError:  # the loop has ended, and the process is about to
            os._exit(128 + number)

    def _ask(self, number: int) -> None:
        self.asked.set()
        if number == signal.SIGTERM:
            self.code = self._terminated
