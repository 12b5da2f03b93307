"""`wstui listen --no-ui`: listeners without the screen, and what happens to them as NDJSON.

The first lines tell where they listen; `core.ndjson_events` names all that there are.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from time import time
from typing import Any, Final

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.listener import Listener, ListenerState
from wstui.core.ndjson import close_fields, line
from wstui.core.options.listen import ListenOptions
from wstui.core.options.rules import read_rules
from wstui.core.ports import Refused
from wstui.core.serving.rules import Action
from wstui.headless.ending import Ending
from wstui.headless.follow import Follower, Source
from wstui.headless.output import Output, Stream
from wstui.headless.saying import say, write
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
    stream = sys.stdout.buffer
    return asyncio.run(_run(options, getattr(stream, "raw", stream), quiet))


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
            await _first(ending.asked, telling.output.closed)
            await pool.close_all(1001, timeout=CLOSE_TIME)
            telling.end()
    return ending.code


async def _until_begun(pool: ConnectionPool, listeners: Sequence[Listener], ending: Ending) -> None:
    """Wait until all listen, or have failed, or nobody wants that any more."""
    news = asyncio.Event()
    forget = pool.watch(lambda _: news.set())
    try:
        while any(one.state is ListenerState.STARTING for one in listeners):
            await _first(news, ending.asked)
            news.clear()
            if ending.asked.is_set():
                return
    finally:
        forget()


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of these is set."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(event.wait(), name="waiting") for event in events]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()


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
                Source(listener.id, listener.transcript, _listener_lines(listener), key="listener")
            )
            if sys.stderr.isatty():
                write(_welcome(listener))
            await self.output.write(_listening(listener))
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
                    await self.output.write(_stopped(listener))
                return await self.output.finish(WRITE_TIME) or self.output.closed.is_set()
        except TimeoutError:
            return False

    def _hear(self, connection: Connection) -> None:
        """Something became of a client."""
        id = connection.id
        if id not in self._sources and id in self._pool.connections:
            source = Source(id, connection.transcript, _client_lines(connection))
            self._sources[id] = source
            self._follower.add(source)
        elif id in self._sources and id not in self._pool.connections:
            self._sources.pop(id).is_over = True


def _welcome(listener: Listener) -> str:
    """What a person at a terminal is told first."""
    where = ", ".join(listener.uris or listener.addresses)
    others = "" if listener.options.where.is_local else " Others than this machine can reach it."
    return f"wstui listens on {where}.{others} Ctrl+C ends it."


def _listening(listener: Listener) -> bytes:
    return line(
        "listening",
        time(),
        listener=listener.id,
        address=listener.name,
        addresses=listener.addresses,
        uris=listener.uris,
    )


def _stopped(listener: Listener) -> bytes:
    tally = listener.tally
    return line(
        "stopped",
        time(),
        listener=listener.id,
        accepted=tally.accepted,
        rejected=tally.rejected,
        requests=tally.requests,
        dropped=tally.dropped,
    )


def _listener_lines(listener: Listener) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a listener."""

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        if event.name in (EventName.OPEN, EventName.CLOSED):
            return  # told at the beginning and at the end
        detail = dict(event.detail)
        name = str(detail.pop("guest", event.name.value))
        peer = detail.pop("address", None)
        yield line(
            name,
            time,
            **{**detail, "listener": listener.id, "peer": peer, "text": event.text},
        )

    return lines


def _client_lines(connection: Connection) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a client."""

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        name, fields = _client_fields(connection, event)
        yield line(name, time, id=connection.id, **fields)

    return lines


def _client_fields(connection: Connection, event: LocalEvent) -> tuple[str, dict[str, Any]]:
    """Name and fields of the line for `event` of a client."""
    peer, handshake = connection.peer, connection.handshake
    whom = {
        "listener": None if peer is None else peer.listener,
        "peer": None if peer is None else peer.address,
    }
    if event.name is EventName.OPEN:
        headers = {name.lower(): value for name, value in handshake.request_headers}
        return "accepted", whom | {
            "path": handshake.path,
            "subprotocol": handshake.subprotocol,
            "origin": headers.get("origin"),
            "user_agent": headers.get("user-agent"),
            "extensions": handshake.extensions,
            "tls_name": (peer.tls_name or None) if peer is not None else None,
        }
    if event.name is EventName.CLOSED and connection.close is not None:
        return "closed", close_fields(connection.close) | {"text": event.text}
    if event.name is EventName.FAILED and connection.failure is not None:
        status = connection.failure.status
        return "rejected", whom | {"status": status, "text": event.text}
    return event.name.value, {**event.detail, "text": event.text}
