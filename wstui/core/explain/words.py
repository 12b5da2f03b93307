"""What an explanation consists of, and how it quotes others.

The words may come from the peer. They are cut to a sensible length here and made safe for a
terminal where they are shown, by `printable`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from wstui.core.connection import Failure

MAX_QUOTE: Final = 120
"""Characters quoted of what somebody else wrote."""

_PLAIN: Final = (
    (r"ConnectionResetError|Connection reset by peer|.*forcibly closed.*", "the peer reset TCP"),
    (r"BrokenPipeError|Broken pipe", "TCP had ended already"),
    (r"ConnectionAbortedError|Software caused connection abort", "TCP was aborted here"),
    (r"TimeoutError|(Connection|Operation) timed out", "TCP timed out"),
    (
        r"'utf-?8' codec can't decode \w+ .* in position (\d+)(?:-\d+)?: (.*)",
        r"invalid UTF-8: \2 at position \1",
    ),
    (
        r"(invalid start byte|invalid continuation byte|unexpected end of data) (at position .*)",
        r"invalid UTF-8: \1 \2",
    ),
    (r"([A-Za-z]+(?:Error|Exception))", r"an error without words (\1)"),
)
"""Whole errors as Python and the library word them, and as they are told."""


MAX_ERROR: Final = 500
"""Characters of an error that are looked at."""


class Explanation(NamedTuple):
    """A failure or a close in words. `hint` says what to try; empty when nothing is to be done."""

    title: str
    sentence: str
    hint: str


def quote(text: str) -> str:
    """At most `MAX_QUOTE` characters of somebody else's text."""
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"


def in_words(error: str) -> str:
    """The words of an error without its number, or those for one that has no words of its own."""
    text = re.sub(r"^\[(?:Errno|WinError|SSL)[^\]]{0,80}\] ?", "", error)
    text = re.sub(r" \(_ssl\.c:\d+\)$", "", text)
    for pattern, words in _PLAIN:
        match = re.fullmatch(pattern, text[:MAX_ERROR])
        if match is not None:
            return match.expand(words)
    return text


def place(failure: Failure) -> str:
    """Host and port that were connected to."""
    host = f"[{failure.host}]" if ":" in failure.host else failure.host
    return f"{quote(host)}:{failure.port}" if failure.port else quote(host)
