"""Words for people, on standard error, safe for a terminal."""

from __future__ import annotations

import sys
from contextlib import suppress

from wstui.core.printable import printable
from wstui.headless.terminal import is_terminal


def say(words: str) -> None:
    """A sentence on standard error, with the name of the program."""
    write(f"wstui: {words}")


def has_reader() -> bool:
    """Whether somebody sits before standard error: it is a terminal."""
    return is_terminal(sys.stderr)


def write(words: str) -> None:
    """A line on standard error."""
    # The line end goes with it: a thread may write at the same moment.
    show(f"{printable(words)}\n")


def show(text: str) -> None:
    """Lines that are safe for a terminal, with their ends, on standard error."""
    if sys.stderr is None:  # it was closed before we began
        return
    with suppress(OSError, ValueError):  # nobody reads it
        sys.stderr.write(text)
        sys.stderr.flush()
