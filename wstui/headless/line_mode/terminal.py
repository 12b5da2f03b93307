"""What a terminal offers who types commands: completion by Tab, and the lines of earlier runs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from wstui.core.commands.complete import complete
from wstui.core.commands.language import parse_command
from wstui.core.commands.line_mode import LINE_MODE_COMMANDS
from wstui.core.commands.listen_values import Listen
from wstui.core.commands.values import Connect
from wstui.core.commands.words import CommandError
from wstui.core.options.secrets import plain_secrets
from wstui.core.printable import printable
from wstui.headless.line_mode.commands import Commands, is_command, name_of
from wstui.net.pool import ConnectionPool

_OPENING: Final = ("connect", "listen")


class CommandCompleter(Completer):
    """Completes commands, ids, profiles, options and close codes."""

    def __init__(self, pool: ConnectionPool, commands: Commands) -> None:
        self._pool = pool
        self._commands = commands

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        before = document.text_before_cursor
        start = before.rfind(" ") + 1
        found = complete(
            before,
            self._pool.connections.values(),
            self._commands.book,
            self._pool.listeners.values(),
            LINE_MODE_COMMANDS,
        )
        for one in found:
            text = one.line[start:]
            yield Completion(
                text,
                start - len(before),
                display=printable(text.strip()),
                display_meta=printable(one.about),
            )


class KeptLines(FileHistory):
    """Lines in a file that only this user can read; those that `may_be_kept`."""

    def store_string(self, string: str) -> None:
        if may_be_kept(string):
            super().store_string(string)


def may_be_kept(line: str) -> bool:
    """Whether a file may hold `line`: not where it begins with a blank, as in shells, and not with
    a password or token in it that is no reference."""
    if line.startswith(" "):
        return False
    try:
        command = parse_command(line)
    except CommandError:
        # What opens something may be wrong beside a secret, and so may be its name: mistyped, or a
        # line for a shell.
        return is_command(line) and name_of(line) not in _OPENING
    return not isinstance(command, Connect | Listen) or not plain_secrets(command.options)


async def ask_secret(words: str) -> str:
    """Ask for what is not shown while it is typed; empty when it is given up by Ctrl+C."""
    try:
        session: PromptSession[str] = PromptSession(is_password=True)
        return await session.prompt_async(words, handle_sigint=False)
    except (EOFError, KeyboardInterrupt):
        return ""


def history_in(file: Path | None) -> History:
    """The lines of earlier runs that `file` holds; None, or a file that cannot be had: those of
    this run only."""
    if file is None:
        return InMemoryHistory()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        return InMemoryHistory()
    return KeptLines(str(file))
