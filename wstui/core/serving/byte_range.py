"""Which part of a file a Range header asks for (RFC 9110 section 14)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_RANGE: Final = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class ByteRange(NamedTuple):
    """Bytes of a file."""

    start: int
    stop: int
    """Behind the last one."""


class NotSatisfiable(Exception):
    """The file has none of the bytes that are asked for (416)."""


def byte_range(value: str, size: int) -> ByteRange | None:
    """What `value` asks for of a file of `size` bytes; None means the whole file: several ranges,
    other units, and what is not valid, are left out of account, as a server may.

    Raises:
        NotSatisfiable: there are no such bytes.
    """
    match = _RANGE.fullmatch(value.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if not match[1]:  # the last so many
        count = min(int(match[2]), size)
        if not count:
            raise NotSatisfiable
        return ByteRange(size - count, size)
    start = int(match[1])
    stop = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise NotSatisfiable
    return ByteRange(start, stop)
