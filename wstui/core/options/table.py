"""All options of a connection in one table, and options made from texts.

The command line, the command language, the connect form and profiles are made from this table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from wstui.core.backoff import RECONNECT_ROWS
from wstui.core.handshake.headers import parse_header
from wstui.core.options.connect import (
    ConnectOptions,
    complete_uri,
    parse_subprotocol,
)
from wstui.core.options.deflate import DEFLATE_ROWS
from wstui.core.options.http import HTTP_ROWS
from wstui.core.options.info import (
    SECONDS,
    SIZE,
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    Shape,
)
from wstui.core.options.on_connect import ON_CONNECT_ROWS
from wstui.core.options.proxy import PROXY_ROWS
from wstui.core.options.route import ROUTE_ROWS, split_unix_uri
from wstui.core.options.tls import TLS_ROWS
from wstui.core.options.upkeep import PING_ROWS, READING_ROWS

REQUEST: Final = (
    OptionInfo(
        "subprotocols",
        "Subprotocols",
        Section.REQUEST,
        Codec(parse_subprotocol, str, separator=","),
        (Flag(("--subprotocol",), "subprotocols to offer, the most wanted first", "A,B"),),
        hint="separated by commas, the most wanted first",
        placeholder="chat.v2, chat.v1",
    ),
    OptionInfo(
        "headers",
        "Headers",
        Section.REQUEST,
        Codec(parse_header, ": ".join, Shape.LINES, separator="\n"),
        (
            Flag(
                ("-H", "--header"),
                "a request header; may be repeated; 'User-Agent:' leaves it out",
                "'NAME: VALUE'",
            ),
        ),
        hint="Name: value; Name: alone leaves it out",
        placeholder="Authorization: Bearer …",
    ),
    OptionInfo(
        "origin",
        "Origin",
        Section.REQUEST,
        TEXT,
        (Flag(("--origin",), "value of the Origin header", "ORIGIN"),),
        placeholder="none",
    ),
    OptionInfo(
        "user_agent",
        "User agent",
        Section.REQUEST,
        TEXT,
        (Flag(("--user-agent",), "value of the User-Agent header", "TEXT"),),
        placeholder="wstui",
    ),
)

STAYING: Final = (
    OptionInfo(
        "ping_interval",
        "Ping every",
        Section.STAYING,
        SECONDS,
        (Flag(("--ping-interval",), "between keepalive pings, or off (default 20 s)", "TIME"),),
        hint="keepalive; off sends none",
    ),
    OptionInfo(
        "ping_timeout",
        "Pong time-out",
        Section.STAYING,
        SECONDS,
        (
            Flag(
                ("--ping-timeout",),
                "for the pong to a keepalive ping, or off (default 20 s)",
                "TIME",
            ),
        ),
        hint="no pong: the connection ends with 1011",
    ),
)

LIMITS: Final = (
    OptionInfo(
        "max_size",
        "Largest message",
        Section.LIMITS,
        SIZE,
        (
            Flag(
                ("--max-size",),
                "largest message accepted, such as 64MiB, or off (default 64MiB)",
                "SIZE",
            ),
        ),
        hint="unpacked, or off; over it ends with 1009",
    ),
    OptionInfo(
        "open_timeout",
        "Open time-out",
        Section.LIMITS,
        SECONDS,
        (
            Flag(
                ("--open-timeout",),
                "from the name look-up to the handshake, or off (default 10 s)",
                "TIME",
            ),
        ),
        hint="from the name look-up to the handshake",
    ),
    OptionInfo(
        "close_timeout",
        "Close time-out",
        Section.LIMITS,
        SECONDS,
        (
            Flag(
                ("--close-timeout",),
                "for the answer to our close frame, or off (default 10 s)",
                "TIME",
            ),
        ),
        hint="for the peer's answer to our close frame",
    ),
    OptionInfo(
        "fast",
        "Fast receiving",
        Section.LIMITS,
        SWITCH,
        (
            Flag(("--plain-receive",), "receive by the library's own, slower path", value="off"),
            Flag(("--fast-receive",), "", value="on"),
        ),
        hint="whole frames straight from the buffer",
    ),
)

OPTIONS: Final = (
    *REQUEST,
    *HTTP_ROWS,
    *DEFLATE_ROWS,
    *TLS_ROWS,
    *ROUTE_ROWS,
    *PROXY_ROWS,
    *STAYING,
    *PING_ROWS,
    *RECONNECT_ROWS,
    *ON_CONNECT_ROWS,
    *LIMITS,
    *READING_ROWS,
)
"""All options but the uri, in the order of the form."""

SECTIONS: Final = tuple(
    section for section in Section if any(info.section is section for info in OPTIONS)
)
"""The parts of the form that hold options, in their order."""

BY_PATH: Final[Mapping[str, OptionInfo]] = {info.path: info for info in OPTIONS}

PATHS: Final = ("uri", *BY_PATH)
"""The uri and all options, in the order of the form: the order in which problems are told."""

FLAGS: Final[Mapping[str, tuple[OptionInfo, Flag]]] = {
    name: (info, flag) for info in OPTIONS for flag in info.flags for name in flag.names
}
"""By each of their names, the flags of a command line."""

USUAL: Final = ConnectOptions("")
"""What every option is when nobody says anything."""


def get_value(options: ConnectOptions, path: str) -> Any:
    """The value of the option at `path`."""
    return reduce(getattr, path.split("."), options)


def with_values(options: ConnectOptions, values: Mapping[str, object]) -> ConnectOptions:
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


def read_flag(name: str, text: str) -> object:
    """What `text` behind the flag `name` means; for one without a value it is not looked at.

    Raises:
        OptionError: it is not valid for it; the message names the flag.
    """
    info, flag = FLAGS[name]
    given = flag.value if flag.metavar is None else text
    # On a command line each header comes with a flag of its own; names between commas do not.
    texts = [given] if info.codec.separator != "," else info.codec.split(given)
    try:
        return read_texts(info, texts)
    except OptionError as error:
        raise OptionError(info.path, f"{name}: {error}") from error


def build_options(
    uri: str, flags: Iterable[tuple[str, str]], base: ConnectOptions = USUAL
) -> ConnectOptions:
    """Options for `uri`, completed, with flags of a command line, each with the text behind it.

    `base` is what is meant where no flag says anything. Headers and the like are added to its own.

    Raises:
        OptionError: one of them, or the uri, is not valid; it names the others that are not.
    """
    problems: list[OptionError] = []
    values: dict[str, Any] = {"uri": complete_uri(uri)}
    on_socket = split_unix_uri(uri)
    if on_socket is not None:
        values["uri"], values["route.unix_socket"] = on_socket
    for name, text in flags:
        info, _ = FLAGS[name]
        try:
            value: Any = read_flag(name, text)
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


def flag_lines() -> list[tuple[str, str]]:
    """All flags with their help in lines of two columns; a section's name has none beside it."""
    lines: list[tuple[str, str]] = []
    for section in SECTIONS:
        lines.append((section, ""))
        for info in OPTIONS:
            for flag in info.flags if info.section is section else ():
                if flag.help:
                    value = f" {flag.metavar}" if flag.metavar else ""
                    lines.append((f"  {', '.join(flag.names)}{value}", flag.help))
    return lines
