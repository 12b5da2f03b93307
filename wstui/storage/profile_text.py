"""Profiles as TOML text: read, changed and written so that everything else in it stays.

Owns the form of the text and where in it something is wrong. What a profile means is the matter of
`core.profiles`, the file that of `profiles`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.option_table import get_value
from wstui.core.options.table import CONNECTING
from wstui.core.profile_names import refuse_name
from wstui.core.profiles import Book, Fault, Options, Value, read_table, table_of, written

if TYPE_CHECKING:
    from tomlkit.items import Table

HEAD: Final = """\
# Profiles of wstui: options under names, of connections (uri) and of listeners (listen).
# Comments stay when wstui writes here.
# Secrets are named, never held: ${env:TOKEN}, or ${cmd:COMMAND} for the first line of its output.
"""
"""What a new file begins with."""

_KEYS: Final = (CONNECTING.key, LISTENING.key)
"""What makes a table a profile."""

WIDE: Final = 80
"""Characters of a list over which each of its values has a line of its own."""

_WHERE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_SENTINEL: Final = "wstui-looks-for-this-line-82f1c0"


class TextError(Exception):
    """The text is no TOML."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def parse(text: str) -> dict[str, Any]:
    """The tables of a text.

    Raises:
        TextError: it is no TOML; line and column are known in most cases.
    """
    try:
        # The standard library's reader is there at once, and stricter than the one that writes.
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        where = _WHERE.search(words)
        line = column = None
        if where is not None:
            words = words[: where.start()]
            line = int(where[1]) if where[1] else text.rstrip("\n").count("\n") + 1
            column = int(where[2]) if where[2] else None
        raise TextError(Fault(f"{words.rstrip('.')}.", line, column)) from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number too long
        raise TextError(Fault("That is not TOML that can be read.")) from error


def read_book(text: str) -> Book:
    """All profiles in `text`, and everything that is wrong with it. Never fails."""
    try:
        tables = parse(text)
    except TextError as error:
        return Book(faults=(error.fault,))
    profiles: dict[str, ConnectOptions] = {}
    listeners: dict[str, ListenOptions] = {}
    faults: list[Fault] = []
    notes: list[Fault] = []
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            words = "It is no profile: a profile is a table with a uri, or with listen."
            faults.append(Fault(words, line_of(text, [name]), None, name))
            continue
        reading = read_table(table)
        refused = refuse_name(name)
        for problem in reading.problems:
            line = line_of(text, [name, *problem.option.split(".")])
            label = "" if problem.option in _KEYS else f"{problem.option}: "
            faults.append(Fault(f"{label}{problem}", line, None, name))
        if not any(key in table for key in _KEYS):
            faults += _dotted(text, name, table)
        if refused:
            faults.append(Fault(refused, header_line(text, name), None, name))
        for path in reading.unknown:
            line = line_of(text, [name, *path.split(".")])
            notes.append(Fault(_unknown(path, table), line, None, name))
        if reading.problems or refused:
            continue
        if isinstance(reading.options, ListenOptions):
            listeners[name] = reading.options
        else:
            profiles[name] = reading.options
    return Book(profiles, tuple(faults), tuple(notes), listeners)


def _unknown(path: str, table: Mapping[str, Any]) -> str:
    """That nothing is called `path`; and what is, where only its table was forgotten."""
    rows = LISTENING.rows if LISTENING.key in table else CONNECTING.rows
    meant = next((row.path for row in rows if row.path.endswith(f".{path}")), None)
    hint = f" Is {meant} meant?" if meant else ""
    return f"wstui has no option {path}; it stays as it is.{hint}"


def _dotted(text: str, name: str, table: Mapping[str, Any]) -> list[Fault]:
    """Advice where somebody wrote a name with a dot, which is another table to TOML."""
    words = 'A name with a dot or a slash stands in quotes: ["{}"].'
    return [
        Fault(words.format(f"{name}.{key}"), header_line(text, name, key), None, name)
        for key, value in table.items()
        if isinstance(value, Mapping) and any(one in value for one in _KEYS)
    ]


