"""What an option of a connection or a listener is called, how it is written, where it belongs.

One `OptionInfo` feeds the command line, the command language, the form and profiles, so that an
option is named and read alike in all of them. Which options there are stands beside their
dataclasses; `options.table` and `options.listen_table` gather them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from wstui.core.units import OFF, exact_seconds_text, exact_size_text, parse_seconds, parse_size

_ON: Final = frozenset({"on", "yes", "true", "1"})
_NO: Final = frozenset({"off", "no", "false", "0"})


class OptionError(ValueError):
    """One option is not valid. `option` is its path, `str()` is a sentence for the user.

    `others` are those that are not valid either, where all were looked at.
    """

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option
        self.others: tuple[OptionError, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """Everything that is wrong, each a sentence."""
        return [str(one) for one in (self, *self.others)]


class Section(enum.StrEnum):
    """Parts of the connect and listen forms and of `--help`, in their order; those of the listen
    form that are not of both stand first."""

    ANSWERS = "Answers"
    ACCEPTING = "Accepting"
    HANDSHAKE = "Handshake"
    REQUEST = "Request"
    TLS = "TLS"
    NETWORK = "Network"
    PROXY = "Proxy"
    STAYING = "Staying"
    LIMITS = "Limits"


class Shape(enum.Enum):
    """What kind of field an option is edited in."""

    LINE = "line"
    LINES = "lines"
    SWITCH = "switch"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Codec:
    """How the values of an option are written.

    `parse` reads one text and raises ValueError with a sentence for the user; `show` writes what
    `parse` reads. Texts without a value (empty ones) never reach `parse`: they mean the default.
    """

    parse: Callable[[str], object]
    show: Callable[[Any], str]
    shape: Shape = Shape.LINE
    choices: tuple[str, ...] = ()
    """All texts that a choice may be."""
    separator: str = ""
    """Where the option holds several values, in a tuple: what stands between them in one text, a
    line feed or a comma. Empty where it holds one."""
    short: bool = False
    """Whether its texts are of a few characters, so that a remark has room beside them."""

    def split(self, text: str) -> list[str]:
        """The texts of the single values in `text`, without empty ones."""
        if self.separator == ",":
            return text.replace(",", " ").split()
        parts = text.split(self.separator) if self.separator else [text]
        return [part for part in parts if part.strip()]

    def texts(self, value: Any) -> list[str]:
        """The texts of the single values in `value`; none for None without a text."""
        values = value if self.separator else (value,)
        return [text for text in map(self.show, values) if text]

    def write(self, value: Any) -> str:
        """`value` as one text for a form."""
        joint = ", " if self.separator == "," else self.separator
        return joint.join(self.texts(value))


def _read_switch(text: str) -> bool:
    word = text.strip().lower()
    if word not in _ON | _NO:
        raise ValueError("Write on or off.")
    return word in _ON


def _show_optional(value: str | None) -> str:
    return value or ""


TEXT: Final = Codec(lambda text: text.strip(" "), _show_optional)
"""A line of text; None where none was given."""

SWITCH: Final = Codec(_read_switch, lambda on: "on" if on else "off", Shape.SWITCH)


def limit(parse: Callable[[str], object], show: Callable[[Any], str]) -> Codec:
    """A number that may be ``off``, which is None."""
    return Codec(
        lambda text: None if text.strip().lower() in OFF else parse(text),
        lambda value: "off" if value is None else show(value),
        short=True,
    )


SECONDS: Final = limit(parse_seconds, exact_seconds_text)
SIZE: Final = limit(parse_size, exact_size_text)


def choice(*texts: str) -> Codec:
    """One of these words, the value being the word."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in texts:
            raise ValueError(f"Write {', '.join(texts[:-1])} or {texts[-1]}.")
        return word

    return Codec(parse, str, Shape.CHOICE, texts)


class Flag(NamedTuple):
    """How an option is given on a command line."""

    names: tuple[str, ...]
    help: str
    """A line; empty leaves it out of the help, for the opposite of a switch."""
    metavar: str | None = None
    """Stands for its value in usage lines; None for a flag without a value."""
    value: str = ""
    """The text that a flag without a value stands for; else what is meant in front of its value,
    such as ``push `` where ``--push FILE`` means ``push FILE``."""


@dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option of a connection or a listener, in all places where it can be given."""

    path: str
    """Its field in the options, with a dot where that lies in another dataclass: also its name in
    a profile."""
    label: str
    """A word or two in front of its field."""
    section: Section
    codec: Codec
    flags: tuple[Flag, ...]
    hint: str = ""
    """A remark beside its field."""
    placeholder: str = ""
    """What an empty field means."""


def switch(name: str, on: str = "", off: str = "") -> tuple[Flag, ...]:
    """The two flags of a switch; `on` and `off` are their help, empty for the usual state."""
    return (Flag((f"--{name}",), on, value="on"), Flag((f"--no-{name}",), off, value="off"))
