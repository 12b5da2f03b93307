"""Listings: which entry stands on which line."""

from __future__ import annotations

from time import perf_counter

import pytest

from tests.ui_support import START
from wstui.core.entry import Kind
from wstui.core.filter import Matches, parse_filter
from wstui.core.transcript import Transcript
from wstui.widgets.listing import Listing


def segments(count: int, rows: int = 10) -> Transcript:
    """A transcript of so many segments, each of `rows` entries; every other entry says yes."""
    transcript = Transcript()
    for _ in range(count):
        for row in range(rows - 1):
            transcript.append(Kind.TEXT, b"yes" if row % 2 else b"no", START)
        transcript.append(Kind.BINARY, bytes(1 << 20), START)
    return transcript


def caught_up(transcript: Transcript, text: str) -> Matches:
    """The matches of a filter, all found."""
    matches = Matches(transcript, parse_filter(text))
    while matches.advance(1, perf_counter):
        pass
    return matches


def test_lines_are_numbers_at_first() -> None:
    """Without a filter and nothing dropped, line and number are the same."""
    listing = Listing(segments(2))
    assert [listing.number(line) for line in range(len(listing))] == list(range(20))
    assert listing.line(7) == 7
    assert listing.shows(19)
    assert not listing.shows(20)


def test_gap_comes_first_once_entries_were_dropped() -> None:
    """After a drop the first line is the gap, and numbers keep their entries."""
    transcript = segments(3)
    listing = Listing(transcript)
    transcript.drop_oldest()
    assert listing.number(0) == 0  # as it was when last looked at
    listing.update()
    assert listing.number(0) == transcript.first - 1
    assert listing.number(listing.line(25)) == 25
    assert len(listing) == len(transcript) - transcript.first + 1


def test_filtered_lines_hold_until_the_next_update() -> None:
    """A drop takes filtered lines away only when the listing looks again."""
    transcript = segments(3)
    listing = Listing(transcript, caught_up(transcript, "yes"))
    before = [listing.number(line) for line in range(len(listing))]
    transcript.drop_oldest()
    assert [listing.number(line) for line in range(len(listing))] == before
    listing.update()
    after = [listing.number(line) for line in range(len(listing))]
    assert after == [number for number in before if number >= transcript.first]
    assert listing.line(0) == 0
    assert listing.shows(after[-1])
    assert not listing.shows(after[-1] - 1)


def test_no_line_is_an_error() -> None:
    """A line outside of the listing is refused."""
    with pytest.raises(IndexError):
        Listing(Transcript()).number(0)
