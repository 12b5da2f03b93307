"""Printable text: what may be shown of text that somebody else wrote.

A terminal obeys what it is sent: ESC and the C1 controls begin commands (ECMA-48), bidirectional
overrides reorder what is read (UAX #9), zero-width characters hide in it. Every remote string
passes `printable` before it is shown. What is stored and copied stays the exact original.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_NAMED: Final = {
    0x00A0: "⍽",  # no-break space
    0x00AD: "‹SHY›",
    0x061C: "‹ALM›",
    0x200B: "‹ZWSP›",
    0x200C: "‹ZWNJ›",
    0x200D: "‹ZWJ›",
    0x200E: "‹LRM›",
    0x200F: "‹RLM›",
    0x2028: "‹LSEP›",
    0x2029: "‹PSEP›",
    0x202A: "‹LRE›",
    0x202B: "‹RLE›",
    0x202C: "‹PDF›",
    0x202D: "‹LRO›",
    0x202E: "‹RLO›",
    0x2060: "‹WJ›",
    0x2066: "‹LRI›",
    0x2067: "‹RLI›",
    0x2068: "‹FSI›",
    0x2069: "‹PDI›",
    0xFEFF: "‹BOM›",
    0x7F: "␡",
}

MAX_COMBINING: Final = 4
"""Combining marks kept on one base character; more of them climb over the rows around."""


def symbol(char: str) -> str:
    """What stands for one character that must not be sent to a terminal."""
    point = ord(char)
    if point < 0x20:
        return chr(0x2400 + point)  # the Control Pictures block
    return _NAMED.get(point) or f"‹{point:X}›"


def one_to_one(text: str) -> str:
    """`text` as by `printable`, but character for character, for a text that is being edited.

    What has no symbol of a single character becomes U+FFFD; tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\t" else shown if len(shown) == 1 else "\ufffd"
        for char, shown in ((char, symbol(char)) for char in text)
    )


def printable(text: str, *, newlines: bool = False) -> str:
    """`text` with every character that is not plainly visible replaced by a symbol for it.

    Controls, bidirectional and zero-width characters, surrogates, private and unassigned code
    points become symbols such as ␛ or ‹RLO›. `newlines` keeps line feeds as they are.
    """
    if text.isprintable() and text.isascii():
        return text
    return "".join(_pieces(text, newlines))


def _pieces(text: str, newlines: bool) -> list[str]:
    pieces = []
    combining = 0
    for char in text:
        if char == "\n" and newlines:
            pieces.append(char)
            combining = 0
        elif not char.isprintable():
            pieces.append(symbol(char))
            combining = 0
        elif not char.isascii() and unicodedata.category(char)[0] == "M":
            combining += 1
            # A mark without a base would sit on wstui's own drawing.
            alone = not pieces
            if combining > MAX_COMBINING or alone:
                pieces.append(f"‹{ord(char):X}›")
            else:
                pieces.append(char)
        else:
            pieces.append(char)
            combining = 0
    return pieces


def printable_bytes(payload: bytes, *, newlines: bool = False) -> str:
    """UTF-8 bytes as printable text; bytes that are no UTF-8 become U+FFFD."""
    return printable(payload.decode("utf-8", "replace"), newlines=newlines)
