"""`wstui chat`: somebody in a chat room, at a terminal or in a script."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from getpass import getuser
from time import localtime, strftime, time
from typing import TYPE_CHECKING, Final

from wstui.command_line.chat import Chat
from wstui.core.chat_rows import plain, rows
from wstui.core.chatting import COMMANDS, Form, Heard, Sort, Talk, Typed, chat_uri, is_name
from wstui.core.connection import Connection, FailureKind
from wstui.core.entry import INCOMPLETE, KIND_MASK, OUTGOING, EventName, Kind, LocalEvent
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.ndjson import line
from wstui.core.ports import Refused
from wstui.core.segment import Segment
from wstui.core.serving.chat import ChatError, check_name
from wstui.core.units import size_text
from wstui.headless.connection_lines import connection_lines
from wstui.headless.entry_lines import entry_lines
from wstui.headless.feed import Feed
from wstui.headless.input import LineTooLong
from wstui.headless.prompt import Line, Piped, Prompt, has_terminal, prompt
from wstui.headless.saying import say
from wstui.headless.stage import Stage, perform

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer

WELCOME: Final = 2.0
"""Seconds that a server has for its first message before lines are sent to it as they are."""

AT_ONCE: Final = 50
"""Entries that are looked at, and shown together, before others have their turn."""

LARGE: Final = 32 << 10
"""Bytes of a message of which a terminal shows no more; no room lets anybody say as much."""

ANSWERS: Final = 2.0
"""Seconds that a room has, once the input has ended, to answer what was said last."""


def run(asked: Chat) -> int:
    """Do what is asked; the exit code."""
    return perform(lambda stage: chat(stage, asked), asked.manner)


async def chat(stage: Stage, asked: Chat) -> int:
    """Talk until the input, or the connection, has ended; the exit code."""
    talk = Talk(asked.form, asked.name)
    completer = _completer(talk) if has_terminal() else None
    with (
        nullcontext(Piped(stage))
        if asked.manner.json
        else prompt(stage, erase=True, completer=completer) as lines
    ):
        if lines.is_terminal and not talk.wanted and talk.form is not Form.PLAIN:
            name = await _ask_name(lines)
            if name is None:
                return Exit.OK
            talk.wanted = name
        chatter = Chatter(stage, asked, talk, lines)
        await chatter.go_on()
    return chatter.end()


async def _ask_name(lines: Prompt) -> str | None:
    """What somebody wants to be called; None when nothing more is typed."""
    try:
        usual = check_name(getuser())
    except (ChatError, KeyError, OSError, ImportError):  # whoever that is
        usual = ""
    hint = f" [{usual}]" if usual else ""
    while True:
        typed = await lines.ask(f"Your name{hint}: ")
        if typed is None:
            return None
        try:
            return check_name(typed or usual)
        except ChatError as error:
            await lines.show(f"! {error}")


def _completer(talk: Talk) -> Completer:
    """Completes commands, and names of who is there."""
    from prompt_toolkit.completion import WordCompleter

    commands = [name.split()[0] for name in COMMANDS]
    return WordCompleter(lambda: [*commands, *filter(is_name, talk.members)], WORD=True)


class Chatter:
    """A connection to a room, and who reads and types."""

    def __init__(self, stage: Stage, asked: Chat, talk: Talk, lines: Prompt) -> None:
        options = asked.options
        self._stage = stage
        self._asked = asked
        self._talk = talk
        self._lines = lines
        if asked.form is None:
            talk.asked = talk.wanted
            options = replace(options, uri=chat_uri(options.uri, talk.wanted))
        self.connection: Connection = stage.pool.connect(options)
        self._feed = Feed(stage.pool, self.connection, forget=True)
        self._event_lines = connection_lines(self.connection)
        self._opened = asyncio.Event()
        """Set once it was open."""
        self._first = asyncio.Event()
        """Set once it is known what the server speaks."""
        self._owed = 0  # answers of the room
        self._answered = asyncio.Event()
        self._is_refused = False
        """Whether something that was asked for was not done."""
        self._has_left = self._was_away = False  # from the room; and whether without a connection

    async def go_on(self) -> None:
        """Talk until it ends."""
        stage, connection = self._stage, self.connection
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(self._type(), name="typing")
            while True:
                await self._listen()
                if self._opened.is_set() or stage.is_ending or self._asked.manner.json:
                    break
                if not await stage.settled(connection):
                    break  # else what was missing was typed
            typing.cancel()

    def end(self) -> int:
        """Tell how it ended, where that is not as it should; the exit code."""
        connection, failure = self.connection, self.connection.failure
        code = exit_code(connection)
        if self._has_left and (self._was_away or code is Exit.OK):
            in_vain = self._is_refused and not self._lines.is_terminal
            return Exit.NOT_AS_EXPECTED if in_vain else Exit.OK
        if not self._asked.manner.json:
            self._stage.tell_end(connection)
        if failure is not None and failure.kind is FailureKind.STATUS and not self._asked.form:
            self._stage.note("with --plain the URL goes out as it is, without name and format")
        return code

    # What comes

    async def _listen(self) -> None:
        """Show what comes until the connection has ended for good, or whoever reads has left."""
        while await self._feed.wait():
            for segment, start, stop in self._feed.take():
                for first in range(start, stop, AT_ONCE):
                    if self._is_gone:
                        self._feed.close()
                        return
                    heard: list[Heard] = []
                    for row in range(first, min(first + AT_ONCE, stop)):
                        heard += await self._look(segment, row)
                    await self._show(heard)
            self._settle()

    @property
    def _is_gone(self) -> bool:
        """Whether nobody reads any more: there may be much that was not shown yet."""
        return self._lines.is_terminal and (self._has_left or self._stage.is_ending)

    async def _look(self, segment: Segment, row: int) -> Sequence[Heard]:
        """What to show of an entry."""
        flags = segment.flags[row]
        kind = flags & KIND_MASK
        if kind == Kind.EVENT:
            return await self._event(segment.event(row), segment.times[row])
        if kind not in (Kind.TEXT, Kind.BINARY) or flags & OUTGOING:
            return ()
        heard = self._hear(segment, row)
        if not self._asked.manner.json:
            return [heard] if self._is_of_interest(heard) else ()
        await self._tell(heard, segment, row)
        return ()

    def _hear(self, segment: Segment, row: int) -> Heard:
        """What a message is."""
        low, high = segment.span(row)
        flags = segment.flags[row]
        if flags & KIND_MASK == Kind.BINARY or flags & INCOMPLETE:
            return Heard(Sort.NOTICE, f"{size_text(high - low)} that are no text")
        is_cut = high - low > LARGE and self._lines.is_terminal
        text = segment.payload(row, LARGE if is_cut else None).decode("utf-8", "replace")
        if is_cut:
            return Heard(Sort.RAW, f"{text}… ({size_text(high - low)})")
        heard = self._talk.hear(text)
        self._owed -= self._talk.is_answer(heard)
        self._is_refused |= heard.sort is Sort.TROUBLE
        return heard

    def _is_of_interest(self, heard: Heard) -> bool:
        """Whether it is shown: not every notice is."""
        if heard.sort is not Sort.NOTICE:
            return True
        return bool(heard.text) and (not self._asked.manner.quiet or self._talk.is_answer(heard))

    async def _tell(self, heard: Heard, segment: Segment, row: int) -> None:
        """Write what was heard as NDJSON: what a room told, else the message itself."""
        id, write = self.connection.id, self._stage.output.write
        if heard.fields is None:
            for piece in entry_lines(id, segment, row, self._event_lines):
                await write(piece)
            return
        await write(line("chat", segment.times[row], id=id, **heard.fields))

    async def _event(self, event: LocalEvent, when: float) -> Sequence[Heard]:
        quiet = self._asked.manner.quiet
        if event.name is EventName.OPEN:
            self._opened.set()
        if self._asked.manner.json:
            for piece in self._event_lines(event, when):
                await self._stage.output.write(piece)
            return ()
        if event.name is EventName.CLOSED and self.connection.is_live:
            return [Heard(Sort.TROUBLE, event.text)]
        if event.name is EventName.WAITING and not quiet:
            return [Heard(Sort.NOTICE, event.text)]
        if event.name is EventName.OPEN and self._talk.form not in (None, Form.ROOM) and not quiet:
            return [Heard(Sort.NOTICE, f"connected to {self.connection.name}")]
        return ()

    def _settle(self) -> None:
        """What follows from what was heard."""
        if self._talk.form is not None:
            self._first.set()
        if self._owed <= 0:
            self._owed = 0
            self._answered.set()
        reply = self._talk.reply()
        if reply is not None:
            with suppress(Refused):  # it is ending, which is told
                self._stage.pool.send(self.connection.id, reply.encode())

    async def _show(self, heard: Iterable[Heard]) -> None:
        """Show what was heard, or said."""
        if self._lines.is_terminal:
            clock = strftime("%H:%M", localtime(time()))
            width = shutil.get_terminal_size().columns
            await self._lines.show(*(row for one in heard for row in rows(one, clock, width)))
            return
        shown: list[Line] = []
        for one in heard:
            if one.sort is Sort.TROUBLE:
                say(one.text)
            elif one.sort is not Sort.SENT:
                shown += plain(one).split("\n")
        await self._lines.show(*shown)

    # What is typed

    async def _type(self) -> None:
        """Say what is typed, until that ends."""
        await self._opened.wait()
        try:
            while (typed := await self._lines.ask("> ")) is not None:
                await self._ready()
                asked = self._talk.type(typed)
                if asked.leaves:
                    break
                await self._do(asked)
        except LineTooLong as error:
            self._is_refused = True
            say(str(error))
        await self._leave()

    async def _ready(self) -> None:
        """Wait until the connection is open, where nobody sees that it is not; and until it is
        known what the server speaks."""
        while self.connection.is_live and not self.connection.is_open:
            if self._lines.is_terminal:
                return
            await self._stage.change(self.connection)
        try:
            async with asyncio.timeout(WELCOME):
                await self._first.wait()
        except TimeoutError:
            self._talk.form = Form.PLAIN
            self._first.set()
            words = "this is no chat room, as it seems: lines are sent and shown as they are"
            if not self._asked.manner.quiet:
                await self._show([Heard(Sort.NOTICE, words)])

    async def _do(self, asked: Typed) -> None:
        """Send and show what a line asks for."""
        if asked.message is not None:
            try:
                payload = asked.message.encode("utf-8", "surrogateescape")
                await self._stage.send(self.connection, payload)
            except Refused as refused:
                self._is_refused = True
                await self._show([Heard(Sort.TROUBLE, f"not said: {refused}")])
                return
            self._owed += asked.is_answered
        if asked.shown is not None:
            self._is_refused |= asked.shown.sort is Sort.TROUBLE
            await self._show([asked.shown])

    async def _leave(self) -> None:
        """Nothing more is said: close, once the room has answered."""
        if not self._lines.is_terminal:
            await self._ready()
            with suppress(TimeoutError):
                async with asyncio.timeout(ANSWERS):
                    while self._owed:
                        self._answered.clear()
                        await self._answered.wait()
        self._has_left, self._was_away = True, not self.connection.is_open
        if not self._stage.is_ending:
            with suppress(Refused):  # it is ending already
                self._stage.pool.close(self.connection.id)
