"""What came of asking by plain HTTP, beside what a connection knows.

The net ring writes these facts; nothing here does anything.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import Final

from wstui.core.exit_codes import Exit
from wstui.core.handshake.negotiation import values_of

_CHARSETS: Final = frozenset(
    {
        *("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "iso-8859-15"),
        *("windows-1251", "windows-1252", "koi8-r", "utf-16", "utf-16le", "utf-16be"),
        *("shift_jis", "euc-jp", "euc-kr", "gbk", "gb18030", "big5"),
    }
)
"""Those that are read. Python knows some that a peer must not choose."""


@dataclass(slots=True)
class Body:
    """The body of a response."""

    coding: str = ""
    """Its Content-Encoding, in lower case; empty for none."""
    is_decoded: bool = False
    """Whether the coding was taken off."""
    expected: int | None = None
    """Bytes that were announced, in their coding; None where they were not."""
    wire_size: int = 0
    """Bytes that came, in their coding, but without the framing of chunks."""
    size: int = 0
    """Bytes that came, without their coding."""
    kept: bytearray = field(default_factory=bytearray)
    """The beginning, without coding, as much as is to be shown."""
    is_whole: bool = False
    """Whether all of it came."""
    is_enough: bool = False
    """Whether the rest was not read, since it would not be shown."""
    fault: str = ""
    """Why it is not whole, or not as it should be, as a sentence; it may hold remote text. Empty
    where it is."""
    exit: Exit = Exit.OK
    """What the fault means for a script."""
    file: str = ""
    """The file that it was written to; empty for none."""


@dataclass(slots=True)
class Answer:
    """What came of asking; the rest is in the connection that stands for it."""

    method: str
    body: Body = field(default_factory=Body)
    sent: int = 0
    """Bytes of the body of the request, as far as they were sent."""


def body_text(body: Body, headers: tuple[tuple[str, str], ...]) -> str | None:
    """What is kept of a body as text; None where it is none."""
    data = bytes(body.kept)
    if body.coding and not body.is_decoded:
        return None
    types = values_of(headers, "Content-Type")
    charset = re.search(r"charset=\"?([\w-]+)", types[0] if types else "", re.IGNORECASE)
    name = charset[1].lower() if charset else "utf-8"
    if name not in _CHARSETS:
        name = "utf-8"
    try:
        # What is kept may end within a character.
        text = codecs.getincrementaldecoder(name)().decode(data)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
