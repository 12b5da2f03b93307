"""What all sub-commands stand on: the pool, the output, signals, deadlines, and how they end.

The first signal closes all connections with 1001, and what is under way may finish; a second one
ends at once. A reader of the output that leaves ends it quietly.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from getpass import getpass
from typing import Any, Final, TypeVar

from wstui.command_line.headless import Manner
from wstui.core.connection import Connection, Failure, State
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.explain.failures import explain, explain_close
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.ports import Refused
from wstui.core.printable import printable
from wstui.core.units import exact_seconds_text
from wstui.headless.ending import Ending
from wstui.headless.output import Output, Stream, standard_output
from wstui.headless.saying import has_reader, say, write
from wstui.net.daemon_threads import DaemonThreads
from wstui.net.pool import ConnectionPool

MEMORY: Final = 256 << 20
"""Bytes that all transcripts may take together."""

CLOSE_TIME: Final = 5.0
"""Seconds for closing handshakes at the end."""

LATE_CLOSE_TIME: Final = 1.0
"""The same after --timeout, which is for all."""

GRACE: Final = 3.0
"""Seconds in which what is under way may finish once all connections have ended."""

WRITE_TIME: Final = 3.0
"""Seconds in which some of the output has to be taken at the end."""


T = TypeVar("T")


class Stage:
    """What a sub-command works with."""

    def __init__(self, pool: ConnectionPool, output: Output, manner: Manner) -> None:
        self.pool = pool
        self.output = output
        """Standard output."""
        self.manner = manner
        self.ending = asyncio.Event()
        """Set once it was asked to end, or nobody reads the output any more: what ends then ends
        for that, and is nothing to complain about."""

    @property
    def is_ending(self) -> bool:
        """Whether `ending` is set."""
        return self.ending.is_set()

    def make_room(self, options: ConnectOptions) -> None:
        """Let the largest message of a connection be held until it is written, for nothing may be
        lost. What was written leaves the memory."""
        largest = options.max_size
        self.pool.budget.cap += (1 << 62) if largest is None else 2 * largest

    def note(self, words: str) -> None:
        """A notice on standard error; not where `--quiet` is given."""
        if not self.manner.quiet:
            say(words)

    async def opened(self, connection: Connection) -> bool:
        """Wait until a connection is open; False when it will not be, which was said then."""
        if not await self.settled(connection):
            self.tell_end(connection)
            return False
        return True

    async def settled(self, connection: Connection) -> bool:
        """Wait until a connection is open, or it is known that it will not be; whether it is."""
        while not connection.is_open:
            if not connection.is_live and not await self._unlock(connection):
                return False
            if not connection.is_open:
                await self.change(connection)
        return True

    async def ended(self, connection: Connection) -> None:
        """Wait until a connection has ended and will not be opened again by itself."""
        while connection.is_live:
            await self.change(connection)

    def tell_waits(self, connection: Connection) -> None:
        """Say each time that a connection waits to be opened again, and what for, from now on; not
        where NDJSON tells it."""
        if self.manner.json:
            return
        told = -1
        where = masked_uri(connection.options.uri)

        def hear(one: Connection) -> None:
            nonlocal told
            number = len(connection.transcript) - 1
            if one is connection and connection.state is State.WAITING and number != told:
                told = number
                self.note(f"{where}: {connection.transcript.event(number).text}")

        self.pool.subscribe(hear)

    async def unless_ending(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` comes to; None where the end was asked for before, and it was given up."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(work, name="unless the end is asked for")
        ending = loop.create_task(self.ending.wait(), name="waiting for the end")
        try:
            await asyncio.wait([task, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_done = task.done()
            ending.cancel()
            task.cancel()
            await asyncio.wait([task])
        result = None if task.cancelled() else task.result()  # its faults are raised here
        return result if was_done else None

    async def change(self, connection: Connection) -> None:
        """Wait until the state of a connection changes, or what it waits for."""
        news = asyncio.Event()
        forget = self.pool.subscribe(lambda one: news.set() if one is connection else None)
        try:
            await news.wait()
        finally:
            forget()

    async def send(self, connection: Connection, payload: bytes, kind: Kind = Kind.TEXT) -> None:
        """Send a message, once there is room for it.

        Raises:
            Refused: the connection is not open, or the text is not UTF-8.
        """
        wire = self.pool.wire(connection.id)
        if wire is not None:
            await wire.outbox.room()
        self.pool.send(connection.id, payload, kind)

    def tell_end(self, connection: Connection) -> None:
        """Say why a connection could not be opened, or how it ended; that as an error where it is
        one."""
        if self.is_ending:
            return
        where = masked_uri(connection.options.uri)
        if connection.failure is not None:
            words = explain(connection.failure)
            say(f"{where}: {words.title}: {words.sentence} {words.hint}".rstrip())
        elif connection.close is not None:
            tell = self.note if exit_code(connection) is Exit.OK else say
            tell(f"{where}: {explain_close(connection.close).sentence}")

    async def _unlock(self, connection: Connection) -> bool:
        """Ask for the passphrase of a TLS key where that is what is missing, and somebody is there
        to ask; whether the connection is tried again."""
        typed = await self.passphrase(connection.failure)
        if not typed:
            return False
        self.pool.unlock(connection.id, typed)
        self.pool.reconnect(connection.id)
        return True

    async def passphrase(self, failure: Failure | None) -> str:
        """What somebody types as the passphrase of a TLS key, where that is what is missing; empty
        where it is not, or nobody is there."""
        fault = None if failure is None else failure.fault
        if fault is None or not fault.asks_for_passphrase or not has_reader():
            return ""
        try:
            return await asyncio.to_thread(getpass, f"Passphrase of {printable(fault.file)}: ")
        except (EOFError, OSError):
            return ""


Work = Callable[[Stage], Coroutine[None, None, int]]
"""What a sub-command does; its result is the exit code."""


def perform(work: Work, manner: Manner, stream: Stream | None = None, memory: int = MEMORY) -> int:
    """Do `work` in a loop of its own and end all connections; the exit code.

    `stream` is written to, None being standard output; `memory` is what all transcripts may take
    together, in bytes.
    """
    try:
        return asyncio.run(_perform(work, manner, stream or standard_output(), memory))
    except KeyboardInterrupt:  # before the first signal was looked for
        return Exit.INTERRUPTED
    except Exception as error:  # a border: whatever it is, it is told in a sentence
        cause = _cause(error)
        if isinstance(cause, Refused):
            say(str(cause))
            return Exit.USAGE
        _tell_fault(error, manner)
        return Exit.FAULT


def _cause(error: BaseException) -> BaseException:
    """The first of the errors that a group of tasks ended with, which says more than the group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _tell_fault(error: BaseException, manner: Manner) -> None:
    """Say that wstui itself has a fault."""
    if manner.debug:
        for part in "".join(traceback.format_exception(error)).splitlines():
            write(part)
    else:
        cause = _cause(error)
        say(f"{type(cause).__name__}: {cause} (a fault of wstui; --debug shows where)")


