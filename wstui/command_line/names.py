"""The sub-commands that need no screen, and what they do in a line."""

from __future__ import annotations

from typing import Final

SUBCOMMANDS: Final = {
    "repl": "the command language, line by line",
    "tail": "print what comes, from one connection or several",
    "send": "send messages, and wait for answers",
    "pipe": "standard input to messages, messages to standard output",
    "ping": "tell how long round trips take",
    "chat": "talk in a chat room, line by line",
    "send-file": "files to those who receive them",
    "receive": "files that come, into a folder",
    "handshake": "show how a connection is opened, or refused; plain HTTP, too",
    "echo": "send each message back as it came",
}
"""By name, in the order of the help."""
