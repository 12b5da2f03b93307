"""What is asked by plain HTTP, as it is written on a command line.

Owns these values and how curl's users write them. Pure: files are named, not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from wstui.core.handshake.headers import TOKEN, value_problem

FORM_TYPE: Final = "application/x-www-form-urlencoded"
"""The Content-Type of data, unless a header says another."""

JSON_TYPE: Final = "application/json"

STDIN: Final = "-"
"""Stands for standard input, and as an output for standard output."""

USUAL_BODY: Final = 64 << 10
"""Bytes shown of a body."""

CODINGS: Final = "gzip, deflate, br"
"""What is offered in Accept-Encoding, and taken off a body."""


class Piece(NamedTuple):
    """Some bytes of a body."""

    text: str = ""
    file: str | None = None
    """Path of the file that holds them, or `STDIN`; None: they are `text` in UTF-8."""
    one_line: bool = False
    """Whether CR and LF are left out, as curl's --data does with files."""


class Field(NamedTuple):
    """A field of a form (RFC 7578)."""

    name: str
    piece: Piece
    filename: str | None = None
    """What the file is called; None for a field that is none."""
    type: str | None = None
    """Its Content-Type; None: what is usual for it."""


@dataclass(frozen=True, slots=True)
class HttpAsk:
    """What is asked, beside what is an option of each connection."""

    method: str = "GET"
    data: tuple[Piece, ...] = ()
    """The body, `&` between them; with none and no fields there is no body."""
    fields: tuple[Field, ...] = ()
    """The body as a form; never beside `data`."""
    content_type: str | None = None
    """Of `data`; None: the headers say it."""
    accept: str = "*/*"
    compressed: bool = True
    """Whether compression is offered, and taken off."""
    output: str | None = None
    """Path of a file for the body, or `STDIN` for standard output; None shows it."""
    max_body: int | None = USUAL_BODY
    """Bytes of the body that are read to be shown; None: all. A file gets all."""
    fail: bool = False
    """Whether a status from 400 on is a failure."""

    @property
    def has_body(self) -> bool:
        return bool(self.data or self.fields)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the body comes from; `STDIN` among them."""
        pieces = (*self.data, *(field.piece for field in self.fields))
        return tuple(piece.file for piece in pieces if piece.file is not None)


def read_method(text: str) -> str:
    """A method (RFC 9110 section 9), as it is written: case matters.

    Raises:
        ValueError: it is none; the message is a sentence for the user.
    """
    if not TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is no HTTP method.")
    if text == "CONNECT":
        raise ValueError("CONNECT is for proxies: give one with --proxy.")
    return text


def read_data(text: str) -> Piece:
    """Data as curl's --data has it: text, ``@file`` or ``@-``, without line ends.

    Raises:
        ValueError: no file is named.
    """
    return read_binary(text)._replace(one_line=text.startswith("@") or text == STDIN)


def read_binary(text: str) -> Piece:
    """The same with all bytes as they are.

    Raises:
        ValueError: no file is named.
    """
    if text == STDIN:
        return Piece(file=STDIN)
    if not text.startswith("@"):
        return Piece(text)
    if not text[1:].strip():
        raise ValueError("Name a file behind @, or - for standard input.")
    return Piece(file=text[1:])


def read_field(text: str) -> Field:
    """A field of a form as curl's --form has it: ``name=text``, ``name=@file`` (a file that is
    handed in) or ``name=<file`` (its text), each with ``;type=`` and ``;filename=`` behind it.

    Raises:
        ValueError: it is none; the message is a sentence for the user.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError("Write a field as name=text or name=@file.")
    value, options = _field_options(value)
    kind, filename = options.get("type"), options.get("filename")
    if kind is not None and value_problem("type", kind, "A type") is not None:
        raise ValueError("A type is written like image/png.")
    if value[:1] not in ("@", "<"):
        return Field(name, Piece(value), filename, kind)
    piece = read_binary(f"@{value[1:]}")
    if value[0] == "@" and filename is None:
        filename = re.split(r"[/\\]", value[1:])[-1]
    return Field(name, piece, filename, kind)


_OPTION: Final = re.compile(r"(.*);\s*(type|filename)=(\"[^\"]*\"|[^;]*)", re.DOTALL)


def _field_options(value: str) -> tuple[str, dict[str, str]]:
    found: dict[str, str] = {}
    while (match := _OPTION.fullmatch(value)) is not None:
        value = match[1]
        found.setdefault(match[2], match[3].strip().strip('"'))
    return value, found


def check_ask(ask: HttpAsk, uses: Sequence[str]) -> None:
    """Refuse what does not go together. `uses` are the flags that make the body.

    Raises:
        ValueError: the message is a sentence for the user.
    """
    if ask.data and ask.fields:
        raise ValueError(f"{' and '.join(dict.fromkeys(uses))} both make the body: give one.")
    if ask.files.count(STDIN) > 1:
        raise ValueError("Standard input can be read once.")
