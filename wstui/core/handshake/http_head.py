"""The head of an HTTP message as it went over the wire, read leniently."""

from __future__ import annotations

import re
from typing import Final

from wstui.core.options.secrets import MASK, PRIVATE_HEADERS

MOST_HEADERS: Final = 1000
"""Header lines that are read; nobody sends more who means well."""


_PRIVATE: Final = re.compile(
    rf"^({'|'.join(sorted(PRIVATE_HEADERS))}):[ \t]*(basic |bearer )?[^\r\n]*",
    re.IGNORECASE | re.MULTILINE,
)


def masked_head(raw: bytes, most: int) -> str:
    """The first `most` bytes of a head as text, with dots for what says who somebody is."""
    text = raw[:most].decode("latin-1")
    return _PRIVATE.sub(lambda match: f"{match[1]}: {match[2] or ''}{MASK}", text)


def read_headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Header lines behind the first line, as far as they came and have a colon; the first
    `MOST_HEADERS`."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    lines = re.split("\r?\n", head.decode("latin-1"), maxsplit=MOST_HEADERS + 1)
    del lines[0], lines[MOST_HEADERS:]
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip(), value.strip(" \t")) for name, colon, value in pairs if colon)
