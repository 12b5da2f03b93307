"""`wstui receive URL|--listen [HOST:]PORT DIR`: files that come."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner, seconds, worded
from wstui.core.file_transfer.names import Present
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.serving.rule_language import parse_rule
from wstui.core.serving.rules import Key
from wstui.core.units import parse_size

STALL: Final = 30.0
"""Seconds without a sign of the other side after which a file is given up."""

NO_PAGES: Final = "reject 403 header:origin"
"""Programs that send files are no web pages, which may connect to this machine as well (RFC 6455
section 10.2)."""

EXAMPLES: Final = """\
  wstui receive --listen 9002 inbox        from send-file localhost:9002 ...
  wstui receive --listen 9002 --once .     one file, and that is it
  wstui receive wss://host/files inbox     through a server that hands all on,
                                           such as wstui listen 9002 --broadcast
  wstui receive --listen 9002 . --rename   keep both where a name is taken
  wstui receive --listen 0.0.0.0:9002 . --basic-auth 'me:${env:SECRET}'

What came stands on standard output: checksum (SHA-256), size and name. Part of
a file is kept as NAME.wstui.part, and goes on when the same file is sent again.
Names never lead out of DIR.
"""

JSON: Final = "\nwith --json, beside lines of connections:\n" + client_events("file")


@dataclass(frozen=True, slots=True)
class Receive:
    """What is asked for."""

    options: ConnectOptions | ListenOptions
    """To connect, or to listen."""
    folder: str
    manner: Manner = field(default_factory=Manner)
    count: int | None = None
    """Files after which it ends; None: it goes on."""
    present: Present = Present.REFUSE
    hidden: bool = False
    """Whether names that begin with a dot are taken."""
    max_file: int | None = None
    """Bytes of the largest file; None: it may be as large as it likes."""
    max_total: int | None = None
    """Bytes of all of them."""
    stall: float = STALL
    """Seconds without a sign of its sender after which a file is given up."""


def read(words: Sequence[str], named: Named) -> Receive:
    """What `words` ask for. Ends the process where they are wrong."""
    listens = any(word == "--listen" or word.startswith("--listen=") for word in words)
    parser = HeadlessParser(
        "receive",
        "URL DIR | --listen [HOST:]PORT DIR",
        "Receive files that `wstui send-file` sends, into a folder: directly, or through"
        "\na server that hands on to all clients what one of them sends.",
        EXAMPLES + JSON,
    )
    parser.add_argument("places", nargs="*", metavar="URL DIR", help="from where, and where to")
    _add_options(parser)
    given = parser.read(words, LISTENING if listens else None)
    wanted = 1 if listens else 2
    if len(given.places) != wanted:
        what = "a folder" if listens else "a URL, and a folder"
        parser.error(f"receive needs {what}")
    if given.overwrite and given.rename:
        parser.error("--overwrite and --rename: a file can be one of them")
    present = Present.OVERWRITE if given.overwrite else Present.REFUSE
    return Receive(
        _listening(parser, given) if listens else parser.connection(given.places[0], given, named),
        given.places[-1],
        manner(given),
        1 if given.once else given.count,
        Present.RENAME if given.rename else present,
        given.hidden,
        given.max_file,
        given.max_total,
        given.stall,
    )


def _add_options(parser: HeadlessParser) -> None:
    parser.add_argument(
        "--listen",
        metavar="[HOST:]PORT",
        help="be the server; takes the options of wstui listen. Web pages are kept out, except"
        " those of --origin-allowed",
    )
    parser.add_argument("--once", action="store_true", help="end after one file")
    parser.add_argument("--count", type=count, metavar="N", help="end after so many files")
    parser.add_argument("--overwrite", action="store_true", help="replace a file of the same name")
    parser.add_argument(
        "--rename", action="store_true", help="keep it as 'name (1).ext' where there is one"
    )
    parser.add_argument("--hidden", action="store_true", help="take names that begin with a dot")
    parser.add_argument("--max-file", type=size, metavar="SIZE", help="take no larger file")
    parser.add_argument("--max-total", type=size, metavar="SIZE", help="nor more than that in all")
    parser.add_argument(
        "--stall",
        type=seconds,
        metavar="TIME",
        default=STALL,
        help="give a file up when nothing comes for so long (default: 30s)",
    )


def _listening(parser: HeadlessParser, given: argparse.Namespace) -> ListenOptions:
    """How to listen. Ends the process where that is wrong."""
    try:
        options = LISTENING.build(given.listen, given.flags)
    except OptionError as error:
        parser.wrong(error)
    if options.behaviours:
        parser.error("receive answers by itself: --listen goes with no behaviour")
    if any(map(_is_about_pages, options.rules)):
        return options
    # First: a browser adds by itself the user and the password that it knows of a place.
    return replace(options, rules=(NO_PAGES, *options.rules))


def _is_about_pages(rule: str) -> bool:
    """Whether a rule says which web pages come in."""
    return any(
        one.key is Key.ORIGIN or (one.key is Key.HEADER and one.name.lower() == "origin")
        for one in parse_rule(rule).conditions
    )


def count(text: str) -> int:
    """A number of files.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text):
        return int(text)
    raise argparse.ArgumentTypeError("write a number from 1 on")


def size(text: str) -> int:
    """A size such as ``64MiB``, in bytes.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    return worded(parse_size, text)
