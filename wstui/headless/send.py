"""`wstui send`: messages go out, answers are waited for if that was asked, and it closes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from contextlib import suppress
from time import time
from typing import Any, Final, TypeVar

from wstui.command_line.send import Send
from wstui.command_line.tail import Tail
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.filter.selection import Selection
from wstui.core.ndjson import line
from wstui.core.ports import Refused
from wstui.core.units import count_text, exact_seconds_text
from wstui.headless.connection_lines import tell_lines
from wstui.headless.feed import Feed
from wstui.headless.input import LineTooLong, Source
from wstui.headless.outgoing import Part, outgoing
from wstui.headless.readable import Unsendable
from wstui.headless.saying import say
from wstui.headless.sender import Sender
from wstui.headless.stage import Stage, perform
from wstui.headless.tail import Following
from wstui.headless.tail_json import JsonLines
from wstui.headless.tail_lines import Lines, Screen
from wstui.headless.terminal import is_terminal

LAST: Final = 60.0
"""Seconds for which a peer that goes on sending puts off the time it has to answer our close frame:
nobody waits for what it sends."""

T = TypeVar("T")


def run(asked: Send) -> int:
    """Do what is asked; the exit code."""
    screen, has_terminal = Screen.of_output(), is_terminal(sys.stdin)
    return perform(
        lambda stage: send(stage, asked, has_terminal=has_terminal, screen=screen), asked.manner
    )


async def send(
    stage: Stage,
    asked: Send,
    source: Source | None = None,
    *,
    has_terminal: bool = False,
    screen: Screen | None = None,
) -> int:
    """Send what is asked, wait for answers, and close; the exit code. `source` None is standard
    input, `has_terminal`: which is a terminal; `screen` is the one that is written to."""
    try:
        given = await stage.unless_ending(outgoing(asked, source, has_terminal=has_terminal))
    except Unsendable as error:
        say(str(error))
        return Exit.USAGE
    if given is None:
        return Exit.INTERRUPTED
    work = Sending(stage, asked, given)
    if asked.answers:
        return await work.with_answers(screen)
    return await work.alone()


class Sending:
    """Messages under way on a connection of their own."""

    def __init__(self, stage: Stage, asked: Send, given: list[Part]) -> None:
        self._stage = stage
        self._asked = asked
        self._given = given
        stage.make_room(asked.options)
        self._connection = stage.pool.connect(asked.options)
        stage.tell_waits(self._connection)
        self._sender = Sender(stage, self._connection)
        self._fault = False  # whether something was read that cannot be sent
        self._is_complete = False
        self._opened = 0.0  # by the loop's clock

    async def alone(self) -> int:
        """Send, and close; the exit code."""
        connection, stage = self._connection, self._stage
        is_open = await stage.opened(connection)
        feed = Feed(stage.pool, connection, forget=True)
        told = _begin(tell_lines(stage, feed) if self._asked.manner.json else _drop(feed))
        if is_open:
            sending = _begin(self._send_all())
            await asyncio.wait([sending, told], return_when=asyncio.FIRST_COMPLETED)
            await self._close(sending)
        await told
        if is_open and not self._is_ours:
            stage.tell_end(connection)
        return self._code()

    async def with_answers(self, screen: Screen | None) -> int:
        """Send, and wait for answers, which are written; then close. The exit code."""
        stage, connection, asked = self._stage, self._connection, self._asked
        is_open = await stage.settled(connection)
        self._opened = asyncio.get_running_loop().time()
        following = self._following(screen)
        watching = _begin(following.run())
        sending = _begin(self._send_all()) if is_open else _begin(_nothing())
        try:
            await self._watch(watching, sending)
            if following.is_done and asked.expected.is_empty and asked.times is not None:
                await self._all_sent(sending)
        finally:
            fits = await _stopped(watching) and following.is_done
            following.close()
        at = len(connection.transcript)
        await self._tell(fits)
        told = _begin(self._tell_rest(at))
        await self._close(sending)
        await told
        if not is_open:
            return exit_code(connection)
        is_partial = not asked.expected.is_empty or asked.times is None
        if fits and is_partial and not self._fault:
            return Exit.OK  # what was not sent was left on purpose
        code = self._code(is_tolerant=fits)
        return code or (Exit.OK if fits else Exit.NOT_AS_EXPECTED)

    # Sending

    async def _send_all(self) -> None:
        kind = self._asked.form.kind
        try:
            for part in self._given:
                await self._sender.send(part.messages, kind)
                if part.stream is not None:
                    async for messages in part.stream:
                        await self._sender.send(messages, kind)
        except Refused:
            return  # it has ended: how, is told elsewhere
        except (Unsendable, LineTooLong) as error:
            say(str(error))
            self._fault = True
        else:
            self._is_complete = True
        await self._sender.finish()

    async def _all_sent(self, sending: asyncio.Task[None]) -> None:
        """Wait until all is sent, or the connection has ended."""
        ended = _begin(self._stage.ended(self._connection))
        await asyncio.wait([sending, ended], return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()

    async def _close(self, sending: asyncio.Task[None]) -> None:
        """Send nothing more, close, and wait until it has ended."""
        await _stopped(sending)
        if self._connection.is_open:
            await self._sender.finish()
        with suppress(Refused):  # it has ended, or is ending
            closing = self._asked.closing
            self._stage.pool.close(self._connection.id, closing.code, closing.reason, patient=True)
        try:
            async with asyncio.timeout(None if self._asked.options.close_timeout is None else LAST):
                await self._stage.ended(self._connection)
        except TimeoutError:
            wire = self._stage.pool.wire(self._connection.id)
            if wire is not None:
                wire.is_patient = False  # it has the usual time from now on
            await self._stage.ended(self._connection)

    @property
    def _is_ours(self) -> bool:
        """Whether we closed the connection, and the peer answered that."""
        close = self._connection.close
        return close is not None and close.clean and bool(close.by_us)

    def _code(self, *, is_tolerant: bool = False) -> int:
        """The exit code as far as it is about sending, of which is said how far it came."""
        code = exit_code(self._connection)
        if self._connection.failure is not None or self._stage.is_ending:
            return code
        if self._fault:
            return Exit.USAGE
        if not (self._is_complete and (self._is_ours or self._sender.sent == self._sender.given)):
            say(f"{self._words()} sent.")
            return code or Exit.NOT_AS_EXPECTED
        return Exit.OK if is_tolerant else code

    def _words(self) -> str:
        """How many messages were sent, of how many if that is known."""
        sent = self._sender.sent
        if any(part.stream is not None for part in self._given):
            return f"{count_text(sent)} message{' was' if sent == 1 else 's were'}"
        total = sum(len(part.messages) for part in self._given)
        are = "was" if sent == 1 else "were"
        return f"{count_text(sent)} of {count_text(total)} messages {are}"

    # Answers

    def _following(self, screen: Screen | None) -> Following:
        asked, connection = self._asked, self._connection
        json = asked.manner.json
        selection = Selection(asked.expected, everything=json and asked.expected.is_empty)
        wanted = Tail((asked.options,), asked.manner, selection, count=asked.answers)
        maker = JsonLines([connection]) if json else Lines(wanted.form, [], screen)
        return Following(self._stage, wanted, [connection], maker, greets=False)

    async def _watch(self, watching: asyncio.Task[int], sending: asyncio.Task[None]) -> None:
        """Wait until all answers came, the connection ended, or it is too late for answers."""
        while not (watching.done() or self._fault):
            left = self._left()
            if left is not None and left <= 0:
                return
            tasks: list[asyncio.Task[Any]] = [watching]
            if not sending.done():
                tasks.append(sending)
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def _left(self) -> float | None:
        """Seconds until it is too late for answers; None: it never is."""
        if self._asked.within is None:
            return None
        begun = max(self._opened, self._sender.last)
        return begun + self._asked.within - asyncio.get_running_loop().time()

    async def _tell(self, fits: bool) -> None:
        """Say what did not come, and tell programs what came of it."""
        stage, asked, connection = self._stage, self._asked, self._connection
        if asked.manner.json and connection.opened is not None:
            await stage.output.write(line("answers", time(), id=connection.id, fits=fits))
        if fits or self._fault or stage.is_ending or connection.opened is None:
            return
        what = "No message" if asked.answers == 1 else f"Not {count_text(asked.answers)} messages"
        if not asked.expected.is_empty:
            what += f" that fit{'s' if asked.answers == 1 else ''} “{asked.expected.source}”"
        if connection.is_live and asked.within is not None:
            end = f"within {exact_seconds_text(asked.within)}"
        else:
            end = "before the connection ended"
        others = count_text(connection.transcript.received)
        say(f"{what} came {end}; {others} came in all.")

    async def _tell_rest(self, at: int) -> None:
        """Tell programs what happens from entry `at` on."""
        if self._asked.manner.json:
            feed = Feed(self._stage.pool, self._connection, at)
            await tell_lines(self._stage, feed)


def _begin(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    return asyncio.get_running_loop().create_task(work, name="a part of sending")


async def _stopped(task: asyncio.Task[Any]) -> bool:
    """Stop `task` if it still runs; whether it had ended. Its faults are raised here."""
    was_done = task.done()
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return was_done


async def _drop(feed: Feed) -> None:
    """Let what comes go, so that it takes no memory."""
    while await feed.wait():
        for _ in feed.take():
            pass


async def _nothing() -> None:
    """Nothing is sent where there is no connection."""
