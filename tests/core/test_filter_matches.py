"""The index of matches: the same entries as a slow search row by row, whatever the steps."""

from __future__ import annotations

import re
from itertools import count
from unittest.mock import patch

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from wstui.core import transcript
from wstui.core.entry import OUTGOING, EventName, Kind, LocalEvent
from wstui.core.filter import Filter, Matches, matches, parse_filter
from wstui.core.filter import expression as filter_expression
from wstui.core.filter import terms as filter_terms
from wstui.core.sending.raw_frame import decode, header_words
from wstui.core.transcript import Transcript

Row = tuple[int, bytes]


def fill(rows: list[Row]) -> Transcript:
    """A transcript of these kinds (with direction) and payloads."""
    held = Transcript()
    for flags, payload in rows:
        held.append(Kind(flags & 0x0F), payload, 1.0, outgoing=bool(flags & OUTGOING))
    return held


def texts(*payloads: str | bytes) -> Transcript:
    """A transcript of received text messages."""
    rows = [p.encode() if isinstance(p, str) else p for p in payloads]
    return fill([(Kind.TEXT, row) for row in rows])


def finish(index: Matches) -> list[int]:
    """All matches, found in the shortest possible turns."""
    ticks = count()
    for _ in range(10_000):
        if not index.advance(0, lambda: float(next(ticks))):
            return index.numbers.tolist()
    raise AssertionError("the index never comes to an end")


def found(text: str, *payloads: str | bytes) -> list[int]:
    """The entries, of received text messages, that match a filter."""
    return finish(Matches(texts(*payloads), parse_filter(text)))


# What is found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("price", [0, 1, 2]),
        ("Price", [1]),
        ("price -10", [1, 2]),
        ('"price 1"', [0]),
        ("/price .0/", [0, 2]),
        ("/PRICE/i", [0, 1, 2]),
        ("/PRICE/", []),
        ("-/price/i", [3]),
        ("/^[Pp]rice [^1]/", [1, 2]),
        ("/^$/", [3]),
        ("dir:out", []),
        ("dir:in op:text 20", [1]),
        ("nowhere", []),
    ],
)
def test_found(text: str, expected: list[int]) -> None:
    """Terms hold together, minus turns them round, upper case makes free text exact."""
    assert found(text, "price 10", "Price 20", "price 30", "") == expected


def test_unicode() -> None:
    """Text is searched as characters: other case, points, and bytes that are no UTF-8."""
    rows = ("Grüße", "GRÜSSE", b"gr\xfc\xdfe", "東京 🚀", b"\x00\xff price")
    assert found("grü", *rows) == [0, 1]
    assert found("京", *rows) == [3]
    assert found("/^.{4}$/", *rows) == [3]
    assert found("/gr.{2}e/i", *rows) == [0, 2]
    assert found("/GRÜ/i", *rows) == [0, 1]
    assert found("PRICE", *rows) == []
    assert found("price", *rows) == [4]
    assert found("/\\p{Han}/", *rows) == [3]
    assert found("/k/i", "\u212a is the Kelvin sign") == [0]


def test_rows_do_not_run_together() -> None:
    """Nothing is found across two rows, and a match that would is no hindrance to the next."""
    assert found("ab", "xa", "b", "ab", "a") == [2]
    assert found("aab", "xaa", "aab", "b") == [1]
    assert found("/a.*b/", "xa", "b", "ab", "a") == [2]
    assert found(r"/\Bb|a$/", "xa", "b", "ab", "") == [0, 2]
    assert found("ı", "a", "ı", "I") == [1]


def test_events_and_closes_go_by_what_is_shown() -> None:
    """A local event is searched in its sentence, a close frame in code and reason."""
    held = texts("connected text 4001")
    held.append_event(LocalEvent(EventName.OPEN, "Connected to “x”", {"secret": "bye"}), 1.0)
    held.append(Kind.CLOSE, b"\x0f\xa1bye", 1.0)
    held.append(Kind.CLOSE, b"\x03\xe8", 1.0)
    held.append(Kind.CLOSE, b"", 1.0)
    held.append(Kind.EVENT, b"no event", 1.0)

    def numbers(text: str) -> list[int]:
        return finish(Matches(held, parse_filter(text)))

    assert numbers("connected") == [0, 1]
    assert numbers("bye") == [2]
    assert numbers('"4001 bye"') == numbers("/^4001 bye$/") == [2]
    assert numbers("4001") == [0, 2]
    assert numbers("op:close -4001") == [3, 4]
    assert numbers("/^1000$/") == [3]
    assert numbers("event") == [5]
    assert numbers("op:event -connected") == [5]


