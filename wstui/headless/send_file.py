"""`wstui send-file`: files, one after the other, to those who receive them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from shlex import quote
from time import time

from wstui.command_line.send_file import STDIN, SendFile
from wstui.core.connection import Connection
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.file_transfer.takers import Taker
from wstui.core.ndjson import line
from wstui.headless.connection_lines import connection_lines
from wstui.headless.files.sending import Interrupted, NotSent, Sending
from wstui.headless.files.show import Show, Shown
from wstui.headless.files.source import Source, StreamSource, check_path, open_source
from wstui.headless.files.working import trouble
from wstui.headless.stage import Stage, perform


def run(asked: SendFile) -> int:
    """Do what is asked; the exit code."""
    return perform(lambda stage: send_file(stage, asked), asked.manner)


async def send_file(stage: Stage, asked: SendFile) -> int:
    """Send the files; the exit code."""
    show = Show(quiet=asked.manner.quiet)
    files = Files(stage, asked, show)
    paths = [path for path in asked.paths if await files.is_there(path)]
    if paths:
        connection = stage.pool.connect(asked.options)
        sending = Sending(stage, connection, asked, show)
        async with asyncio.TaskGroup() as group:
            group.create_task(sending.listen(connection_lines(connection)), name="hearing")
            await files.send_all(paths, connection, sending)
            await sending.finish()
            if connection.is_open:
                stage.pool.close(connection.id)
            await stage.ended(connection)
    return files.code


class Files:
    """Sends one file after the other, and tells how that went."""

    def __init__(self, stage: Stage, asked: SendFile, show: Show) -> None:
        self._stage = stage
        self._asked = asked
        self._show = show
        self.code = Exit.OK
        """What came of all of them: the first one that is not well."""

    async def is_there(self, path: str) -> bool:
        """Whether a file can be sent, as far as can be known without reading it; if not, that is
        said."""
        try:
            if path != STDIN:
                check_path(path)
        except OSError as error:
            await self._failed(path, None, _words(path, error))
            return False
        return True

    async def send_all(
        self, paths: Sequence[str], connection: Connection, sending: Sending
    ) -> None:
        """Send the files of these paths. A connection that broke and is opened again by itself is
        waited for."""
        for path in paths:
            if not await self._stage.opened(connection):
                self.code = self.code or exit_code(connection)
                return
            await self._send(path, connection, sending)
            if not connection.is_live:
                return

    async def _send(self, path: str, connection: Connection, sending: Sending) -> None:
        try:
            source = await self._open(path)
        except OSError as error:
            await self._failed(path, None, _words(path, error))
            return
        try:
            while True:
                try:
                    shown, takers = await sending.send(source)
                except Interrupted:
                    if not await self._is_open_again(connection) or not source.resumable:
                        await self._interrupted(source, connection)
                        return
                else:
                    await self._sent(source, shown, takers)
                    return
        except NotSent as problem:
            await self._failed(source.name, source.size, str(problem))
        finally:
            source.close()

    async def _is_open_again(self, connection: Connection) -> bool:
        """Wait until a connection that broke is open again, or will not be; whether it is."""
        while connection.is_live and not connection.is_open:
            await self._stage.change(connection)
        return connection.is_open

    async def _open(self, path: str) -> Source:
        """Raises:
        OSError: it cannot be read.
        """
        if path == STDIN:
            return StreamSource(self._asked.name or "")
        return await open_source(path, self._asked.name)

    async def _sent(self, source: Source, shown: Shown, takers: list[Taker]) -> None:
        shown.at = source.at
        several = f" to {len(takers)} receivers" if len(takers) > 1 else ""
        unsure = "" if takers else "; nobody said that it came"
        self._show.note(f"{shown.summary}{several}{unsure}")
        if self._asked.manner.json:
            event = line(
                "file",
                time(),
                dir="out",
                name=source.name,
                size=source.at,
                ok=True,
                sha256=source.sha256,
                resumed=shown.from_before or None,
                receivers=len(takers),
            )
            await self._stage.output.write(event)

    async def _interrupted(self, source: Source, connection: Connection) -> None:
        """The connection ended before the file was sent."""
        again = " It goes on from there when it is sent again." if source.resumable else ""
        if self._stage.is_ending:  # what ends it has a code of its own
            self._show.note(f"{source.name}: interrupted.{again}")
            return
        self._stage.tell_end(connection)
        code = exit_code(connection) or Exit.BROKEN
        words = f"the connection ended before its end.{again}"
        await self._failed(source.name, source.size, words, code)

    async def _failed(
        self, name: str, size: int | None, words: str, code: Exit = Exit.NOT_AS_EXPECTED
    ) -> None:
        self.code = self.code or code
        if not self._stage.is_ending:
            self._show.error(f"{name}: {words}{'' if words.endswith('.') else '.'}")
        if self._asked.manner.json:
            event = line(
                "file",
                time(),
                dir="out",
                name=name,
                size=size,
                ok=False,
                text=words,
            )
            await self._stage.output.write(event)


def _words(path: str, error: OSError) -> str:
    """Why a file is not sent."""
    if isinstance(error, IsADirectoryError):
        name = f"{path.rstrip('/').rpartition('/')[2] or 'folder'}.tar"
        return (
            f"it is a folder. Pack it: tar -c {quote(path)} | wstui send-file URL - --name"
            f" {quote(name)}"
        )
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return trouble(error)
