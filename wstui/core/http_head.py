"""The head of an HTTP message as it went over the wire, read leniently."""

from __future__ import annotations

import re


def read_headers(raw: bytes) -> tuple[tuple[str, str], ...]:
    """Header lines behind the first line, as far as they came and have a colon."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    lines = re.split("\r?\n", head.decode("latin-1"))[1:]
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip(), value.strip(" \t")) for name, colon, value in pairs if colon)
