"""What `wstui send` is given to send: arguments, files, standard input.

What is not read line by line is read, and judged, before anything goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from io import FileIO
from time import time
from typing import Final, NamedTuple
from uuid import uuid4

from wstui.command_line.send import Send
from wstui.core.sending.plan import Pace, Template
from wstui.core.sending.texts import Form
from wstui.headless.input import Input, Source
from wstui.headless.readable import Unsendable, readable, unreadable

LONGEST: Final = 64 << 20
"""Bytes of a line, at most."""

AT_ONCE: Final = 256
"""Messages that are made at once of one that is sent several times."""

INPUT: Final = "standard input"


class File(FileIO):
    """A file that is closed once it was read."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            self.close()
        return data


class Part(NamedTuple):
    """Some messages: those that are known, or those that will be read."""

    messages: list[bytes]
    stream: AsyncIterator[list[bytes]] | None = None
    """Of messages, as many together as came; None where all are known."""


async def outgoing(asked: Send, source: Source | None, *, has_terminal: bool) -> list[Part]:
    """All that is to be sent, in its order. `source` None is standard input; `has_terminal`: that
    is a terminal, which is not read where nobody asked for it.

    Raises:
        Unsendable: something is not what it has to be, or a file cannot be read.
    """
    found = await _parts(asked, source, has_terminal=has_terminal)
    has_pace = bool(asked.every) or asked.rate is not None
    if asked.times != 1:
        if found[0].stream is not None:
            raise Unsendable("A message that is sent several times cannot be read line by line.")
        at_once = 1 if has_pace else AT_ONCE
        found = [Part([], repeated(found[0].messages[0], asked, at_once))]
    if has_pace:
        pace = Pace(asked.every, asked.rate, asyncio.get_running_loop().time())
        found = [Part([], paced(found, pace))]
    return found


async def _parts(asked: Send, source: Source | None, *, has_terminal: bool) -> list[Part]:
    messages = asked.messages
    if not messages:
        if has_terminal and not asked.answers:
            raise Unsendable("There is nothing to send: give a MESSAGE, @FILE, or - for lines.")
        messages = () if has_terminal else ("-",)
    elif asked.is_literal:
        return [Part([_argument(asked.form, one) for one in messages])]
    found = []
    for one in messages:
        if one == "-":
            found.append(await _read(asked, Input(source), INPUT, by_lines=not asked.is_whole))
        elif one.startswith("@"):
            name = one[1:]
            found.append(
                await _read(asked, Input(await _opened(name)), name, by_lines=asked.by_lines)
            )
        else:
            found.append(Part([_argument(asked.form, one)]))
    return found


def _argument(form: Form, text: str) -> bytes:
    try:
        # Bytes of the command line that are no text stand in it as lone surrogates (PEP 383).
        return form.read(text.encode(errors="surrogateescape"))
    except ValueError as error:
        raise Unsendable(f"The message {text!r} {error}") from error


async def _opened(name: str) -> Source:
    try:
        return await asyncio.to_thread(File, name)  # a named pipe waits for its writer
    except OSError as error:
        words = f"{unreadable(name, error)} --literal sends the text @{name} itself."
        raise Unsendable(words) from error


async def _read(asked: Send, given: Input, where: str, *, by_lines: bool) -> Part:
    if by_lines:
        return Part([], readable(given.lines(most=LONGEST), asked.form, where))
    pieces = []
    try:
        while data := await given.read():
            pieces.append(data)
    except OSError as error:
        raise unreadable(where, error) from error
    try:
        return Part([asked.form.read(b"".join(pieces))])
    except ValueError as error:
        raise Unsendable(f"{where[0].upper()}{where[1:]} {error}") from error


async def repeated(payload: bytes, asked: Send, at_once: int) -> AsyncIterator[list[bytes]]:
    """The message as often as was asked, `at_once` of them together."""
    template = Template(payload, asked.form.kind)
    made = 0
    while asked.times is None or made < asked.times:
        last = made + at_once if asked.times is None else min(made + at_once, asked.times)
        now = time()
        yield [template.fill(n, now, lambda: str(uuid4())) for n in range(made + 1, last + 1)]
        made = last


async def paced(parts: Sequence[Part], pace: Pace) -> AsyncIterator[list[bytes]]:
    """All messages, no faster than they shall go."""
    clock = asyncio.get_running_loop().time
    for part in parts:
        async for payloads in _each(part):
            at = 0
            while at < len(payloads):
                now = clock()
                wait = pace.wait(now)
                if wait > 0:
                    await asyncio.sleep(wait)
                    continue
                start = at
                while at < len(payloads) and pace.wait(now) <= 0:
                    pace.sent(now, len(payloads[at]))
                    at += 1
                yield payloads[start:at]


async def _each(part: Part) -> AsyncIterator[list[bytes]]:
    """The messages of a part."""
    yield part.messages
    if part.stream is not None:
        async for messages in part.stream:
            yield messages
