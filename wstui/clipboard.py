"""The clipboard: OSC 52 through the terminal and `pyperclip` through the system, whichever works.

Owns the ways, not the texts. Neither way tells for sure whether the text arrived: a terminal does
not answer OSC 52, and over SSH the system's clipboard is the one of the other machine.
"""

from __future__ import annotations

from typing import Any, Final

from textual.app import App

TERMINAL_LIMIT: Final = 1 << 20
"""Characters that are sent through the terminal; more would hold up the screen for seconds."""


async def copy(app: App[Any], text: str) -> bool:
    """Copy `text` both ways; False when neither could take it."""
    short = len(text) <= TERMINAL_LIMIT
    if short:
        app.copy_to_clipboard(text)
    # The system's way starts a program and waits for it.
    worker = app.run_worker(
        lambda: to_system(text), name="clipboard", group="clipboard", thread=True
    )
    return await worker.wait() or short


def to_system(text: str) -> bool:
    """Copy `text` with `pyperclip`; False when this system has no way to. It blocks a while."""
    try:
        import pyperclip  # type: ignore[import-untyped]

        pyperclip.copy(text)
    except (ImportError, OSError, RuntimeError, ValueError):
        # PyperclipException is a RuntimeError: no program for it here, or no display.
        return False
    return True
