"""Standard input that may be slow, endless or huge, and holds up nobody: a thread reads it.

Pipes, files and terminals are read alike, on all systems. No more is read than is taken.
"""

from __future__ import annotations

import asyncio
import errno
import sys
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final, Protocol

from wstui.headless.terminal import is_terminal

CHUNK: Final = 64 << 10
"""Bytes that are read at once, at most."""

AHEAD: Final = 16
"""Reads of which the bytes may wait to be taken."""


class Source(Protocol):
    """What is read from: unbuffered, as `sys.stdin.buffer.raw`."""

    def read(self, size: int, /) -> bytes | None: ...


class LineTooLong(Exception):
    """No delimiter came within so many bytes; `str()` is a sentence."""


class Input:
    """Reads `source` in a thread of its own; None is standard input."""

    def __init__(self, source: Source | None = None) -> None:
        self._source = source if source is not None else _standard_input()
        # One that is gone no longer says that it was one.
        self._is_terminal = source is None and is_terminal(sys.stdin)
        self._loop = asyncio.get_running_loop()
        self._chunks: deque[bytes] = deque()
        self._room = threading.Semaphore(AHEAD)
        self._news = asyncio.Event()
        self._is_over = False
        self._error: OSError | None = None  # why no more can be read, where that is not the end
        thread = threading.Thread(target=self._read_on, name="wstui: input", daemon=True)
        thread.start()

    async def read(self) -> bytes:
        """What comes next; empty at the end.

        Raises:
            OSError: the rest cannot be read.
        """
        while not self._chunks:
            if self._is_over and self._error is not None:
                raise self._error
            if self._is_over:
                return b""
            self._news.clear()
            await self._news.wait()
        self._room.release()
        return self._chunks.popleft()

    async def lines(
        self, delimiter: bytes = b"\n", most: int = 64 << 20
    ) -> AsyncIterator[list[bytes]]:
        """The lines without their delimiter, as many together as came; also what stands behind the
        last one, if it is not empty.

        Raises:
            LineTooLong: one has more than `most` bytes.
            OSError: the rest cannot be read.
        """
        rest = b""
        parts: list[bytes] = []
        while data := await self.read():
            if delimiter not in (rest[-len(delimiter) :] + data):
                parts.append(data)
                rest = (rest + data)[-len(delimiter) :]
                if sum(map(len, parts)) > most:
                    raise LineTooLong(f"A line has more than {most:,} bytes.")
                continue
            *lines, last = b"".join([*parts, data]).split(delimiter)
            yield lines
            parts, rest = [last], last[-len(delimiter) :]
        if last := b"".join(parts):
            yield [last]

    def _read_on(self) -> None:
        while True:
            self._room.acquire()
            try:
                data = self._source.read(CHUNK)
            except (OSError, ValueError) as error:
                data = b""
                if isinstance(error, OSError) and not self._is_end(error):
                    self._error = error
            if data is None:  # somebody made it non-blocking, and it is empty
                self._room.release()
                threading.Event().wait(0.01)
                continue
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._got, data)
            if not data:
                return

    def _is_end(self, error: OSError) -> bool:
        """Whether there is nothing more to be read: it was closed, or a terminal is gone."""
        if isinstance(error, ValueError) or error.errno == errno.EBADF:
            return True
        return error.errno == errno.EIO and self._is_terminal

    def _got(self, data: bytes) -> None:
        if data:
            self._chunks.append(data)
        else:
            self._is_over = True
        self._news.set()


def _standard_input() -> Source:
    if sys.stdin is None:  # it was closed before we began
        from io import BytesIO

        return BytesIO()
    buffer = sys.stdin.buffer
    source: Source = getattr(buffer, "raw", buffer)
    return source
