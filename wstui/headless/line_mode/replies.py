"""What is answered to a line: as text, each line of it after `> `, or as NDJSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import Any, Protocol

from wstui.core.answering import classic
from wstui.core.connection import Connection
from wstui.core.filter.language import Filter
from wstui.core.ndjson import line
from wstui.core.printable import printable
from wstui.headless.line_mode.messages import message_lines
from wstui.headless.output import encoded
from wstui.headless.prompt import Prompt
from wstui.headless.stage import Stage


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a command."""

    text: str = ""
    """In lines; it may hold remote text."""
    failed: bool = False
    """Whether it could not be done."""
    is_page: bool = False
    """Whether it is a page of help, which stands there as it is."""
    about: Connection | None = None
    """The connection whose messages are to be listed, too."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Facts for a program."""


class Writer(Protocol):
    """How answers are given."""

    async def prompt(self) -> None:
        """A command is waited for."""

    async def answer(self, command: str, reply: Reply, filter: Filter | None) -> None:
        """Give the answer to a command, of which this is the name. Of messages, list those that
        match `filter`; None: all."""

    async def leave(self) -> None:
        """The input has ended without `quit`."""


class Texts:
    """Answers for people, and for scripts that know the tutorial client."""

    def __init__(self, stage: Stage, lines: Prompt, *, safe: bool) -> None:
        """`safe`: they are read at a terminal, which shall not obey them."""
        self._output = stage.output
        self._lines = lines
        self._quiet = stage.manner.quiet
        self._safe = safe

    async def prompt(self) -> None:
        if not self._lines.is_terminal and not self._quiet:
            await self._output.write(classic.PROMPT.encode())

    async def answer(self, command: str, reply: Reply, filter: Filter | None) -> None:
        mark = "" if reply.is_page else "> "
        text = reply.text.replace("\r\n", "\n")
        if self._safe:
            text = printable(text, newlines=True)
        lines = [f"{mark}{one}" for one in text.split("\n")] if text or reply.is_page else []
        await self._output.write(encoded("".join(f"{one}\n" for one in lines)))
        if reply.about is not None:
            transcript = reply.about.transcript
            async for data in message_lines(transcript, filter, safe=self._safe):
                await self._output.write(data)
        if self._lines.is_terminal:  # the prompt must not come in between
            while not await self._output.finish(60.0) and not self._output.closed.is_set():
                pass

    async def leave(self) -> None:
        if not self._lines.is_terminal and not self._quiet:
            await self._output.write(b"\n")


class Lines:
    """Answers for programs."""

    def __init__(self, stage: Stage) -> None:
        self._output = stage.output

    async def prompt(self) -> None:
        """Nobody looks at it."""

    async def answer(self, command: str, reply: Reply, filter: Filter | None) -> None:
        fields = {"command": command, "ok": not reply.failed, **reply.fields}
        await self._output.write(line("answer", time(), **fields, text=reply.text or None))

    async def leave(self) -> None:
        """Nothing has to be ended."""
