"""A handler file as it was loaded: its hooks, and whether it has changed since."""

from __future__ import annotations

import inspect
import os
import stat
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Final

from wstui.net.serving.behaviour import Unprepared
from wstui.net.serving.handling.faults import fault_words

HOOKS: Final = {
    "validate": ("request",),
    "connected": ("client",),
    "message": ("client", "message"),
    "disconnected": ("client",),
}
"""The hooks, and what each is given."""

LARGEST: Final = 1 << 20
"""Bytes of the largest file that is taken for a handler."""

_numbers: Final = count(1)

Hook = Callable[..., object]
Print = tuple[int, int, int]
"""What tells one state of a file from another: its number, size and time of change."""


class Source:
    """The handler file at `path`, loaded as often as it changes."""

    def __init__(self, name: str) -> None:
        """`name` is the path as given: relative to the working directory, ``~`` is the home."""
        self.name = name
        """As given, for words."""
        self.path = Path(name).expanduser().absolute()
        self.hooks: dict[str, Hook] = {}
        """Those that it defines, as loaded last."""
        self._module: ModuleType | None = None
        self._loaded: Print | None = None  # what was loaded, or failed to be
        self._seen: Print | None = None

    def load(self) -> None:
        """Load it.

        Raises:
            Unprepared: it cannot be; the hooks loaded before stay.
        """
        code = self._read()
        module = ModuleType(f"wstui_handler_{next(_numbers)}_{self.path.stem}")
        module.__file__ = str(self.path)
        folder = str(self.path.parent)
        if folder not in sys.path:  # behind all else, so that it can import what lies beside it
            sys.path.append(folder)
        sys.modules[module.__name__] = module  # dataclasses look there
        try:
            exec(compile(code, str(self.path), "exec"), module.__dict__)
            hooks = _hooks(module)
        except BaseException as error:
            del sys.modules[module.__name__]
            if isinstance(error, Unprepared):
                raise Unprepared(f"{self.name}: {error}") from None
            raise Unprepared(f"{self.name}: {fault_words(error, self.path)}.") from error
        self.forget()
        self._module, self.hooks = module, hooks

    def forget(self) -> None:
        """Let go of the module that was loaded."""
        if self._module is not None:
            sys.modules.pop(self._module.__name__, None)
            self._module = None

    def _read(self) -> bytes:
        """Its text, and the note of what was read."""
        try:
            with open(self.path, "rb", opener=_open_at_once) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):
                    raise Unprepared(f"{self.name} is no file.")
                self._loaded = self._seen = _print_of(found)
                text = file.read(LARGEST + 1)
        except OSError as error:
            raise Unprepared(f"{self.name} cannot be read: {error.strerror}.") from None
        if len(text) > LARGEST:
            raise Unprepared(f"{self.name} is larger than {LARGEST >> 20} MiB.")
        return text

    def has_changed(self) -> bool:
        """Whether it is another than the one loaded last, and has been the same for two looks:
        many an editor writes in several steps. A file that is away counts as unchanged."""
        try:
            now = _print_of(os.stat(self.path))
        except OSError:
            return False
        before, self._seen = self._seen, now
        return now == before and now != self._loaded


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes into a pipe of that name."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _print_of(found: os.stat_result) -> Print:
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _hooks(module: ModuleType) -> dict[str, Hook]:
    """The hooks that `module` defines.

    Raises:
        Unprepared: there is none, or one that cannot be called as it will be.
    """
    hooks: dict[str, Hook] = {}
    for name, arguments in HOOKS.items():
        hook = getattr(module, name, None)
        if hook is None:
            continue
        try:
            inspect.signature(hook).bind(*arguments)
        except (TypeError, ValueError):
            raise Unprepared(f"{name} must be a function of ({', '.join(arguments)}).") from None
        hooks[name] = hook
    if not hooks:
        raise Unprepared(f"it defines none of {', '.join(HOOKS)}.")
    return hooks
