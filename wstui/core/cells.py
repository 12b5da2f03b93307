"""How many cells of a terminal a printable text takes, for output without a screen.

By the width that Unicode gives each character (UAX #11); views measure with their own table.
"""

from __future__ import annotations

import unicodedata


def cells(text: str) -> int:
    """Cells of a text that `printable` has made."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fitted(text: str, room: int) -> str:
    """A printable text, cut and ended with an ellipsis where it takes more than `room` cells."""
    if cells(text) <= room:
        return text
    used = 1  # the ellipsis
    for index, char in enumerate(text):
        used += _cells(char)
        if used > room:
            return f"{text[:index]}…"
    return text


def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