def _keep(faults: list[BaseException], context: dict[str, Any], manner: Manner) -> None:
    """Keep, and tell, that something failed of which no task hears: what a socket, or a timer,
    calls."""
    error = context.get("exception") or RuntimeError(context["message"])
    if not faults:  # the others come of the same, mostly
        _tell_fault(error, manner)
    faults.append(error)


async def _perform(work: Work, manner: Manner, stream: Stream, memory: int) -> int:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(DaemonThreads())
    faults: list[BaseException] = []
    loop.set_exception_handler(lambda _, context: _keep(faults, context, manner))
    ending = Ending(terminated=Exit.TERMINATED)
    async with ConnectionPool(memory_cap=memory, headless=True) as pool:
        stage = Stage(pool, Output(stream), manner)
        begun = loop.time()
        task = loop.create_task(work(stage), name="the work")
        code = await _follow(stage, task, ending)
        await pool.close_all(1001 if stage.is_ending else 1000, timeout=CLOSE_TIME)
        if not stage.is_ending:
            code = await _taken(stage, ending, begun) or code
        if not await stage.output.finish(WRITE_TIME) and not stage.output.closed.is_set():
            say("Standard output was not taken in time: its last bytes are missing.")
        if stage.output.error is not None:
            say(f"Standard output could not be written: {stage.output.error.strerror}.")
            return code or Exit.NOT_AS_EXPECTED
    return Exit.FAULT if faults else code


async def _taken(stage: Stage, ending: Ending, begun: float) -> int:
    """Wait until all output is written, or nobody reads it, however slow the reader is; what a
    signal, or the time that is over, makes of the exit code, 0 without them. `begun` is when the
    work was, in the loop's time."""
    limit = stage.manner.timeout
    left = None if limit is None else max(begun + limit - asyncio.get_running_loop().time(), 0)
    async with asyncio.TaskGroup() as group:
        written = group.create_task(stage.output.finish(None), name="writing")
        asked = group.create_task(ending.asked.wait(), name="waiting")
        waits = (written, asked)
        await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        is_taken = written.done()
        for task in waits:
            task.cancel()
    return Exit.OK if is_taken else ending.code or Exit.LATE


async def _follow(stage: Stage, task: asyncio.Task[int], ending: Ending) -> int:
    """Wait for the work, or for what ends it before; the exit code."""
    async with asyncio.TaskGroup() as group:
        waits = [
            group.create_task(event.wait(), name="waiting")
            for event in (ending.asked, stage.output.closed)
        ]
        limit = stage.manner.timeout
        await asyncio.wait([task, *waits], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    if task.done():
        return task.result()
    stage.ending.set()
    code, patience = ending.code if ending.asked.is_set() else Exit.OK, CLOSE_TIME
    if not (ending.asked.is_set() or stage.output.closed.is_set()):
        assert limit is not None
        code, patience = Exit.LATE, LATE_CLOSE_TIME
        say(f"It was not done within {exact_seconds_text(limit)} (--timeout).")
    await stage.pool.close_all(1001, timeout=patience)
    await asyncio.wait([task], timeout=GRACE)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error
    return code
