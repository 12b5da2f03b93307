"""The memory of transcripts: what is counted, what is dropped, and columns that grow wide."""

from __future__ import annotations

import sys
import tracemalloc
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core import segment as columns
from wstui.core import transcript as module
from wstui.core.entry import Fragment, Kind
from wstui.core.memory_budget import MemoryBudget
from wstui.core.segment import LARGE, SEGMENT_MEMORY
from wstui.core.transcript import Transcript

PARTS = (
    Fragment(1.0, Kind.TEXT, False, True, False, 1, 3),
    Fragment(2.5, 0, True, False, True, 1 << 33, 1 << 34),
)


def held(transcript: Transcript) -> int:
    """Bytes that the segments say they take."""
    return sum(segment.memory for segment in transcript.segments())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["plain", "wire", "batch", "large", "fragments", "rtt", "drop"]),
        st.integers(0, 1),  # which transcript
        st.integers(1, 60),  # entries or bytes
    ),
    max_size=60,
)


def take_step(transcript: Transcript, what: str, count: int) -> None:
    """One of the things that may happen to a transcript."""
    if what == "plain":
        transcript.append(Kind.TEXT, b"x" * count, 1.0)
    elif what == "wire":
        transcript.append(Kind.BINARY, b"x" * count, 1.0, wire=count)
    elif what == "batch":
        transcript.append_batch(b"\x01" * count, (2,) * count, b"ab" * count, 1.0)
    elif what == "large":
        transcript.append(Kind.BINARY, bytearray(100 + count), 1.0)
    elif what == "fragments":
        transcript.append(Kind.TEXT, b"ab", 1.0, fragments=PARTS * count)
    elif what == "rtt":
        transcript.append(Kind.PONG, b"", 1.0, rtt=0.5)
    else:
        transcript.drop_oldest()


@given(STEPS, st.integers(200, 100_000))
def test_what_is_counted_is_what_is_held(steps: list[tuple[str, int, int]], cap: int) -> None:
    """After any sequence of entries and drops, transcripts and budget count what segments take."""
    with (
        patch.object(module, "SEGMENT_SIZE", 64),
        patch.object(module, "LARGE", 100),
        patch.object(columns, "LARGE", 100),
    ):
        budget = MemoryBudget(cap)
        transcripts = [Transcript(budget), Transcript(budget)]
        for what, index, count in steps:
            take_step(transcripts[index], what, count)
            for transcript in transcripts:
                assert transcript.memory == held(transcript)
            assert budget.used == sum(transcript.memory for transcript in transcripts) <= cap


def test_wire_lengths_made_late_are_counted() -> None:
    """The column of wire lengths counts for the rows before it too, and the cap holds."""
    budget = MemoryBudget(cap=8 << 20)
    transcript = Transcript(budget)
    for number in range(1, 2000):
        transcript.append_batch(b"\x01" * 900, (10,) * 900, b"x" * 9000, 1.0)
        if number % 50 == 0:
            transcript.append(Kind.PING, b"p", 1.0, wire=3)
    assert held(transcript) == transcript.memory == budget.used <= budget.cap


def test_fragments_cost_what_they_are_counted_for() -> None:
    """Messages in fragments take the memory that is counted, within a quarter."""
    transcript = Transcript()
    tracemalloc.start()
    try:
        for number in range(6_000):
            parts = (
                Fragment(float(number), 1, False, False, False, 300 + number, 302 + number),
                Fragment(number + 0.5, 0, True, False, False, 400 + number, 402 + number),
            )
            transcript.append(Kind.TEXT, b"ab", float(number), fragments=parts)
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 0.8 * transcript.memory <= taken <= 1.25 * transcript.memory


def test_fragments_read_back_beside_others() -> None:
    """Each message gets its own frames back, those in between one frame, large ones too."""
    transcript = Transcript()
    first = transcript.append(Kind.TEXT, b"ab", 2.5, fragments=PARTS)
    single = transcript.append(Kind.TEXT, b"c", 3.0)
    last = transcript.append(Kind.TEXT, bytearray(LARGE), 2.5, fragments=PARTS[1:])
    assert transcript.fragments(first) == PARTS
    assert len(transcript.fragments(single)) == 1
    assert transcript.fragments(last) == PARTS[1:]


@pytest.mark.parametrize("many", [1, 50])
def test_only_a_small_part_is_dropped_at_once(many: int) -> None:
    """Whatever the entries are made of, dropping the oldest leaves nearly all that the cap lets."""
    cap = 4 << 20
    budget = MemoryBudget(cap)
    transcripts = [Transcript(budget) for _ in range(many)]
    parts = (Fragment(1.0, 2, True, False, False, 0, 2),) * 40
    for _ in range(8000 // many):
        for transcript in transcripts:
            transcript.append(Kind.BINARY, b"", 1.0, fragments=parts)
    assert all(transcript.first > 0 for transcript in transcripts)
    assert min(transcript.memory for transcript in transcripts) > cap / many / 2
    assert 0.85 * cap <= budget.used <= cap


def test_tiny_messages_fill_a_segment_too() -> None:
    """A segment of rows without payload is full when its columns take their share."""
    transcript = Transcript()
    for _ in range(600):
        transcript.append_batch(b"\x01" * 1000, (0,) * 1000, b"", 1.0)
    sizes = [segment.memory for segment in transcript.segments()]
    assert len(sizes) > 2
    assert max(sizes) < 1.1 * SEGMENT_MEMORY


def test_what_a_large_payload_reserves_is_counted() -> None:
    """A payload kept as it came counts with what its buffer holds beyond its length."""
    data = bytearray()
    for _ in range(50):
        data += bytes(4001)
    assert sys.getsizeof(data) > len(data) + 1000, "this buffer was to have a reserve"
    transcript = Transcript()
    transcript.append(Kind.BINARY, data, 1.0)
    assert transcript.memory >= sys.getsizeof(data)


def test_more_wire_bytes_than_four_bytes_count() -> None:
    """A message may have taken more than 4 GiB on the wire, and those before keep their lengths."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"abc", 1.0)
    transcript.append(Kind.TEXT, b"", 1.0, compressed=True, wire=5 << 30)
    transcript.append(Kind.TEXT, b"d", 1.0, wire=7)
    assert [transcript.entry(number).wire for number in range(3)] == [5, 5 << 30, 7]
    assert transcript.memory == held(transcript)


def test_a_payload_above_four_gibibytes() -> None:
    """Payloads whose ends do not fit four bytes get a column of eight; others stay narrow."""
    with patch.object(columns, "NARROW", LARGE + 5):
        transcript = Transcript()
        transcript.append(Kind.BINARY, b"a" * (LARGE + 5), 1.0)
        transcript.append(Kind.BINARY, b"b" * (LARGE + 6), 1.0)
        transcript.append(Kind.BINARY, b"c", 1.0)
    widths = [segment.ends.itemsize for segment in transcript.segments()]
    assert widths == [4, 8, 4]
    assert [transcript.payload(number, 0, 1) for number in range(3)] == [b"a", b"b", b"c"]
    assert transcript.memory == held(transcript)
