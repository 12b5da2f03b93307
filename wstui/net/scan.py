"""The scan: finds the data frames that stand whole in some bytes, without asking the library.

Pure: what is done with them is `fastpath`'s matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

from wstui.core.entry import COMPRESSED, Kind, header_size
from wstui.core.segment import LARGE as SEGMENT_ALONE
from wstui.net.tap import HEAD

MOST: Final = 8192
"""Frames of one run, which is recorded in one go: it takes at most some two milliseconds."""

TEXT_FRAME: Final = 0x80 | Kind.TEXT
BINARY_FRAME: Final = 0x80 | Kind.BINARY
DATA: Final = (TEXT_FRAME, BINARY_FRAME)
"""First byte of a data frame with FIN and without reserved bits."""

COMPRESSED_BIT: Final = 0x40
"""RSV1 in the first byte of a frame (RFC 7692 section 6)."""

FLAGS: Final = bytes(
    (head & 0x0F) | (COMPRESSED if head & COMPRESSED_BIT else 0) for head in range(256)
)
"""From the first byte of a data frame to an entry's flags."""


class Run(NamedTuple):
    """The data frames that stand whole at the beginning of some bytes."""

    heads: bytearray
    """First byte of each frame."""
    payloads: list[bytes | memoryview]
    """As on the wire."""
    start: int
    end: int
    """Where the run begins and ends in those bytes."""

    def parts(self) -> list[Run]:
        """What of it is best recorded together: large messages one by one, which saves a copy."""
        count = len(self.payloads)
        if not count:
            return []
        if count == 1 or (self.end - self.start) // count < SEGMENT_ALONE // 2:
            return [self]
        parts = []
        at = self.start
        for head, payload in zip(self.heads, self.payloads, strict=True):
            end = at + header_size(len(payload), masked=False) + len(payload)
            parts.append(Run(bytearray((head,)), [payload], at, end))
            at = end
        return parts

    def end_of(self, count: int) -> int:
        """Where the first `count` of its frames end."""
        if count == len(self.payloads):
            return self.end
        sizes = map(len, self.payloads[:count])
        return self.start + sum(size + header_size(size, masked=False) for size in sizes)

    def head_of(self, index: int) -> bytes:
        """How the frame at `index` began on the wire, at most `HEAD` bytes."""
        payload = bytes(self.payloads[index])
        return (self.header_of(index) + payload)[:HEAD]

    def header_of(self, index: int) -> bytes:
        """The header of the frame at `index`, as it was on the wire."""
        size = len(self.payloads[index])
        if size < 126:
            length = bytes((size,))
        elif size < 65536:
            length = b"\x7e" + size.to_bytes(2, "big")
        else:
            length = b"\x7f" + size.to_bytes(8, "big")
        return bytes(self.heads[index : index + 1]) + length


def scan(data: bytes, start: int, max_size: int, *, compressed: bool) -> Run:
    """The run of whole, unmasked, unfragmented data frames in `data` from `start` on.

    It ends at the first frame that is something else, larger than `max_size` bytes, not whole, or
    whose length is not written in the shortest way, or after `MOST` frames. `compressed`: frames
    with RSV1 are taken too.
    """
    heads = bytearray()
    payloads: list[bytes | memoryview] = []
    add_head, add_payload = heads.append, payloads.append
    text, binary = TEXT_FRAME, BINARY_FRAME
    view = memoryview(data)
    total = len(data)
    last = total - 1
    at = start
    for _ in repeat(None, MOST):
        if at >= last:
            break
        head = data[at]
        if head != text and head != binary and not (compressed and head & ~COMPRESSED_BIT in DATA):
            break
        length = data[at + 1]
        begin = at + 2
        if length > 125:
            if length == 126:
                begin += 2
                if begin > total:
                    break
                length = data[at + 2] << 8 | data[at + 3]
                shortest = 126
            elif length == 127:
                begin += 8
                if begin > total:
                    break
                length = int.from_bytes(data[at + 2 : begin], "big")
                shortest = 65536
            else:  # masked
                break
            if length < shortest:
                break
        end = begin + length
        if end > total or length > max_size:
            break
        add_head(head)
        # A view costs more than a copy of a few bytes, and less than one of many.
        add_payload(data[begin:end] if length < 400 else view[begin:end])
        at = end
    return Run(heads, payloads, start, at)


def first_invalid_text(
    flags: bytes | bytearray, payloads: Sequence[bytes | memoryview]
) -> int | None:
    """Index of the first text message that is not UTF-8; None when all are."""
    index = -1
    try:
        for index, flag in enumerate(flags):
            if flag & 0x0F == Kind.TEXT:
                str(payloads[index], "utf-8")
    except UnicodeDecodeError:
        return index
    return None
