"""What all commands share: the words of a line, each with its place in it, ids, and errors.

`commands` gathers the commands themselves.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Final

from wstui.core.commands.values import Command
from wstui.core.profiles import EMPTY_BOOK, Book

MAX_ID_DIGITS: Final = 9


class CommandError(ValueError):
    """A line is no command. `position` is the index of the character where it goes wrong, `option`
    the path of the option of a connection or listener that it is about; empty for none."""

    def __init__(self, message: str, position: int = 0, option: str = "") -> None:
        super().__init__(message)
        self.position = position
        self.option = option


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind a command's name, and where in the line it begins."""

    text: str
    at: int
    usage: str
    book: Book = EMPTY_BOOK
    """The profiles that can be named."""

    def first(self) -> tuple[str, Words]:
        """The first word and what stands behind the one blank after it."""
        word, _, rest = self.text.partition(" ")
        return word, Words(rest, self.at + len(word) + 1, self.usage, self.book)

    def error(self, message: str, at: int | None = None, option: str = "") -> CommandError:
        """An error at the beginning of these words, or at another place of the line."""
        words = f"{message} Usage: {self.usage}"
        return CommandError(words, self.at if at is None else at, option)

    def split(self) -> list[tuple[str, int]]:
        """The words as a shell splits them, each with its place in the line."""
        source = StringIO(self.text)
        lexer = shlex.shlex(source, posix=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        found: list[tuple[str, int]] = []
        while True:
            start = source.tell()
            while self.text[start : start + 1] in lexer.whitespace and start < len(self.text):
                start += 1
            try:
                word = lexer.get_token()
            except ValueError as error:
                raise self.error(f"{error}.", self.at + start) from error
            if word is None:
                return found
            found.append((word, self.at + start))


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """A command for the help: its name, how to write it, what it does in a line and in full."""

    name: str
    usage: str
    help: str
    details: str
    parse: Callable[[Words], Command]


def read_id(words: Words) -> tuple[int | None, Words]:
    """An id, or `.` for the selected connection, in front."""
    word, rest = words.first()
    if not word:
        raise words.error("Which connection? Give its id, or . for the selected one.")
    if word == ".":
        return None, rest
    if not (word.isascii() and word.isdecimal() and len(word) <= MAX_ID_DIGITS):
        if word in ("all", "marked") or (word[0].isdecimal() and ("," in word or "-" in word)):
            raise words.error(
                "This goes to one connection; repeat, close and others take several ids."
            )
        raise words.error("That is no connection id.")
    return int(word), rest


def read_only_id(words: Words) -> int | None:
    id, rest = read_id(words)
    if rest.text.strip():
        raise rest.error("Nothing more is expected here.")
    return id


def read_utf8(text: str, words: Words) -> bytes:
    """`text` as UTF-8; lone surrogates, which a terminal can hand over, are refused."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise words.error("The text holds characters that UTF-8 cannot carry.") from error
