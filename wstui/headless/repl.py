"""`wstui repl`: the command language on standard input, answers on standard output."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, Final

from wstui.command_line.repl import Repl
from wstui.core.answering import classic
from wstui.core.answering.hosting import GOING_AWAY, turn
from wstui.core.exit_codes import Exit
from wstui.core.ports import Profiles, Refused
from wstui.core.printable import printable
from wstui.headless.input import LineTooLong
from wstui.headless.line_mode.commands import Commands, name_of
from wstui.headless.line_mode.events import Events
from wstui.headless.line_mode.news import News
from wstui.headless.line_mode.notices import Notices
from wstui.headless.line_mode.patience import Patience
from wstui.headless.line_mode.replies import Lines, Reply, Texts, Writer
from wstui.headless.prompt import Piped, Prompt, has_terminal, prompt
from wstui.headless.saying import say
from wstui.headless.stage import CLOSE_TIME, GRACE, Stage, perform
from wstui.headless.terminal import is_terminal

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History

COMMENT: Final = "#"
"""Begins a line that is passed over."""

SLICE: Final = 0.005
"""Seconds of commands before the loop has its turn."""


def run(asked: Repl, profiles: Profiles, history: Path | None = None) -> int:
    """Do what is asked; the exit code. `history` is the file for typed lines; None: they are not
    kept."""
    return perform(lambda stage: repl(stage, asked, profiles, history), asked.manner)


async def repl(
    stage: Stage,
    asked: Repl,
    profiles: Profiles,
    history: Path | None = None,
    lines: Prompt | None = None,
) -> int:
    """Read commands and answer them until `quit`, or there are none; the exit code. `lines` None:
    from standard input."""
    as_json = asked.manner.json
    news = News(stage.pool)
    notices = Notices(stage.pool, news)
    is_typed = lines is None and not as_json and has_terminal()
    patience = Patience(stage.pool, news, is_script=not is_typed)
    secret = _ask_secret if is_typed else None
    commands = Commands(stage, profiles, patience, notices, secret)
    events = Events(stage.pool, stage.output, quiet=asked.manner.quiet) if as_json else None
    notices.is_on = is_typed and not asked.manner.quiet
    with _asking(stage, lines, is_typed, history, commands) as asking:
        writer = Lines(stage) if as_json else Texts(stage, asking, safe=_is_read())
        session = Session(stage, asked, commands, asking, writer)
        async with asyncio.TaskGroup() as group:
            told = group.create_task(notices.run(asking), name="notices")
            happened = group.create_task(events.run(), name="events") if events else None
            done = await stage.unless_ending(session.run())
            code = Exit.OK if done is None else done  # at the end the stage knows better
            notices.end()
            if events is not None:
                events.end()
            await asyncio.wait([told, *([happened] if happened else [])], timeout=GRACE)
            for task in (told, happened):
                if task is not None:
                    task.cancel()
    return code


def _is_read() -> bool:
    """Whether a terminal shows what is answered."""
    return is_terminal(sys.stdout)


@contextmanager
def _asking(
    stage: Stage, lines: Prompt | None, is_typed: bool, history: Path | None, commands: Commands
) -> Iterator[Prompt]:
    """Where lines come from."""
    if lines is not None or not is_typed:
        yield lines or Piped(stage)
        return
    kept, completer = _comforts(stage, history, commands)
    with prompt(stage, history=kept, completer=completer) as typed:
        yield typed


async def _ask_secret(words: str) -> str:
    from wstui.headless.line_mode.terminal import ask_secret

    return await ask_secret(words)


def _comforts(stage: Stage, history: Path | None, commands: Commands) -> tuple[History, Completer]:
    from wstui.headless.line_mode.terminal import CommandCompleter, history_in

    return history_in(history), CommandCompleter(stage.pool, commands)


class Session:
    """Lines, one after the other, and what is answered to them."""

    def __init__(
        self, stage: Stage, asked: Repl, commands: Commands, lines: Prompt, writer: Writer
    ) -> None:
        self._stage = stage
        self._asked = asked
        self._commands = commands
        self._lines = lines
        self._writer = writer
        self._code = Exit.OK

    async def run(self) -> int:
        """Until `quit`, or the end of the input; the exit code."""
        for options in self._asked.options:
            await self._tell("connect", self._commands.open(options))
        if self._lines.is_terminal:
            await self._commands.read_profiles()
        begun = perf_counter()
        while not self._is_over:
            await self._writer.prompt()
            try:
                text = await self._lines.ask(classic.PROMPT)
            except LineTooLong as error:
                say(str(error))
                self._code = Exit.USAGE
                text = None
            if text is None:
                await self._writer.leave()
                break
            for line in text.split("\n"):  # several lines may be pasted at once
                await self._do(line)
            if perf_counter() - begun > SLICE:  # a long script leaves room for its connections
                await turn()
                begun = perf_counter()
        await self._leave()
        return self._code

    @property
    def _is_over(self) -> bool:
        return self._commands.has_quit or self._code is not Exit.OK

    async def _do(self, line: str) -> None:
        if self._is_over or not line.strip() or line.lstrip().startswith(COMMENT):
            return
        try:
            async with asyncio.timeout(None) as limit:
                with self._interrupting(limit):
                    reply = await self._commands.do(line)
                    await self._tell(name_of(line), reply)
        except TimeoutError:
            if not limit.expired():
                raise
            await self._stage.output.write(b"\n")  # the terminal shows the key itself
            await self._tell(name_of(line), Reply("Interrupted", failed=True))

    async def _tell(self, name: str, reply: Reply) -> None:
        await self._writer.answer(name, reply, self._commands.filter)
        if reply.failed and self._asked.strict:
            self._code = Exit.NOT_AS_EXPECTED

    @contextmanager
    def _interrupting(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Somebody who types a command interrupts that alone by Ctrl+C."""
        before = signal.getsignal(signal.SIGINT)
        if not self._lines.is_terminal or before is signal.SIG_IGN:
            yield
            return
        loop = asyncio.get_running_loop()

        def interrupt(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(limit.reschedule, loop.time())

        signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    async def _leave(self) -> None:
        """Close what is open, as the tutorial client does when it is left."""
        pool = self._stage.pool
        for connection in list(pool.connections.values()):
            if not connection.is_open:
                continue
            id = connection.id
            reply = Reply(f"Closing connection {id}", fields={"id": id})
            await self._writer.answer("quit", reply, None)
            try:
                pool.close(id, GOING_AWAY)
            except Refused as refusal:
                words = printable(f"Error closing connection {id}: {refusal}")
                await self._writer.answer("quit", Reply(words, failed=True), None)
        await pool.close_all(GOING_AWAY, timeout=CLOSE_TIME)
