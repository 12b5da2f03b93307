"""The terminal that standard streams may be."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Final, TextIO

USUAL: Final = 80
"""Cells of a terminal that tells no width, and of what is laid out for none."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a standard stream is one; None: it was closed before we began."""
    return stream is not None and stream.isatty()


def terminal_width() -> int:
    """Its cells in a row."""
    return shutil.get_terminal_size((USUAL, 24)).columns


def has_colours() -> bool:
    """Whether it knows colours, and they are wanted (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or bool(os.environ.get("WT_SESSION"))
