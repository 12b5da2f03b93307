"""The options of `connect`, one table for the command language and the command line alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from wstui.core.options import ConnectOptions, OptionError, complete_uri, parse_header
from wstui.core.units import OFF, parse_seconds, parse_size

Value = TypeVar("Value")


def optional(parse: Callable[[str], Value]) -> Callable[[str], Value | None]:
    """`parse`, with `off` and the like meaning None."""
    return lambda text: None if text.strip().lower() in OFF else parse(text)


def parse_subprotocols(text: str) -> tuple[str, ...]:
    """Names between commas or blanks, in order."""
    return tuple(text.replace(",", " ").split())


@dataclass(frozen=True, slots=True)
class ConnectFlag:
    """One option of `connect`.

    `metavar` stands for its value in usage lines; None for a switch. `parse` turns the value, or
    an empty text for a switch, into what the field of `ConnectOptions` takes; where `repeats`, the
    values are gathered in a tuple. It raises ValueError with a sentence for the user.
    """

    flags: tuple[str, ...]
    field: str
    metavar: str | None
    help: str
    parse: Callable[[str], object]
    repeats: bool = False


def _no(text: str) -> bool:
    return False


CONNECT_FLAGS: Final = (
    ConnectFlag(
        ("-H", "--header"),
        "headers",
        "'NAME: VALUE'",
        "a request header; may be repeated",
        parse_header,
        repeats=True,
    ),
    ConnectFlag(
        ("--subprotocol",),
        "subprotocols",
        "A,B",
        "subprotocols to offer, the most wanted first",
        parse_subprotocols,
    ),
    ConnectFlag(("--origin",), "origin", "ORIGIN", "value of the Origin header", str),
    ConnectFlag(("--user-agent",), "user_agent", "TEXT", "value of the User-Agent header", str),
    ConnectFlag(("--no-compression",), "compression", None, "do not offer permessage-deflate", _no),
    ConnectFlag(
        ("--max-size",),
        "max_size",
        "SIZE",
        "largest message accepted, such as 64MiB, or off (default 64MiB)",
        optional(parse_size),
    ),
    ConnectFlag(
        ("--open-timeout",),
        "open_timeout",
        "TIME",
        "for TCP, TLS and the handshake together, or off (default 10 s)",
        optional(parse_seconds),
    ),
    ConnectFlag(
        ("--close-timeout",),
        "close_timeout",
        "TIME",
        "for the answer to our close frame, or off (default 10 s)",
        optional(parse_seconds),
    ),
    ConnectFlag(
        ("--ping-interval",),
        "ping_interval",
        "TIME",
        "between keepalive pings, or off (default 20 s)",
        optional(parse_seconds),
    ),
    ConnectFlag(
        ("--ping-timeout",),
        "ping_timeout",
        "TIME",
        "for the pong to a keepalive ping, or off (default 20 s)",
        optional(parse_seconds),
    ),
    ConnectFlag(("--insecure",), "verify", None, "do not verify the server's TLS certificate", _no),
    ConnectFlag(
        ("--plain-receive",), "fast", None, "receive through the library's own, slower path", _no
    ),
)

_BY_FLAG: Final[Mapping[str, ConnectFlag]] = {
    flag: one for one in CONNECT_FLAGS for flag in one.flags
}


def find_flag(text: str) -> ConnectFlag | None:
    """The option that `text`, such as ``--origin``, names; None when there is none."""
    return _BY_FLAG.get(text)


def read_value(flag: ConnectFlag, text: str) -> object:
    """What `text` means for the field of `flag`.

    Raises:
        OptionError: it is not valid for it.
    """
    try:
        return flag.parse(text)
    except OptionError:
        raise
    except ValueError as error:
        raise OptionError(flag.field, f"{flag.flags[-1]}: {error}") from error


def build_options(uri: str, values: Iterable[tuple[ConnectFlag, str]]) -> ConnectOptions:
    """Options for `uri`, completed, with the values given to some flags.

    Raises:
        OptionError: one of them, or the uri, is not valid.
    """
    fields: dict[str, object] = {}
    for flag, text in values:
        value = read_value(flag, text)
        if flag.repeats:
            earlier = fields.get(flag.field, ())
            assert isinstance(earlier, tuple)
            value = (*earlier, value)
        fields[flag.field] = value
    options = ConnectOptions(complete_uri(uri), **fields)  # type: ignore[arg-type]
    problems = options.problems()
    if problems:
        raise problems[0]
    return options
