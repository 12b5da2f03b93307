"""Profiles: options saved under a name, as the values of a table and back.

Owns what a profile holds: texts, switches and lists by the paths of the option table, and only what
differs from the usual. Names are the matter of `profile_names`, files that of the storage ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from wstui.core.options.connect import ConnectOptions, complete_uri, masked_uri
from wstui.core.options.info import OptionError, OptionInfo, Shape
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.option_table import OptionTable, get_value, read_texts, with_values
from wstui.core.options.table import CONNECTING
from wstui.core.profile_names import may_be_name
from wstui.core.serving.address import is_address

Value = str | bool | list[str]
"""What stands for an option in a profile."""

Options = ConnectOptions | ListenOptions
"""What a profile holds."""

Table = OptionTable[ConnectOptions] | OptionTable[ListenOptions]


def table_of(options: Options) -> Table:
    """All options of that kind."""
    return CONNECTING if isinstance(options, ConnectOptions) else LISTENING


def place_of(options: Options) -> str:
    """In a few words where options lead, or listen; a password in it is masked."""
    if isinstance(options, ConnectOptions):
        return masked_uri(options.uri)
    return f"listen {options.address}"


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
    """Those of connections by name, in the order of the file; only those that can be used."""
    faults: tuple[Fault, ...] = ()
    """What is wrong in it."""
    notes: tuple[Fault, ...] = ()
    """What does no harm, such as options that this version does not know."""
    listeners: Mapping[str, ListenOptions] = field(default_factory=lambda: MappingProxyType({}))
    """Those of listeners."""

    @property
    def is_readable(self) -> bool:
        """Whether the file as a whole could be read; if not, nothing is written to it."""
        return self._unreadable is None

    def options(self, word: str, flags: Iterable[tuple[str, str]]) -> ConnectOptions:
        """The options that a profile's name or a uri means, with flags of a command line.

        A name wins over a host. The flags override what the profile says.

        Raises:
            OptionError: one of the flags, or the uri, is not valid.
        """
        if word in self.listeners:
            raise OptionError("uri", f"{word} is the profile of a listener: write listen {word}.")
        base = self.profiles.get(word)
        return CONNECTING.build(word if base is None else base.uri, flags, base)

    def listen_options(self, word: str, flags: Iterable[tuple[str, str]]) -> ListenOptions:
        """The options that an address or a profile's name means, as for `options`.

        Raises:
            OptionError: one of the flags, or the address, is not valid.
        """
        base = None if is_address(word) else self.listeners.get(word)
        if base is not None:
            return LISTENING.build(base.address, flags, base)
        if not (is_address(word) or word.isdecimal()) and may_be_name(word):
            words = f"There is no listener saved as {word}. Write a port, or HOST:PORT."
            if word in self.profiles:
                words = f"{word} is the profile of a connection: write connect {word}."
            raise OptionError("address", words)
        return LISTENING.build(word, flags)

    @property
    def all(self) -> Mapping[str, Options]:
        """The profiles of both kinds by name, those of connections first."""
        return {**self.profiles, **self.listeners}

    def wrong(self, name: str) -> Fault | None:
        """Why the profile `name` cannot be used; None where it can, or there is none."""
        if name in self.profiles or name in self.listeners:
            return None
        return next((fault for fault in self.faults if fault.profile == name), None)

    def unclear(self, word: str) -> Fault | None:
        """Why nobody knows what `word` means where a uri is expected; None where it is known.

        In a file that cannot be read each name may be there: none of them is taken for a host, to
        which options that nobody chose would then be sent.
        """
        local = complete_uri(word).startswith("ws://")
        fault = None if local or not may_be_name(word) else self._unreadable
        if fault is None:
            return self.wrong(word)
        reason = f"{fault.reason} Is {word} a host? Then write wss://{word}."
        return fault._replace(reason=reason)

    def unclear_address(self, word: str) -> Fault | None:
        """The same where an address to listen on is expected."""
        if is_address(word) or not may_be_name(word):
            return None
        return self._unreadable or self.wrong(word)

    @property
    def _unreadable(self) -> Fault | None:
        """Why the file as a whole could not be read; None where it could."""
        return next((fault for fault in self.faults if not fault.profile), None)


EMPTY_BOOK: Final = Book()


def list_profiles(book: Book, place: str) -> str:
    """All profiles with where they lead, the file, and what is wrong in it, a line each."""
    width = max(map(len, book.all), default=0)
    lines = [f"{name:<{width}}  {place_of(one)}" for name, one in book.all.items()]
    faults = [fault.words(place) for fault in (*book.faults, *book.notes)]
    return "\n".join([*(lines or ["Nothing is saved yet."]), f"in {place}", *faults])


# Writing


def written(options: Options) -> dict[str, Value]:
    """The uri or the address, and by their paths the options that are not as usual."""
    table = table_of(options)
    values: dict[str, Value] = {table.key: str(get_value(options, table.main))}
    for info in table.rows:
        value = get_value(options, info.path)
        if value != get_value(table.usual, info.path):
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

    options: Options
    """Not to be used while there are problems."""
    problems: list[OptionError]
    """All that is wrong, `option` being its path in the table."""
    unknown: list[str]
    """Paths that no option has; they do no harm."""


def read_table(table: Mapping[str, Any]) -> Reading:
    """The options that a table means, with tables in it for options within others. One that says
    where to listen is a listener's."""
    listens = LISTENING.key in table
    if listens and CONNECTING.key in table:
        problem = OptionError(LISTENING.key, "It has a uri, too: leave out one of them.")
        return Reading(CONNECTING.usual, [problem], [])
    return _read_as(LISTENING, table) if listens else _read_as(CONNECTING, table)


def _read_as(kind: Table, table: Mapping[str, Any]) -> Reading:
    problems: list[OptionError] = []
    unknown: list[str] = []
    values: dict[str, object] = {kind.main: ""}
    groups = frozenset(path.partition(".")[0] for path in kind.by_path if "." in path)
    for path, value in _leaves(table, groups):
        if path == kind.key and (isinstance(value, str) or _is_port(kind, value)):
            values[kind.main] = kind.complete(str(value))
        elif path == kind.key:
            problems.append(OptionError(path, f"The {kind.main} must be a text."))
        elif path in kind.by_path:
            try:
                values.update(_read(kind.by_path[path], value))
            except OptionError as error:
                problems.append(error)
        elif path in groups:
            problems.append(OptionError(path, "It must be a table of options."))
        else:
            unknown.append(path)
    if kind.key not in table:
        problems.append(OptionError(kind.key, f"It has no {kind.main}."))
    options: Options = with_values(kind.usual, values)
    if not problems:
        problems = options.problems()
    for problem in problems:
        problem.option = kind.key if problem.option == kind.main else problem.option
    return Reading(options, problems, unknown)


def _is_port(kind: Table, value: object) -> bool:
    """Whether a number stands where a listener listens."""
    return kind is LISTENING and isinstance(value, int) and not isinstance(value, bool)


def _leaves(
    table: Mapping[str, Any], groups: frozenset[str], before: str = ""
) -> Iterator[tuple[str, Any]]:
    """The values of a table by their paths; `groups` are the tables within it."""
    for key, value in table.items():
        path = f"{before}{key}"
        if isinstance(value, Mapping) and path in groups:
            yield from _leaves(value, groups, f"{path}.")
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
