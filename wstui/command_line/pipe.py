"""`wstui pipe URL`: standard input to messages, and messages to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wstui.command_line.closing import Closing, add_closing, closing
from wstui.command_line.headless import (
    HeadlessParser,
    Manner,
    Named,
    manner,
    seconds,
    worded,
)
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.sending.texts import parse_delimiter

DESCRIPTION: Final = r"""Connect, send each line of standard input as a text message, and write each
message that comes as a line to standard output. The line feed is no part of
a message; a message that holds line feeds is written as it is.

With --binary nothing stands between messages: what is read at once, 64 KiB at
most, goes out as a binary message, and the bytes of messages are written as
they come, byte for byte. --delimiter says what stands between messages in both
directions: \n, \r\n, \0, any bytes (\x1e), or nothing ('').

At the end of standard input all is sent, the connection is closed, and what the
server sends until it has closed, too, is written. Many servers answer nothing
any more once they are told so: --linger gives them time, --no-close goes on
receiving until the server closes. Nothing is read from a side that is faster
than the other takes it.
"""

EXAMPLES: Final = """\
  seq 5 | wstui pipe localhost:9001                      each line a message
  wstui pipe wss://host/feed -n < subscribe.json | jq .  subscribe, then listen
  tar c . | wstui pipe --binary localhost:9001 >copy     bytes
  wstui pipe -0 localhost:9001                   for find -print0, xargs -0
"""


@dataclass(frozen=True, slots=True)
class Pipe:
    """What is asked for."""

    options: ConnectOptions
    manner: Manner
    kind: Kind = Kind.TEXT
    """What is sent."""
    delimiter: bytes = b"\n"
    """What stands between messages, both ways; empty: nothing does."""
    linger: float | None = 0.0
    """Seconds from the end of standard input until we close; None: we leave that to the peer."""
    closing: Closing = field(default_factory=Closing)


def read(words: Sequence[str], named: Named) -> Pipe:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("pipe", "URL", DESCRIPTION, EXAMPLES)
    parser.add_argument("uri", metavar="URL", help="or host:port, or a profile")
    parser.add_argument(
        "--binary", "-b", action="store_true", help="send binary messages, of the bytes as they are"
    )
    between = parser.add_mutually_exclusive_group()
    between.add_argument(
        "--delimiter",
        type=lambda text: worded(parse_delimiter, text),
        metavar="TEXT",
        help=r"what is between messages (\n, with --binary nothing)",
    )
    between.add_argument(
        "--null-terminated",
        "-0",
        action="store_const",
        const=b"\0",
        dest="delimiter",
        help=r"the same as --delimiter '\0'",
    )
    after = parser.add_mutually_exclusive_group()
    after.add_argument(
        "--no-close", "-n", action="store_true", help="leave it to the server to close"
    )
    after.add_argument(
        "--linger",
        type=seconds,
        default=0.0,
        metavar="TIME",
        help="close so long after the end of standard input",
    )
    add_closing(parser)
    given = parser.read(words)
    delimiter = given.delimiter
    if delimiter is None:
        delimiter = b"" if given.binary else b"\n"
    return Pipe(
        parser.connection(given.uri, given, named),
        manner(given),
        Kind.BINARY if given.binary else Kind.TEXT,
        delimiter,
        None if given.no_close else given.linger,
        closing(parser, given),
    )