# The oracle


def shown(flags: int, payload: bytes) -> bytes:
    if flags & 0x0F == Kind.CLOSE and len(payload) > 1:
        code = str(payload[0] * 256 + payload[1])
        return code.encode() + (b" " + payload[2:] if payload[2:] else b"")
    if flags & 0x0F == Kind.RAW:
        frame = decode(payload)
        return " · ".join(header_words(frame)).encode() + b" " + frame.payload
    return payload


def naive(rows: list[Row], words: list[str], sources: list[str], table: bytes) -> list[int]:
    """Numbers of the rows that have all words and expressions, one after the other."""
    numbers = []
    for number, (flags, payload) in enumerate(rows):
        text = shown(flags, payload).decode("utf-8", "replace")
        holds = bool(table[flags])
        for word in words:
            bare, minus = word.removeprefix("-"), word.startswith("-")
            upper = any(char.isupper() for char in bare)
            holds &= (bare in (text if upper else text.lower())) is not minus
        for source in sources:
            bare, minus = source.removeprefix("-"), source.startswith("-")
            ignore = regex.IGNORECASE if bare.endswith("/i") else 0
            pattern = bare.strip("i")[1:-1]
            holds &= (regex.search(pattern, text, ignore) is not None) is not minus
        if holds:
            numbers.append(number)
    return numbers


