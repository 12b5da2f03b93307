"""Bytes of an entry as hex, with a cursor, and as numbers beside it.

Owns cursor, keys, mouse and colours. Cells of a row and the numbers are the matter of
`core.hexdump`; only the rows in sight are ever read.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click, Resize
from textual.geometry import clamp
from textual.reactive import var
from textual.strip import Strip

from wstui.core.hexdump import GAP, TEXT, Layout, Reading, inspect
from wstui.core.wrap import Reader
from wstui.widgets.pane import GONE, Pane
from wstui.widgets.slate import Slate
from wstui.widgets.text_view import EMPTY

INSPECTOR: Final = 29
"""Cells that the numbers need beside the bytes."""

INSPECTOR_LIMIT: Final = 52
"""Cells of the numbers at most: both byte orders of 64 bits side by side."""

NAMES: Final = 5
"""Cells of a number's name."""


class HexView(Pane):
    """Rows of 16 or 8 bytes, and the bytes at `cursor` read as numbers when there is room."""

    DEFAULT_CSS = """
    HexView {
        & > .hex--offset { color: $dim; }
        & > .hex--byte { color: $binary; }
        & > .hex--zero { color: $dim; }
        & > .hex--character { color: $foreground; }
        & > .hex--cursor { background: $primary 30%; color: $foreground; text-style: bold; }
        &:focus > .hex--cursor { background: $primary; color: $background; }
    }
    """
    COMPONENT_CLASSES = {
        "hex--offset",
        "hex--byte",
        "hex--zero",
        "hex--character",
        "hex--cursor",
    }
    BINDINGS = [
        Binding("left", "move(-1)", "Byte left", show=False),
        Binding("right", "move(1)", "Byte right", show=False),
        Binding("up,k", "move_rows(-1)", "Row up", show=False),
        Binding("down,j", "move_rows(1)", "Row down", show=False),
        Binding("pageup", "move_pages(-1)", "Page up", show=False),
        Binding("pagedown,space", "move_pages(1)", "Page down", show=False),
        Binding("home,g", "move_to(0)", "First byte", show=False),
        Binding("end,G", "move_to_end", "Last byte", show=False),
    ]

    cursor: var[int] = var(0, init=False)
    """Offset of the selected byte."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._read: Reader | None = None
        self._length = 0
        self._grid = Layout.fit(0, 0)
        self._numbers: list[list[Segment]] = []

    def show_bytes(self, read: Reader, size: int) -> None:
        """Show `size` bytes, with the cursor on the first one."""
        self._read, self._length = read, size
        self._slate = None if size else EMPTY
        self.set_reactive(HexView.cursor, 0)
        self.go_to(0)
        self._lay_out()

    def show(self, empty: Slate) -> None:
        """Show some words instead of bytes."""
        self._read, self._length = None, 0
        self.say(empty)

    def _lay_out(self) -> None:
        self._grid = Layout.fit(self.columns, self._length)
        self.set_lines(self._grid.rows(self._length))
        self._inspect()
        self.refresh_all()

    @property
    def _inspector(self) -> int:
        """Cells for the numbers beside the bytes; 0 when there are too few."""
        room = self.columns - self._grid.width - 2 * GAP
        return min(room, INSPECTOR_LIMIT) if room >= INSPECTOR else 0

    # Rendering

    def line(self, number: int, width: int) -> Strip | None:
        layout = self._grid
        offset = number * layout.per_row
        segments: list[Segment] = []
        if self._read is not None and offset < self._length:
            chunk = self._read(offset, min(offset + layout.per_row, self._length))
            segments = self._row(offset, chunk)
        index = number - self.scroll_offset.y
        if self._inspector and index < len(self._numbers):
            cells = sum(len(segment.text) for segment in segments)
            gap = layout.width + 2 * GAP - cells
            segments += [Segment(" " * gap, self._style("pane--text")), *self._numbers[index]]
        return Strip(segments) if segments else None

    def _row(self, offset: int, chunk: bytes) -> list[Segment]:
        """The segments of one row: offset, bytes, characters."""
        layout = self._grid
        plain, dim = self._style("pane--text"), self._style("hex--offset")
        marked = self.cursor - offset
        names = [_class(byte) for byte in chunk]
        cells: list[tuple[str, str]] = [("", f"{offset:0{layout.digits}x}".ljust(layout.hex_start))]
        for index, (byte, name) in enumerate(zip(chunk, names, strict=True)):
            gap = layout.hex_cell(index + 1) - layout.hex_cell(index) - 2
            cells.append(("hex--cursor" if index == marked else name, f"{byte:02x}"))
            cells.append(("pane--text" if index == marked else name, " " * gap))
        segments = [Segment(cells[0][1], dim), *self._merged(cells[1:])]
        used = sum(len(text) for _, text in cells)
        bar = "│" if layout.bars else ""
        segments.append(Segment(" " * (layout.text_start - len(bar) - used), plain))
        segments.append(Segment(bar, dim))
        characters = [
            ("hex--cursor" if index == marked else _class_of_character(name), TEXT[byte])
            for index, (byte, name) in enumerate(zip(chunk, names, strict=True))
        ]
        segments += self._merged(characters)
        segments.append(Segment(" " * (layout.per_row - len(chunk)), plain))
        segments.append(Segment(bar, dim))
        return segments

    def _merged(self, cells: list[tuple[str, str]]) -> list[Segment]:
        """Neighbours of one class as one segment."""
        return [
            Segment("".join(text for _, text in group), self._style(name))
            for name, group in groupby(cells, key=lambda cell: cell[0])
        ]

    def _inspect(self) -> None:
        """Read the bytes at the cursor as numbers."""
        self._numbers = []
        if self._read is None or not self._inspector or not self._length:
            return
        try:
            ahead = self._read(self.cursor, min(self.cursor + 8, self._length))
        except IndexError:
            self.say(GONE)
            return
        dim, plain = self._style("hex--offset"), self._style("pane--title")
        at = f"at 0x{self.cursor:x} · {self.cursor:,}"
        self._numbers = [[Segment(at[: self._inspector], dim)]]
        self._numbers += [
            [
                segment
                for name, value in pairs
                for segment in (
                    Segment(f"{name:<{NAMES}}", dim),
                    Segment(f"{value:<{self._inspector // 2 - NAMES}} ", plain),
                )
            ]
            for pairs in number_rows(inspect(ahead), self._inspector)
        ]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    # Watchers and handlers

    def watch_cursor(self) -> None:
        row = self.cursor // self._grid.per_row
        self.go_to(clamp(self.scroll_offset.y, row - self.page + 1, row))
        self._inspect()
        self.refresh_all()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor within the bytes."""
        return clamp(cursor, 0, max(0, self._length - 1))

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        if place is None:
            return
        row = self.scroll_offset.y + place.y
        index = self._grid.index_at(place.x)
        if index is not None and row * self._grid.per_row + index < self._length:
            self.cursor = row * self._grid.per_row + index

    def notify_style_update(self) -> None:
        """Textual's call when a theme or a class changed the styles."""
        super().notify_style_update()
        if self.is_mounted:
            self._inspect()

    # Actions

    def action_move(self, step: int) -> None:
        """Move the cursor by bytes."""
        self.cursor += step

    def action_move_rows(self, rows: int) -> None:
        """Move the cursor by rows, staying in its column."""
        goal = self.cursor + rows * self._grid.per_row
        if 0 <= goal < self._length:
            self.cursor = goal

    def action_move_pages(self, pages: int) -> None:
        """Move the cursor by pages, leaving one row in sight."""
        per_row = self._grid.per_row
        rows = pages * max(1, self.page - 1)
        last = (self._length - 1) // per_row
        row = clamp(self.cursor // per_row + rows, 0, last)
        self.cursor = row * per_row + self.cursor % per_row

    def action_move_to(self, offset: int) -> None:
        """Move the cursor to a byte."""
        self.cursor = offset

    def action_move_to_end(self) -> None:
        """Move the cursor to the last byte."""
        self.cursor = self._length - 1


def number_rows(readings: list[Reading], cells: int) -> list[list[tuple[str, str]]]:
    """Names and values of `readings`, two in a row of `cells` cells where both fit."""
    named = {reading.name: reading for reading in readings}
    rows = []
    pairs: list[list[tuple[str, str]]]
    pairs = [[(name, named[name].big) for name in ("u8", "i8") if name in named]]
    for name in ("u16", "u32", "u64", "f32", "f64", "i16", "i32", "i64"):
        if name in named:
            reading = named[name]
            pairs.append([(name, reading.big), ("le", reading.little or "")])
    room = cells // 2 - NAMES
    for pair in pairs:
        if all(len(value) <= room for _, value in pair):
            rows.append(pair)
        else:
            rows += [[item] for item in pair]
    return rows


def _class(byte: int) -> str:
    return "hex--byte" if byte else "hex--zero"


def _class_of_character(name: str) -> str:
    return "hex--character" if name == "hex--byte" else name
