"""Files that are sent: read a little at a time, with their checksum."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

from wstui.core.file_transfer.messages import HEAD
from wstui.core.file_transfer.names import sent_name
from wstui.core.file_transfer.pieces import PIECE, encode_piece
from wstui.headless.input import Input

AT_ONCE: Final = 1 << 20
"""Bytes that are read at once."""


class Changed(Exception):
    """It is no longer the file that it was when sending it began; `str()` says how."""


class Source(Protocol):
    """A file."""

    name: str
    """Under which it is offered."""
    size: int | None
    """Bytes; None: not known before its end."""
    modified: int | None
    """Seconds since the epoch; None: not known."""
    resumable: bool
    """Whether it can be read again, and from anywhere."""
    head: str
    """SHA-256 of its first `HEAD` bytes; empty: not known."""
    at: int
    """Bytes that were read, or passed over."""

    @property
    def sha256(self) -> str:
        """Of the bytes up to `at`."""

    async def sums(self, ends: Sequence[int]) -> dict[int, str]:
        """The checksums of the bytes up to each of `ends`, which ascend."""

    def stop(self) -> None:
        """They are no longer wanted, and may be left out."""

    async def begin(self, at: int) -> None:
        """Go on reading there: at 0, or at one of the ends of which the checksum was asked last."""

    async def pieces(self, transfer: str) -> list[bytes]:
        """The next bytes, as they are sent; none at the end.

        Raises:
            Changed: it is another file now.
            OSError: it cannot be read any further.
        """

    def close(self) -> None:
        """It is read no more."""


class FileSource:
    """A file on disk."""

    def __init__(self, path: str, name: str | None) -> None:
        """Raises:
        OSError: it cannot be read.
        """
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._facts = os.fstat(self._file)
        self.name = sent_name(Path(path).name) if name is None else name
        self.size: int | None = self._facts.st_size
        self._size = self._facts.st_size
        self.modified: int | None = int(self._facts.st_mtime)
        self.resumable = True
        try:
            self.head = hashlib.sha256(os.read(self._file, HEAD)).hexdigest()
            os.lseek(self._file, 0, os.SEEK_SET)
        except OSError:
            os.close(self._file)
            raise
        self.at = 0
        self._hash = hashlib.sha256()
        self._states = {0: self._hash.copy()}
        self._is_stopped = False

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def sums(self, ends: Sequence[int]) -> dict[int, str]:
        self._is_stopped = False
        return await asyncio.to_thread(self._sums, ends)

    def stop(self) -> None:
        self._is_stopped = True

    def _sums(self, ends: Sequence[int]) -> dict[int, str]:
        self._begin(0)
        self._states = {0: self._hash.copy()}
        for end in ends:
            while self.at < end and self._read(min(AT_ONCE, end - self.at)):
                if self._is_stopped:
                    return {}
            if self.at == end:
                self._states[end] = self._hash.copy()
        return {end: state.hexdigest() for end, state in self._states.items()}

    async def begin(self, at: int) -> None:
        self._begin(at)

    def _begin(self, at: int) -> None:
        os.lseek(self._file, at, os.SEEK_SET)
        self._hash = self._states[at].copy()
        self.at = at

    async def pieces(self, transfer: str) -> list[bytes]:
        return await asyncio.to_thread(self._pieces, transfer)

    def _pieces(self, transfer: str) -> list[bytes]:
        begun, found = self.at, []
        while self.at < min(self._size, begun + AT_ONCE):
            at = self.at
            data = self._read(min(PIECE, self._size - at))
            if not data:
                raise Changed("it became shorter while it was sent")
            found.append(encode_piece(transfer, at, data))
        if not found:
            self._check()
        return found

    def _read(self, size: int) -> bytes:
        data = os.read(self._file, size)
        self._hash.update(data)
        self.at += len(data)
        return data

    def is_at_end(self) -> bool:
        """Whether there is nothing to be read where it is; a byte that is there is lost.

        Raises:
            OSError: it cannot be read.
        """
        return not os.read(self._file, 1)

    def _check(self) -> None:
        """See that nobody wrote to it meanwhile."""
        now, before = os.fstat(self._file), self._facts
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise Changed("it changed while it was sent")

    def close(self) -> None:
        os.close(self._file)


class StreamSource:
    """What can be read once only: standard input, a pipe."""

    def __init__(self, name: str, file: FileIO | None = None) -> None:
        """`file` is what is read; None: standard input."""
        self.name = name
        self.size: int | None = None
        self.modified: int | None = None
        self.resumable = False
        self.head = ""
        self.at = 0
        self._file = file
        self._input = Input(file)
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def sums(self, ends: Sequence[int]) -> dict[int, str]:
        return {}

    def stop(self) -> None:
        """There are none."""

    async def begin(self, at: int) -> None:
        assert at == self.at == 0

    async def pieces(self, transfer: str) -> list[bytes]:
        try:
            data = await self._input.read()
        except OSError:
            self._end()
            raise
        if not data:
            self._end()
            return []
        at, self.at = self.at, self.at + len(data)
        self._hash.update(data)
        return [encode_piece(transfer, at, data)]

    def _end(self) -> None:
        """Nobody reads it any more."""
        if self._file is not None:
            self._file.close()

    def close(self) -> None:
        """Whoever writes to it is done, or hears of it when we end."""


def check_path(path: str) -> int:
    """The mode of the file of this path.

    Raises:
        OSError: there is none, or it is a folder.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return mode


async def open_source(path: str, name: str | None) -> Source:
    """The file of this path; a pipe, too. `name` is what it is sent as; None: its own.

    Raises:
        OSError: it cannot be read, or is a folder.
    """
    if stat.S_ISREG(check_path(path)):
        source = FileSource(path, name)
        if source.size or source.is_at_end():
            return source
        source.close()  # such as those of /proc: how much is in it is not known before
    file = await asyncio.to_thread(FileIO, path)  # it waits for somebody who writes
    return StreamSource(name or sent_name(Path(path).name), file)
