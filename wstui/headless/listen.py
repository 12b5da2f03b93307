"""`wstui listen --no-ui`: listeners without the screen, and what happens to them as NDJSON.

The first lines tell where they listen; `core.ndjson_events` names all that there are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from wstui.core.connection import Connection
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.core.options.rules import read_rules
from wstui.core.ports import Refused
from wstui.core.serving.rules import Action
from wstui.headless.ending import Ending
from wstui.headless.follow import Follower, Source
from wstui.headless.listener_lines import client_lines, listener_lines, listening_line, stopped_line
from wstui.headless.output import Output, Stream, standard_output
from wstui.headless.saying import has_reader, say, write
from wstui.headless.waiting import first
from wstui.net.daemon_threads import DaemonThreads
from wstui.net.pool import ConnectionPool

MEMORY: Final = 64 << 20
"""Bytes of transcripts that wait for a slow reader of the output before the oldest are dropped."""

CLOSE_TIME: Final = 5.0
"""Seconds for closing handshakes at the end."""

WRITE_TIME: Final = 3.0
"""Seconds for the output to be taken at the end."""


def run(options: Sequence[ListenOptions], *, quiet: bool = False) -> int:
    """Listen until a signal ends it, or nobody reads standard output any more; the exit code.

    `quiet` leaves messages out. 1 when one of them cannot listen, with a sentence on standard
    error; 2 when a rule asks the user, who has no screen to answer on; 0 after SIGTERM or when the
    reader of the output left; 130 after SIGINT.
    """
    if any(rule.action is Action.ASK for one in options for rule in read_rules(one.rules)):
        say("a rule asks you about clients, and without a screen nobody can answer")
        return 2
    return asyncio.run(_run(options, standard_output(), quiet))


async def _run(options: Sequence[ListenOptions], stream: Stream, quiet: bool) -> int:
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    ending = Ending()
    async with ConnectionPool(memory_cap=MEMORY, headless=True) as pool:
        try:
            listeners = [pool.listen(one) for one in options]
        except Refused as refused:
            say(str(refused))
            return 1
        await _until_begun(pool, listeners, ending)
        failed = [one for one in listeners if one.state is ListenerState.FAILED]
        for listener in failed:
            say(listener.failure)
        if failed:
            return 1
        telling = Telling(pool, Output(stream), quiet=quiet)
        await telling.begin(listeners)
        async with asyncio.TaskGroup() as group:
            group.create_task(telling.run(), name="telling")
            await first(ending.asked, telling.output.closed)
            await pool.close_all(1001, timeout=CLOSE_TIME)
            telling.end()
    return ending.code


async def _until_begun(pool: ConnectionPool, listeners: Sequence[Listener], ending: Ending) -> None:
    """Wait until all listen, or have failed, or nobody wants that any more."""
    news = asyncio.Event()
    forget = pool.watch(lambda _: news.set())
    try:
        while any(one.state is ListenerState.STARTING for one in listeners):
            await first(news, ending.asked)
            news.clear()
            if ending.asked.is_set():
                return
    finally:
        forget()


class Telling:
    """What is told of the listeners and clients of `pool`."""

    def __init__(self, pool: ConnectionPool, output: Output, *, quiet: bool) -> None:
        self.output = output
        """Where to."""
        self._pool = pool
        self._follower = Follower(output, quiet=quiet)
        self._listeners: list[Listener] = []
        self._sources: dict[int, Source] = {}  # of the clients that are listed
        self._ending = asyncio.Event()

    async def begin(self, listeners: Sequence[Listener]) -> None:
        """Tell where they listen, and from now on what happens."""
        self._listeners = [*listeners]
        for listener in listeners:
            self._follower.add(
                Source(listener.id, listener.transcript, listener_lines(listener), key="listener")
            )
            if has_reader():
                write(_welcome(listener))
            await self.output.write(listening_line(listener))
        self._pool.subscribe(self._hear)
        for connection in self._pool.connections.values():
            self._hear(connection)

    async def run(self) -> None:
        """Tell, until `end` is called; then all that is left, for which there is not for ever."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._follower.run(), name="following")
            await self._ending.wait()
            self._follower.end()
            if not await self._finish(task):
                task.cancel()
                say("Standard output was not taken in time: its last lines are missing.")

    def end(self) -> None:
        """All has happened."""
        self._ending.set()

    async def _finish(self, task: asyncio.Task[None]) -> bool:
        """Tell what is left, and that it is over; whether it was all taken, or nobody is there."""
        try:
            async with asyncio.timeout(WRITE_TIME):
                await asyncio.wait([task])
                for listener in self._listeners:
                    await self.output.write(stopped_line(listener))
                return await self.output.finish(WRITE_TIME) or self.output.closed.is_set()
        except TimeoutError:
            return False

    def _hear(self, connection: Connection) -> None:
        """Something became of a client."""
        id = connection.id
        if id not in self._sources and id in self._pool.connections:
            source = Source(id, connection.transcript, client_lines(connection))
            self._sources[id] = source
            self._follower.add(source)
        elif id in self._sources and id not in self._pool.connections:
            self._sources.pop(id).is_over = True


def _welcome(listener: Listener) -> str:
    """What a person at a terminal is told first."""
    where = ", ".join(listener.uris or listener.addresses)
    others = "" if listener.options.where.is_local else " Others than this machine can reach it."
    return f"wstui listens on {where}.{others} Ctrl+C ends it."
