"""The header of a frame, read from raw bytes without judging it, and masking (RFC 6455 section 5).

`apply_mask` is the library's: in C where it was compiled, else in Python.
"""

from __future__ import annotations

from dataclasses import dataclass

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

__all__ = ["FrameHeader", "apply_mask", "payload_of", "read_header"]


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


def payload_of(data: bytes | bytearray, header: FrameHeader) -> bytes:
    """The payload of the frame in `data`, as far as it is there, without its mask."""
    payload = bytes(data[header.size : header.size + header.length])
    return apply_mask(payload, data[header.size - 4 : header.size]) if header.masked else payload
