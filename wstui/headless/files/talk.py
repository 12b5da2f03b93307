"""What comes on a connection, as messages of the protocol, and the rest as NDJSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from wstui.core.connection import Connection
from wstui.core.entry import INCOMPLETE, KIND_MASK, OUTGOING, Kind, LocalEvent
from wstui.core.file_transfer.messages import Message, decode
from wstui.core.file_transfer.pieces import Piece, decode_piece
from wstui.core.ndjson import LONG
from wstui.core.segment import Segment
from wstui.headless.feed import Feed
from wstui.headless.stage import Stage
from wstui.headless.turns import Turns

Lines = Callable[[LocalEvent, float], Iterator[bytes]]
"""Gives the lines that tell of an event of a connection."""

Hear = Callable[[Message | Piece], Awaitable[None]]
"""Takes what came, and may make who sends it wait."""

_NOT_OURS: Final = OUTGOING | INCOMPLETE


async def talk(stage: Stage, connection: Connection, hear: Hear, lines: Lines) -> None:
    """Give `hear` all messages of the protocol that come on `connection`, until it has ended. What
    was heard is kept in no transcript."""
    feed, turns = Feed(stage.pool, connection, forget=True), Turns()
    try:
        while await feed.wait():
            turns.begin()
            for segment, start, stop in feed.take():
                for row in range(start, stop):
                    flags = segment.flags[row]
                    if not flags & KIND_MASK:
                        if stage.manner.json:
                            await _tell(stage, segment, row, lines)
                    elif not flags & _NOT_OURS:
                        message = _read(segment, row, flags & KIND_MASK)
                        if message is not None:
                            await hear(message)
                    await turns.breathe()
    finally:
        feed.close()


def _read(segment: Segment, row: int, kind: int) -> Message | Piece | None:
    start, end = segment.span(row)
    view = memoryview(segment.data)[start:end]
    if end - start <= LONG:  # it stands among others, and more may be added there
        view = memoryview(bytes(view))
    if kind == Kind.TEXT:
        return decode(view)
    return decode_piece(view) if kind == Kind.BINARY else None


async def _tell(stage: Stage, segment: Segment, row: int, lines: Lines) -> None:
    for line in lines(segment.event(row), segment.times[row]):
        await stage.output.write(line)
