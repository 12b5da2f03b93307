"""Copying, with and without a clipboard program."""

from __future__ import annotations

import pyperclip  # type: ignore[import-untyped]
import pytest

from tests.ui_support import WidgetApp
from wstui import clipboard


def without_a_program(text: str) -> None:
    """What `pyperclip` does where no clipboard program is installed."""
    raise pyperclip.PyperclipException("no copy mechanism")


async def test_both_ways_get_the_exact_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal and the system's clipboard get the text as it is."""
    copied: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", copied.append)
    app = WidgetApp()
    async with app.run_test():
        assert await clipboard.copy(app, "\x1b[2J [/x] ü\n")
        assert app.clipboard == "\x1b[2J [/x] ü\n"
        assert copied == ["\x1b[2J [/x] ü\n"]


async def test_without_a_program_the_terminal_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without a clipboard program is no error: the terminal still gets the text."""
    monkeypatch.setattr(pyperclip, "copy", without_a_program)
    app = WidgetApp()
    async with app.run_test():
        assert await clipboard.copy(app, "hello")
        assert app.clipboard == "hello"


async def test_a_very_long_text_spares_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text over the limit goes to the system only, and it is told when that fails."""
    app = WidgetApp()
    long = "x" * (clipboard.TERMINAL_LIMIT + 1)
    async with app.run_test():
        monkeypatch.setattr(pyperclip, "copy", lambda text: None)
        assert await clipboard.copy(app, long)
        monkeypatch.setattr(pyperclip, "copy", without_a_program)
        assert not await clipboard.copy(app, long)
        assert app.clipboard == ""