# Lines


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line from 1 of the value at `keys`, or of the table it should be in; None if unknown."""
    import tomlkit

    try:
        document: Any = tomlkit.parse(text)
        container = document
        for key in keys[:-1]:
            container = container[key]
        last = keys[-1]
        while isinstance(container[last], Mapping):
            header = header_line(text, *keys)
            if header is not None:
                return header
            container = container[last]
            last = next(iter(container))
        container[last] = _SENTINEL
        before, found, _ = tomlkit.dumps(document).partition(_SENTINEL)
        if found:
            return before.count("\n") + 1
    except Exception:  # a border: the library has bugs of its own, and this is only about a line
        pass
    return header_line(text, keys[0])


def header_line(text: str, *names: str) -> int | None:
    """The line from 1 where a table begins; None if it has no header."""
    lines = enumerate(text.split("\n"), 1)
    return next((number for number, line in lines if _header(line) == names), None)


def _header(line: str) -> tuple[str, ...]:
    """The names in the header of a table; none when `line` is no header."""
    if not line.lstrip().startswith("["):
        return ()
    try:
        table: Any = tomllib.loads(line)
    except (ValueError, RecursionError):
        return ()
    names = []
    while isinstance(table, Mapping) and table:
        name, table = next(iter(table.items()))
        names.append(name)
    return tuple(names)


# Writing


def with_profile(text: str, name: str, options: Options) -> str:
    """`text` with the profile `name`, which is changed where it stands, or added at the end.

    Raises:
        TextError: `text` is no TOML.
    """
    tables = parse(text)
    if isinstance(tables.get(name), Mapping):
        changed = _changed(text, name, options, tables[name])
        if _holds(changed, name, options, tables):
            return changed
        text = without_profile(text, name)
    newline = "\r\n" if "\r\n" in text else "\n"
    text = text.rstrip()
    block = profile_block(name, options)
    whole = f"{text}\n\n{block}" if text else f"{HEAD}\n{block}"
    return whole if newline == "\n" else re.sub(r"\r?\n", newline, whole)


def _holds(text: str, name: str, options: Options, before: Mapping[str, Any]) -> bool:
    """Whether `text` holds the profile and all that was there before."""
    try:
        now = parse(text)
    except TextError:
        return False
    others = {key: value for key, value in before.items() if key != name}
    reading = read_table(now.get(name, {}))
    return (
        not reading.problems
        and written(reading.options) == written(options)
        and {key: value for key, value in now.items() if key != name} == others
    )


def _changed(text: str, name: str, options: Options, before: Mapping[str, Any]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document[name]
    old = read_table(before)
    if type(old.options) is not type(options):
        return text  # nothing of it can stay
    kind = table_of(options)
    wrong = {problem.option for problem in old.problems}
    wanted = written(options)
    for path in (kind.key, *kind.by_path):
        field = kind.main if path == kind.key else path
        same = get_value(old.options, field) == get_value(options, field) and path not in wrong
        if same and (_has(before, path) or path not in wanted):
            continue  # also where it is written in another way
        if path in wanted:
            _put(table, path.split("."), wanted[path])
        elif _has(before, path):
            _take(table, path.split("."))
    return tomlkit.dumps(document)


def _has(table: Any, path: str) -> bool:
    for key in path.split("."):
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True


def _put(table: Table, keys: list[str], value: Value) -> None:
    import tomlkit

    item = tomlkit.item(value)
    first, *rest = keys
    if not rest:
        table[first] = item
    elif isinstance(table.get(first), Mapping):
        _put(table[first], rest, value)
    else:
        table.append(tomlkit.key(keys), item)


def _take(table: Any, keys: list[str]) -> None:
    *outer, last = keys
    for key in outer:
        table = table[key]
    del table[last]


def without_profile(text: str, name: str) -> str:
    """`text` without the profile `name`; comments around it stay.

    Raises:
        TextError: `text` is no TOML.
    """
    tables = parse(text)
    wanted = {key: value for key, value in tables.items() if key != name}
    cut = _cut(text, name)
    try:
        if parse(cut) == wanted:
            return cut
    except TextError:
        pass  # it is in several places, or looks like something else: let the library find it
    import tomlkit

    document = tomlkit.parse(text)
    del document[name]
    return tomlkit.dumps(document)


def _cut(text: str, name: str) -> str:
    """`text` without the lines from the header of a table to what belongs to the next one."""
    begin = header_line(text, name)
    if begin is None:
        return text
    lines = text.split("\n")
    end = begin
    while end < len(lines) and _header(lines[end])[:1] in ((), (name,)):
        end += 1
    last = end
    while last > begin and _is_aside(lines[last - 1]):
        last -= 1
    # A comment right below its last line is its own, those behind a blank line are not.
    while last < end and lines[last].strip():
        last += 1
    while last < end and not lines[last].strip():
        last += 1
    return "\n".join([*lines[: begin - 1], *lines[last:]])


def _is_aside(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def profile_block(name: str, options: Options) -> str:
    """A profile as it is written anew."""
    import tomlkit

    lines = [f"[{_key(name)}]"]
    for path, value in written(options).items():
        item: Any = tomlkit.item(value)
        if isinstance(value, list) and len(item.as_string()) > WIDE:
            item.multiline(True)
        lines.append(f"{path} = {item.as_string()}")
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
