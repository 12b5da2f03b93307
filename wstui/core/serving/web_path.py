"""The path of a request target, and which file below a folder it names. Pure: nothing is opened."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

WELL_KNOWN: Final = ".well-known"
"""The one hidden folder that is there for everyone (RFC 8615)."""

_ABSOLUTE: Final = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DEVICES: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])", re.IGNORECASE
)
_WINDOWS: Final = frozenset('<>:"|?*')


class NoSuchPath(Exception):
    """A path that names nothing that could be served. `str()` says why, for the user."""


class FilePath(NamedTuple):
    """What a path names below a folder."""

    parts: tuple[str, ...]
    """Names, one below the other; none for the folder itself."""
    is_folder: bool
    """Whether it ends with a slash."""


def path_of(target: str) -> str:
    """The path of a request target, without its query: also of one in absolute form (RFC 9112
    section 3.2)."""
    path = _ABSOLUTE.sub("", target, count=1) if not target.startswith("/") else target
    return re.split(r"[?#]", path, maxsplit=1)[0] or "/"


def file_path(path: str, *, windows: bool) -> FilePath:
    """The names that `path`, escapes and all, is made of.

    `windows` says whether the names that are special there are refused: devices, drives, streams.

    Raises:
        NoSuchPath: a name that no file may have here, or that leads elsewhere.
    """
    if not path.startswith("/"):
        raise NoSuchPath("it does not begin with a slash")
    if _BAD_ESCAPE.search(path):
        raise NoSuchPath("a percent sign that begins no escape")
    names = path[1:].split("/")
    is_folder = not names[-1]
    if is_folder:
        names.pop()
    parts = tuple(_name(name) for name in names)
    for index, part in enumerate(parts):
        if part.startswith(".") and (index or part != WELL_KNOWN):
            raise NoSuchPath("hidden files are not served")
        if windows and not _is_windows_name(part):
            raise NoSuchPath("a name that means something else on Windows")
    return FilePath(parts, is_folder)


def _name(escaped: str) -> str:
    try:
        name = unquote_to_bytes(escaped).decode()
    except UnicodeError as error:
        raise NoSuchPath("a name that is not UTF-8") from error
    if name in ("", ".", ".."):
        raise NoSuchPath("no way out of the folder" if name == ".." else "a name without letters")
    if "/" in name or "\\" in name:
        raise NoSuchPath("a slash within a name")
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in name):
        raise NoSuchPath("control characters in a name")
    return name


def _is_windows_name(name: str) -> bool:
    if name.endswith((".", " ")) or not _WINDOWS.isdisjoint(name):
        return False
    return _DEVICES.fullmatch(name.partition(".")[0].rstrip()) is None
