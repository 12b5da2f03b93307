"""Bytes from hexadecimal text as people type and paste it."""

from __future__ import annotations

import re
from typing import Final

_SKIP: Final = re.compile(r"(?:[\s,;:_|-]|0[xX](?=[0-9a-fA-F])|\\[xX]|#[^\n]*)+")
_HALF: Final = re.compile(r"(?:[0-9a-fA-F]|0[xX]|\\)\s*\Z")
_DIGITS: Final = "0123456789abcdefABCDEF"


class HexError(ValueError):
    """The text is no hexadecimal. `position` is the index of the first wrong character."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def parse_hex(text: str) -> bytes:
    r"""The bytes that `text` spells: `DE AD be ef`, `0xde,0xad`, `\xde\xad`, `de:ad`, `deadbeef`.

    Blanks, line ends and ``, ; : _ | -`` may stand between bytes; `#` begins a comment that runs
    to the end of its line.

    Raises:
        HexError: a character is no hexadecimal digit, or a byte has only one digit.
    """
    data = bytearray()
    at = 0
    while at < len(text):
        skipped = _SKIP.match(text, at)
        if skipped is not None:
            at = skipped.end()
            continue
        for place in (at, at + 1):
            if place >= len(text) or _SKIP.match(text, place):
                raise HexError("A byte has two digits.", at)
            if text[place] not in _DIGITS:
                raise HexError(f"{text[place]!r} is no hexadecimal digit.", place)
        data.append(int(text[at : at + 2], 16))
        at += 2
    return bytes(data)


def unfinished(text: str, position: int) -> int | None:
    """Where the last byte begins, if it is only begun and that is what is wrong at `position`."""
    half = _HALF.search(text)
    return half.start() if half is not None and half.start() <= position < half.end() else None
