"""Bytes as hex: the layout of a row, and what the bytes at an offset are as numbers.

Owns cells and values. Which rows are shown, and in which colours, is the matter of `hex_view`.

    00000010  00 00 00 40 00 00 00 40  08 06 00 00 00 aa 69 71  │...@...@......iq│
    offset    two groups of eight                               text column
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

GROUP: Final = 8
"""Bytes that stand close together."""

GAP: Final = 2
"""Cells between the columns."""

TEXT: Final = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in range(256))
"""What stands for each byte in the text column."""


class Layout(NamedTuple):
    """How rows are laid out: bytes a row, digits of the offset, bars around the text column."""

    per_row: int
    digits: int
    bars: bool

    @classmethod
    def fit(cls, width: int, size: int) -> Layout:
        """The most roomy layout for `size` bytes in `width` cells: 16 bytes a row, or else 8."""
        short = max(4, len(f"{max(size - 1, 0):x}"))
        long = max(8, short)
        layouts = [
            cls(per_row, digits, bars)
            for per_row in (2 * GROUP, GROUP)
            for digits, bars in ((long, True), (long, False), (short, False))
        ]
        return next((layout for layout in layouts if layout.width <= width), layouts[-1])

    @property
    def hex_start(self) -> int:
        """The cell at which the first byte begins."""
        return self.digits + GAP

    @property
    def text_start(self) -> int:
        """The cell of the first character of the text column."""
        return self.hex_cell(self.per_row - 1) + 2 + GAP + self.bars

    @property
    def width(self) -> int:
        """Cells of a row."""
        return self.text_start + self.per_row + self.bars

    def rows(self, size: int) -> int:
        """Rows that `size` bytes take."""
        return -(-size // self.per_row)

    def hex_cell(self, index: int) -> int:
        """The cell at which byte `index` of a row begins, with a wider gap between groups."""
        return self.hex_start + 3 * index + index // GROUP

    def index_at(self, cell: int) -> int | None:
        """Which byte of a row stands at `cell`, in either column; None beside them."""
        if self.text_start <= cell < self.text_start + self.per_row:
            return cell - self.text_start
        for index in range(self.per_row):
            if self.hex_cell(index) <= cell <= self.hex_cell(index) + 1:
                return index
        return None

    def line(self, offset: int, chunk: bytes) -> str:
        """The row of the bytes `chunk` at `offset`."""
        groups = (chunk[at : at + GROUP].hex(" ") for at in range(0, len(chunk), GROUP))
        bar = "│" if self.bars else ""
        before = f"{offset:0{self.digits}x}".ljust(self.hex_start) + "  ".join(groups)
        text = "".join(TEXT[byte] for byte in chunk)
        return f"{before.ljust(self.text_start - self.bars)}{bar}{text}{bar}"


def dump(payload: bytes, layout: Layout, begin: int = 0) -> Iterator[str]:
    """All rows of `payload`, which stands at the offset `begin`."""
    for offset in range(0, len(payload), layout.per_row):
        yield layout.line(begin + offset, payload[offset : offset + layout.per_row])


class Reading(NamedTuple):
    """The bytes at an offset as a number, in both byte orders; `little` is None for one byte."""

    name: str
    big: str
    little: str | None


_INTEGERS: Final = (
    ("u8", "B"),
    ("i8", "b"),
    ("u16", "H"),
    ("i16", "h"),
    ("u32", "I"),
    ("i32", "i"),
    ("u64", "Q"),
    ("i64", "q"),
)
_FLOATS: Final = (("f32", "f", ".7g"), ("f64", "d", ".12g"))


def inspect(ahead: bytes) -> list[Reading]:
    """The bytes that begin `ahead` as numbers of each size that it is long enough for."""
    readings = []
    for name, code, spec in (*((name, code, "d") for name, code in _INTEGERS), *_FLOATS):
        size = struct.calcsize(f"={code}")
        if len(ahead) >= size:
            big, little = (
                format(struct.unpack_from(order + code, ahead)[0], spec) for order in "><"
            )
            readings.append(Reading(name, big, little if size > 1 else None))
    return readings
