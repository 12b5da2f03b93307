"""The part of a file that came so far, on disk. All here blocks: it is called in threads.

A part stands beside the file that it will be, and its length says how much of it there is: bytes
are only ever added. Nobody but who has locked it writes to it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final

from wstui.core.file_transfer.messages import HEAD
from wstui.core.file_transfer.names import MOST_NUMBERED, Present, numbered, part_name
from wstui.headless.files.lock import lock
from wstui.headless.files.working import Stopped

READ: Final = 1 << 20
"""Bytes that are read at once."""

_FLAGS: Final = (
    os.O_RDWR
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # of a pipe of that name
)

_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
)
"""What systems and file systems without hard links answer."""


class InUse(Exception):
    """Somebody else receives a file of this name at this moment."""


class Part:
    """A part, open and locked."""

    def __init__(self, folder: Path, name: str, path: Path, file: int) -> None:
        self._folder = folder
        self._name = name
        self._path = path
        self._file = file
        self.size = 0
        """Bytes of the file that are there, and in the checksum."""
        self._hash = hashlib.sha256()
        self._head = ""

    @classmethod
    def open(
        cls, folder: Path, name: str, *, create: bool, several: bool, stop: Event | None = None
    ) -> Part | None:
        """The part of the file `name` in `folder`, with its checksum; None where there is none and
        none is to be made. `several`: where another is at work on it, one beside it. `stop`: set
        when it is no longer wanted.

        Raises:
            InUse: another is at work on it.
            Stopped: it was no longer wanted.
            OSError: it cannot be had.
        """
        for number in range(MOST_NUMBERED if several else 1):
            path = folder / part_name(name, number)
            try:
                file = _open(path, create=create)
            except InUse:
                continue
            if file is None:
                return None
            part = cls(folder, name, path, file)
            try:
                part._read(stop)
            except (OSError, Stopped):
                os.close(file)
                raise
            return part
        raise InUse

    def _read(self, stop: Event | None) -> None:
        """Take what is there into the checksum."""
        self._read_head()
        while data := os.read(self._file, READ):
            if stop is not None and stop.is_set():
                raise Stopped
            self._hash.update(data)
            self.size += len(data)

    def _read_head(self) -> None:
        data = os.read(self._file, HEAD)
        self._head = hashlib.sha256(data).hexdigest()
        os.lseek(self._file, 0, os.SEEK_SET)

    def begins(self, head: str) -> bool:
        """Whether what was there from before begins with the bytes of which `head` is the hash."""
        return self._head == head

    @property
    def sha256(self) -> str:
        """Of what is there."""
        return self._hash.hexdigest()

    def begin_again(self) -> None:
        """Forget what is there."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, pieces: Sequence[memoryview]) -> None:
        """Add bytes."""
        for piece in pieces:
            rest = piece
            while rest:
                rest = rest[os.write(self._file, rest) :]
            self._hash.update(piece)
            self.size += len(piece)

    def finish(self, modified: int | None, present: Present) -> str:
        """It is the whole file: have it on the disk, under its name, or one beside it; which that
        is.

        Raises:
            FileExistsError: there is one, and it is neither to be overwritten nor to be kept
                beside it.
            OSError: it cannot be done.
        """
        if modified is not None:
            with suppress(OSError, OverflowError):  # a time that this file system cannot have
                os.utime(self._file if os.utime in os.supports_fd else self._path, (modified,) * 2)
        os.fsync(self._file)
        if sys.platform == "win32":
            os.close(self._file)  # nothing that is open can be renamed there
            self._file = -1
        name = _publish(self._path, self._folder, self._name, present)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        _keep_names(self._folder)
        return name

    def close(self, *, remove: bool = False) -> None:
        """Let go of it. It stays, unless it is to be removed, or empty."""
        if self._file < 0:
            return
        with suppress(OSError):
            if remove or not self.size:
                if sys.platform == "win32":
                    os.close(self._file)
                    self._file = -1
                self._path.unlink(missing_ok=True)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Whole(Part):
    """A file that has its name already: it may be the very one that is offered, and then nothing
    has to come."""

    @classmethod
    def look(
        cls, folder: Path, name: str, size: int | None, head: str, stop: Event | None = None
    ) -> Whole | None:
        """The file of this name, if it is one of so many bytes, and begins with those of which
        `head` is the hash; with its checksum. `stop`: set when it is no longer wanted.

        Raises:
            Stopped: it was no longer wanted.
            OSError: it cannot be read.
        """
        path = folder / name
        facts = os.stat(path, follow_symlinks=False)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size != size:
            return None
        whole = cls(folder, name, path, os.open(path, _FLAGS & ~os.O_RDWR))
        try:
            whole._read_head()
            if not whole.begins(head):
                return None
            whole._read(stop)
        finally:
            whole.close()
        return whole

    def begin_again(self) -> None:
        """It is another file.

        Raises:
            FileExistsError: always.
        """
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def finish(self, modified: int | None, present: Present) -> str:
        return self._name

    def close(self, *, remove: bool = False) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _open(path: Path, *, create: bool) -> int | None:
    """Open and lock a part; None where there is none.

    Raises:
        InUse: another has locked it.
        OSError: it is no file, or cannot be written.
    """
    while True:
        try:
            if sys.platform == "win32" and path.is_symlink():
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            file = os.open(path, _FLAGS | (os.O_CREAT if create else 0), 0o666)
        except FileNotFoundError:
            if create:
                raise
            return None
        try:
            facts = os.fstat(file)
            if not stat.S_ISREG(facts.st_mode):
                raise OSError(errno.EINVAL, "it is no ordinary file")
            if not lock(file):
                raise InUse
            facts = os.fstat(file)
            if _is_still(path, file):
                if facts.st_nlink == 1:
                    return file
                # It has its own name already: who gave it was killed before this one was removed.
                path.unlink()
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # it is a part no more, perhaps since a moment ago


def _is_still(path: Path, file: int) -> bool:
    """Whether the name leads to what is open."""
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file), named)


def _publish(part: Path, folder: Path, name: str, present: Present) -> str:
    """Give a part the name of its file, and never by a race that of another's."""
    if present is Present.OVERWRITE:
        os.replace(part, folder / name)
        return name
    for number in range(MOST_NUMBERED):
        chosen = numbered(name, number)
        try:
            _rename_new(part, folder / chosen)
        except FileExistsError:
            if present is Present.REFUSE:
                raise
            continue
        return chosen
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


if sys.platform == "win32":

    def _rename_new(part: Path, target: Path) -> None:
        """Rename to a name that nobody has.

        Raises:
            FileExistsError: somebody has it.
        """
        os.rename(part, target)  # it overwrites nothing there

    def _keep_names(folder: Path) -> None:
        """A folder cannot be asked to have its names on the disk."""

else:

    def _rename_new(part: Path, target: Path) -> None:
        """Rename to a name that nobody has.

        Raises:
            FileExistsError: somebody has it.
        """
        try:
            os.link(part, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))  # now the name is ours
            os.replace(part, target)
        else:
            os.unlink(part)

    def _keep_names(folder: Path) -> None:
        """Have the folder's names on the disk, too."""
        with suppress(OSError):
            file = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
