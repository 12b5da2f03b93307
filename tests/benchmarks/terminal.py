"""Programs in a real pseudo-terminal, for measuring what a user would see."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONWARNINGS": "ignore"}

NOT_INHERITED = frozenset({"PYTHONDONTWRITEBYTECODE", "COLUMNS", "LINES"})
"""Variables that a program must not see: without its compiled modules Python would compile all of
them at each start, and a size would go before that of the terminal."""


class Terminal:
    """A pseudo-terminal with one process in it. Times are those of `time.monotonic`."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, begun: float) -> None:
        self.process = process
        self.begun = begun
        """When the process was started."""
        self._master = master
        self._tail = b""

    def press(self, data: bytes) -> float:
        """Write what keys send; returns when."""
        now = monotonic()
        os.write(self._master, data)
        return now

    def read(self, timeout: float) -> bytes:
        """What the process writes within `timeout` seconds; empty when nothing or at its end."""
        if not select.select([self._master], [], [], max(timeout, 0))[0]:
            return b""
        try:
            return os.read(self._master, 1 << 16)
        except OSError:  # the process has ended
            return b""

    def until(self, wanted: bytes, timeout: float = 60.0) -> float:
        """Read until `wanted` was written; returns when it came.

        Raises:
            TimeoutError: it did not come within `timeout` seconds.
        """
        deadline = monotonic() + timeout
        while monotonic() < deadline:
            new = self.read(deadline - monotonic())
            data = self._tail + new
            if wanted in data:
                self._tail = data.split(wanted, 1)[1]
                return monotonic()
            self._tail = data[-len(wanted) :]
            if not new and self.process.poll() is not None:
                break  # what an ended process left in the terminal was read, too
        raise TimeoutError(f"{wanted!r} was never written")


@contextmanager
def terminal(
    command: Sequence[str], size: tuple[int, int] = (120, 40), **environment: str
) -> Iterator[Terminal]:
    """Run `command` in a pseudo-terminal of `size` cells; it is ended at the exit."""
    master, slave = pty.openpty()
    width, height = size
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    begun = monotonic()
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**inherited, **ENVIRONMENT, **environment},
    )
    os.close(slave)
    try:
        yield Terminal(process, master, begun)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(master)


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of `values` lie; NaN when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")
