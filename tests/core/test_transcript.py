"""Transcripts: columns, numbering, gaps, and the memory budget."""

from __future__ import annotations

import sys
from array import array
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core import transcript as module
from wstui.core.entry import (
    COMPRESSED,
    OUTGOING,
    EventName,
    Fragment,
    Kind,
    LocalEvent,
    header_size,
)
from wstui.core.memory_budget import MemoryBudget
from wstui.core.segment import SEGMENT_SIZE
from wstui.core.transcript import Transcript


def test_entries_come_back_whole() -> None:
    """What was appended is read back with number, time, direction, sizes and payload."""
    transcript = Transcript()
    assert transcript.append(Kind.TEXT, b"hello", 10.0) == 0
    assert transcript.append(Kind.BINARY, b"\x00\x01", 11.0, outgoing=True) == 1
    first, second = transcript.entry(0), transcript.entry(1)
    assert (first.kind, first.outgoing, first.size, first.wire) == (Kind.TEXT, False, 5, 7)
    assert (second.kind, second.outgoing, second.size, second.wire) == (Kind.BINARY, True, 2, 8)
    assert transcript.payload(0) == b"hello"
    assert transcript.payload(0, 1, 3) == b"el"
    assert transcript.payload(0, 9, 12) == b""
    assert transcript.time(1) == 11.0


def test_totals() -> None:
    """Messages, payload bytes and wire bytes are counted by direction; events are not."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x" * 200, 0.0)
    transcript.append(Kind.PING, b"abcd", 0.0)
    transcript.append(Kind.BINARY, b"yy", 0.0, outgoing=True)
    transcript.append_event(LocalEvent(EventName.NOTE, "n"), 0.0)
    assert (transcript.received, transcript.sent) == (1, 1)
    assert (transcript.bytes_in, transcript.bytes_out) == (200, 2)
    assert (transcript.wire_in, transcript.wire_out) == (204 + 6, 2 + 6)


def test_batches_of_mixed_kinds_are_counted_singly() -> None:
    """A batch that holds several kinds gives the same totals as single entries."""
    batch, single = Transcript(), Transcript()
    flags = bytes((Kind.TEXT, Kind.BINARY | COMPRESSED, Kind.TEXT))
    batch.append_batch(flags, (2, 3, 0), b"aabbb", 1.0, (4, 20, 2))
    for flag, payload, wire in zip(flags, (b"aa", b"bbb", b""), (4, 20, 2), strict=True):
        single.append_batch(bytes((flag,)), (len(payload),), payload, 1.0, (wire,))
    assert batch.counts == single.counts
    assert (batch.bytes_in, batch.wire_in) == (single.bytes_in, single.wire_in)
    assert [batch.entry(n) for n in range(3)] == [single.entry(n) for n in range(3)]


def test_wire_lengths_from_the_first_compressed_message_on() -> None:
    """Rows before the first compressed one keep the wire length that follows from their size."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"a" * 130, 0.0)
    transcript.append_event(LocalEvent(EventName.NOTE, "n"), 0.0)
    transcript.append(Kind.TEXT, b"b" * 1000, 0.0, compressed=True, wire=40)
    transcript.append(Kind.TEXT, b"c", 0.0)
    assert [transcript.entry(number).wire for number in range(4)] == [134, 0, 40, 3]
    assert transcript.entry(2).compressed


def test_fragments_are_kept() -> None:
    """A fragmented message is one entry that knows its frames."""
    fragments = (
        Fragment(1.0, Kind.TEXT, False, False, False, 3, 5),
        Fragment(2.0, 0, True, False, False, 2, 4),
    )
    transcript = Transcript()
    number = transcript.append(Kind.TEXT, b"abcde", 2.0, fragments=fragments)
    assert transcript.entry(number).fragmented
    assert transcript.entry(number).wire == 9
    assert transcript.fragments(number) == fragments


def test_a_single_frame_is_one_fragment() -> None:
    """A message in one frame reads as one fragment; a client's outgoing frames are masked."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"in", 1.0)
    transcript.append(Kind.TEXT, b"out", 1.0, outgoing=True)
    transcript.append_event(LocalEvent(EventName.NOTE, "n"), 1.0)
    (incoming,), (outgoing,) = transcript.fragments(0), transcript.fragments(1)
    assert (incoming.fin, incoming.masked, incoming.wire) == (True, False, 4)
    assert (outgoing.masked, outgoing.wire) == (True, 9)
    assert transcript.fragments(2) == ()


def test_round_trip_times() -> None:
    """A pong keeps the round-trip time it was given."""
    transcript = Transcript()
    transcript.append(Kind.PONG, b"1", 0.0, rtt=0.25)
    transcript.append(Kind.PONG, b"2", 0.0)
    assert (transcript.rtt(0), transcript.rtt(1)) == (0.25, None)


def test_events_come_back() -> None:
    """A local event is read back with its name, text and detail, even with lone surrogates."""
    transcript = Transcript()
    event = LocalEvent(EventName.ERROR, "bad \ud800 byte", {"offending": "ff"})
    number = transcript.append_event(event, 5.0)
    assert transcript.entry(number).is_event
    assert transcript.event(number) == event


def test_unknown_numbers() -> None:
    """A number that is not held is an IndexError."""
    transcript = Transcript()
    for number in (-1, 0, 7):
        with pytest.raises(IndexError):
            transcript.entry(number)


def test_dropping_leaves_a_gap_entry() -> None:
    """After the oldest segment went, its last number reads as a gap that says how many are gone."""
    transcript = Transcript()
    piece = b"x" * (SEGMENT_SIZE // 64)
    for _ in range(66):
        transcript.append(Kind.BINARY, piece, 1.0)
    freed = transcript.drop_oldest()
    assert freed > SEGMENT_SIZE
    assert transcript.first == 64
    gap = transcript.entry(63)
    assert gap.is_event
    assert gap.size == len(transcript.payload(63))
    assert transcript.event(63).detail == {"dropped": 64}
    assert transcript.payload(64, 0, 4) == b"xxxx"
    assert transcript.rtt(63) is None
    assert transcript.fragments(63) == ()
    with pytest.raises(IndexError):
        transcript.entry(0)


def test_dropping_everything() -> None:
    """Even the open segment can go; numbering goes on, and nothing is left to drop after it."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"one", 1.0)
    assert transcript.drop_oldest() > 0
    assert transcript.memory == 0
    assert transcript.drop_oldest() == 0
    assert transcript.time(0) == 0.0
    assert transcript.append(Kind.TEXT, b"two", 2.0) == 1
    assert transcript.payload(1) == b"two"


