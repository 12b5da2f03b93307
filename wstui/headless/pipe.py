"""`wstui pipe`: standard input to messages, and messages to standard output, both at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import compress
from typing import Final

from wstui.command_line.pipe import Pipe
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.ports import Refused
from wstui.core.segment import Segment
from wstui.core.sending.texts import Form, whole_characters
from wstui.core.units import count_text
from wstui.headless.batches import RECEIVED, lines
from wstui.headless.connection_lines import connection_lines
from wstui.headless.entry_lines import entry_lines
from wstui.headless.feed import Feed
from wstui.headless.input import Input, LineTooLong, Source
from wstui.headless.readable import Unsendable, readable
from wstui.headless.saying import say
from wstui.headless.sender import Sender
from wstui.headless.stage import Stage, perform
from wstui.headless.tail_lines import safe
from wstui.headless.terminal import is_terminal
from wstui.headless.turns import Turns

MOST: Final = 32 << 20
"""Bytes of what was sent and received that may wait to be written before no more is sent."""

LONGEST: Final = 64 << 20
"""Bytes of a line that is sent, at most."""


def run(asked: Pipe) -> int:
    """Do what is asked; the exit code."""
    is_shown = is_terminal(sys.stdout)
    return perform(lambda stage: pipe(stage, asked, is_shown=is_shown), asked.manner)


async def pipe(
    stage: Stage, asked: Pipe, source: Source | None = None, *, is_shown: bool = False
) -> int:
    """Send what comes from `source`, None being standard input, and write what is received, until
    the connection has ended; the exit code. `is_shown`: what is written goes to a terminal."""
    stage.make_room(asked.options)
    connection = stage.pool.connect(asked.options)
    stage.tell_waits(connection)
    both = Both(stage, asked, connection, is_shown=is_shown)
    is_open = await stage.opened(connection)
    sending = asyncio.get_running_loop().create_task(
        both.send_all(Input(source)) if is_open else no_input(), name="input to messages"
    )
    try:
        await both.write_all()
    finally:
        sending.cancel()
        await asyncio.wait([sending])
    code = exit_code(connection) or (Exit.NOT_AS_EXPECTED if both.has_lost else Exit.OK)
    if is_open and (code is not Exit.OK or connection.close is None or not connection.close.by_us):
        stage.tell_end(connection)
    return code if sending.cancelled() else sending.result() or code


async def no_input() -> int:
    """Nothing is read where there is no connection."""
    return Exit.OK


class Both:
    """The two directions of a pipe."""

    def __init__(
        self, stage: Stage, asked: Pipe, connection: Connection, *, is_shown: bool
    ) -> None:
        self._stage = stage
        self._asked = asked
        self._connection = connection
        self._is_shown = is_shown
        self._feed = Feed(stage.pool, connection, forget=True)
        self._sender = Sender(stage, connection)
        self._wrote = asyncio.Event()
        self._event_lines = connection_lines(connection)
        self.has_lost = False
        """Whether something that came could not be written."""

    # Messages to output

    async def write_all(self) -> None:
        """Write what is received until the connection has ended."""
        feed, output = self._feed, self._stage.output
        make = self._json if self._asked.manner.json else self._raw
        turns = Turns()
        while await feed.wait():
            turns.begin()
            for segment, start, stop in feed.take():
                await turns.write(output, make(segment, start, stop))
            self._wrote.set()
        feed.close()
        if feed.missed:
            self.has_lost = True
            say(f"{count_text(feed.missed)} entries are missing: more came than memory may hold.")

    def _raw(self, segment: Segment, start: int, stop: int) -> Iterator[bytes]:
        """The messages among these rows, with what stands between them."""
        chosen = segment.flags[start:stop].translate(RECEIVED)
        if not any(chosen):
            return
        after = self._asked.delimiter
        if not self._is_shown:
            yield from lines(segment, start, stop, chosen, after=after)
            return
        for row in compress(range(start, stop), chosen):
            yield from (part.encode() for part in safe(segment, row))
            yield after

    def _json(self, segment: Segment, start: int, stop: int) -> Iterator[bytes]:
        for row in range(start, stop):
            yield from entry_lines(self._connection.id, segment, row, self._event_lines)

    # Input to messages

    async def send_all(self, given: Input) -> int:
        """Send what is read, and then close as asked; the exit code if that matters, or 0."""
        try:
            return await self._send_all(given)
        except Exception:  # a border: nobody would end the connection otherwise
            with suppress(Refused):
                self._stage.pool.drop(self._connection.id)
            raise

    async def _send_all(self, given: Input) -> int:
        try:
            async for messages in self._messages(given):
                await self._caught_up()
                await self._sender.send(messages, self._asked.kind)
        except Refused:
            return Exit.OK  # it has ended: how, is told by others
        except (Unsendable, LineTooLong) as error:
            say(str(error))
            await self._close(1001, "")
            return Exit.USAGE
        await self._sender.finish()
        self._stage.output.watch()  # who reads no more now leaves us nothing to do
        if self._asked.linger is None:
            return Exit.OK
        await asyncio.sleep(self._asked.linger)
        await self._close(self._asked.closing.code, self._asked.closing.reason)
        return Exit.OK

    async def _close(self, code: int, reason: str) -> None:
        await self._sender.finish()
        with suppress(Refused):  # it has ended a moment ago
            self._stage.pool.close(self._connection.id, code, reason, patient=True)

    async def _caught_up(self) -> None:
        """Wait for the reader of our output if he is far behind."""
        while self._connection.transcript.memory > MOST and not self._feed.is_over:
            self._wrote.clear()
            await self._wrote.wait()

    def _messages(self, given: Input) -> AsyncIterator[list[bytes]]:
        """What is read, as messages."""
        form = Form.TEXT if self._asked.kind is Kind.TEXT else Form.BINARY
        if self._asked.delimiter:
            found, what = given.lines(self._asked.delimiter, LONGEST), "Line"
        else:
            found, what = chunks(given, is_text=form is Form.TEXT), "Message"
        return readable(found, form, "standard input", what)


async def chunks(given: Input, *, is_text: bool) -> AsyncIterator[list[bytes]]:
    """What is read, as it comes; text without cutting characters."""
    rest = b""
    while data := await given.read():
        whole, rest = whole_characters(rest + data) if is_text else (data, b"")
        if whole:
            yield [whole]
    if rest:
        yield [rest]
