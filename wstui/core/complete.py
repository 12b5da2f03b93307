"""What a command could become when it is completed: names, connections, close codes, options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from wstui.core.close_codes import SENDABLE_CODES, describe
from wstui.core.commands import COMMANDS
from wstui.core.connection import Connection
from wstui.core.option_table import FLAGS
from wstui.core.options import masked_uri
from wstui.core.profiles import EMPTY_BOOK, Book
from wstui.core.raw_frame import OPCODES

FIRST_OWN: Final = 4000
"""The first close code for private use; those behind it are not listed."""

_TAKES_IDS: Final = tuple(
    one.name for one in COMMANDS if one.usage.split()[1:2] in (["<ids>"], ["[ids]"])
)

TO_LIVE: Final = ("close", "drop", "pause", "resume")
TO_OPEN: Final = (
    *("send", "sendhex", "ping", "pong", "pinghex", "ponghex"),
    *(name for name in _TAKES_IDS if name not in TO_LIVE),
)
TO_RETRIED: Final = ("stop",)
TO_AT_REST: Final = ("reconnect",)

_TAKES_ID: Final = {one.name for one in COMMANDS if one.usage.split()[1:2] in (["<id>"], ["[id]"])}


_TAKES_NAME: Final = ("connect", "save", "forget")


class Completion(NamedTuple):
    """What the text up to the cursor could become, and a remark on it. Both may hold any text."""

    line: str
    about: str = ""


def complete(
    line: str, connections: Iterable[Connection] = (), book: Book = EMPTY_BOOK
) -> list[Completion]:
    """All that `line` could become, in the order in which it is listed."""
    before, blank, word = line.rpartition(" ")
    words = before.lower().split(" ")
    name = words[0]
    if not blank:
        return [
            Completion(f"{one.name} ", one.help)
            for one in COMMANDS
            if one.name.startswith(word.lower())
        ]
    if name == "help":
        return [
            Completion(f"{before} {one.name}", one.help)
            for one in COMMANDS
            if one.name.startswith(word.lower())
        ]
    if name == "connect" and word.startswith("-"):
        return [
            Completion(f"{before} {name} ", flag.help)
            for name, (_, flag) in FLAGS.items()
            if flag.help and name.startswith(word)
        ]
    if name in _TAKES_ID and len(words) == 1:
        found = _connections(name, connections)
    elif name in _TAKES_IDS and len(words) == 1:
        found = [
            *_connections(name, connections),
            ("all", "all that live" if name in TO_LIVE else "all that are open"),
            ("marked", "those marked"),
        ]
    elif name in _TAKES_NAME and len(words) == 1:
        found = [(one, masked_uri(book.profiles[one].uri)) for one in book.profiles]
    elif name == "sendraw" and len(words) == 2:
        found = [(opcode, f"opcode {number}") for opcode, number in OPCODES.items()]
    elif name == "close" and len(words) == 2:
        found = [(str(code), describe(code).name) for code in (*SENDABLE_CODES, FIRST_OWN)]
    elif name == "drop" and len(words) == 2:
        found = [("fin", "the ordinary end of TCP"), ("reset", "an error for the peer")]
    else:
        found = []
    return [
        Completion(f"{before} {text} ", about) for text, about in found if text.startswith(word)
    ]


def _connections(name: str, connections: Iterable[Connection]) -> list[tuple[str, str]]:
    """Ids of the connections to which command `name` can be done, and what they are."""
    return [
        (str(one.id), f"{one.state:<10} {masked_uri(one.options.uri)}")
        for one in connections
        if (one.is_open or name not in TO_OPEN)
        and (one.is_live or name not in TO_LIVE)
        and (one.retry is not None or name not in TO_RETRIED)
        and (one.is_at_rest or name not in TO_AT_REST)
    ]
