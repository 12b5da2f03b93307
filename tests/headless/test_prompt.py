"""Lines typed at a terminal, or from a pipe, while others are shown."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, StringIO

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.headless_support import PATIENCE, Kept, stage
from tests.net_support import until
from wstui.headless import prompt as prompt_module
from wstui.headless.input import Input
from wstui.headless.prompt import Piped, prompt
from wstui.headless.saying import say


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PipeInput, StringIO]]:
    """Keys that are pressed, and what the terminal gets."""
    monkeypatch.setattr(prompt_module, "has_terminal", lambda: True)
    with pressing() as (keys, screen):
        yield keys, screen


@contextmanager
def pressing() -> Iterator[tuple[PipeInput, StringIO]]:
    screen = StringIO()
    output = Vt100_Output(screen, lambda: Size(24, 80), term="xterm")
    with create_pipe_input() as keys, create_app_session(keys, output):
        yield keys, screen


async def test_lines_of_a_pipe() -> None:
    """Their ends do not belong to them, and bytes that are not UTF-8 survive."""
    async with stage() as here:
        lines = Piped(here, Input(BytesIO(b"one\r\n\n two\xff\nlast")))
        assert [await lines.ask() for _ in range(4)] == ["one", "", " two\udcff", "last"]
        assert await lines.ask() is None
        assert await lines.ask() is None


async def test_a_pipe_gets_texts_as_they_are() -> None:
    """Styles are left out; nothing is replaced, for nobody but a program reads it."""
    kept = Kept()
    async with stage(kept=kept) as here:
        await Piped(here, Input(BytesIO())).show("\x1b[1m \udcff", [("bold", "a"), ("", "b")])
        await here.output.finish(PATIENCE)
    assert kept.data == b"\x1b[1m \xff\nab\n"


async def test_a_typed_line_stays_whole(terminal: tuple[PipeInput, StringIO]) -> None:
    """What is shown meanwhile stands above it, safe for the terminal."""
    keys, screen = terminal
    async with stage() as here:
        with prompt(here) as lines:
            assert lines.is_terminal
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                typed = group.create_task(lines.ask("> "), name="typing")
                keys.send_text("hel")
                await until(lambda: "hel" in screen.getvalue())
                await lines.show("\x1b[2J news", [("bold", "and"), ("", " more")])
                await until(lambda: "hel" in screen.getvalue().rpartition("more")[2])
                keys.send_text("lo\r")
            assert typed.result() == "hello"
    assert "\x1b[2J" not in screen.getvalue()
    assert "␛[2J news" in screen.getvalue()


async def test_keys_are_heard_however_much_is_shown(terminal: tuple[PipeInput, StringIO]) -> None:
    """Who types has his turn between any two lines."""
    keys, _ = terminal
    async with stage() as here:
        with prompt(here) as lines:
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                typed = group.create_task(lines.ask("> "), name="typing")
                keys.send_text("hello\r")
                for _ in range(1000):
                    await lines.show("x")
                    if typed.done():
                        break
                assert typed.done()


async def test_notices_of_others(
    terminal: tuple[PipeInput, StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard error goes above the line, too, but only where it is the terminal."""
    _, screen = terminal
    async with stage() as here:
        with prompt(here):
            say("into a file")
        error = StringIO()
        error.isatty = lambda: True  # type: ignore[method-assign]
        monkeypatch.setattr(sys, "stderr", error)
        with prompt(here):
            say("on the terminal")
        assert sys.stderr is error
    await until(lambda: "on the terminal" in screen.getvalue())
    assert "into a file" not in screen.getvalue()
    assert error.getvalue() == ""


async def test_keys_that_end(terminal: tuple[PipeInput, StringIO]) -> None:
    """Ctrl+C forgets what is typed; Ctrl+D in an empty line is the end of the input."""
    keys, _ = terminal
    async with stage() as here:
        with prompt(here) as lines:
            async with asyncio.timeout(PATIENCE):
                keys.send_text("wrong\x03right\r")
                assert await lines.ask() == "right"
                keys.send_text("\x04")
                assert await lines.ask() is None


async def test_an_interrupt_by_a_key(
    terminal: tuple[PipeInput, StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C in an empty line is the signal that the terminal did not make of it, and there is no
    further line once the end was asked for."""
    keys, _ = terminal
    async with stage() as here:
        monkeypatch.setattr(signal, "raise_signal", lambda number: here.ending.set())
        with prompt(here) as lines:
            async with asyncio.timeout(PATIENCE):
                keys.send_text("\x03")
                assert await lines.ask() is None
    assert here.is_ending
