"""The scan: finds the data frames that stand whole in some bytes, without asking the library.

Pure: what is done with them is `fastpath`'s matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

from wstui.core.entry import COMPRESSED, Kind, header_size
from wstui.core.segment import LARGE as SEGMENT_ALONE
from wstui.net.frame_header import apply_mask

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
    """As on the wire, but for a mask."""
    data: bytes
    start: int
    end: int
    """Where the run begins and ends in `data`."""
    masked: bool
    """Whether each frame has a masking key."""

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
            end = at + self.wire(len(payload))
            parts.append(
                self._replace(heads=bytearray((head,)), payloads=[payload], start=at, end=end)
            )
            at = end
        return parts

    def wire(self, size: int) -> int:
        """Bytes on the wire of a frame with a payload of `size` bytes."""
        return size + header_size(size, masked=self.masked)

    def end_of(self, count: int) -> int:
        """Where the first `count` of its frames end."""
        if count == len(self.payloads):
            return self.end
        return self.start + sum(map(self.wire, map(len, self.payloads[:count])))

    def raw(self, index: int) -> bytes:
        """The frame at `index`, as on the wire."""
        return bytes(self.data[self.end_of(index) : self.end_of(index + 1)])


def scan(
    data: bytes,
    start: int,
    max_size: int,
    *,
    compressed: bool,
    masked: bool = False,
    most: int = MOST,
) -> Run:
    """The run of whole, unfragmented data frames in `data` from `start` on.

    It ends at the first frame that is something else, larger than `max_size` bytes, not whole, or
    whose length is not written in the shortest way, or after `most` frames. `compressed`: frames
    with RSV1 are taken too. `masked`: only frames with a masking key are taken; else only those
    without.
    """
    heads = bytearray()
    payloads: list[bytes | memoryview] = []
    add_head, add_payload = heads.append, payloads.append
    text, binary = TEXT_FRAME, BINARY_FRAME
    view = memoryview(data)
    total = len(data)
    bit, short = (0x80, 6) if masked else (0, 2)
    last = total - 1
    at = start
    for _ in repeat(None, most):
        if at >= last:
            break
        head = data[at]
        if head != text and head != binary and not (compressed and head & ~COMPRESSED_BIT in DATA):
            break
        length = data[at + 1] ^ bit  # 128 and more where it is not masked as it should be
        begin = at + short
        if length > 125:
            begin += 2 if length == 126 else 8
            length = _extended(data, at + 2, length) if begin <= total else -1
            if length < 0:
                break
        end = begin + length
        if end > total or length > max_size:
            break
        add_head(head)
        # A view costs more than a copy of a few bytes, and less than one of many.
        payload = data[begin:end] if length < 400 else view[begin:end]
        add_payload(apply_mask(payload, data[begin - 4 : begin]) if masked else payload)
        at = end
    return Run(heads, payloads, data, start, at, masked)


def _extended(data: bytes, at: int, short: int) -> int:
    """The length that stands at `at`, for the `short` one of 126 or 127 before it; -1 when it is
    not written in the shortest way, or `short` is none."""
    if short == 126:
        length = data[at] << 8 | data[at + 1]
        return length if length > 125 else -1
    length = int.from_bytes(data[at : at + 8], "big") if short == 127 else -1
    return length if length > 65535 else -1


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
