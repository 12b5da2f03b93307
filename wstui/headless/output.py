"""Standard output that may be slow, stuck or closed, and holds up nobody.

A thread writes, so that a full pipe blocks no connection. What waits for it is bounded.
"""

from __future__ import annotations

import asyncio
import errno
import io
import os
import stat
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

LIMIT: Final = 1 << 20
"""Bytes that wait for the thread before whoever writes has to wait."""


_LOST: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Errors of what cannot keep the output, and not of a reader who is gone."""


class Stream(Protocol):
    """What is written to: unbuffered, as `sys.stdout.buffer.raw`."""

    def write(self, data: bytes | memoryview, /) -> int | None: ...


class Output:
    """Writes to `stream` in a thread of its own."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._queue: deque[bytes] = deque()
        self._size = 0  # bytes that wait
        self._changed = threading.Condition()
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.closed = asyncio.Event()
        """Set when nobody reads any more."""
        self.error: OSError | None = None
        """Why nothing more can be written, where that is not since the reader is gone: a full disk,
        mostly. None: it is not so."""
        thread = threading.Thread(target=self._write_on, name="wstui: output", daemon=True)
        thread.start()

    def watch(self) -> None:
        """Notice at once when nobody reads any more, also while there is nothing to write: of a
        pipe, where the system tells that (Windows does not)."""
        with suppress(AttributeError, OSError, ValueError, NotImplementedError):
            number = self._stream.fileno()  # type: ignore[attr-defined]
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                # Nothing can be read here; that something could be says that the reader is gone.
                self._loop.add_reader(number, self._left, number)

    def _left(self, number: int) -> None:
        self._loop.remove_reader(number)
        self._break()

    async def write(self, data: bytes) -> None:
        """Write, after what waits; returns when there is room for more."""
        if not data or self.closed.is_set():
            return
        with self._changed:
            self._queue.append(data)
            self._size += len(data)
            self._empty.clear()
            if self._size > LIMIT:
                self._room.clear()
            self._changed.notify()
        await self._room.wait()

    async def finish(self, patience: float | None) -> bool:
        """Wait until all is written, or nothing was for `patience` seconds, None being for ever;
        whether it is."""
        while not (self._empty.is_set() or self.closed.is_set()):
            before = self._size
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), patience)
            if self._size == before:
                break
        return self._empty.is_set() and not self.closed.is_set()

    def _write_on(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                data = b"".join(self._queue)
                self._queue.clear()
            try:
                self._write(data)
            except (OSError, ValueError) as error:  # nobody reads, or it was closed
                if isinstance(error, OSError) and error.errno in _LOST:
                    self.error = error
                self._tell(self._break)
                return

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = self._stream.write(view)
            if written is None:  # somebody made it non-blocking, and it is full
                threading.Event().wait(0.01)
                continue
            view = view[written:]
            with self._changed:
                self._size -= written
                if self._size <= LIMIT // 2:
                    self._tell(self._wrote)

    def _tell(self, what: object) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(what)  # type: ignore[arg-type]

    def _wrote(self) -> None:
        if self._size <= LIMIT // 2:
            self._room.set()
        if not self._size:
            self._empty.set()

    def _break(self) -> None:
        self.closed.set()
        self._room.set()
        self._empty.set()


def encoded(text: str) -> bytes:
    """`text` as it is written: lone surrogates are the bytes that they stand for (PEP 383), or
    question marks where they stand for none."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def standard_output() -> Stream:
    """That of the process, unbuffered; what goes nowhere where it was closed before we began."""
    if sys.stdout is None:
        return io.FileIO(os.devnull, "w")
    buffer = sys.stdout.buffer
    stream: Stream = getattr(buffer, "raw", buffer)
    return stream
