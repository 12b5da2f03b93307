"""The binary messages of the protocol, and where the bytes of one belong."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from wstui.core.file_transfer.messages import MOST

MAGIC: Final = b"WSF1"

HEAD: Final = 28
"""Bytes in front of those of the file."""

PIECE: Final = 256 << 10
"""Bytes of the file in a message: many servers take no more than 1 MiB, and none of so many is
compressed, which would take longer than to send it."""


class Piece(NamedTuple):
    """Bytes of a file."""

    transfer: str
    offset: int
    data: memoryview


def encode_piece(transfer: str, offset: int, data: bytes | memoryview) -> bytes:
    """A piece as it is sent."""
    return b"".join((MAGIC, bytes.fromhex(transfer), offset.to_bytes(8, "big"), data))


def decode_piece(payload: bytes | bytearray | memoryview) -> Piece | None:
    """The piece that `payload` is, not copied; None for whatever else it is."""
    view = memoryview(payload)
    if len(view) <= HEAD or bytes(view[:4]) != MAGIC:
        return None
    offset = int.from_bytes(view[20:HEAD], "big")
    if offset + len(view) - HEAD > MOST:
        return None
    return Piece(bytes(view[4:20]).hex(), offset, view[HEAD:])


class Place(enum.Enum):
    """What a piece is to one who has the first bytes of a file."""

    NEXT = enum.auto()
    """It goes on where they end, perhaps with some that are there already."""
    KNOWN = enum.auto()
    """All of it is there."""
    GAP = enum.auto()
    """Bytes before it are missing."""
    BEYOND = enum.auto()
    """It goes on behind the end."""


def place(at: int, size: int | None, offset: int, length: int) -> Place:
    """What `length` bytes from `offset` on are to one who has `at` bytes of `size`, None being a
    size that is not known."""
    if size is not None and offset + length > size:
        return Place.BEYOND
    if offset > at:
        return Place.GAP
    return Place.KNOWN if offset + length <= at else Place.NEXT