def test_a_large_message_is_not_copied() -> None:
    """A message of a segment's size or more becomes a segment's data as it is."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"small", 1.0)
    large = bytearray(SEGMENT_SIZE)
    transcript.append(Kind.BINARY, large, 2.0)
    transcript.append(Kind.TEXT, b"after", 3.0)
    segments = list(transcript.segments())
    assert len(segments) == 3
    assert transcript.payload(1, 0, 2) == b"\0\0"
    assert transcript.payload(2) == b"after"


def test_segments_from_an_entry_on() -> None:
    """Segments are given from the one that holds an entry on."""
    transcript = Transcript()
    for _ in range(3):
        transcript.append(Kind.BINARY, b"x" * SEGMENT_SIZE, 1.0)
    assert [segment.first for segment in transcript.segments(1)] == [1, 2]
    assert [segment.first for segment in transcript.segments()] == [0, 1, 2]


def test_budget_makes_the_largest_pay() -> None:
    """Over the cap the oldest segment of the largest transcript goes; a quiet one keeps all."""
    budget = MemoryBudget(cap=8 * SEGMENT_SIZE)
    quiet, loud = Transcript(budget), Transcript(budget)
    quiet.append(Kind.TEXT, b"first of all", 1.0)
    for _ in range(20):
        loud.append(Kind.BINARY, b"x" * SEGMENT_SIZE, 2.0)
    assert quiet.payload(0) == b"first of all"
    assert loud.first > 10
    assert budget.used <= budget.cap
    assert budget.used == quiet.memory + loud.memory
    loud.close()
    assert budget.used == quiet.memory


def test_a_message_larger_than_the_budget() -> None:
    """A message that alone exceeds the cap is counted, dropped at once, and told by the gap."""
    transcript = Transcript(MemoryBudget(cap=100))
    fragments = (Fragment(1.0, 1, False, False, False, 500, 504),)
    assert transcript.append(Kind.TEXT, b"x" * 500, 1.0, fragments=fragments) == 0
    assert transcript.first == 1
    assert transcript.received == 1
    assert transcript.event(0).detail == {"dropped": 1}


def test_budget_counts_what_was_recorded_before() -> None:
    """Memory accounts for fragments and for wire lengths as well."""
    budget = MemoryBudget()
    transcript = Transcript(budget)
    fragments = (Fragment(1.0, 1, False, False, False, 1, 3),) * 10
    transcript.append(Kind.TEXT, b"x", 1.0)
    transcript.append(Kind.TEXT, b"x" * 10, 1.0, fragments=fragments)
    measured = sum(segment.memory for segment in transcript.segments())
    assert abs(transcript.memory - measured) <= 8
    assert budget.used == transcript.memory


def test_memory_of_a_million_messages() -> None:
    """1,000,000 messages of 100 bytes take at most 1.35 times their payload."""
    transcript = Transcript()
    batch = b"x" * 100 * 1000
    for _ in range(1000):
        transcript.append_batch(b"\x01" * 1000, (100,) * 1000, batch, 1.0)
    columns = 0
    for segment in transcript.segments():
        columns += sum(map(sys.getsizeof, (segment.data, segment.flags)))
        columns += sum(map(sys.getsizeof, (segment.ends, segment.times)))
    assert columns <= 1.35 * 100_000_000
    assert abs(transcript.memory - columns) <= 0.02 * columns


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Kind.TEXT, Kind.BINARY, Kind.PING, Kind.CLOSE]),
            st.binary(max_size=40),
            st.booleans(),
            st.none() | st.integers(2, 99),
        ),
        max_size=40,
    )
)
def test_any_sequence_reads_back(rows: list[tuple[Kind, bytes, bool, int | None]]) -> None:
    """Any sequence of entries reads back the same, however segments fall."""
    with mock.patch.object(module, "SEGMENT_SIZE", 64):
        transcript = Transcript()
        for number, (kind, payload, outgoing, wire) in enumerate(rows):
            transcript.append(kind, payload, float(number), outgoing=outgoing, wire=wire)
    for number, (kind, payload, outgoing, wire) in enumerate(rows):
        entry = transcript.entry(number)
        derived = len(payload) + header_size(len(payload), masked=outgoing)
        assert (entry.kind, entry.outgoing, entry.time) == (kind, outgoing, number)
        assert entry.wire == (derived if wire is None else wire)
        assert transcript.payload(number) == payload
    assert sum(transcript.counts) == len(rows)
    assert sum(transcript.counts[OUTGOING:]) == sum(row[2] for row in rows)


def test_columns_are_packed() -> None:
    """Ends are four bytes and times eight: what the memory figure rests on."""
    assert array("I").itemsize == 4
    assert array("d").itemsize == 8
