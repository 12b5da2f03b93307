"""Names under which a file may be kept: what a stranger calls it never leads out of a folder.

A name is refused rather than changed, so that nobody looks for a file under a name it has not. What
only Windows cannot have is refused there alone; what could do harm anywhere is refused everywhere.
"""

from __future__ import annotations

import enum
import unicodedata
from typing import Final

PART: Final = ".wstui.part"
"""Stands behind the name of a file of which only a part came."""

LONGEST: Final = 230
"""Bytes of the longest name: with a number and `PART` behind it, file systems take 255."""

MOST_NUMBERED: Final = 10_000
"""Names that are tried when one is there already."""

_RESERVED: Final = frozenset(
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
    + [f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789¹²³"]
)
"""Devices of Windows, with any extension."""

_NOT_ON_WINDOWS: Final = '<>:"|?*'


class Present(enum.Enum):
    """What becomes of a file whose name is there already."""

    REFUSE = enum.auto()
    OVERWRITE = enum.auto()
    RENAME = enum.auto()


class UnsafeName(ValueError):
    """A file may not have this name; `str()` says why, as the rest of a sentence."""


def check_name(name: str, *, windows: bool = False, hidden: bool = False) -> str:
    """`name`, if a file that somebody else sent may be kept under it. `windows`: on Windows;
    `hidden`: names that begin with a dot are wanted.

    Raises:
        UnsafeName: it may not.
    """
    problem = _problem(name, windows=windows, hidden=hidden)
    if problem is not None:
        raise UnsafeName(problem)
    return name


def _problem(name: str, *, windows: bool, hidden: bool) -> str | None:
    """What is wrong with a name; None when nothing is."""
    if not name.strip():
        return "it has no name"
    if len(name) > LONGEST or len(name.encode("utf-8", "surrogatepass")) > LONGEST:
        return f"its name has more than {LONGEST} bytes"
    if "/" in name or "\\" in name:
        return "its name is a path"
    if name in (".", ".."):
        return "its name is that of a folder"
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in name):
        return "its name has characters that are not seen"
    if len(name) > 1 and name[1] == ":" and name[0].isascii() and name[0].isalpha():
        return "its name begins with a drive"
    if name[-1] in ". " or name[0] == " ":
        return "its name begins or ends with a blank, or ends with a dot"
    if name.partition(".")[0].rstrip().upper() in _RESERVED:
        return "its name is that of a device of Windows"
    if windows and any(char in _NOT_ON_WINDOWS for char in name):
        return "Windows cannot have its name"
    if name.casefold().endswith(PART):
        return f"its name ends with {PART}, as only parts of files do"
    if name.startswith(".") and not hidden:
        return "its name begins with a dot, which hides it (--hidden takes such files)"
    return None


def numbered(name: str, number: int) -> str:
    """`name` with a number in front of its extension: ``a (1).txt``; as it is for 0."""
    if not number:
        return name
    stem, dot, extension = name.rpartition(".")
    return f"{stem} ({number}).{extension}" if stem and dot else f"{name} ({number})"


def part_name(name: str, number: int = 0) -> str:
    """What the part of a file is called while it comes."""
    return numbered(name, number) + PART


def sent_name(name: str) -> str:
    """The name of a file of ours as it is told: what is not UTF-8 in it is replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