TEXT = st.text('abcABé"{}: \n京', max_size=12)
PAYLOADS = TEXT.map(str.encode) | st.binary(max_size=6) | st.sampled_from([b"ab" * 40, b"a" * 90])
FLAGS = st.sampled_from([kind | way for kind in Kind if kind for way in (0, OUTGOING)])
ROWS = st.lists(st.tuples(FLAGS, PAYLOADS), max_size=40)
WORDS = st.lists(
    st.sampled_from(["a", "ab", "-b", "AB", "é", "aé", '{"', "-京", "aab", "ba", "-abc"]),
    max_size=2,
)
EXPRESSIONS = (
    *("/a.b/", "/^a/", "/b$/", "-/ab+/", "/A/i", "-/é|B/i", r"/\bab/", "/a[^b]*b/", "/(a|b)+c/"),
    *(r"/(.)\1/", "/ab?c?/", "/(?<=a)b/", "/b(?!a)/", "/./", '/{"a/', "/京+/", "/a{2,}/"),
)
SOURCES = st.lists(st.sampled_from(EXPRESSIONS), max_size=2)
KEYS = st.sampled_from(["", "dir:in", "-dir:in", "op:text,binary", "-op:ping dir:out", "op:close"])


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test depend on how busy the machine is."""
    monkeypatch.setattr(filter_expression, "TIME_LIMIT", 10.0)


@given(ROWS, WORDS, SOURCES, KEYS, st.integers(0, 40), st.sampled_from([1, 16, 64, 1 << 20]))
def test_same_as_row_by_row(
    rows: list[Row], words: list[str], sources: list[str], keys: str, before: int, size: int
) -> None:
    """In sealed and open segments, before and after more comes, the index finds what is there."""
    known = parse_filter(" ".join((keys, *words, *sources)))
    expected = naive(rows, words, sources, known.table())
    with (
        patch.object(transcript, "SEGMENT_SIZE", size),
        patch.object(matches, "TEXT_ROWS", 5),
        patch.object(matches, "FLAG_ROWS", 3),
    ):
        held = fill(rows[:before])
        index = Matches(held, known)
        assert finish(index) == [number for number in expected if number < before]
        for flags, payload in rows[before:]:
            held.append(Kind(flags & 0x0F), payload, 1.0, outgoing=bool(flags & OUTGOING))
        assert finish(index) == expected
    assert index.timed_out == 0


@given(ROWS, WORDS, st.integers(1, 30))
def test_same_in_large_payloads(rows: list[Row], words: list[str], window: int) -> None:
    """Free text is found in payloads that are searched window by window, over their edges too."""
    known = parse_filter(" ".join(words))
    with patch.object(filter_terms, "WINDOW", window), patch.object(matches, "WINDOW", window):
        assert finish(Matches(fill(rows), known)) == naive(rows, words, [], known.table())


@given(
    st.text("ab \n", max_size=200), st.sampled_from(["a b", "^a", "b$", r"\bab", "(?<=b)a", "."])
)
def test_same_in_windows(text: str, source: str) -> None:
    """Short matches of an expression are found over the edges of windows, and no others."""
    known = parse_filter(f"/{source}/")
    with (
        patch.object(filter_expression, "EXPRESSION_WINDOW", 24),
        patch.object(filter_expression, "EXPRESSION_OVERLAP", 16),
        patch.object(filter_expression, "_CONTEXT", 4),
        patch.object(matches, "WINDOW", 100),
    ):
        expected = [0] if re.search(source, text) else []
        assert finish(Matches(texts(text), known)) == expected


# Steps


def test_a_turn_ends_in_time() -> None:
    """A turn ends with the first step after its time is over, and the next goes on there."""
    held = texts(*["price"] * 3 * matches.TEXT_ROWS)
    index = Matches(held, parse_filter("price"))
    ticks = count()
    assert index.advance(3, lambda: float(next(ticks)))
    assert 0 < index.scanned < len(held)
    assert len(index) == index.scanned
    while index.advance(3, lambda: float(next(ticks))):
        pass
    assert index.scanned == len(index) == len(held)
    assert index.is_complete


def test_steps_are_small() -> None:
    """However long the time, the clock is looked at between steps of bounded size."""
    index = Matches(texts(*["x" * 1000] * 2000), parse_filter("x"))
    looks = 0

    def clock() -> float:
        nonlocal looks
        looks += 1
        return 0.0

    assert not index.advance(1, clock)
    assert looks >= 2_000_000 // filter_terms.WINDOW


def test_a_huge_payload_is_searched_in_steps() -> None:
    """One payload of many windows takes many steps; it may go while it is searched."""
    payload = bytes(20 * filter_terms.WINDOW) + b"needle"
    held = texts("needle", payload, "needle")
    for text in ("needle", "/needle$/", "-x"):
        index = Matches(held, parse_filter(text))
        steps = 0
        while index.advance(0, lambda: 0.0):
            steps += 1
        assert steps >= 20
        assert index.numbers.tolist() == [0, 1, 2]
    index = Matches(held, parse_filter("needle"))
    for _ in range(5):
        index.advance(0, lambda: 0.0)
    held.drop_oldest()
    held.drop_oldest()
    assert finish(index) == [2]


def test_the_open_segment_can_grow_between_steps() -> None:
    """No step keeps hold of the open segment: entries can be appended after each."""
    held = texts(*[f"tick {number}" for number in range(100)])
    index = Matches(held, parse_filter("/tick \\d*5$/"))
    more = True
    for number in range(100, 400):
        more = index.advance(0, lambda: 0.0)
        held.append(Kind.TEXT, f"tick {number}".encode(), 1.0)
    assert more or not index.is_complete
    assert finish(index) == list(range(5, 400, 10))


def test_an_empty_transcript() -> None:
    """With nothing recorded there is nothing to do."""
    index = Matches(Transcript(), parse_filter("x"))
    assert not index.advance(1, lambda: 0.0)
    assert index.is_complete
    assert len(index) == 0


# What the transcript drops


def test_dropped_entries_vanish(monkeypatch: pytest.MonkeyPatch) -> None:
    """Matches below the oldest entry held are gone at once, those above keep their numbers."""
    monkeypatch.setattr(transcript, "SEGMENT_SIZE", 4)
    held = texts(*["ab", "xx", "ab", "ab", "ab"])
    index = Matches(held, parse_filter("ab"))
    assert finish(index) == [0, 2, 3, 4]
    held.drop_oldest()
    assert held.first == 2
    assert len(index) == 3
    assert index[0] == 2
    assert index[-1] == 4
    index.dropped(4)
    assert index.row_of(0) == 0
    assert index.numbers.tolist() == [4]
    held.drop_oldest()
    held.drop_oldest()
    assert len(index) == 0
    held.append(Kind.TEXT, b"ab", 1.0)
    assert finish(index) == [5]


def test_entries_dropped_before_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index goes on with the oldest entry that is still held, even amid a step."""
    monkeypatch.setattr(transcript, "SEGMENT_SIZE", 4)
    held = texts(*["ab"] * 10)
    for text in ("ab", "/ab/", "dir:in"):
        index = Matches(held, parse_filter(text))
        index.advance(0, lambda: 0.0)
        held.drop_oldest()
        assert index.scanned >= held.first
        assert finish(index) == list(range(held.first, 10))


