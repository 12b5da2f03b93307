"""Files of a folder, and nothing beyond it. Everything here may block: call it in a thread."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from wstui.core.serving.web_path import FilePath

INDEX: Final = "index.html"
"""What a folder is shown by."""

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer holds nobody up
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_STEPWISE: Final = os.open in os.supports_dir_fd and hasattr(os, "O_DIRECTORY")


class LeadsOut(FileNotFoundError):
    """A link that leads out of the folder."""

    def __init__(self) -> None:
        super().__init__(errno.ENOENT, "it leads out of the folder")


class NeedsSlash(Exception):
    """It is a folder, and the path to it has to end with a slash."""


@dataclass(slots=True)
class OpenFile:
    """A plain file, open for reading."""

    descriptor: int
    name: str
    """Its own name."""
    size: int
    """Bytes when it was opened."""
    changed: float
    """Seconds since the epoch."""

    def read(self, start: int, count: int) -> bytes:
        """Up to `count` bytes from `start` on; fewer at the end only.

        Raises:
            OSError: it cannot be read.
        """
        parts = []
        os.lseek(self.descriptor, start, os.SEEK_SET)
        while count:
            part = os.read(self.descriptor, count)
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close it; again does nothing."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            with suppress(OSError):
                os.close(descriptor)


class Folder:
    """The folder at a path, which is looked up at each request: it may be made anew meanwhile."""

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(os.path.expanduser(path))

    def check(self) -> None:
        """See whether it is there.

        Raises:
            OSError: it is not, or no folder.
        """
        with os.scandir(self.path):
            pass

    def open(self, wanted: FilePath) -> OpenFile:
        """The file that `wanted` names, or the index of the folder that it names.

        Raises:
            NeedsSlash: it is a folder.
            FileNotFoundError: there is none, or not within this folder.
            OSError: it cannot be opened.
        """
        if wanted.is_folder:
            return self._open((*wanted.parts, INDEX))
        return self._open(wanted.parts)

    def _open(self, parts: tuple[str, ...]) -> OpenFile:
        root = os.path.realpath(self.path, strict=True)
        place = os.path.realpath(os.path.join(root, *parts), strict=True)
        below = self._below(root, place)
        mode = os.stat(place).st_mode
        if stat.S_ISDIR(mode):
            raise NeedsSlash
        if not stat.S_ISREG(mode):  # opening a device alone may do something
            raise PermissionError(errno.EACCES, "no plain file")
        descriptor = _open_stepwise(root, below) if _STEPWISE else os.open(place, _FLAGS)
        try:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise PermissionError(errno.EACCES, "no plain file")
            return OpenFile(descriptor, parts[-1], facts.st_size, facts.st_mtime)
        except BaseException:
            os.close(descriptor)
            raise

    def _below(self, root: str, place: str) -> list[str]:
        """The names from `root` to `place`; both have no links in them."""
        try:
            inside = os.path.commonpath([root, place]) == os.path.normpath(root)
        except ValueError as error:  # another drive
            raise LeadsOut from error
        if not inside:
            raise LeadsOut
        names = os.path.relpath(place, root).split(os.sep)
        if sys.platform == "win32" and any(":" in name for name in names):
            raise LeadsOut
        return names


def _open_stepwise(root: str, names: list[str]) -> int:
    """Open a file from `root` on, name by name, none of which may have become a link meanwhile."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in names[:-1]:
            below = os.open(name, _FLAGS | os.O_DIRECTORY, dir_fd=here)
            os.close(here)
            here = below
        return os.open(names[-1], _FLAGS, dir_fd=here)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LeadsOut from error
        raise
    finally:
        os.close(here)
