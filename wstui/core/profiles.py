"""Profiles: options saved under a name, as the values of a table and back.

Owns which names there may be, and what a profile holds: texts, switches and lists by the paths of
the option table, and only what differs from the usual. Files are the matter of the storage ring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from wstui.core.options.connect import ConnectOptions, complete_uri, masked_uri
from wstui.core.options.info import OptionError, OptionInfo, Shape
from wstui.core.options.option_table import get_value, read_texts, with_values
from wstui.core.options.table import BY_PATH, OPTIONS, USUAL, build_options

MAX_NAME: Final = 64
"""Characters of a profile's name."""

RESERVED: Final = frozenset({"demo", "profiles"})
"""Words that mean something else behind `wstui`."""

_GROUPS: Final = frozenset(path.partition(".")[0] for path in BY_PATH if "." in path)
"""What stands before the dot in the paths of options."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")

Value = str | bool | list[str]
"""What stands for an option in a profile."""


class Fault(NamedTuple):
    """Something in a file of profiles that cannot be meant."""

    reason: str
    """A sentence."""
    line: int | None = None
    """From 1; None where it is no matter of a line."""
    column: int | None = None
    """From 1, in characters; None where it is the whole line."""
    profile: str = ""
    """The profile that cannot be used for it; empty where it is none."""

    def words(self, place: str) -> str:
        """The fault with its file, line, profile and reason."""
        line = "" if self.line is None else f", line {self.line}"
        column = "" if self.column is None else f", column {self.column}"
        whose = f"{self.profile}: " if self.profile else ""
        return f"{place}{line}{column}: {whose}{self.reason}"


@dataclass(frozen=True, slots=True)
class Book:
    """All profiles of a file."""

    profiles: Mapping[str, ConnectOptions] = field(default_factory=lambda: MappingProxyType({}))
    """By name, in the order of the file; only those that can be used."""
    faults: tuple[Fault, ...] = ()
    """What is wrong in it."""
    notes: tuple[Fault, ...] = ()
    """What does no harm, such as options that this version does not know."""

    @property
    def is_readable(self) -> bool:
        """Whether the file as a whole could be read; if not, nothing is written to it."""
        return all(fault.profile for fault in self.faults)

    def options(self, word: str, flags: Iterable[tuple[str, str]]) -> ConnectOptions:
        """The options that a profile's name or a uri means, with flags of a command line.

        A name wins over a host. The flags override what the profile says.

        Raises:
            OptionError: one of the flags, or the uri, is not valid.
        """
        base = self.profiles.get(word)
        return build_options(word, flags) if base is None else build_options(base.uri, flags, base)

    def wrong(self, name: str) -> Fault | None:
        """Why the profile `name` cannot be used; None where it can, or there is none."""
        if name in self.profiles:
            return None
        return next((fault for fault in self.faults if fault.profile == name), None)

    def unclear(self, word: str) -> Fault | None:
        """Why nobody knows what `word` means where a uri is expected; None where it is known.

        In a file that cannot be read each name may be there: none of them is taken for a host, to
        which options that nobody chose would then be sent.
        """
        local = complete_uri(word).startswith("ws://")
        if self.is_readable or local or not may_be_name(word):
            return self.wrong(word)
        fault = next(fault for fault in self.faults if not fault.profile)
        reason = f"{fault.reason} Is {word} a host? Then write wss://{word}."
        return fault._replace(reason=reason)


EMPTY_BOOK: Final = Book()


def refuse_name(name: str) -> str:
    """Why `name` can be no profile's; empty when it can."""
    if not name:
        return "Type a name, such as prod/ticks."
    if len(name) > MAX_NAME:
        return f"A name has at most {MAX_NAME} characters."
    if not name[0].isalnum() and name[0] != "_":
        return "A name begins with a letter or a digit."
    if not _NAME.fullmatch(name):
        return "A name has letters, digits and - _ . / only."
    if name in RESERVED:
        return f"wstui {name} means something else; choose another name."
    return ""


def may_be_name(word: str) -> bool:
    """Whether `word`, typed where a uri is expected, could be a profile's name."""
    return not refuse_name(word)


def list_profiles(book: Book, place: str) -> str:
    """All profiles with their uris, the file, and what is wrong in it, a line each."""
    width = max(map(len, book.profiles), default=0)
    lines = [f"{name:<{width}}  {masked_uri(one.uri)}" for name, one in book.profiles.items()]
    faults = [fault.words(place) for fault in (*book.faults, *book.notes)]
    return "\n".join([*(lines or ["Nothing is saved yet."]), f"in {place}", *faults])


# Writing


def written(options: ConnectOptions) -> dict[str, Value]:
    """The uri, and by their paths the options that are not as usual."""
    values: dict[str, Value] = {"uri": options.uri}
    for info in OPTIONS:
        value = get_value(options, info.path)
        if value != get_value(USUAL, info.path):
            values[info.path] = _write(info, value)
    return values


def _write(info: OptionInfo, value: Any) -> Value:
    if info.codec.shape is Shape.SWITCH:
        return bool(value)
    texts = info.codec.texts(value)
    return texts if info.codec.separator else "".join(texts)


# Reading


class Reading(NamedTuple):
    """What a table of a profile means."""

    options: ConnectOptions
    """Not to be used while there are problems."""
    problems: list[OptionError]
    """All that is wrong."""
    unknown: list[str]
    """Paths that no option has; they do no harm."""


def read_table(table: Mapping[str, Any]) -> Reading:
    """The options that a table means, with tables in it for options within others."""
    problems: list[OptionError] = []
    unknown: list[str] = []
    values: dict[str, object] = {"uri": ""}
    for path, value in _leaves(table):
        if path == "uri" and isinstance(value, str):
            values["uri"] = complete_uri(value)
        elif path == "uri":
            problems.append(OptionError("uri", "The uri must be a text."))
        elif path in BY_PATH:
            try:
                values.update(_read(BY_PATH[path], value))
            except OptionError as error:
                problems.append(error)
        elif path in _GROUPS:
            problems.append(OptionError(path, "It must be a table of options."))
        else:
            unknown.append(path)
    if "uri" not in table:
        problems.append(OptionError("uri", "It has no uri."))
    options = with_values(USUAL, values)
    if not problems:
        problems = options.problems()
    return Reading(options, problems, unknown)


def _leaves(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table by their paths."""
    for key, value in table.items():
        path = f"{before}{key}"
        if isinstance(value, Mapping) and path in _GROUPS:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _read(info: OptionInfo, value: Any) -> dict[str, object]:
    """The value of an option by its path; nothing where an empty text means the usual."""
    several = bool(info.codec.separator)
    if isinstance(value, list) and not several:
        raise OptionError(info.path, "It takes one value, not several.")
    texts: list[str] = []
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, bool):
            texts.append("on" if part else "off")
        elif isinstance(part, int | float):
            texts.append(str(part))
        elif not isinstance(part, str):
            raise OptionError(info.path, "It must be a text.")
        elif several and not isinstance(value, list):
            texts += info.codec.split(part)
        else:
            texts.append(part)
    texts = [text for text in texts if text.strip()]
    if not texts and not (several and value == []):
        return {}
    return {info.path: read_texts(info, texts)}
