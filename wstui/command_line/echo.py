"""`wstui echo URL`: a client that sends back what it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner
from wstui.core.options.connect import ConnectOptions

EXAMPLES: Final = """\
  wstui echo localhost:9001                   until the server closes
  wstui echo localhost:9001 --reconnect       and again, whenever it is there
  wstui echo localhost:9001 --plain-receive   by the library's own, slower way

  all cases of a test suite for clients:

  for case in $(seq $(wstui tail -q localhost:9001/getCaseCount)); do
    wstui echo "localhost:9001/runCase?case=$case&agent=wstui"
  done
  wstui echo 'localhost:9001/updateReports?agent=wstui'
"""


@dataclass(frozen=True, slots=True)
class Echo:
    """What is asked for."""

    options: ConnectOptions
    manner: Manner


def read(words: Sequence[str], named: Named) -> Echo:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser(
        "echo",
        "URL",
        "Connect, and send each message back as it came: the same opcode, the same bytes,"
        "\nuntil the server closes. Protocol test suites drive clients so.",
        EXAMPLES,
    )
    parser.add_argument("uri", metavar="URL", help="or host:port, or a profile")
    given = parser.read(words)
    return Echo(parser.connection(given.uri, given, named), manner(given))
