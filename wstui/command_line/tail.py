"""`wstui tail URL...`: what comes, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wstui.command_line.filters import joined, read_filter
from wstui.command_line.headless import HeadlessParser, Manner, Named, manner, seconds, worded
from wstui.core.filter import Filter
from wstui.core.filter.selection import Selection
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions, complete_uri
from wstui.core.profile_names import may_be_name

DESCRIPTION: Final = f"""\
Connect, and write each message that comes as a line to standard output, as soon
as it is there.

With several URLs each line begins with the name of its connection, in the order
of time. It ends when all connections have ended, with the greatest of their
exit codes; --reconnect goes on instead.

Into a pipe or a file a text message goes as it is, byte for byte, and a line
feed. On a terminal it is made safe: what would be a command to the terminal is
shown as a symbol. A binary message is the word "binary:" and its bytes in hex,
on a terminal the first of them; --hex, --raw and --json show all of it in other
ways, and only --json tells it for certain from a text message that looks so.

A filter is what the workbench's filter bar takes: words that have to be there,
-word for those that may not, "in quotes", /expressions/, dir:in, dir:out,
op:text, op:binary, op:ping, op:pong, op:close, op:event, is:heartbeat. What is
asked for so is shown; without that it is the messages that come in.

With --json there are messages (and what the filter asks for), and without
--quiet also what becomes of the connections:
{client_events("connecting", "open", "failed", "waiting", "gap")}"""

EXAMPLES: Final = """\
  wstui tail wss://host/feed | jq .price           each message to a program
  wstui tail wss://host/feed --filter 'BTC -test'  those with BTC, without test
  wstui tail localhost:9001 --count 1              the first message, no more
  wstui tail localhost:9001 --for 10s | wc -l      how many come in ten seconds
  wstui tail prod staging --reconnect --time       two profiles, for ever
  wstui tail localhost:9001 --json --filter op:ping,pong
"""


@dataclass(frozen=True, slots=True)
class Form:
    """How messages are written."""

    hex: bool = False
    """As a hexdump."""
    raw: bool = False
    """As their bytes, with nothing between them."""
    end: bytes = b"\n"
    """What stands behind each, where that is a line."""
    time: bool = False
    """With the time in front."""
    marks: bool = False
    """With a mark of the direction in front."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What is asked for."""

    connections: tuple[ConnectOptions, ...]
    manner: Manner
    selection: Selection = field(default_factory=lambda: Selection(Filter("")))
    form: Form = field(default_factory=Form)
    count: int | None = None
    """Entries that were asked for after which it ends; None: as many as come."""
    length: float | None = None
    """Seconds after which it ends; None: it goes on."""
    names: tuple[str, ...] = ()
    """The profiles of the connections by their order, each empty where there is none; empty as a
    whole: none has any."""


def read(words: Sequence[str], named: Named) -> Tail:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("tail", "URL...", DESCRIPTION, EXAMPLES)
    _add(parser)
    given = parser.read(joined(words, ("--filter",)))
    for one, other in (("raw", "time"), ("raw", "marks"), ("json", "time"), ("json", "marks")):
        if getattr(given, one) and getattr(given, other):
            parser.error(f"--{other} does not go with --{one}")
    if given.json and (given.hex or given.raw or given.end is not None):
        parser.error("--json is a form of its own: leave out --hex, --raw and -0")
    if given.raw and len(given.uris) > 1:
        parser.error("--raw takes one URL: nothing tells the messages of several apart")
    filter = read_filter(parser, "--filter", " ".join(given.filter))
    selection = Selection(filter, given.all)
    if given.raw and selection.is_mixed:
        parser.error("--raw writes messages that come in, and nothing else")
    marks = given.marks or (selection.is_mixed and not given.raw)
    end = b"\n" if given.end is None else given.end
    connections = tuple(parser.connection(uri, given, named) for uri in given.uris)
    return Tail(
        connections,
        manner(given),
        selection,
        Form(given.hex, given.raw, end, given.time, marks),
        given.count,
        given.length,
        tuple(map(_profile, given.uris, connections)),
    )


def _profile(word: str, options: ConnectOptions) -> str:
    """The profile that `word` names; empty where it is a uri."""
    return word if may_be_name(word) and complete_uri(word) != options.uri else ""


def _add(parser: HeadlessParser) -> None:
    add = parser.add_argument
    add("uris", metavar="URL", nargs="+", help="or host:port, or a profile")
    add(
        "--filter",
        action="append",
        default=[],
        metavar="FILTER",
        help="only what it lets through; several have to hold all",
    )
    add(
        "--all",
        action="store_true",
        help="also pings, pongs, closes, events, and what this side sends",
    )
    add(
        *("--count", "-n"),
        type=lambda text: worded(_parse_count, text),
        metavar="N",
        help="end after N messages (of those asked for)",
    )
    add("--for", type=seconds, dest="length", metavar="TIME", help="end after this long")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--hex", "-x", action="store_true", help="each message as a hexdump")
    form.add_argument(
        "--raw", "-r", action="store_true", help="the bytes of messages, and nothing between them"
    )
    form.add_argument(
        *("--null-terminated", "-0"),
        action="store_const",
        const=b"\0",
        dest="end",
        help="NUL behind each message instead of a line feed",
    )
    add("--time", "-t", action="store_true", help="the time in front; in a pipe with the date")
    add("--marks", "-m", action="store_true", help="< in front of what came, > of what was sent")


def _parse_count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:10])):
        raise ValueError("Write a number from 1 on.")
    return int(text[:18])
