"""The sub-commands that need no screen, and what they do in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SUBCOMMANDS: Final = {
    "repl": "the command language, line by line",
    "tail": "print what comes, from one connection or several",
    "send": "send messages, and wait for answers",
    "pipe": "lines of standard input to messages, and back",
    "ping": "tell how long round trips take",
    "chat": "talk in a chat room, line by line",
    "send-file": "files to those who receive them",
    "receive": "files that come, into a folder",
    "handshake": "show how it is opened, or why not; plain HTTP, too",
    "echo": "send each message back as it came",
}
"""By name, in the order of the help."""

_ALL: Final = (*SUBCOMMANDS, "listen", "demo", "profiles")


def mistyped(words: Sequence[str]) -> str | None:
    """The sub-command that was probably meant by the first of `words`, where something stands
    behind it; None: it looks like a host or a profile."""
    if len(words) < 2 or words[0] in _ALL or words[0].startswith("-"):
        return None
    from difflib import get_close_matches  # nobody else waits for it

    return next(iter(get_close_matches(words[0], _ALL, 1, 0.7)), None)
