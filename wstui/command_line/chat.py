"""`wstui chat URL`: a chat room, line by line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wstui.command_line.headless import HeadlessParser, Manner, Named, manner
from wstui.core.chatting import COMMANDS, Form, name_in
from wstui.core.ndjson_events import client_events
from wstui.core.options.connect import ConnectOptions
from wstui.core.serving.chat import ChatError, check_name

_COMMANDS: Final = "".join(f"  {name:<12} {what}\n" for name, what in COMMANDS.items())

EXAMPLES: Final = """\
  wstui listen --no-ui --chat 9002              a room
  wstui chat localhost:9002 --name ada          somebody in it
  echo 'deployed' | wstui chat room.example --name ci --quiet
  wstui chat echo.example --plain               any other server
  wstui chat localhost:8008 --ixwebsocket       the chat of IXWebSocket's ws
"""

DESCRIPTION: Final = f"""\
Talk in a chat room: what is typed is said.

With a terminal the line being typed stays whole while others speak; without
one, lines are read and written as they are. The end of the input leaves the
room. A server that is no room of wstui is noticed: its messages are shown, and
lines sent, as they are. A script's exit code is 1 when the room refused
something.

commands:
{_COMMANDS}
With --json, beside what becomes of the connection, and messages of others:
{client_events("chat")}"""


@dataclass(frozen=True, slots=True)
class Chat:
    """What is asked for."""

    options: ConnectOptions
    manner: Manner
    name: str = ""
    """Empty: it is asked for, where there is a terminal; else the room chooses one."""
    form: Form | None = None
    """What messages look like; None: what the server sends first tells it."""


def read(words: Sequence[str], named: Named) -> Chat:
    """What `words` ask for. Ends the process where they are wrong."""
    parser = HeadlessParser("chat", "URL", DESCRIPTION, EXAMPLES)
    parser.add_argument("uri", metavar="URL", help="or host:port, or a profile")
    parser.add_argument(
        "--name",
        "-n",
        type=_name,
        help="what to be called; else it is asked for, or the room chooses",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--plain",
        dest="form",
        action="store_const",
        const=Form.PLAIN,
        help="texts as they are, and the URL as it is",
    )
    form.add_argument(
        "--ixwebsocket",
        dest="form",
        action="store_const",
        const=Form.IXWEBSOCKET,
        help='{"user": NAME, "text": TEXT}',
    )
    given = parser.read(words)
    options = parser.connection(given.uri, given, named)
    return Chat(options, manner(given), given.name or name_in(options.uri), given.form)


def _name(text: str) -> str:
    try:
        return check_name(text)
    except ChatError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
