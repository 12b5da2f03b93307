"""What all sub-commands without a screen have in common on their command lines."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from wstui.command_line.parser import OF_CONNECTIONS, OF_LISTENERS, Parser
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.table import CONNECTING
from wstui.core.units import parse_seconds

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions
    from wstui.core.options.option_table import OptionTable

    ListenTable = OptionTable[ListenOptions]

T = TypeVar("T")

Named = Callable[[str, Sequence[tuple[str, str]]], ConnectOptions]
"""Gives the options that a profile's name, a uri, or another tool's command line means with some
flags; raises `OptionError`."""

EXIT_CODES: Final = """\
exit codes:
  0 done                    1 not as expected          2 wrong arguments
  3 no connection           4 TLS failed               5 handshake refused
  6 it broke off            7 closed by an error code  8 too late
  130 SIGINT, 143 SIGTERM   70 a fault of wstui
"""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sub-command tells what happens, and how long it may take."""

    json: bool = False
    """Whether it tells in NDJSON."""
    quiet: bool = False
    """Whether it says no more than what was asked for; errors are said all the same."""
    debug: bool = False
    """Whether a fault of ours is shown with its traceback."""
    timeout: float | None = None
    """Seconds after which it ends with `Exit.LATE`; None: it takes as long as it takes."""


class HeadlessParser(Parser):
    """The parser of a sub-command that opens connections and needs no screen."""

    def __init__(self, name: str, what: str, description: str, examples: str) -> None:
        """`what` stands behind its name, `examples` are lines of two columns. Of the description
        only the first paragraph stands above the options, so that they are seen at once."""
        description, _, more = description.strip("\n").partition("\n\n")
        more = f"{more}\n\n" if more else ""
        super().__init__(
            what,
            prog=f"wstui {name}",
            usage=f"wstui {name} [option ...] {what}",
            description=description,
            epilog=f"examples:\n{examples}\n{more}{EXIT_CODES}",
            add_help=False,
        )

    def read(
        self, words: Sequence[str], listening: ListenTable | None = None
    ) -> argparse.Namespace:
        """What was given; with the options of `listening` in place of those of connections. Ends
        the process where that is wrong, or help was asked for."""
        group = self.add_argument_group("as with every command")
        add = group.add_argument
        add("--json", "--ndjson", action="store_true", help="a line of JSON for all that happens")
        add("--quiet", "-q", action="store_true", help="no notices, only errors")
        add("--timeout", type=seconds, metavar="TIME", help="give up after so long, such as 30s")
        add("--debug", action="store_true", help="faults of wstui with a traceback")
        add("--help", "-h", action="help", help="this")
        if listening is None:
            self.add_hidden_options(CONNECTING, "connection", OF_CONNECTIONS, group)
        else:
            self.add_hidden_options(listening, "listener", OF_LISTENERS, group)
        return self.parse_intermixed_args(words)

    def connection(self, word: str, given: argparse.Namespace, named: Named) -> ConnectOptions:
        """The options of the connection that `word` means. Ends the process where it is wrong."""
        try:
            return named(word, given.flags)
        except OptionError as error:
            self.wrong(error)


def manner(given: argparse.Namespace) -> Manner:
    """How to tell what happens."""
    return Manner(given.json, given.quiet, given.debug, given.timeout)


def seconds(text: str) -> float:
    """A time such as ``5s`` or ``200ms``, in seconds.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    return worded(parse_seconds, text)


def worded(parse: Callable[[str], T], text: str) -> T:
    """What `parse` makes of `text`; a `ValueError` of its own keeps its words.

    Raises:
        argparse.ArgumentTypeError: it is not valid.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
