"""The file of profiles: read when it has changed, written whole and at once.

Owns the file and its modes; what stands in it is the matter of `profile_text`. Implements
`core.ports.Profiles`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from wstui.core.options.secrets import plain_secrets
from wstui.core.ports import Refused
from wstui.core.profile_names import refuse_name
from wstui.storage.paths import config_dir

if TYPE_CHECKING:  # no run waits for them before it has a screen
    from wstui.core.profiles import Book, Fault, Options

FILE: Final = "profiles.toml"


class ProfileFile:
    """All profiles of the user, in one TOML file."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` None is the one of the user's configuration."""
        self._folder = folder
        self._lock = Lock()  # the screen asks from several threads
        self._seen: object = None
        self._book: Book | None = None

    @cached_property
    def path(self) -> Path:
        """The file, which need not exist."""
        return (config_dir() if self._folder is None else self._folder) / FILE

    @property
    def place(self) -> str:
        return str(self.path)

    def load(self) -> Book:
        with self._lock:
            return self._load()

    def _load(self) -> Book:
        seen = self._look()
        if seen is None or seen != self._seen:
            self._book = self._read()
            self._seen = seen
        assert self._book is not None
        return self._book

    def _look(self) -> object:
        """What changes when the file does; None while there is none."""
        try:
            facts = self.path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size, facts.st_ino

    def _read(self) -> Book:
        from wstui.core.profiles import EMPTY_BOOK, Book

        if not self.path.exists():
            return EMPTY_BOOK
        # Here and not above: most runs have no file, and none waits for it before it has a screen.
        from wstui.storage.profile_text import TextError, read_book

        try:
            return read_book(self._text())
        except TextError as error:
            return Book(faults=(error.fault,))

    def _text(self) -> str:
        """What stands in the file; nothing while there is none."""
        from wstui.core.profiles import Fault
        from wstui.storage.profile_text import TextError

        try:
            data = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            raise TextError(Fault(f"It cannot be read: {error.strerror}.")) from error
        try:
            return data.decode("utf-8-sig")  # editors on Windows put a mark in front
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise TextError(Fault("That is not UTF-8.", line)) from error

    def save(self, name: str, options: Options, *, replace: bool = False) -> Book:
        problem = refuse_name(name)
        if problem:
            raise Refused(problem)
        problems = [*options.problems(), *plain_secrets(options)]
        if problems:
            raise Refused(str(problems[0]))
        with self._lock:
            book = self._whole()
            if not replace and (name in book.all or book.wrong(name) is not None):
                raise Refused(f"There is a profile {name} already.")
            from wstui.storage.profile_text import with_profile

            self._write(lambda text: with_profile(text, name, options))
            return self._load()

    def forget(self, name: str) -> Book:
        with self._lock:
            book = self._whole()
            if name not in book.all and book.wrong(name) is None:
                raise Refused(f"There is no profile {name}.")
            from wstui.storage.profile_text import without_profile

            self._write(lambda text: without_profile(text, name))
            return self._load()

    def _whole(self) -> Book:
        """The profiles of a file that can be changed without losing anything."""
        book = self._load()
        for fault in book.faults:
            if not fault.profile:
                raise self._refusal(fault)
        return book

    def _refusal(self, fault: Fault) -> Refused:
        return Refused(f"{fault.words(self.place)} Nothing is written until that is corrected.")

    def _write(self, change: Callable[[str], str]) -> None:
        """Change what stands in the file, all of it or nothing."""
        from wstui.storage.profile_text import TextError

        try:
            self._replace(change(self._text()))
        except TextError as error:  # somebody wrote it a moment ago
            raise self._refusal(error.fault) from error

    def _replace(self, text: str) -> None:
        target = self.path.resolve()  # a link stays a link
        import tempfile

        temporary: str | None = None
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made with mode 0600 where the system has modes.
            handle, temporary = tempfile.mkstemp(".tmp", ".profiles-", target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError as error:
            if temporary is not None:
                with suppress(OSError):
                    os.unlink(temporary)
            raise Refused(f"{self.place} cannot be written: {error.strerror}.") from error
