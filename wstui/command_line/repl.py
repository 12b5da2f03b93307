"""`wstui repl`: the command language, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner
from wstui.core.options.connect import ConnectOptions

EXAMPLES: Final = """\
  wstui repl                                   help lists the commands
  wstui repl wss://feed.example/ticks          with a connection to begin with
  printf 'send . hi\\nwait . 1\\nshow .\\n' | wstui repl -q localhost:9001
  wstui repl --strict localhost:9001 < script  a test: 1 when a command fails
"""

DESCRIPTION: Final = """\
Read commands from standard input, a line each, and answer on standard output.

Connections live on while it waits for input; the end of the input is quit.
Several connections and listeners can be open at a time; . in place of an id is
the newest.

At a terminal there are history and completion (Tab), and what happens is told
above the line being typed. Ctrl+C interrupts a command, or clears the line,
Ctrl+D is quit. Lines that begin with a blank or hold a secret are not kept for
later runs.

In a script a command waits for connections that are still being opened, and
show for a moment, for what is on its way; wait waits longer. Lines that begin
with # are passed over. -q leaves out the prompt, and at a terminal what
happens; --json gives each answer as a line with event "answer", command, ok and
text, beside all events."""


@dataclass(frozen=True, slots=True)
class Repl:
    """What is asked for."""

    options: tuple[ConnectOptions, ...]
    """Of the connections to begin with."""
    strict: bool
    """Whether the first command that cannot be done ends it."""
    manner: Manner


def read(words: Sequence[str], named: Named) -> Repl:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("repl", "[URL ...]", DESCRIPTION, EXAMPLES)
    parser.add_argument("uris", nargs="*", metavar="URL", help="or host:port, or a profile")
    parser.add_argument(
        "--strict", action="store_true", help="end with 1 at the first command that fails"
    )
    given = parser.read(words)
    if given.flags and not given.uris:
        parser.error(f"{given.flags[0][0]} needs a URL, or a profile, to belong to")
    options = tuple(parser.connection(word, given, named) for word in given.uris)
    return Repl(options, given.strict, manner(given))
