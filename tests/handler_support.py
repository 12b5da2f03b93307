"""Handler files and clients of theirs, for tests."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

from tests.net_support import event_texts, rows, until
from tests.serving_support import listening
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.listener import Listener
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


class Stage:
    """A listener with one handler for all paths, and clients of it in the same pool."""

    def __init__(self, pool: ConnectionPool, folder: Path) -> None:
        self.pool = pool
        self.file = folder / "api.py"
        self.listener: Listener

    def write(self, source: str) -> Path:
        """Write the handler file, in place of the one before."""
        new = self.file.with_name("new.py")
        new.write_text(dedent(source))
        os.replace(new, self.file)
        return self.file

    async def listen(self, source: str) -> Listener:
        """Listen with a handler of this source."""
        return await self.listen_with(self.write(source))

    async def listen_with(self, file: Path) -> Listener:
        """Listen with this file."""
        options = ListenOptions("0", behaviours=(f"handler {file}",))
        self.listener = await listening(self.pool, options)
        return self.listener

    async def connect(self, path: str = "/") -> tuple[Connection, Connection]:
        """Our end, and the listener's, of a new connection."""
        before = len(self.listener.clients)
        uri = f"{self.listener.uris[0]}{path}"
        ours = self.pool.connect(ConnectOptions(uri, deflate=UNCOMPRESSED))
        await until(lambda: ours.state in (State.OPEN, State.FAILED))
        await until(lambda: len(self.listener.clients) > before)
        return ours, self.pool.connections[list(self.listener.clients)[-1]]


def texts(connection: Connection) -> list[str]:
    """What a client was sent, as text."""
    return [
        payload.decode()
        for kind, outgoing, payload in rows(connection.transcript)
        if kind is Kind.TEXT and not outgoing
    ]


def errors(told: Connection | Listener) -> list[str]:
    """The errors in a transcript."""
    return event_texts(told.transcript, "error")


def notes(told: Connection | Listener) -> list[str]:
    """The notes in a transcript."""
    return event_texts(told.transcript, "note")
