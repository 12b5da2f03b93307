"""`wstui handshake https://…`: plain HTTP, shown as a handshake is, or its body to a file."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from time import time
from typing import IO, Final

from wstui.command_line.handshake import Handshake
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.explain.plain_http import explain_http
from wstui.core.http.asking import STDIN, HttpAsk
from wstui.core.http.fields import exchange_fields
from wstui.core.http.rows import exchange_rows
from wstui.core.http.words import http_uri
from wstui.core.ndjson import line
from wstui.core.options.connect import masked_uri
from wstui.core.units import count_text
from wstui.headless.handshake import heading
from wstui.headless.input import Input
from wstui.headless.paper import Paper
from wstui.headless.saying import say, show
from wstui.headless.stage import Stage
from wstui.net.http.asking import HttpAsking, Sink, Sinking
from wstui.net.tls import TlsContexts

WORST: Final = 400
"""The first status that tells of a failure."""


async def ask_over_http(stage: Stage, asked: Handshake, paper: Paper) -> int:
    """Ask, and show what came; the exit code."""
    assert asked.http is not None
    contexts = TlsContexts()
    while True:
        asking = HttpAsking(asked.options, asked.http, contexts.get, _read_stdin)
        target = Target(stage, asked.http)
        try:
            await stage.unless_ending(asking.run(target.sink))
        finally:
            target.close()
        typed = await stage.passphrase(asking.connection.failure)
        if not typed:
            break
        contexts.unlock(asked.options.tls, typed)
    asking.answer.body.file = target.name
    await _show(stage, asked, paper, asking)
    return _code(asked.http, asking)


async def _show(stage: Stage, asked: Handshake, paper: Paper, asking: HttpAsking) -> None:
    connection, answer, ask = asking.connection, asking.answer, asked.http
    now, reveal = time(), asked.show_secrets
    is_told = False  # where a sentence on standard error would be the second one
    if asked.manner.json:

        def tell() -> bytes:
            fields = exchange_fields(connection, answer, now, reveal=reveal)
            fields["outcome"] = "failed" if connection.failure is not None else "answered"
            return line("http", now, **fields)

        await stage.output.write(await asyncio.to_thread(tell))
    elif ask is not None:
        is_apart = ask.output == STDIN  # standard output has the body
        paper = Paper.of_error() if is_apart else paper
        sheet = paper.sheet(ask.max_body or sys.maxsize)

        def draw() -> bytes:
            rows = heading(http_uri(connection.options.uri), reveal=reveal)
            rows += exchange_rows(connection, answer, now, sheet, reveal=reveal)
            return paper.draw(rows)

        drawn = await asyncio.to_thread(draw)  # a large body takes a while
        if not is_apart:
            await stage.output.write(drawn)
        elif not asked.manner.quiet:
            show(drawn.decode())
        is_told = not asked.manner.quiet if is_apart else paper.width is not None
    if not is_told:
        _say_what_failed(stage, asking)


def _say_what_failed(stage: Stage, asking: HttpAsking) -> None:
    """The sentence for standard error."""
    failure, body = asking.connection.failure, asking.answer.body
    where = masked_uri(http_uri(asking.connection.options.uri))
    if stage.is_ending:
        return
    if failure is not None:
        words = explain_http(failure)
        say(f"{where}: {words.title}: {words.sentence} {words.hint}".rstrip())
    elif body.fault:
        say(f"{where}: The body: {body.fault}")


def _code(ask: HttpAsk, asking: HttpAsking) -> int:
    connection = asking.connection
    if connection.failure is not None:
        return exit_code(connection)
    if ask.fail and (connection.handshake.status or 0) >= WORST:
        return Exit.REFUSED
    return asking.answer.body.exit


class Target:
    """Where a body goes to: a file, standard output, or nowhere but the screen."""

    def __init__(self, stage: Stage, ask: HttpAsk) -> None:
        self.name = ""
        """The file that was written; empty for none."""
        self._stage = stage
        self._ask = ask
        self._file: IO[bytes] | None = None

    async def sink(self, status: int) -> Sink | None:
        """What takes the body of a response with this status; None: it is only shown. As with
        curl's --fail, the body of a failure is not what was asked for."""
        if self._ask.output is None or (self._ask.fail and status >= WORST):
            return None
        if self._ask.output == STDIN:
            self.name = "standard output"
            return self._stage.output.write
        path = self._ask.output
        try:
            # In a thread: a named pipe waits for its reader.
            self.name, before, self._file = await asyncio.to_thread(_open, path)
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise Sinking(f"{path} cannot be written: {words}.") from error
        if before:
            self._stage.note(
                f"{self.name} held {count_text(before)} bytes, which were overwritten."
            )
        return self._write

    async def _write(self, data: bytes) -> None:
        assert self._file is not None
        try:
            await asyncio.to_thread(_write_all, self._file, data)
        except OSError as error:
            words = f"{self.name} cannot be written: {error.strerror}."
            raise Sinking(words) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):  # the disk is full, which was said before
                self._file.close()


def _open(path: str) -> tuple[str, int, IO[bytes]]:
    """The file at `path`, its whole path, and how many bytes it held."""
    path = os.path.expanduser(path)
    before = os.path.getsize(path) if os.path.isfile(path) else 0
    return path, before, open(path, "wb", buffering=0)


def _write_all(file: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


async def _read_stdin() -> bytes:
    """All of standard input."""
    source = Input()
    parts = []
    while data := await source.read():
        parts.append(data)
    return b"".join(parts)
