"""The header of a frame, read from raw bytes without judging it (RFC 6455 section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The header of a frame (RFC 6455 section 5.2); `size` of the header itself, in bytes."""

    fin: bool
    rsv1: bool
    opcode: int
    masked: bool
    length: int
    size: int


def read_header(data: bytes | bytearray | memoryview) -> FrameHeader | None:
    """The header that `data` begins with; None while it is not whole."""
    if len(data) < 2:
        return None
    first, second = data[0], data[1]
    length = second & 0x7F
    extended = {126: 2, 127: 8}.get(length, 0)
    size = 2 + extended + (4 if second & 0x80 else 0)
    if len(data) < size:
        return None
    if extended:
        length = int.from_bytes(data[2 : 2 + extended], "big")
    return FrameHeader(
        bool(first & 0x80), bool(first & 0x40), first & 0x0F, bool(second & 0x80), length, size
    )
