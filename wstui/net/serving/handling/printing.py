"""What a handler prints: it belongs into a transcript, and must not tear the screen.

What is printed on behalf of a client is told by the context (PEP 567) in which it is printed: tasks
and threads that a hook begins inherit it. All else is printed as ever.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

LONGEST: Final = 4096
"""Characters of a printed line that are told in one note."""


class Printer:
    """Gathers what is printed for somebody and tells it line by line, in the loop."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._line = ""

    def write(self, text: str) -> None:
        """Take what was printed, from any thread."""
        if threading.get_ident() != self._thread:
            with suppress(RuntimeError):  # wstui has ended before the thread
                self._loop.call_soon_threadsafe(self.write, text)
            return
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._tell_parts(line)
        if len(self._line) > LONGEST:
            self.flush()

    def flush(self) -> None:
        """Tell also what has no line end."""
        line, self._line = self._line, ""
        if line:
            self._tell_parts(line)

    def _tell_parts(self, line: str) -> None:
        for start in range(0, len(line) or 1, LONGEST):
            self._tell(line[start : start + LONGEST])


PRINTER: Final[ContextVar[Printer | None]] = ContextVar("wstui_printer", default=None)
"""Who gets what is printed in this context; None: standard output and error, as ever."""


class Routed:
    """Stands for standard output or error and asks, for each text, whose it is."""

    def __init__(self, usual: Any) -> None:
        self.usual = usual

    def write(self, text: str) -> int:
        printer = PRINTER.get()
        if printer is None:
            written: int = self.usual.write(text)
            return written
        printer.write(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if PRINTER.get() is None:
            self.usual.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.usual, name)


def route() -> None:
    """See to it that what is printed is routed; also where others have changed that since."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, Routed):
            setattr(sys, name, Routed(stream))


def route_no_more() -> None:
    """Print as ever again, where nobody else has changed that since."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Routed):
            setattr(sys, name, stream.usual)
