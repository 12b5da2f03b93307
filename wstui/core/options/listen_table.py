"""All options of a listener in one table; `options.table` has those of a connection."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from wstui.core.handshake.headers import parse_header
from wstui.core.options.answers import ANSWER_ROWS
from wstui.core.options.common import (
    CLOSE_TIMEOUT,
    FAST,
    MAX_SIZE,
    PING_INTERVAL,
    PING_TIMEOUT,
    parse_subprotocol,
)
from wstui.core.options.info import SECONDS, Codec, Flag, OptionInfo, Section, Shape
from wstui.core.options.limits import LIMITS_ROWS
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_deflate import LISTEN_DEFLATE_ROWS
from wstui.core.options.listen_tls import LISTEN_TLS_ROWS
from wstui.core.options.option_table import OptionTable
from wstui.core.options.pages import PAGES_ROWS
from wstui.core.options.rules import RULE_ROWS
from wstui.core.serving.address import complete_address

HANDSHAKE: Final = (
    OptionInfo(
        "subprotocols",
        "Subprotocols",
        Section.HANDSHAKE,
        Codec(parse_subprotocol, str, separator=","),
        (Flag(("--subprotocol",), "subprotocols to agree on, the most wanted first", "A,B"),),
        hint="separated by commas, the most wanted first",
        placeholder="chat.v2, chat.v1",
    ),
    OptionInfo(
        "headers",
        "Headers",
        Section.HANDSHAKE,
        Codec(parse_header, ": ".join, Shape.LINES, separator="\n"),
        (
            Flag(
                ("-H", "--header"),
                "a further header of the response; may be repeated",
                "'NAME: VALUE'",
            ),
        ),
        hint="of the response, Name: value",
        placeholder="Set-Cookie: session=1",
    ),
)

STAYING: Final = (
    PING_INTERVAL,
    replace(PING_TIMEOUT, hint="no pong: the client is ended with 1011"),
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
                "from TCP to the whole handshake request, or off (default 10 s)",
                "TIME",
            ),
        ),
        hint="from TCP to the whole handshake request",
    ),
    replace(CLOSE_TIMEOUT, hint="for the client's answer to our close frame"),
    FAST,
)

LISTEN_OPTIONS: Final = (
    *ANSWER_ROWS,
    *PAGES_ROWS,
    *RULE_ROWS,
    *HANDSHAKE,
    *LISTEN_DEFLATE_ROWS,
    *LISTEN_TLS_ROWS,
    *STAYING,
    *LIMITS,
    *LIMITS_ROWS,
)
"""All options but the address, in the order of the form."""

LISTENING: Final = OptionTable(
    ListenOptions(), "address", complete_address, LISTEN_OPTIONS, key="listen"
)
"""The options of listeners."""
