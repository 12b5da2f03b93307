"""Payloads that come from command lines, files and pipes: what they are written in, and what stands
between them."""

from __future__ import annotations

import binascii
import codecs
import enum
import re
from collections.abc import Sequence
from typing import Final

from wstui.core.entry import Kind
from wstui.core.hex_input import HexError, parse_hex

TO_BINARY: Final = "--binary sends bytes as they are."


class Form(enum.StrEnum):
    """How payloads are written."""

    TEXT = "text"
    """As they are, in UTF-8: text messages."""
    BINARY = "binary"
    """As they are: binary messages."""
    HEX = "hex"
    """In hexadecimal digits, as `parse_hex` reads them: binary messages."""
    BASE64 = "base64"
    """In Base64 (RFC 4648 section 4), with or without line ends: binary messages."""

    @property
    def kind(self) -> Kind:
        """What is sent."""
        return Kind.TEXT if self is Form.TEXT else Kind.BINARY

    def read(self, data: bytes) -> bytes:
        """The payload that is written so.

        Raises:
            ValueError: it is not; the message is a sentence without its subject for the user.
        """
        match self:
            case Form.TEXT:
                fault = not_utf8([data])
                if fault is not None:
                    raise ValueError(f"is not UTF-8: {fault[1]}. {TO_BINARY}")
            case Form.HEX:
                return _from_hex(data)
            case Form.BASE64:
                try:
                    return binascii.a2b_base64(b"".join(data.split()), strict_mode=True)
                except binascii.Error as error:
                    raise ValueError(f"is not Base64: {error}.") from error
        return data

    def read_all(self, payloads: list[bytes]) -> tuple[list[bytes], str]:
        """The payloads that are written so, up to the first one that is not, and what is wrong
        there: a sentence without its subject, empty where all are."""
        if self is Form.BINARY or (self is Form.TEXT and not_utf8(payloads) is None):
            return payloads, ""
        found: list[bytes] = []
        for payload in payloads:
            try:
                found.append(self.read(payload))
            except ValueError as error:
                return found, str(error)
        return found, ""


def _from_hex(data: bytes) -> bytes:
    try:
        return parse_hex(data.decode(errors="replace"))
    except HexError as error:
        raise ValueError(f"is not hexadecimal: {error} (at {error.position + 1})") from error


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
