"""Payloads that were not typed: text that has to be UTF-8, and what stands between messages."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Final

_NAMED: Final = {"n": b"\n", "r": b"\r", "t": b"\t", "0": b"\0", "\\": b"\\"}
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.?)", re.DOTALL)


def parse_delimiter(text: str) -> bytes:
    r"""The bytes that stand between messages, from a text with ``\n``, ``\r``, ``\t``, ``\0``,
    ``\\`` and ``\xHH`` for bytes that are hard to type. Empty: nothing stands between them.

    Raises:
        ValueError: it is no such text; the message is a sentence for the user.
    """
    found, at = b"", 0
    for match in _ESCAPE.finditer(text):
        found += text[at : match.start()].encode(errors="surrogateescape")
        at = match.end()
        if match[1][:1] == "x" and len(match[1]) == 3:
            found += bytes.fromhex(match[1][1:])
        elif match[1] in _NAMED:
            found += _NAMED[match[1]]
        else:
            raise ValueError(rf"Write \n, \r, \t, \0, \\ or \xHH, not {match[0]!s}.")
    return found + text[at:].encode(errors="surrogateescape")


def not_utf8(payloads: Sequence[bytes]) -> tuple[int, str] | None:
    """The first of `payloads` that may not go out as text (RFC 6455 section 5.6), and why, in a
    few words; None when all may."""
    try:  # together, which is many times as fast: a line end is no part of any character
        str(b"\n".join(payloads), "utf-8")
    except UnicodeDecodeError:
        for index, payload in enumerate(payloads):
            try:
                str(payload, "utf-8")
            except UnicodeDecodeError as error:
                return index, f"{error.reason} at byte {error.start}"
    return None


def whole_characters(data: bytes) -> tuple[bytes, bytes]:
    """`data` up to the last character that is whole in it, and the bytes of the one behind that.
    Where it is not UTF-8 at all it is not cut."""
    try:
        size = codecs.utf_8_decode(data, "strict", False)[1]
    except UnicodeDecodeError:
        return data, b""
    return data[:size], data[size:]
