"""What is heard in a chat room as rows of a terminal, each piece with a style.

Nobody can write another's line: each begins with a time, texts stand behind a bar below which they
are wrapped, and a name is no more than a name.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

from wstui.core.cells import cells
from wstui.core.chatting import Heard, Sort, shown_name
from wstui.core.printable import printable

Piece = tuple[str, str]
"""A style, as `prompt_toolkit` writes it, and a printable text."""

NAMES: Final = 10
"""Cells for a name; longer ones take more."""

NARROW: Final = 36
"""Cells of a terminal that has no column for names if it has less."""

LEAST: Final = 8
"""Cells that a text has at least, however narrow the terminal is."""

_COLOURS: Final = (
    *("ansigreen", "ansiyellow", "ansimagenta", "ansicyan"),
    *("ansibrightgreen", "ansibrightyellow", "ansibrightblue", "ansibrightmagenta"),
    "ansibrightcyan",
)
"""Of names; red is for errors, and dark blue is hardly read on black."""

_DIM: Final = "ansibrightblack"
_MARKS: Final = {
    Sort.SAID: "│",
    Sort.NOTICE: "*",
    Sort.TROUBLE: "!",
    Sort.RAW: "<",
    Sort.SENT: ">",
}
_TEXTS: Final = {Sort.NOTICE: _DIM, Sort.TROUBLE: "ansired", Sort.SENT: _DIM}

_WORDS: Final = re.compile(" +|[^ ]+")


def rows(heard: Heard, clock: str, width: int) -> list[list[Piece]]:
    """What is shown of `heard`, which came at `clock`, in a terminal of so many cells."""
    name = printable(shown_name(heard.name)) if heard.sort is Sort.SAID else ""
    mark = _MARKS[heard.sort]
    is_apart = heard.sort not in (Sort.RAW, Sort.SENT)
    column = NAMES if is_apart and width >= NARROW else 0
    padding = " " * (column - cells(name))
    left = len(clock) + 1 + len(padding) + cells(name)
    room = max(width - left - 3, LEAST)
    style = _TEXTS.get(heard.sort, "")
    texts = [row for line in heard.text.split("\n") for row in wrapped(printable(line), room)]
    head: list[Piece] = [
        (_DIM, f"{clock} {padding}"),
        (_name_style(heard), name),
        (_DIM, f" {mark} "),
    ]
    below: list[Piece] = [(_DIM, f"{' ' * left} {mark if mark == '│' else ' '} ")]
    return [[*(below if index else head), (style, text)] for index, text in enumerate(texts)]


def plain(heard: Heard) -> str:
    """The same for a pipe, as rooms write it for people; a second line cannot pass for what
    somebody else says."""
    text = heard.text.replace("\n", "\n  ")
    if heard.sort is Sort.SAID:
        return f"{shown_name(heard.name)}: {text}"
    return f"* {text}" if heard.sort is Sort.NOTICE else heard.text


def wrapped(text: str, room: int) -> list[str]:
    """A printable text in rows of at most `room` cells, between words where that is possible."""
    found: list[str] = []
    row, used = "", 0
    for word in _WORDS.findall(text):
        size = cells(word)
        if used + size <= room:
            row, used = row + word, used + size
            continue
        if row:
            found.append(row)
        row, used = "", 0
        if not word.isspace():
            *whole, row = _cut(word, room)
            found += whole
            used = cells(row)
    return [*found, row] if row or not found else found


def _cut(word: str, room: int) -> list[str]:
    """A word in parts that fit, but for a character that is wider than the room by itself."""
    parts, start, used = [], 0, 0
    for index, char in enumerate(word):
        size = cells(char)
        used += size
        if used > room and index > start:
            parts.append(word[start:index])
            start, used = index, size
    return [*parts, word[start:]]


def _name_style(heard: Heard) -> str:
    """A colour that a name keeps; our own is bold."""
    if heard.is_own:
        return "bold"
    return _COLOURS[crc32(heard.name.encode("utf-8", "replace")) % len(_COLOURS)]
