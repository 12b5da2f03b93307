"""Messages as bytes for an output, many at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import COMPRESSED, FRAGMENTED, INCOMPLETE, OUTGOING, Kind
from wstui.core.segment import Segment
from wstui.headless import batches
from wstui.headless.batches import BINARY, RECEIVED, TEXT, gathered, lines, payloads, runs


def segment(*messages: bytes, kind: int = Kind.TEXT, sealed: bool = False) -> Segment:
    """A segment with these messages; `sealed` as what came in one large read."""
    made = Segment(0)
    if messages:
        flags = bytes((kind,)) * len(messages)
        made.extend(flags, list(map(len, messages)), b"".join(messages), 1.0, None, client=True)
    made.data = bytes(made.data) if sealed else bytearray(made.data)
    return made


@given(st.lists(st.sampled_from((0, 1, 2)), max_size=12).map(bytes))
def test_runs_cover_what_is_wanted_once(marks: bytes) -> None:
    """Each wanted row is in one run, which has its mark, and in order."""
    seen: list[tuple[int, int]] = []
    before = 0
    for mark, start, stop in runs(marks):
        assert before <= start < stop
        before = stop
        assert set(marks[start:stop]) <= {mark, 0}
        seen += [(row, mark) for row in range(start, stop) if marks[row]]
    assert seen == [(row, mark) for row, mark in enumerate(marks) if mark]


@given(
    st.lists(st.binary(max_size=6), min_size=1, max_size=8),
    st.data(),
    st.booleans(),
    st.integers(1, 12),
)
def test_lines_are_the_payloads(
    messages: list[bytes], data: st.DataObject, sealed: bool, size: int
) -> None:
    """However they are cut into pieces, they are the chosen payloads with something around."""
    start = data.draw(st.integers(0, len(messages)))
    stop = data.draw(st.integers(start, len(messages)))
    count = stop - start
    chosen = data.draw(st.none() | st.lists(st.integers(0, 2), min_size=count, max_size=count))
    mask = None if chosen is None else bytes(chosen)
    before, after = data.draw(st.tuples(st.binary(max_size=2), st.binary(max_size=2)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "PIECE", size)
        made = list(
            lines(segment(*messages, sealed=sealed), start, stop, mask, before=before, after=after)
        )
    wanted = [
        message for index, message in enumerate(messages[start:stop]) if mask is None or mask[index]
    ]
    assert b"".join(made) == b"".join(before + message + after for message in wanted)


def test_a_large_message_comes_in_pieces_while_others_arrive() -> None:
    """No view of the payloads stays, which would keep the segment from growing."""
    large = bytes(range(256)) * 4096
    one = segment(b"a", large)
    made = []
    for piece in lines(one, 0, 2):
        made.append(piece)
        one.extend(b"\x01", [1], b"x", 1.0, None, client=True)
    assert max(map(len, made)) <= batches.PIECE
    assert b"".join(made) == b"a\n" + large + b"\n"


def test_payloads_of_a_part() -> None:
    """They are counted from the segment's first row."""
    assert payloads(segment(b"a", b"bc", b"", b"d"), 1, 4) == [b"bc", b"", b"d"]


def test_what_counts_as_received() -> None:
    """Whole text and binary messages that came in, in one frame or many, compressed or not."""
    for flags in (0, COMPRESSED, FRAGMENTED, COMPRESSED | FRAGMENTED):
        assert (RECEIVED[Kind.TEXT | flags], RECEIVED[Kind.BINARY | flags]) == (TEXT, BINARY)
        for kind in (Kind.EVENT, Kind.CLOSE, Kind.PING, Kind.PONG, Kind.RAW):
            assert not RECEIVED[kind | flags]
    assert not RECEIVED[Kind.TEXT | OUTGOING]
    assert not RECEIVED[Kind.TEXT | FRAGMENTED | INCOMPLETE]


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(1, 12))
def test_small_pieces_are_gathered(parts: list[bytes], least: int) -> None:
    """Nothing changes but how much comes at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "GATHERED", least)
        made = list(gathered(parts))
    assert b"".join(made) == b"".join(parts)
    assert all(len(piece) >= least for piece in made[:-1])
