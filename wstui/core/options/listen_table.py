"""All options of a listener in one table; `options.table` has those of a connection."""

from __future__ import annotations

from typing import Final

from wstui.core.handshake.headers import parse_header
from wstui.core.options.answers import ANSWER_ROWS
from wstui.core.options.common import parse_subprotocol
from wstui.core.options.info import SECONDS, SIZE, SWITCH, Codec, Flag, OptionInfo, Section, Shape
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
        hint="no pong: the client is ended with 1011",
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
                "from TCP to the whole handshake request, or off (default 10 s)",
                "TIME",
            ),
        ),
        hint="from TCP to the whole handshake request",
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
        hint="for the client's answer to our close frame",
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
