"""Writing words for a POSIX shell, and the list of what is left to be written.

Owns quoting, and how references become variables. Which words there are is each tool's matter.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Any, Final

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.option_table import get_value
from wstui.core.options.secrets import ENV, Reference, pieces
from wstui.core.options.table import OPTIONS, USUAL

WIDTH: Final = 76
"""Characters of a command that still stands on one line."""

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DELICATE: Final = re.compile(r"[\\\"$`!]")
"""Characters that mean something between double quotes."""


def parts_of(text: str) -> list[str | Reference]:
    """Texts and references; a text that only looks as if it held some is taken as it is."""
    try:
        return pieces(text)
    except ValueError:
        return [text]


def plain(text: str) -> str:
    """What a text without references means."""
    return "".join(str(part) for part in parts_of(text))


def word(text: str) -> str:
    """`text` as one word of a shell, its references as variables and command substitutions."""
    parts = parts_of(text)
    if all(isinstance(part, str) for part in parts):
        return shlex.quote("".join(part for part in parts if isinstance(part, str)))
    if not any(isinstance(part, str) and _DELICATE.search(part) for part in parts):
        return f'"{_between(parts)}"'
    return "".join(
        shlex.quote(part) if isinstance(part, str) else f'"{_between([part])}"' for part in parts
    )


def _between(parts: list[str | Reference]) -> str:
    """Pieces as they stand between double quotes."""
    found = []
    for part in parts:
        if isinstance(part, str):
            found.append(part)
        elif part.kind == ENV and _VARIABLE.fullmatch(part.name):
            found.append(f"${{{part.name}}}")
        elif part.kind == ENV:
            found.append(f"$(printenv {shlex.quote(part.name)})")
        else:
            found.append(f"$({part.name})")
    # Braces only where the text behind would be taken for a part of the name.
    return re.sub(r"\$\{(\w+)\}(?!\w)", r"$\1", "".join(found))


class Writer:
    """Collects a command line, and keeps count of which options were not yet written."""

    def __init__(self, options: ConnectOptions, *name: str) -> None:
        self.options = options
        self.lines = [" ".join(name)]
        self.ours = False
        """Whether it is for wstui itself, which reads references as they are typed."""
        self.left = {
            info.path: info
            for info in OPTIONS
            if get_value(options, info.path) != get_value(USUAL, info.path)
        }

        self.missing: list[str] = []
        """What of a written option could not be said after all."""

    def take(self, path: str) -> Any:
        """The value of an option that is not as usual, which is written from now on; else None."""
        if self.left.pop(path, None) is None:
            return None
        return get_value(self.options, path)

    def flag(self, name: str, value: str | None = None, *, joint: str = " ") -> None:
        """A flag, with its value behind it."""
        self.lines.append(name if value is None else f"{name}{joint}{self._quoted(value)}")

    def pass_on(self, name: str, path: str, show: Callable[[Any], str] = str) -> None:
        """The option at `path` as a flag, if it is not as usual and there is something to say."""
        if path in self.left and get_value(self.options, path) not in (None, ()):
            self.flag(name, show(self.take(path)))

    def word(self, text: str) -> None:
        """A word without a flag."""
        self.lines.append(self._quoted(text))

    def _quoted(self, text: str) -> str:
        return shlex.quote(text) if self.ours else word(text)

    def finish(self) -> tuple[str, list[str]]:
        """The command, and what of the options is not in it."""
        line = " ".join(self.lines)
        if len(line) > WIDTH:
            line = " \\\n  ".join(self.lines)
        return line, self.remarks()

    def remarks(self) -> list[str]:
        """What was not written."""
        found = list(self.missing)
        for path, info in self.left.items():
            value = info.codec.write(get_value(self.options, path)).split("\n")[0]
            found.append(f"{info.label} {value}".strip())
        return found
