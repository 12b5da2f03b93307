"""All options of a connection in one table; `options.listen_table` has those of a listener."""

from __future__ import annotations

from typing import Final

from wstui.core.backoff import RECONNECT_ROWS
from wstui.core.handshake.headers import parse_header
from wstui.core.options.common import (
    CLOSE_TIMEOUT,
    FAST,
    MAX_SIZE,
    PING_INTERVAL,
    PING_TIMEOUT,
    parse_subprotocol,
)
from wstui.core.options.connect import ConnectOptions, complete_uri
from wstui.core.options.deflate import DEFLATE_ROWS
from wstui.core.options.http import HTTP_ROWS
from wstui.core.options.info import (
    SECONDS,
    TEXT,
    Codec,
    Flag,
    OptionInfo,
    Section,
    Shape,
)
from wstui.core.options.on_connect import ON_CONNECT_ROWS
from wstui.core.options.option_table import OptionTable
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
    PING_INTERVAL,
    PING_TIMEOUT,
)

LIMITS: Final = (
    MAX_SIZE,
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
    CLOSE_TIMEOUT,
    FAST,
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


def _on_socket(uri: str) -> dict[str, object]:
    """What a uri says that names a Unix socket, too."""
    named = split_unix_uri(uri)
    return {} if named is None else {"uri": named[0], "route.unix_socket": named[1]}


CONNECTING: Final = OptionTable(ConnectOptions(""), "uri", complete_uri, OPTIONS, _on_socket)
"""The options of connections."""

SECTIONS: Final = CONNECTING.sections
"""The parts of the form that hold options, in their order."""

BY_PATH: Final = CONNECTING.by_path

PATHS: Final = CONNECTING.paths
"""The uri and all options, in the order of the form: the order in which problems are told."""

FLAGS: Final = CONNECTING.flags
"""By each of their names, the flags of a command line."""

USUAL: Final = CONNECTING.usual
"""What every option is when nobody says anything."""

read_flag: Final = CONNECTING.read_flag
build_options: Final = CONNECTING.build
flag_lines: Final = CONNECTING.flag_lines
