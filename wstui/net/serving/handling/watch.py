"""The watch: which hook holds up the event loop, for how long, and where it is meanwhile.

A hook that computes or blocks without awaiting stops all of wstui. A thread looks on: after a
second it finds out in which line the hook is, which is told once the loop turns again; after
`LONGEST` it interrupts the hook, since nobody could do anything any more.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from time import perf_counter
from typing import Final

HELD: Final = 1.0
"""Seconds of computing without a pause that are told of."""

LONGEST: Final = 20.0
"""Seconds after which a hook is interrupted."""

LOOK: Final = 0.2
"""Seconds between two looks."""


class HeldUp(BaseException):
    """A hook held up wstui for too long and is interrupted. No `Exception`: a loop that goes on
    after any error must end, too."""

    def __str__(self) -> str:
        return f"it held up wstui for {LONGEST:g} s and was interrupted"


class Watch:
    """Looks at the hooks of one file, which run in the thread that makes it."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._thread_id = threading.get_ident()
        self._lock = threading.Lock()
        self._begun: float | None = None  # when the current step began, by perf_counter
        self._line: int | None = None
        self._interrupted = False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look on."""
        self._thread = threading.Thread(target=self._look_on, name="wstui: watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def enter(self) -> None:
        """The watched thread begins a step of a hook."""
        self._begun = perf_counter()

    def leave(self) -> tuple[float, int | None] | None:
        """The step is over. Seconds that it took, and the line it was in, if that was too long."""
        with self._lock:
            begun, self._begun = self._begun, None
            line, self._line = self._line, None
            if self._interrupted:
                self._interrupted = False
                _raise_in(self._thread_id, None)  # it may not have come to it
        if begun is None:
            return None
        took = perf_counter() - begun
        return (took, line) if took >= HELD else None

    def _look_on(self) -> None:
        while not self._over.wait(LOOK):
            with self._lock:
                if self._begun is None:
                    continue
                took = perf_counter() - self._begun
                if took >= HELD:
                    self._line = self._where() or self._line
                if took >= LONGEST:
                    self._interrupted = True
                    _raise_in(self._thread_id, HeldUp)

    def _where(self) -> int | None:
        """The line of the file in which the thread is."""
        frame = sys._current_frames().get(self._thread_id)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return frame.f_lineno
            frame = frame.f_back
        return None


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise `error` in a thread as soon as it executes Python again; None: no more."""
    if sys.implementation.name == "cpython":
        target = None if error is None else ctypes.py_object(error)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), target)