def test_more_comes_in_than_can_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """When entries are dropped unseen and many wait, the newest are searched, the rest counted."""
    monkeypatch.setattr(transcript, "SEGMENT_SIZE", 4)
    monkeypatch.setattr(matches, "BEHIND", 5)
    held = texts(*["ab"] * 40)
    index = Matches(held, parse_filter("ab"))
    held.drop_oldest()
    assert finish(index) == list(range(30, 40))
    assert index.missed == 30
    held.append(Kind.TEXT, b"ab", 1.0)
    assert finish(index)[-1] == 40
    assert index.missed == 30


@given(ROWS, st.lists(st.integers(0, 3), max_size=40))
def test_dropping_at_any_time(rows: list[Row], drops: list[int]) -> None:
    """Whenever segments go, before, between or amid steps, the matches held are right."""
    known = parse_filter("/a|b/")
    with patch.object(transcript, "SEGMENT_SIZE", 8), patch.object(matches, "TEXT_ROWS", 3):
        held = Transcript()
        index = Matches(held, known)
        for (flags, payload), drop in zip(rows, [*drops, *[3] * len(rows)], strict=False):
            held.append(Kind(flags & 0x0F), payload, 1.0, outgoing=bool(flags & OUTGOING))
            if not drop:
                held.drop_oldest()
            elif drop < 3:
                index.advance(0, lambda: 0.0)
        expected = naive(rows, [], ["/a|b/"], known.table())
        assert finish(index) == [number for number in expected if number >= held.first]


# Going through


def test_going_from_match_to_match() -> None:
    """From any entry one gets to the next and previous matches, and to none at the ends."""
    index = Matches(texts("a", "b", "a", "b", "a"), parse_filter("a"))
    assert index.next(0) is None
    finish(index)
    assert [index.next(number) for number in range(-1, 5)] == [0, 2, 2, 4, 4, None]
    assert [index.next(number, -1) for number in range(6)] == [None, 0, 0, 2, 2, 4]
    assert index.next(0, 2) == 4
    assert index.next(0, 3) is None
    assert index.next(4, -2) == 0
    assert index.next(4, -3) is None
    assert [index.row_of(number) for number in range(6)] == [0, 1, 1, 2, 2, 3]


# Expressions that take too long

SLOW = "/(1|11)+$/"


def test_a_slow_expression_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows on which an expression takes too long count as not found, and are counted."""
    monkeypatch.setattr(filter_expression, "TIME_LIMIT", 0.02)
    rows = ["1" * 80 + "?", "1", "x" + "1" * 60 + "!"]
    index = Matches(texts(*rows), parse_filter(SLOW))
    assert finish(index) == [1]
    assert index.timed_out == 2
    index = Matches(texts(*rows), parse_filter("-" + SLOW))
    assert finish(index) == [0, 2]


def test_a_slow_expression_in_a_large_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large payload is given up as one entry, unless the expression is found further on."""
    monkeypatch.setattr(filter_expression, "TIME_LIMIT", 0.02)
    hard = "1" * 80 + "?" + " " * filter_terms.WINDOW
    index = Matches(texts(hard, hard + "11"), parse_filter(SLOW))
    assert finish(index) == [1]
    assert index.timed_out == 1


def test_the_clock_is_asked_after_a_row_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn does not go on to further rows when a row that was given up took its time."""
    monkeypatch.setattr(filter_expression, "TIME_LIMIT", 0.02)
    index = Matches(texts(*["1" * 80 + "?"] * 5), parse_filter(SLOW))
    turns = 0
    while index.advance(0, lambda: 0.0):
        turns += 1
    assert turns >= 5
    assert index.timed_out == 5


def test_an_empty_filter_matches_all() -> None:
    """Without terms every entry matches, events too."""
    held = texts("a", "b")
    held.append_event(LocalEvent(EventName.NOTE, "x"), 1.0)
    assert finish(Matches(held, Filter(""))) == [0, 1, 2]
