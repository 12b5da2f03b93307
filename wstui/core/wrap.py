"""Rows of text: a payload of any size, cut to the width of a view, without laying out all of it.

Owns cutting into rows and the index that leads to each of them, built in slices of time. What is
cut must not be held here: bytes are read through a function when rows are asked for. JSON's own
rows are the matter of `json_lines`, colours that of the views.

    rows     0 …… 63 │ 64 …… 127 │ 128 …      known so far; the rest is found by `advance`
    marks    ▲       ▲           ▲            what is needed to make rows from there on
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from wstui.core.printable import MAX_COMBINING, printable

State = TypeVar("State")

Reader = Callable[[int, int], bytes]
"""Bytes from one offset to another of what is shown; may raise IndexError when it is gone."""

Measure = Callable[[str], int]
"""The cells a printable text takes in a terminal."""

STRIDE: Final = 64
"""Rows between two marks of the index."""

BLOCKS: Final = 8
"""Runs of `STRIDE` rows that are kept ready: some screenfuls."""

WINDOW: Final = 1 << 16
"""Bytes read at once."""

MIN_WIDTH: Final = 16
"""Cells a row has at least: the longest symbol for a character takes 8."""

TAB: Final = 4
"""Cells from one tab stop to the next."""

_PLAIN: Final = re.compile(rb"[ -~]*+")
_PLAIN_TEXT: Final = re.compile(r"[ -~]*+")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"  # for one byte of what is no UTF-8


class Run(NamedTuple):
    """A piece of a row, printable, in one colour.

    `kind` is ``text``, ``symbol`` (stands for what cannot be shown as it is), ``broken`` (bytes
    that are no UTF-8), or what another source of rows calls it.
    """

    text: str
    kind: str


def lay(text: str, room: int, measure: Measure, kind: str = "text") -> tuple[list[Run], int]:
    """As much of `text` as fits into `room` cells, and how many of its characters that is.

    `text` was decoded with ``surrogateescape``, so that each undecodable byte is a character. A
    mark stays with its base. Takes at most four times `room` characters: some have no width.
    """
    runs: list[Run] = []
    at = last = cells = 0
    end = min(len(text), 4 * room)
    while at < end and cells < room:
        last = at
        stop = _plain_end(text, at, min(end, at + room - cells))
        if stop > at:
            piece, piece_kind, width = text[at:stop], kind, stop - at
        elif text[at] == "\t":
            width = min(TAB - cells % TAB, room - cells)
            piece, piece_kind, stop = "→".ljust(width), "symbol", at + 1
        else:
            piece, stop = _cluster(text, at)
            piece_kind = _kind_of(piece, text[at:stop], kind)
            width = measure(piece)
        if cells + width > room:
            break
        _extend(runs, piece, piece_kind)
        cells += width
        at = stop
    # Two characters may be wider together than each alone, such as those that make a flag.
    if last and measure("".join(run.text for run in runs)) > room:
        return lay(text[:last], room, measure, kind)
    return runs, at


def _plain_end(text: str, at: int, end: int) -> int:
    """Where the printable ASCII that begins at `at` ends, without a last base of a mark."""
    found = _PLAIN_TEXT.match(text, at, end)
    stop = found.end() if found else at
    if stop > at and stop < len(text) and not text[stop].isascii():
        stop -= 1
    return stop


def _cluster(text: str, at: int) -> tuple[str, int]:
    """The character at `at` with its marks, made printable, and where the next one begins."""
    stop = at + 1
    if "\udc80" <= text[at] <= "\udcff":
        return _REPLACEMENT, stop
    if text[at].isprintable():
        limit = min(len(text), stop + MAX_COMBINING)
        while stop < limit and _is_mark(text[stop]):
            stop += 1
    return printable(text[at:stop]), stop


def _is_mark(char: str) -> bool:
    return not char.isascii() and char.isprintable() and unicodedata.category(char)[0] == "M"


def _kind_of(piece: str, source: str, kind: str) -> str:
    if piece == source:
        return kind
    return "broken" if piece == _REPLACEMENT else "symbol"


def _extend(runs: list[Run], text: str, kind: str) -> None:
    if runs and runs[-1].kind == kind:
        runs[-1] = Run(runs[-1].text + text, kind)
    else:
        runs.append(Run(text, kind))


def size_of(text: str) -> int:
    """Bytes that `text`, decoded with ``surrogateescape``, was decoded from."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


