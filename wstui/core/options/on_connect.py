"""Messages that are sent by themselves each time a connection opens: one in each line.

Owns how a line is read. Sending them is the net ring's matter.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from wstui.core.entry import Kind
from wstui.core.hex_input import HexError, parse_hex
from wstui.core.options.info import Codec, Flag, OptionError, OptionInfo, Section, Shape

MOST_LINES: Final = 100
"""Messages that may be sent at an opening. They go out in one turn of the event loop."""

MOST_BYTES: Final = 256 << 10
"""Bytes that they may have together, for the same reason."""

HEX: Final = "hex:"
"""Begins the line of a binary message."""

TEXT: Final = "text:"
"""May begin that of a text message, and must when the text itself begins with either word."""


class OpeningMessage(NamedTuple):
    """A message to be sent: its kind, text or binary, and its payload."""

    kind: Kind
    payload: bytes


def read_line(line: str) -> OpeningMessage:
    """The message that a line stands for.

    Raises:
        ValueError: it stands for none; the message is a sentence for the user.
    """
    if "\n" in line or "\r" in line:
        raise ValueError("A message to send on connect is one line; hex: takes line feeds, 0a.")
    if not line.strip():
        raise ValueError("An empty message is written as text: with nothing behind it.")
    if line.startswith(HEX):
        try:
            return OpeningMessage(Kind.BINARY, parse_hex(line.removeprefix(HEX)))
        except HexError as error:
            raise ValueError(str(error)) from error
    try:
        return OpeningMessage(Kind.TEXT, line.removeprefix(TEXT).encode())
    except UnicodeEncodeError as error:
        raise ValueError("The text holds characters that UTF-8 cannot carry.") from error


def read_lines(lines: tuple[str, ...]) -> list[OpeningMessage]:
    """The messages of valid lines, in their order."""
    return [read_line(line) for line in lines]


def line_problems(lines: tuple[str, ...]) -> list[OptionError]:
    """Everything that is not valid about them."""
    found = []
    total = 0
    for line in lines:
        try:
            total += len(read_line(line).payload)
        except ValueError as error:
            found.append(OptionError("on_connect", str(error)))
    if len(lines) > MOST_LINES:
        found.append(OptionError("on_connect", f"At most {MOST_LINES} messages can be sent."))
    if total > MOST_BYTES:
        words = f"The messages have {total:,} bytes together; at most {MOST_BYTES >> 10} KiB go."
        found.append(OptionError("on_connect", words))
    return found


def _parse(text: str) -> str:
    read_line(text)
    return text


ON_CONNECT_ROWS: Final = (
    OptionInfo(
        "on_connect",
        "On connect",
        Section.STAYING,
        Codec(_parse, str, Shape.LINES, separator="\n"),
        (
            Flag(
                ("--on-connect",),
                "send this each time it opens; hex: for binary; may be repeated",
                "TEXT",
            ),
        ),
        hint="a message each line; hex: for binary",
        placeholder='{"op":"subscribe"}',
    ),
)
