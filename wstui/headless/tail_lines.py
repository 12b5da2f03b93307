"""Messages as lines: for programs as they are, for a terminal made safe, or as a hexdump."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple, Protocol

from wstui.command_line.tail import Form
from wstui.core.entry import KIND_MASK, OUTGOING, Kind
from wstui.core.filter.selection import WORDS
from wstui.core.hexdump import Layout, dump
from wstui.core.printable import printable, printable_bytes
from wstui.core.segment import Segment
from wstui.core.told import MOST, hex_pairs, told
from wstui.core.units import size_text
from wstui.headless.batches import PIECE, TEXT, lines, pieces, runs
from wstui.headless.terminal import USUAL, has_colours, is_terminal, terminal_width

TERMINAL_PIECE: Final = 16 << 10
"""Bytes of payload that are made safe for a terminal at once."""

SHORT: Final = 16
"""Bytes of a binary message that a terminal gets."""

DUMP_ROWS: Final = 1024
"""Rows of a hexdump that are made at once."""

BINARY_COMES: Final = (
    'binary messages come, and are written in hex behind "binary:"; --raw writes bytes, and --json'
    " tells them for certain from text that looks so."
)

CLOCK: Final = len("12:01:03.123")
"""Cells of a time on a terminal."""

_NAMES: Final = ("36", "33", "35", "32", "34")
"""Colours of the names of connections, as SGR parameters (ECMA-48 section 8.3.117), in turn."""

_WAYS: Final = {False: "< ", True: "> "}
_REST: Final = "* "


class Screen(NamedTuple):
    """The terminal that lines are written to."""

    width: int
    """Cells."""
    colour: bool

    @classmethod
    def of_output(cls) -> Screen | None:
        """What standard output is; None where it is no terminal."""
        return cls(terminal_width(), has_colours()) if is_terminal(sys.stdout) else None


class Lines:
    """Makes lines of the entries of connections, in one `Form`."""

    def __init__(
        self,
        form: Form,
        names: Sequence[str],
        screen: Screen | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """`names` are those of the connections, by their order, empty where there is one alone;
        `screen` is None where the lines go to no terminal. `note` is told, once, when binary
        messages come between text that may look like them."""
        self._form = form
        self._note = note if screen is None else None
        self._screen = screen
        self._end = form.end if screen is None else b"\n"
        shown = [printable(name) for name in names]
        width = max(map(len, shown), default=0)
        self._names = [f"{name:<{width}} " for name in shown]

    def make(
        self, index: int, segment: Segment, start: int, stop: int, marks: bytes | bytearray
    ) -> Iterator[bytes]:
        """The rows from `start` to `stop` of the connection `index`, in pieces of at most about
        256 KiB; `marks` says for each what it is, see `Selection.shown`."""
        for mark, low, high in runs(marks):
            first, last, chosen = start + low, start + high, marks[low:high]
            if mark == WORDS:
                yield from self._told(index, segment, range(first, last), chosen)
                continue
            for when, begin, end in self._moments(segment, first, last):
                before = self._before(index, when, _WAYS[bool(mark & OUTGOING)])
                part = chosen[begin - first : end - first]
                yield from self._messages(mark, segment, begin, end, part, before)

    def _messages(
        self,
        mark: int,
        segment: Segment,
        start: int,
        stop: int,
        chosen: bytes | bytearray,
        before: str,
    ) -> Iterator[bytes]:
        """Messages of one kind and direction, with the same in front of each."""
        form = self._form
        if form.raw:
            yield from lines(segment, start, stop, chosen, after=b"")
        elif form.hex:
            for row in _chosen(start, chosen):
                yield from self._dumped(mark, segment, row, before)
        elif mark & KIND_MASK != TEXT:
            yield from self._binary(segment, start, stop, chosen, before)
        elif self._screen is None:
            front = before.encode()
            yield from lines(segment, start, stop, chosen, before=front, after=self._end)
        else:
            yield from self._safe(segment, _chosen(start, chosen), before.encode())

    def _moments(self, segment: Segment, start: int, stop: int) -> Iterable[tuple[float, int, int]]:
        """Neighbouring rows of the same time, where times are written; else all of them."""
        if not self._form.time:
            yield 0.0, start, stop
            return
        for when, group in groupby(segment.times[start:stop]):
            end = start + sum(1 for _ in group)
            yield when, start, end
            start = end

    # What stands in front

    def _before(self, index: int, when: float, mark: str) -> str:
        time = f"{self._clock(when)} " if self._form.time else ""
        name = self._names[index] if self._names else ""
        mark = mark if self._form.marks else ""
        if self._screen is None or not self._screen.colour:
            return f"{time}{name}{mark}"
        return f"{_painted('2', time)}{_painted(_NAMES[index % len(_NAMES)], name)}{mark}"

    def _clock(self, when: float) -> str:
        moment = datetime.fromtimestamp(when).astimezone()
        if self._screen is None:
            return moment.isoformat(timespec="milliseconds")
        return f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"

    def _indent(self) -> str:
        """As many blanks as stand in front of a message."""
        time = CLOCK + 1 if self._form.time else 0
        name = len(self._names[0]) if self._names else 0
        return " " * (time + name + (2 if self._form.marks else 0))

    # The forms

    def _safe(self, segment: Segment, rows: Iterable[int], before: bytes) -> Iterator[bytes]:
        """Text messages that do no harm to a terminal. Further lines of one are indented, so that
        none looks like another message."""
        indent = self._indent()
        for row in rows:
            yield before
            for part in safe(segment, row):
                yield part.replace("\n", f"\n{indent}").encode()
            yield b"\n"

    def _binary(
        self,
        segment: Segment,
        start: int,
        stop: int,
        chosen: bytes | bytearray,
        before: str,
    ) -> Iterator[bytes]:
        if self._note is not None:
            self._note(BINARY_COMES)
            self._note = None
        word = self._dim("binary:")
        for row in _chosen(start, chosen):
            begin, end = segment.span(row)
            if self._screen is not None:
                yield f"{before}{word}{_beginning(segment, row)}".encode() + self._end
            elif end - begin <= PIECE:
                words = hex_pairs(segment.payload(row))
                yield f"{before}binary: {words}".rstrip().encode() + self._end
            else:
                yield f"{before}binary:".encode()
                for piece in pieces(segment, row):
                    yield f" {hex_pairs(piece)}".encode()
                yield self._end

    def _dumped(self, mark: int, segment: Segment, row: int, before: str) -> Iterator[bytes]:
        """A hexdump, below a line with kind and size."""
        start, stop = segment.span(row)
        way = "sent " if mark & OUTGOING else ""
        size = size_text(stop - start)
        yield f"{before}{way}{Kind(mark & KIND_MASK).word} {size}\n".encode()
        layout = Layout.fit(self._screen.width if self._screen else USUAL, stop - start)
        step = DUMP_ROWS * layout.per_row
        for at in range(start, stop, step):
            part = bytes(memoryview(segment.data)[at : min(at + step, stop)])
            rows = dump(part, layout, at - start)
            yield "".join(f"{one}\n" for one in rows).encode()

    def _told(
        self, index: int, segment: Segment, rows: range, chosen: bytes | bytearray
    ) -> Iterator[bytes]:
        for row in _chosen(rows.start, chosen):
            flags = segment.flags[row]
            words = told(flags, segment.payload(row, MOST + 1 if flags & KIND_MASK else None))
            before = self._before(index, segment.times[row], _REST)
            yield f"{before}{self._dim(words)}".encode() + self._end

    def _dim(self, text: str) -> str:
        """Text that is ours, and does not come from the peer as it is."""
        has_colour = self._screen is not None and self._screen.colour
        return _painted("2", text) if has_colour else text


class Maker(Protocol):
    """What makes output of entries: `Lines`, or lines of JSON."""

    def make(
        self, index: int, segment: Segment, start: int, stop: int, marks: bytes | bytearray
    ) -> Iterator[bytes]:
        """As `Lines.make`."""


def _chosen(start: int, chosen: bytes | bytearray) -> Iterator[int]:
    """The rows from `start` on that are chosen."""
    return (row for row, mark in enumerate(chosen, start) if mark)


def safe(segment: Segment, row: int) -> Iterator[str]:
    """The message in a row in parts that do no harm to a terminal; line feeds stay."""
    start, stop = segment.span(row)
    if stop - start <= TERMINAL_PIECE:
        yield printable_bytes(segment.payload(row), newlines=True)
        return
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for piece in pieces(segment, row):
        for at in range(0, len(piece), TERMINAL_PIECE):
            yield printable(decoder.decode(piece[at : at + TERMINAL_PIECE]), newlines=True)
    yield printable(decoder.decode(b"", final=True), newlines=True)


def _beginning(segment: Segment, row: int) -> str:
    """The first bytes of a binary message in hex, each after a blank, and the size if that is not
    all."""
    start, stop = segment.span(row)
    words = hex_pairs(segment.payload(row, SHORT))
    rest = f" … ({size_text(stop - start)})" if stop - start > SHORT else ""
    return f" {words}{rest}" if words else ""


def _painted(colour: str, text: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if text else ""