class LazyRows(ABC, Generic[State]):
    """Rows of `size` bytes at a width, made when they are asked for.

    `advance` finds out in slices how many rows there are; those known so far can be had at once.
    """

    def __init__(self, read: Reader, size: int, width: int, measure: Measure, start: State) -> None:
        """`width` in cells, at least `MIN_WIDTH` is used. `start` is the state before row 0."""
        self.size = size
        self.asked_width = width
        self.width = max(width, MIN_WIDTH)
        self.known = 0
        """Rows found so far."""
        self.complete = False
        """Whether `known` is all."""
        self.scanned = 0
        """Bytes in which rows were counted."""
        self.broken: int | None = None
        """Offset in bytes of the first byte found that is no UTF-8; None while all was."""
        self._read = read
        self._measure = measure
        self._span = 16 * self.width + 64
        self._marks: list[State] = [start]
        self._next: State | None = start
        self._blocks: dict[int, list[list[Run]]] = {}
        self._window = b""
        self._window_at = 0

    @abstractmethod
    def make(self, state: State) -> tuple[list[Run] | None, State | None]:
        """The row at `state` and the state after it; None at the end.

        Instead of a row there is None when so much was passed over that others must have a turn.
        """

    @abstractmethod
    def offset(self, state: State) -> int:
        """The byte at which the row at `state` begins."""

    def leap(self, state: State, limit: int) -> tuple[int, State]:
        """Rows that can be counted without making them, at most `limit`, and the state after."""
        return 0, state

    def advance(self, max_seconds: float, clock: Callable[[], float], rows: int = 0) -> bool:
        """Count rows for about `max_seconds` as `clock` tells, or until `rows` are known if given.

        True when more remain. Raises IndexError when the bytes are gone.
        """
        until = clock() + max_seconds
        state = self._next
        while state is not None:
            self._next = state
            if clock() >= until or 0 < rows <= self.known:
                break
            count, state = self.leap(state, STRIDE - self.known % STRIDE)
            if not count:
                made, state = self.make(state)
                count = made is not None
            self.known += count
            if count and state is not None and not self.known % STRIDE:
                self._marks.append(state)
        self.complete = state is None
        self._next = state
        self.scanned = self.size if state is None else self.offset(state)
        return not self.complete

    def row(self, number: int) -> list[Run]:
        """The pieces of a row that is known; none for one that is not.

        Raises IndexError when the bytes are gone.
        """
        if not 0 <= number < self.known:
            return []
        block, row = divmod(number, STRIDE)
        rows = self._blocks.get(block)
        if rows is None or len(rows) <= row:
            rows = self._make_block(block)
        return rows[row]

    def _make_block(self, block: int) -> list[list[Run]]:
        rows: list[list[Run]] = []
        state: State | None = self._marks[block]
        wanted = min(STRIDE, self.known - block * STRIDE)
        while state is not None and len(rows) < wanted:
            made, state = self.make(state)
            if made is not None:
                rows.append(made)
        self._blocks.pop(block, None)
        self._blocks[block] = rows
        if len(self._blocks) > BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        return rows

    def bytes_at(self, at: int) -> tuple[bytes, int, int]:
        """Some bytes, where in them `at` is, and up to where a row that begins there may look."""
        start = at - self._window_at
        need = min(self._span, self.size - at)
        if start < 0 or start + need > len(self._window):
            self._window = self._read(at, min(at + WINDOW, self.size))
            self._window_at = at
            start = 0
        return self._window, start, start + need

    def text_row(self, at: int) -> tuple[list[Run], int]:
        """The row of plain text at byte `at`, up to a line feed, and where the next one begins."""
        data, start, stop = self.bytes_at(at)
        feed = data.find(b"\n", start, stop)
        text = data[start : stop if feed < 0 else feed].decode("utf-8", "surrogateescape")
        runs, taken = lay(text, self.width, self._measure)
        end = at + size_of(text[:taken])
        if taken == len(text) and feed >= 0:
            end += 1
        self.note_broken(runs, text, at)
        return runs, end

    def note_broken(self, runs: Sequence[Run], text: str, at: int) -> None:
        """Remember where the first byte that is no UTF-8 is, if `runs` made of `text` show one."""
        if self.broken is None and any(run.kind == "broken" for run in runs):
            index = next((i for i, char in enumerate(text) if "\udc80" <= char <= "\udcff"), None)
            if index is not None:
                self.broken = at + size_of(text[:index])


class TextRows(LazyRows[int]):
    """Plain text: a line feed ends a row, a tab goes to the next tab stop. States are offsets."""

    def __init__(self, read: Reader, size: int, width: int, measure: Measure) -> None:
        super().__init__(read, size, width, measure, 0)
        if not size:
            self._next, self.complete = None, True

    def make(self, state: int) -> tuple[list[Run] | None, int | None]:
        runs, end = self.text_row(state)
        return runs, end if end < self.size else None

    def offset(self, state: int) -> int:
        return state

    def leap(self, state: int, limit: int) -> tuple[int, int]:
        """Full rows of printable ASCII need not be looked at one by one."""
        data, start, _ = self.bytes_at(state)
        found = _PLAIN.match(data, start, start + limit * self.width + 1)
        rows = max(0, (found.end() if found else start) - start - 1) // self.width
        return rows, state + rows * self.width
