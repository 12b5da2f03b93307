"""Bytes as hex, and as numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.hexdump import Layout, Reading, dump, inspect

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000040")


@given(st.binary(max_size=200), st.integers(20, 130))
def test_a_dump_tells_every_byte(payload: bytes, width: int) -> None:
    """The bytes can be read back from the hex column, at the offsets that are given."""
    layout = Layout.fit(width, len(payload))
    read = bytearray()
    for line in dump(payload, layout):
        assert int(line[: layout.digits], 16) == len(read)
        read += bytes.fromhex(line[layout.hex_start : layout.text_start - 1])
    assert bytes(read) == payload


@given(st.binary(min_size=1, max_size=16), st.integers(20, 130))
def test_cells_lead_to_bytes(payload: bytes, width: int) -> None:
    """Each byte is found at its cells, in the hex column and in the text column."""
    layout = Layout.fit(width, len(payload))
    line = layout.line(0, payload[: layout.per_row])
    for index, byte in enumerate(payload[: layout.per_row]):
        cell = layout.hex_cell(index)
        assert line[cell : cell + 2] == f"{byte:02x}"
        assert layout.index_at(cell) == layout.index_at(cell + 1) == index
        assert layout.index_at(layout.text_start + index) == index
        text = line[layout.text_start + index]
        assert text == (chr(byte) if 0x20 <= byte < 0x7F else ".")
    assert layout.index_at(0) is None
    assert layout.index_at(layout.hex_cell(7) + 2) is None
    assert layout.index_at(layout.width) is None


def test_a_row_has_two_groups_of_eight() -> None:
    """Offset, two groups of eight bytes, and the text between bars, when there is room."""
    assert list(dump(PNG, Layout.fit(100, len(PNG)))) == [
        "00000000  89 50 4e 47 0d 0a 1a 0a  00 00 00 0d 49 48 44 52  │.PNG........IHDR│",
        "00000010  00 00 00 40                                       │...@│",
    ]


@pytest.mark.parametrize(
    ("width", "size", "layout"),
    [
        (130, 100, Layout(16, 8, True)),
        (79, 100, Layout(16, 8, True)),
        (77, 100, Layout(16, 8, False)),
        (73, 100, Layout(16, 4, False)),
        (73, 1 << 20, Layout(16, 5, False)),
        (60, 100, Layout(8, 8, True)),
        (20, 100, Layout(8, 4, False)),
        (130, 1 << 40, Layout(16, 10, True)),
    ],
)
def test_the_layout_fits_the_width(width: int, size: int, layout: Layout) -> None:
    """Bars go first when room is short, then digits of the offset, then half of the bytes."""
    assert Layout.fit(width, size) == layout
    assert layout.width <= max(width, 39)


def test_numbers_are_read_in_both_orders() -> None:
    """The bytes at an offset are shown as numbers, big-endian and little-endian."""
    readings = {reading.name: reading for reading in inspect(PNG[16:] + b"\0\0\0\x40")}
    assert readings["u8"] == Reading("u8", "0", None)
    assert readings["u32"] == Reading("u32", "64", "1073741824")
    assert readings["f32"] == Reading("f32", "8.96831e-44", "2")
    assert readings["u64"].big == str(64 << 32 | 64)


@given(st.binary(max_size=12))
def test_numbers_need_their_bytes(ahead: bytes) -> None:
    """Only what lies within the payload is read as a number."""
    names = [reading.name for reading in inspect(ahead)]
    assert all(int(name[1:]) <= 8 * len(ahead) for name in names)
    assert len(names) == 2 * sum(len(ahead) >= size for size in (1, 2, 4, 8, 4, 8)) - sum(
        len(ahead) >= size for size in (4, 8)
    )
