"""What went wrong in a handler file, in words: exception, message, file and line."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

LONGEST: Final = 500
"""Characters of an exception's message that are told."""

FRAMES: Final = 8
"""Calls that a short traceback tells of, the innermost ones."""


def fault_words(error: BaseException, path: Path) -> str:
    """The error in a line: ``ValueError: bad number (api.py line 12)``."""
    line = fault_line(error, path)
    place = f" ({path.name} line {line})" if line else ""
    return f"{_named(error)}{place}"


def fault_line(error: BaseException, path: Path) -> int | None:
    """The line of the file at `path` in which it happened; None when none is known."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((one.lineno for one in reversed(frames) if one.filename == str(path)), None)


def short_traceback(error: BaseException, path: Path) -> list[str]:
    """The calls from the file at `path` to where it happened, the outermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = next((index for index, one in enumerate(frames) if one.filename == str(path)), 0)
    return [
        f"{Path(one.filename).name}:{one.lineno} in {one.name}" + (f": {one.line}" * bool(one.line))
        for one in frames[ours:][-FRAMES:]
    ]


def _named(error: BaseException) -> str:
    name = type(error).__name__
    try:
        message = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        message = "its message cannot be told"
    if not message:
        return name
    cut = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    return f"{name}: {cut}"
