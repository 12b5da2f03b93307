"""The command language: what may be typed into the command bar, and what it means.

`connect`, `show`, `send`, `close`, `help` and `quit` are those of WebSocket++'s tutorial client.
One blank after an id separates; the rest of the line is the message exactly. Parsing is pure;
whoever takes the result does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wstui.core.commands.ending import ENDING_COMMANDS, HEX_PINGS, MAX_CONTROL
from wstui.core.commands.listen import LISTEN_COMMAND, LISTEN_COMMANDS
from wstui.core.commands.options import option_help, read_given
from wstui.core.commands.profile import PROFILE_COMMANDS
from wstui.core.commands.send import SENDING_COMMANDS
from wstui.core.commands.values import (
    Broadcast,
    Command,
    Connect,
    Help,
    Ping,
    Pong,
    Quit,
    Reconnect,
    Remove,
    Send,
    SendHex,
    SetFilter,
    Show,
    Stop,
)
from wstui.core.commands.words import (
    CommandError,
    CommandInfo,
    Words,
    read_id,
    read_only_id,
    read_utf8,
)
from wstui.core.filter import FilterError, parse_filter
from wstui.core.hex_input import HexError, parse_hex
from wstui.core.options.answers_help import BEHAVIOURS_HELP, REPLIES_HELP
from wstui.core.options.info import OptionError
from wstui.core.options.rules import RULES_HELP
from wstui.core.options.table import CONNECTING
from wstui.core.profiles import EMPTY_BOOK, Book
from wstui.core.retry_rules import RULES

PASTED: Final = ("curl", "websocat", "wscat")
"""Command lines of other tools that `connect` reads."""

MAX_NAME: Final = 30
"""Characters quoted of a name that no command has."""


def _connect(words: Words) -> Connect:
    from wstui.core.paste import read_command  # only who pastes waits for it

    pasted = read_command(words.text)
    if pasted is not None:
        try:
            return Connect(pasted.options(), pasted.words)
        except OptionError as error:
            raise CommandError(str(error), words.at) from error
    given = read_given(words, CONNECTING, "Give one uri to connect to.")
    fault = words.book.unclear(given.main)
    if fault is not None:
        raise words.error(fault.words("the profiles"), given.places[CONNECTING.main])
    try:
        return Connect(words.book.options(given.main, given.flags))
    except OptionError as error:
        raise given.error(words, error) from error


def _show(words: Words) -> Show:
    return Show(read_only_id(words) if words.text.strip() else None)


def _send(words: Words) -> Send:
    id, rest = read_id(words)
    read_utf8(rest.text, rest)
    return Send(id, rest.text)


def _sendhex(words: Words) -> SendHex:
    id, rest = read_id(words)
    try:
        return SendHex(id, parse_hex(rest.text))
    except HexError as error:
        raise CommandError(str(error), rest.at + error.position) from error


def _control_payload(words: Words) -> tuple[int | None, bytes | None]:
    id, rest = read_id(words)
    payload = read_utf8(rest.text, rest)
    if len(payload) > MAX_CONTROL:
        size = len(payload)
        raise rest.error(f"A ping or pong holds at most {MAX_CONTROL} bytes, not {size}.")
    return id, payload or None


def _ping(words: Words) -> Ping:
    return Ping(*_control_payload(words))


def _pong(words: Words) -> Pong:
    id, payload = _control_payload(words)
    return Pong(id, payload or b"")


def _reconnect(words: Words) -> Reconnect:
    return Reconnect(read_only_id(words))


def _stop(words: Words) -> Stop:
    return Stop(read_only_id(words))


def _remove(words: Words) -> Remove:
    return Remove(read_only_id(words))


def _broadcast(words: Words) -> Broadcast:
    read_utf8(words.text, words)
    return Broadcast(words.text)


def _filter(words: Words) -> SetFilter:
    try:
        parse_filter(words.text)
    except FilterError as error:
        raise CommandError(str(error), words.at + error.position) from error
    return SetFilter(words.text)


def _help(words: Words) -> Help:
    topic = words.text.strip().lower()
    if topic and topic not in _BY_NAME and topic not in TOPICS:
        raise words.error("There is no such command.")
    return Help(topic)


def _quit(words: Words) -> Quit:
    if words.text.strip():
        raise words.error("Nothing more is expected here.")
    return Quit()


TOPICS: Final = {"behaviours": BEHAVIOURS_HELP, "replies": REPLIES_HELP, "rules": RULES_HELP}
"""What the help explains besides commands."""

_ID: Final = "The id is the number in the list; . stands for the selected connection."

COMMANDS: Final = (
    CommandInfo(
        "connect",
        "connect <uri|name> [options]",
        "Open a connection; also curl …, websocat …, wscat … in place of the uri.",
        option_help(CONNECTING),
        _connect,
    ),
    LISTEN_COMMAND,
    CommandInfo("show", "show [id]", "Tell about a connection or a listener.", _ID, _show),
    CommandInfo(
        "send",
        "send <id> <text>",
        "Send a text message.",
        "One blank after the id; the rest of the line is the message exactly. To a listener: to all"
        f" its open clients. {_ID}",
        _send,
    ),
    CommandInfo(
        "sendhex",
        "sendhex <id> <hex>",
        "Send a binary message.",
        "Such as DE AD be ef, 0xde,0xad or \\xde\\xad.",
        _sendhex,
    ),
    *SENDING_COMMANDS,
    CommandInfo("ping", "ping <id> [text]", "Send a ping.", "At most 125 bytes.", _ping),
    CommandInfo(
        "pong", "pong <id> [text]", "Send an unsolicited pong.", "At most 125 bytes.", _pong
    ),
    *HEX_PINGS,
    *ENDING_COMMANDS,
    CommandInfo(
        "reconnect",
        "reconnect <id>",
        "Open it again now, in place.",
        f"An ended or waiting one keeps its id and its transcript. {RULES}",
        _reconnect,
    ),
    CommandInfo(
        "stop",
        "stop <id>",
        "Give up opening it again.",
        f"One that waits to be opened again, or is at it, stays as it ended. {_ID}",
        _stop,
    ),
    CommandInfo(
        "remove",
        "remove <id>",
        "Forget a connection and its transcript.",
        f"A listener is forgotten with all its clients. {_ID}",
        _remove,
    ),
    CommandInfo(
        "broadcast",
        "broadcast <text>",
        "Send a text message to all open connections.",
        "The rest of the line is the message exactly.",
        _broadcast,
    ),
    CommandInfo(
        "filter",
        "filter [text]",
        "Filter the transcript; without a text show everything.",
        "Words, /regex/, dir:in|out, op:text|binary|ping|pong|close|raw|event, is:heartbeat; -"
        " before a term means not.",
        _filter,
    ),
    *LISTEN_COMMANDS,
    *PROFILE_COMMANDS,
    CommandInfo(
        "help",
        "help [command]",
        "List the commands, or explain one.",
        f"Also explained: {', '.join(TOPICS)}.",
        _help,
    ),
    CommandInfo("quit", "quit", "Close all connections with 1001 and leave.", "", _quit),
)
"""All commands, in the order of the help."""

_BY_NAME: Final = {command.name: command for command in COMMANDS}


def parse_command(
    line: str, book: Book = EMPTY_BOOK, others: Sequence[CommandInfo] = ()
) -> Command:
    """What `line` asks for, where profiles of `book` may be named. There are `others` beside the
    commands that there are everywhere.

    Raises:
        CommandError: it is no command, or cannot be meant.
    """
    text = line.lstrip()
    indent = len(line) - len(text)
    name, _, rest = text.partition(" ")
    word = name.strip()
    if not word:
        raise CommandError("Type a command, such as connect ws://localhost:9002.", indent)
    command = _named(word.lower(), others)
    if command is None:
        shown = word if len(word) <= MAX_NAME else f"{word[: MAX_NAME - 1]}…"
        hint = f"Write connect {shown} …" if word in PASTED else "help lists them all."
        raise CommandError(f"There is no command {shown}. {hint}", indent)
    if command.name == "help" and _named(rest.strip().lower(), others) is not None:
        return Help(rest.strip().lower())
    return command.parse(Words(rest, indent + len(name) + 1, command.usage, book))


def _named(name: str, others: Sequence[CommandInfo]) -> CommandInfo | None:
    return _BY_NAME.get(name) or next((one for one in others if one.name == name), None)


def explain_command(topic: str, others: Sequence[CommandInfo] = ()) -> str:
    """The help for one command, or the list of all for an empty topic, as lines of text."""
    if topic in TOPICS:
        return TOPICS[topic]
    command = _named(topic, others)
    if command is None:
        return "\n".join(f"{one.usage:<28} {one.help}" for one in (*COMMANDS, *others))
    return f"{command.usage}\n{command.help}\n{command.details}".rstrip()
