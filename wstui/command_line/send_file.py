"""`wstui send-file URL PATH...`: files to those who receive them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner, seconds
from wstui.command_line.receive import STALL
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions

WAIT: Final = 10.0
"""Seconds in which somebody has to accept a file."""

STDIN: Final = "-"
"""Stands for standard input."""

EXAMPLES: Final = """\
  wstui send-file localhost:9002 photo.jpg   to wstui receive --listen 9002 DIR
  wstui send-file wss://host/files *.log     to all who receive there
  tar -cz src | wstui send-file localhost:9002 - --name src.tar.gz
  wstui send-file wss://host/files a.bin --no-confirm     whoever is there

0 is the exit code when all who answered have each file whole, by its checksum.
What was interrupted goes on where it was when the same command is given again.
The protocol is described in the module wstui.core.file_transfer, for others who
want to speak it.
"""

JSON: Final = "\nwith --json, beside lines of connections:\n" + client_events("file")


@dataclass(frozen=True, slots=True)
class SendFile:
    """What is asked for."""

    options: ConnectOptions
    paths: tuple[str, ...]
    manner: Manner = field(default_factory=Manner)
    name: str | None = None
    """Under which the one file is sent; None: its own."""
    confirm: bool = True
    """Whether somebody has to say that the file is there."""
    wait: float = WAIT
    """Seconds in which somebody has to accept a file."""
    stall: float = STALL
    """Seconds without a sign of a receiver after which it is no longer waited for."""


def read(words: Sequence[str], named: Named) -> SendFile:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser(
        "send-file",
        "URL PATH ...",
        "Send files to `wstui receive`, directly or through a server that hands on to all"
        "\nclients what one of them sends. They are streamed, whatever their size, and"
        "\ncompared by SHA-256.",
        EXAMPLES + JSON,
    )
    parser.add_argument("uri", metavar="URL", help="or host:port, or a profile")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file; - is standard input")
    parser.add_argument("--name", metavar="NAME", help="send the one file under this name")
    parser.add_argument(
        "--no-confirm",
        action="store_true",
        help="send also where nobody answers",
    )
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="TIME",
        default=WAIT,
        help="for somebody to take a file (default: 10s)",
    )
    parser.add_argument(
        "--stall",
        type=seconds,
        metavar="TIME",
        default=STALL,
        help="give a receiver up when it does nothing for so long (default: 30s)",
    )
    given = parser.read(words)
    if given.name is not None and len(given.paths) > 1:
        parser.error("--name goes with one file")
    if given.name is None and STDIN in given.paths:
        parser.error("standard input has no name: give it one with --name, and send it alone")
    return SendFile(
        parser.connection(given.uri, given, named),
        tuple(given.paths),
        manner(given),
        given.name,
        not given.no_confirm,
        given.wait,
        given.stall,
    )
