"""A file that says how clients are answered, read again when it changes."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from wstui.core.units import size_text
from wstui.net.serving.behaviour import Unprepared

LOOK: Final = 1.0
"""Seconds between two looks at whether a file has changed."""

PATIENCE: Final = 30.0
"""Seconds that reading it may take; a file of a network that hangs holds up nobody else."""

T = TypeVar("T")

Print = tuple[int, int, int]
"""What tells one state of a file from another: its number, size and time of change."""


def full_path(name: str) -> Path:
    """The path that a name means: relative to the working directory, ``~`` is the home."""
    return Path(name).expanduser().absolute()


def read_whole(path: Path, name: str, largest: int) -> tuple[bytes, Print]:
    """What a file of at most `largest` bytes holds; `name` stands for it in words.

    Raises:
        Unprepared: it cannot be read.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise Unprepared(f"{name} is no file.")
            data = file.read(largest + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unprepared(f"{name} cannot be read: {reason}.") from None
    if len(data) > largest:
        raise Unprepared(f"{name} is larger than {size_text(largest)}.")
    return data, print_of(found)


def print_of(found: os.stat_result) -> Print:
    """What tells this state of a file from others."""
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes into a pipe of that name."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class SourceFile(Generic[T]):
    """What was made of a file the last time that it could be used. All reading is in threads."""

    def __init__(self, name: str, largest: int, make: Callable[[bytes, Path], T]) -> None:
        """`make` makes something of its bytes and its path; it raises ValueError with a sentence
        when it cannot."""
        self.name = name
        self._path = full_path(name)
        self._largest = largest
        self._make = make
        self._loaded: Print | None = None  # what was read last, whether it could be used or not
        self._seen: Print | None = None

    async def load(self) -> T:
        """Read it.

        Raises:
            Unprepared: it cannot be used.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.to_thread(self._load)
        except TimeoutError:
            raise Unprepared(f"{self.name} could not be read within {PATIENCE:g} s.") from None

    def _load(self) -> T:
        data, self._loaded = read_whole(self._path, self.name, self._largest)
        self._seen = self._loaded
        try:
            return self._make(data, self._path)
        except ValueError as error:
            raise Unprepared(f"{self.name}: {error}") from error

    async def changed(self) -> None:
        """Wait until it is another than the one that was read, and has been the same for two
        looks: many an editor writes in several steps. One that is away counts as unchanged."""
        while True:
            await asyncio.sleep(LOOK)
            try:
                now = print_of(await asyncio.to_thread(os.stat, self._path))
            except (OSError, ValueError):
                continue
            before, self._seen = self._seen, now
            if now == before and now != self._loaded:
                return
