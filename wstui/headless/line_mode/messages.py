"""The messages of a connection as `show` lists them: in short turns, however many there are."""

from __future__ import annotations

import codecs
from collections.abc import AsyncIterator, Iterator, Sequence
from time import perf_counter
from typing import Final

from wstui.core.answering.hosting import turn
from wstui.core.entry import KIND_MASK, OUTGOING, Kind
from wstui.core.filter.language import Filter
from wstui.core.filter.matches import Matches
from wstui.core.printable import printable
from wstui.core.segment import Segment
from wstui.core.transcript import Transcript

SLICE: Final = 0.004
"""Seconds in which lines are made before the loop has its turn."""

CHUNK: Final = 64 << 10
"""Bytes that are handed over at once, about."""

PIECE: Final = 16 << 10
"""Bytes of a message that are made readable at once."""

_DATA: Final = (Kind.TEXT, Kind.BINARY)


async def message_lines(
    transcript: Transcript, filter: Filter | None, *, safe: bool
) -> AsyncIterator[bytes]:
    """A line for each message that is there now, in pieces: `<<` received, `>>` sent, binary in
    hex. Only those that match `filter`; None: all. `safe`: a terminal shall not obey them."""
    pieces: list[bytes] = []
    size, begun = 0, perf_counter()
    async for segment, row in _rows(transcript, filter):
        for piece in message_pieces(segment, row, safe=safe):
            pieces.append(piece)
            size += len(piece)
            if size > CHUNK:
                yield b"".join(pieces)
                pieces, size = [], 0
            if perf_counter() - begun > SLICE:
                await turn()
                begun = perf_counter()
    yield b"".join(pieces)


async def _rows(
    transcript: Transcript, filter: Filter | None
) -> AsyncIterator[tuple[Segment, int]]:
    stop = len(transcript)
    matches = None if filter is None else await found(transcript, filter)
    for segment in transcript.segments():
        if segment.first >= stop:
            return
        end = min(len(segment), stop - segment.first)
        rows: Sequence[int] = range(end)
        if matches is not None:
            low, high = matches.row_of(segment.first), matches.row_of(segment.first + end)
            rows = [number - segment.first for number in matches.numbers[low:high]]
        for row in rows:
            if segment.flags[row] & KIND_MASK in _DATA:
                yield segment, row


async def found(transcript: Transcript, filter: Filter) -> Matches:
    """All entries that match now."""
    matches = Matches(transcript, filter)
    while matches.advance(SLICE, perf_counter):
        await turn()
    return matches


def message_pieces(segment: Segment, row: int, *, safe: bool) -> Iterator[bytes]:
    """The line for one message."""
    flags = segment.flags[row]
    start, end = segment.span(row)
    mark = b">> " if flags & OUTGOING else b"<< "
    if end - start <= PIECE:
        payload = segment.payload(row)
        if flags & KIND_MASK == Kind.BINARY:
            yield mark + payload.hex(" ").upper().encode() + b"\n"
        elif safe:
            yield mark + printable(payload.decode("utf-8", "replace")).encode() + b"\n"
        else:
            yield mark + payload + b"\n"
        return
    yield mark
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for at in range(start, end, PIECE):
        payload = bytes(segment.data[at : min(at + PIECE, end)])
        if flags & KIND_MASK == Kind.BINARY:
            blank = " " if at > start else ""
            yield f"{blank}{payload.hex(' ').upper()}".encode()
        elif safe:
            text = decoder.decode(payload, final=at + PIECE >= end)
            yield printable(text).encode("utf-8", "replace")
        else:
            yield payload
    yield b"\n"
