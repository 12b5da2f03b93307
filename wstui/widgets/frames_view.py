"""The frames of an entry as they went over the wire, and what a close frame says.

Owns the table's columns and the words for a close. Scrolling and colours are the matter of
`rows_view`, the close codes that of `core.close_codes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from wstui.core import close_codes
from wstui.core.entry import Entry, Fragment, Kind
from wstui.core.sending.raw_frame import decode, header_words
from wstui.core.units import count_text, delta_text
from wstui.core.wrap import Run
from wstui.widgets.fact_rows import Fact, FixedRows, fact_rows
from wstui.widgets.rows import time_text
from wstui.widgets.rows_view import RowsView
from wstui.widgets.slate import Slate

NOT_ON_WIRE: Final = Slate("·", "A local event: nothing of it was on the wire")

OPCODES: Final = {0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


class Column(NamedTuple):
    """A column of the table: its cells, how it is aligned, and how soon it goes if room is short.

    `rank` 0 stays; of the others those with the highest number go first.
    """

    title: str
    cells: int
    left: bool
    rank: int
    text: Callable[[Fragment, int, float], str]
    """From a frame, its index, and the seconds since the one before."""
    kind: str = "text"


COLUMNS: Final = (
    Column("#", 6, False, 0, lambda frame, index, delta: count_text(index), "label"),
    Column("opcode", 12, True, 0, lambda frame, index, delta: opcode_text(frame.opcode), "head"),
    Column("FIN", 3, True, 0, lambda frame, index, delta: "FIN" if frame.fin else "·", "success"),
    Column("RSV", 4, True, 2, lambda frame, index, delta: "RSV1" if frame.rsv1 else "·", "control"),
    Column("mask", 4, True, 5, lambda frame, index, delta: "mask" if frame.masked else "·"),
    Column("payload", 11, False, 0, lambda frame, index, delta: count_text(frame.size)),
    Column("wire", 11, False, 0, lambda frame, index, delta: count_text(frame.wire)),
    Column("ratio", 6, False, 1, lambda frame, index, delta: ratio_text(frame.size, frame.wire)),
    Column("time", 12, True, 3, lambda frame, index, delta: time_text(frame.time, 12), "label"),
    Column(
        "Δ", 9, False, 4, lambda frame, index, delta: delta_text(delta) if index else "", "label"
    ),
)
"""All columns; payload and wire in bytes."""


class FramesView(RowsView):
    """Opcode, FIN, RSV, payload and wire bytes, ratio and time of each frame of a message."""

    def show_frames(
        self, entry: Entry, frames: Sequence[Fragment], body: bytes, *, client: bool = True
    ) -> None:
        """Show the `frames` of `entry`, and what the `body` of a close, or a frame made by
        hand, says; `client` tells which side we are."""
        facts = _summary(entry, frames)
        if entry.kind is Kind.CLOSE:
            facts += _close(body)
        elif entry.kind is Kind.RAW:
            facts += _raw(body, client)
        self.show(lambda width: _table(frames, facts, width))

    def show_none(self) -> None:
        """Say that there are no frames."""
        self.show(None, NOT_ON_WIRE)


def opcode_text(opcode: int) -> str:
    """The name of an opcode with its number, such as ``text 1`` (RFC 6455 section 11.8)."""
    name = OPCODES.get(opcode, "reserved")
    return name if opcode == 0 else f"{name} 0x{opcode:x}"


def ratio_text(size: int, wire: int) -> str:
    """How many times smaller it was on the wire: ``4.1×``; empty when there was nothing."""
    return f"{size / wire:.2f}×" if wire and size else ""


def columns_for(width: int, frames: Sequence[Fragment]) -> list[Column]:
    """The columns that fit into `width` cells, without those that say nothing of `frames`."""
    empty = {"Δ"} if len(frames) == 1 else set()
    if not any(frame.rsv1 for frame in frames):
        empty.add("ratio")
    kept = [column for column in COLUMNS if column.title not in empty]
    while sum(column.cells + 1 for column in kept) > width:
        worst = max(kept, key=lambda column: column.rank)
        if not worst.rank:
            break
        kept.remove(worst)
    return kept


def _table(frames: Sequence[Fragment], facts: Sequence[Fact], width: int) -> FixedRows:
    columns = columns_for(width, frames)
    after = [[], *fact_rows(facts, width)] if facts else []

    def row(index: int) -> list[Run]:
        if not index:
            return [Run(_cell(column, column.title), "label") for column in columns]
        if index > len(frames):
            return after[index - len(frames) - 1]
        frame = frames[index - 1]
        delta = frame.time - frames[index - 2].time if index > 1 else 0.0
        cells = [(column, column.text(frame, index - 1, delta)) for column in columns]
        return [Run(_cell(column, text), _kind(column, text)) for column, text in cells]

    return FixedRows(1 + len(frames) + len(after), row, width)


def _cell(column: Column, text: str) -> str:
    return f"{text:<{column.cells}} " if column.left else f"{text:>{column.cells}} "


def _kind(column: Column, text: str) -> str:
    return "label" if text == "·" else column.kind


def _summary(entry: Entry, frames: Sequence[Fragment]) -> list[Fact]:
    """What all frames of a message make together."""
    facts = []
    if len(frames) > 1:
        size, wire = sum(frame.size for frame in frames), sum(frame.wire for frame in frames)
        parts = [
            f"{count_text(len(frames))} frames",
            f"{count_text(size)} B payload",
            f"{count_text(wire)} B on the wire",
            f"{delta_text(frames[-1].time - frames[0].time)} from first to last",
        ]
        facts.append(Fact("together", " · ".join(parts)))
    if entry.compressed:
        saved = ratio_text(entry.size, entry.wire)
        facts.append(Fact("compressed", f"permessage-deflate {saved}".rstrip(), "control"))
    if entry.incomplete:
        facts.append(Fact("unfinished", "the connection ended before the last frame", "error"))
    return facts


def _raw(data: bytes, client: bool) -> list[Fact]:
    """What a frame made by hand says of itself, and the rules that it breaks."""
    frame = decode(data)
    facts = [
        Fact("raw frame", "made by hand: these bytes went out", "head"),
        Fact("header", " · ".join(header_words(frame))),
    ]
    # Whether compression was agreed on is not known here.
    rules = frame.broken(compression=True, client=client)
    broken = [Fact("", rule.sentence, "error") for rule in rules]
    if broken:
        broken[0] = broken[0]._replace(label="breaks")
    facts += broken or [Fact("breaks", "no rule that can be seen from here", "success")]
    return facts + [Fact("then", words) for words in frame.consequences()]


def _close(body: bytes) -> list[Fact]:
    """Code, name, meaning and reason (RFC 6455 section 5.5.1)."""
    if len(body) == 1:
        return [Fact("code", f"half of one: {body.hex()}", "error")]
    code = int.from_bytes(body[:2], "big") if body else 1005
    known = close_codes.describe(code)
    facts = [
        Fact("code", f"{code}" if body else "none; shown as 1005", "closing"),
        Fact("name", known.name, "head"),
        Fact("meaning", known.meaning),
    ]
    if len(body) > 2:
        facts.append(Fact("reason", body[2:].decode("utf-8", "surrogateescape")))
        facts.append(Fact("", f"{len(body) - 2} of {close_codes.MAX_REASON} bytes", "label"))
    elif body:
        facts.append(Fact("reason", "none given", "label"))
    return facts
