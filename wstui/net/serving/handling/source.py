"""A handler file as it was loaded: its hooks, and whether it has changed since."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from itertools import count
from types import ModuleType
from typing import Final

from wstui.net.serving.behaviour import Unprepared
from wstui.net.serving.handling.faults import fault_words
from wstui.net.serving.source_file import SourceFile, full_path

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


class Source:
    """The handler file at `path`, loaded as often as it changes."""

    def __init__(self, name: str) -> None:
        """`name` is the path as given: relative to the working directory, ``~`` is the home."""
        self.name = name
        """As given, for words."""
        self.path = full_path(name)
        self.hooks: dict[str, Hook] = {}
        """Those that it defines, as loaded last."""
        self._module: ModuleType | None = None
        self._file = SourceFile(name, LARGEST, lambda data, _: data)

    async def read(self) -> bytes:
        """What is in it now.

        Raises:
            Unprepared: it cannot be read.
        """
        return await self._file.load()

    async def changed(self) -> None:
        """Wait until it is another than the one read last."""
        await self._file.changed()

    def load(self, code: bytes) -> None:
        """Run `code`, which was read from it, and take its hooks.

        Raises:
            Unprepared: that cannot be done; the hooks loaded before stay.
        """
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
