"""What tests of files that are sent and received have in common."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.headless_support import PATIENCE, Done, Kept, stage
from tests.net_support import until
from wstui.command_line.headless import Manner
from wstui.command_line.receive import Receive
from wstui.command_line.send_file import SendFile
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.file_transfer.messages import (
    Message,
    decode,
    encode,
)
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.headless.receive import receive
from wstui.headless.send_file import send_file
from wstui.headless.stage import Stage

FILE = "a" * 32
LOUD = Manner(json=True, quiet=True)


def noise(size: int) -> bytes:
    """Bytes that are always the same, and nowhere alike."""
    return random.Random(size).randbytes(size)


class Inbox:
    """A `receive` that runs in the test's loop."""

    def __init__(
        self, here: Stage, uri: str, folder: Path, task: asyncio.Task[int], kept: Kept
    ) -> None:
        self.uri = uri
        self.loop = asyncio.get_running_loop()
        self._here = here
        self.folder = folder
        self.task = task
        self._kept = kept

    async def done(self) -> Done:
        """What came of it, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            return Done(await self.task, self._kept.data)

    def drop(self) -> None:
        """Break all connections."""
        for one in self._here.pool.connections.values():
            if one.is_open:
                self._here.pool.drop(one.id)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it told so far."""
        return Done(0, self._kept.data).lines

    async def complained(self) -> dict[str, Any]:
        """The first line of a file that did not come, once it is there."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [one for one in self.events if one.get("ok") is False]
            return bool(found)

        await until(look)
        return found[0]


@asynccontextmanager
async def inbox(
    folder: Path, address: str = "127.0.0.1:0", *, uri: str | None = None, **asked: Any
) -> AsyncIterator[Inbox]:
    """`receive --listen`, or by a connection to `uri`, until the end of the test."""
    kept = Kept()
    async with stage(LOUD, kept) as here:
        options = ListenOptions(address) if uri is None else ConnectOptions(uri)
        work = receive(here, Receive(options, str(folder), LOUD, **asked))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            await until(lambda: task.done() or is_ready(here))
            listeners = list(here.pool.listeners.values())
            where = uri or listeners[0].uris[0]
            yield Inbox(here, where, folder, task, kept)
            await here.pool.close_all(1000)
            await task
            await here.output.finish(PATIENCE)


def is_ready(here: Stage) -> bool:
    """Whether something listens, or is connected."""
    listeners = here.pool.listeners.values()
    if any(one.state is ListenerState.LISTENING for one in listeners):
        return True
    return any(one.state is State.OPEN for one in here.pool.connections.values())


async def sent(uri: str, *paths: Path, **asked: Any) -> Done:
    """What came of `send-file`."""
    kept = Kept()
    async with stage(LOUD, kept) as here:
        given = SendFile(ConnectOptions(uri), tuple(map(str, paths)), LOUD, **asked)
        async with asyncio.timeout(PATIENCE):
            code = await send_file(here, given)
        await here.output.finish(PATIENCE)
    return Done(code, kept.data)


@asynccontextmanager
async def broadcaster() -> AsyncIterator[str]:
    """A server that hands on to all others what one client sends; its uri."""
    async with stage() as here:
        here.pool.listen(ListenOptions("127.0.0.1:0", behaviours=("broadcast",)))
        await until(lambda: is_ready(here))
        yield next(iter(here.pool.listeners.values())).uris[0]


class Peer:
    """Speaks the protocol as the test wants."""

    def __init__(self, here: Stage, connection: Connection) -> None:
        self.here = here
        self.connection = connection

    def say(self, *messages: Message | bytes) -> None:
        """Send these; bytes are pieces."""
        for one in messages:
            if isinstance(one, bytes):
                self.here.pool.send(self.connection.id, one, Kind.BINARY)
            else:
                self.here.pool.send(self.connection.id, encode(one))

    @property
    def heard(self) -> list[Message]:
        """All messages that came."""
        transcript = self.connection.transcript
        entries = (transcript.entry(number) for number in range(len(transcript)))
        found = [
            decode(transcript.payload(one.number))
            for one in entries
            if one.kind is Kind.TEXT and not one.outgoing
        ]
        return [one for one in found if one is not None]

    async def hears(self, kind: type[Message], count: int = 1) -> Message:
        """The last of so many messages of this kind, once they are there."""
        await until(lambda: sum(isinstance(one, kind) for one in self.heard) >= count)
        return [one for one in self.heard if isinstance(one, kind)][count - 1]


@asynccontextmanager
async def peer(uri: str) -> AsyncIterator[Peer]:
    """A client that speaks the protocol as the test wants."""
    async with stage() as here:
        connection = here.pool.connect(ConnectOptions(uri))
        assert await here.opened(connection)
        yield Peer(here, connection)


def sha256(data: bytes) -> str:
    """The checksum as it is told."""
    return hashlib.sha256(data).hexdigest()


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {one.name: one.read_bytes() for one in folder.iterdir()}
