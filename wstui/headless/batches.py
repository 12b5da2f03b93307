"""Messages as bytes for an output, many at a time: what `tail` and `pipe` write.

Rows of a transcript come from a `Feed` in runs. Each run is looked at as a whole: one translation
of its flags says what is wanted, one join makes its lines, and no Python runs for a message but a
slice.

    for segment, start, stop in feed.take():
        marks = segment.flags[start:stop].translate(RECEIVED)
        for mark, low, high in runs(marks):  # mark is TEXT or BINARY
            chosen = marks[low:high]
            for piece in lines(segment, start + low, start + high, chosen, after=b"\\n"):
                await stage.output.write(piece)

A piece has about `PIECE` bytes at most, however large a message is, so that what waits for a slow
reader stays small, and making one holds up the loop for less than a millisecond.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Final

from wstui.core.entry import INCOMPLETE, KIND_MASK, OUTGOING, Kind
from wstui.core.segment import Segment

PIECE: Final = 256 << 10
"""Bytes of payload in a piece, at most."""

TEXT: Final = int(Kind.TEXT)
BINARY: Final = int(Kind.BINARY)

RECEIVED: Final = bytes(
    flags & KIND_MASK
    if flags & KIND_MASK in (TEXT, BINARY) and not flags & (OUTGOING | INCOMPLETE)
    else 0
    for flags in range(256)
)
"""For each of the 256 values of an entry's flags: `TEXT` or `BINARY` for a whole message that was
received, else 0."""

GATHERED: Final = 32 << 10
"""Bytes from which on small pieces are handed on as one."""

_RUN: Final = re.compile(rb"([^\0])(?:\1|\0)*", re.DOTALL)


def runs(marks: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """The stretches of rows that have the same mark: it, the first row and the one behind the last.
    Rows marked 0 are not wanted; they may stand within a stretch of others."""
    wanted = marks.lstrip(b"\0")
    if not wanted:
        return
    if wanted.count(wanted[0]) + wanted.count(0) == len(wanted):  # the usual case
        yield wanted[0], 0, len(marks)
        return
    for match in _RUN.finditer(marks):
        yield match[1][0], match.start(), match.end()


def lines(
    segment: Segment,
    start: int,
    stop: int,
    chosen: bytes | bytearray | None = None,
    *,
    before: bytes = b"",
    after: bytes = b"\n",
) -> Iterator[bytes]:
    """The payloads of the rows from `start` to `stop`, exactly, with `before` and `after` around
    each, in pieces. `chosen` has a byte for each row, 0 for one that is left out; None takes all.
    """
    row = start
    while row < stop:
        low = segment.span(row)[0]
        end = max(bisect_right(segment.ends, low + PIECE, row, stop), row + 1)
        mask = None if chosen is None else chosen[row - start : end - start]
        if segment.ends[end - 1] - low > PIECE:
            if mask is None or mask[0]:
                yield before
                yield from pieces(segment, row)
                yield after
        elif parts := payloads(segment, row, end, mask):
            parts[0] = before + parts[0]
            parts[-1] += after
            yield (after + before).join(parts)
        row = end


def payloads(
    segment: Segment, start: int, stop: int, chosen: bytes | bytearray | None = None
) -> list[bytes]:
    """The payloads of the rows from `start` to `stop`, copied; `chosen` as for `lines`."""
    if chosen is not None and 0 not in chosen:
        chosen = None
    low = segment.span(start)[0]
    ends: Sequence[int] = segment.ends[start:stop]
    data = segment.data
    if not isinstance(data, bytes):  # the open segment: it may grow, and its slices are slower
        data = bytes(memoryview(data)[low : segment.ends[stop - 1]])
        ends = [end - low for end in ends]
        low = 0
    starts = [low, *ends[:-1]]
    spans = zip(starts, ends, strict=True)
    if chosen is not None:
        spans = compress(spans, chosen)  # type: ignore[assignment]
    return [data[begin:end] for begin, end in spans]


def pieces(segment: Segment, row: int) -> Iterator[bytes]:
    """The payload of a row in pieces. Between two of them the segment may grow."""
    start, stop = segment.span(row)
    for at in range(start, stop, PIECE):
        # The view is gone at once: while there is one, the bytearray below it cannot grow.
        yield bytes(memoryview(segment.data)[at : min(at + PIECE, stop)])


def gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """`parts` one after the other, small ones joined; what is left comes at the end."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= GATHERED:
            yield b"".join(waiting) if len(waiting) > 1 else part
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)
