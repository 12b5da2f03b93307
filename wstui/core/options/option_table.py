"""A table of options, and options made from texts by it.

The command line, the command language, the forms and profiles are made from such tables. There is
one for connections, in `options.table`, and one for listeners, in `options.listen_table`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from wstui.core.options.info import Flag, OptionError, OptionInfo, Section

if TYPE_CHECKING:  # who connects does not wait for what listens
    from wstui.core.options.connect import ConnectOptions
    from wstui.core.options.listen import ListenOptions

AnyOptions = TypeVar("AnyOptions", bound="ConnectOptions | ListenOptions")


class OptionTable(Generic[AnyOptions]):
    """All options of one kind, and what is named in front of them: a uri, or an address."""

    def __init__(
        self,
        usual: AnyOptions,
        main: str,
        complete: Callable[[str], str],
        rows: tuple[OptionInfo, ...],
        main_values: Callable[[str], Mapping[str, object]] | None = None,
        *,
        key: str = "",
    ) -> None:
        """`usual` is what every option is when nobody says anything, `main` the field that is no
        option, and `complete` makes its value of what people type. `main_values` are further
        options that such a text tells on a command line, by their paths. `key` is how the field is
        called in a profile, empty where it is called as it is."""
        self.usual: Final = usual
        self.main: Final = main
        self.key: Final = key or main
        self.complete: Final = complete
        self._main_values = main_values
        self.rows: Final = rows
        self.sections: Final = tuple(
            section for section in Section if any(info.section is section for info in rows)
        )
        self.by_path: Final[Mapping[str, OptionInfo]] = {info.path: info for info in rows}
        self.paths: Final = (main, *self.by_path)
        self.flags: Final[Mapping[str, tuple[OptionInfo, Flag]]] = {
            name: (info, flag) for info in rows for flag in info.flags for name in flag.names
        }

    def read_flag(self, name: str, text: str) -> object:
        """What `text` behind the flag `name` means; for one without a value it is not looked at.

        Raises:
            OptionError: it is not valid for it; the message names the flag.
        """
        info, flag = self.flags[name]
        given = flag.value if flag.metavar is None else f"{flag.value}{text}"
        # On a command line each header comes with a flag of its own; names between commas do not.
        texts = [given] if info.codec.separator != "," else info.codec.split(given)
        try:
            return read_texts(info, texts)
        except OptionError as error:
            raise OptionError(info.path, f"{name}: {error}") from error

    def build(
        self, text: str, flags: Iterable[tuple[str, str]], base: AnyOptions | None = None
    ) -> AnyOptions:
        """Options for the uri or address `text`, completed, with flags of a command line, each with
        the text behind it.

        `base` is what is meant where no flag says anything; None is the usual. Headers and the
        like are added to its own.

        Raises:
            OptionError: one of them is not valid; it names the others that are not.
        """
        base = self.usual if base is None else base
        problems: list[OptionError] = []
        values: dict[str, Any] = {self.main: self.complete(text)}
        if self._main_values is not None:
            values.update(self._main_values(text))
        for name, given in flags:
            info, _ = self.flags[name]
            try:
                value: Any = self.read_flag(name, given)
            except OptionError as error:
                problems.append(error)
                continue
            if info.codec.separator == "\n":
                value = (*values.get(info.path, get_value(base, info.path)), *value)
            values[info.path] = value
        options = with_values(base, values)
        said = {problem.option for problem in problems}
        problems += [problem for problem in options.problems() if problem.option not in said]
        if problems:
            problems[0].others = tuple(problems[1:])
            raise problems[0]
        return options

    def flag_lines(self) -> list[tuple[str, str]]:
        """All flags with their help in lines of two columns; a section's name has none beside
        it."""
        lines: list[tuple[str, str]] = []
        for section in self.sections:
            lines.append((section, ""))
            for info in self.rows:
                for flag in info.flags if info.section is section else ():
                    if flag.help:
                        value = f" {flag.metavar}" if flag.metavar else ""
                        lines.append((f"  {', '.join(flag.names)}{value}", flag.help))
        return lines


def get_value(options: ConnectOptions | ListenOptions, path: str) -> Any:
    """The value of the option at `path`."""
    return reduce(getattr, path.split("."), options)


def with_values(options: AnyOptions, values: Mapping[str, object]) -> AnyOptions:
    """`options` with other values at some paths."""
    outer: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        head, _, rest = path.partition(".")
        if rest:
            inner.setdefault(head, {})[rest] = value
        else:
            outer[head] = value
    for head, fields in inner.items():
        outer[head] = replace(getattr(options, head), **fields)
    return replace(options, **outer)


def read_texts(info: OptionInfo, texts: Iterable[str]) -> object:
    """The value that `texts` mean together; more than one only where there are several values.

    Raises:
        OptionError: one of them is not valid.
    """
    try:
        values = [info.codec.parse(text) for text in texts]
    except OptionError:
        raise
    except ValueError as error:
        raise OptionError(info.path, str(error)) from error
    return tuple(values) if info.codec.separator else values[-1]
