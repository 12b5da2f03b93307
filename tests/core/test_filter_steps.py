"""The steps of filters: each does little, whatever is searched for, and nothing is lost by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.filter import Matches, matches, parse_filter
from wstui.core.filter import expression as filter_expression
from wstui.core.filter import terms as filter_terms
from wstui.core.filter.expression import Expression
from wstui.core.filter.terms import Literal
from wstui.core.transcript import Transcript


class Recorder:
    """In place of a compiled pattern: notes the characters each search sees, and its limit.

    A search with a time limit finds nothing, at once.
    """

    def __init__(self, pattern: re.Pattern[bytes] | regex.Pattern[str]) -> None:
        self._search: Callable[..., object] = pattern.search
        self.step: list[tuple[int, bool]] = []
        """What the searches since the last step saw, and whether they had a time limit."""

    def search(
        self, text: str | bytes, begin: int, stop: int, timeout: float | None = None
    ) -> object:
        self.step.append((min(stop, len(text)) - begin, timeout is not None))
        return self._search(text, begin, stop) if timeout is None else None


def steps(text: str, attribute: str, *payloads: bytes) -> list[list[tuple[int, bool]]]:
    """The searches in each step of a filter of one term over received messages."""
    held = Transcript()
    for payload in payloads:
        held.append(Kind.TEXT, payload, 1.0)
    known = parse_filter(text)
    (term,) = known.text_terms
    recorder = Recorder(getattr(term, attribute))
    object.__setattr__(term, attribute, recorder)
    index = Matches(held, known)
    made = []
    more = True
    while more:
        recorder.step = []
        more = index.advance(0, lambda: 0.0)
        made.append(recorder.step)
    return made


def found(text: str, *payloads: bytes) -> list[int]:
    """The received messages that match a filter."""
    held = Transcript()
    for payload in payloads:
        held.append(Kind.TEXT, payload, 1.0)
    index = Matches(held, parse_filter(text))
    while index.advance(1, lambda: 0.0):
        pass
    return index.numbers.tolist()


@pytest.mark.parametrize(
    "rows", [["é" * 200] * 400, ["é" * 60 + "É" * 300 + "x"] * 100, ["é" * 90_000]]
)
def test_long_words_in_two_cases_are_searched_piece_by_piece(rows: list[str]) -> None:
    """Where a search may look at each byte once for each letter, a step takes fewer bytes."""
    word = "é" * 300 + "x"
    made = steps(word, "_bytes", *(row.encode() for row in rows))
    assert max(sum(seen for seen, _ in step) for step in made) <= 4 * 2 * len(word)
    assert len(made) > 50


@given(
    st.lists(st.text("aéÉxß\u2c6f\n", max_size=12), max_size=20),
    st.sampled_from(["é", "éa", "aé", "ééx", "xé\u0250", "ß"]),
    st.integers(1, 40),
    st.booleans(),
)
def test_pieces_find_the_same(rows: list[str], word: str, work: int, whole: bool) -> None:
    """However small the pieces, words are found in rows, and over the edges of pieces."""
    if whole:
        rows = ["".join(rows)]
    with patch.object(filter_terms, "WORK", work), patch.object(filter_terms, "LEAST_PIECE", 1):
        numbers = found(word, *(row.encode() for row in rows))
    assert numbers == [number for number, row in enumerate(rows) if word in row.lower()]


def test_events_are_read_in_steps() -> None:
    """The sentences of many local events are not all read in one step."""
    held = Transcript()
    for number in range(1000):
        held.append_event(LocalEvent(EventName.NOTE, f"attempt {number}"), 1.0)
    index = Matches(held, parse_filter("attempt"))
    made = 0
    while index.advance(0, lambda: 0.0):
        made += 1
    assert made >= 1000 // matches.SPECIAL_ROWS
    assert len(index) == 1000


def test_long_events_are_searched_piece_by_piece() -> None:
    """The text of an event is cut as payloads are."""
    held = Transcript()
    held.append_event(LocalEvent(EventName.NOTE, "é" * 50_000 + "!"), 1.0)
    for text, expected in (("é" * 300 + "x", []), ("é" * 300 + "!", [0])):
        index = Matches(held, parse_filter(text))
        made = 0
        while index.advance(0, lambda: 0.0):
            made += 1
        assert made > 50
        assert index.numbers.tolist() == expected


@pytest.mark.parametrize(
    "text", ["/[ab]*[xy]/", "/[ab]?[ab]?[xy]/", r"/\w+\s\w+\s/", "/a|b|c[xy]/", "/a{32}[a-c]{2}x/"]
)
def test_searches_without_a_limit_are_short(text: str) -> None:
    """Between two steps, searches without a time limit see no more than is surely quick."""
    rows = [b"a" * size for size in (*range(0, 300, 7), *[90] * 200, 2000, 16_000)]
    quick = Expression(text[1:-1], False, False)._quick
    assert quick > 0
    for step in steps(text, "_pattern", *rows):
        free = [seen for seen, limited in step if not limited]
        assert sum(free) <= quick
        assert len(free) <= 1 + quick // filter_expression.ROW_WORK


@pytest.mark.parametrize("text", [r"/(\w+)\s\1/", "/.*.*.*[xy]/", "/[ab]*[xy]/"])
def test_each_search_with_a_limit_ends_its_step(text: str) -> None:
    """A search that needs a time limit is the only one of its step, and sees little at first."""
    probe = filter_expression.PROBE
    made = steps(text, "_pattern", *[b"a" * 600] * 20, b"a" * (3 * probe), b"b" * 90_000)
    assert sum(len(step) for step in made) > 20
    for step in made:
        limited = [seen for seen, limit in step if limit]
        assert len(limited) <= 1
        assert not limited or limited[0] <= filter_expression.EXPRESSION_WINDOW
    (first,) = made[next(i for i, step in enumerate(made) if step and step[0][0] > 600)]
    assert first == (probe, True)


def test_a_long_text_is_given_up_after_a_part() -> None:
    """When an expression takes too long on a part of a text, it is not tried on the whole."""
    calls = []

    class Slow:
        def search(self, text: str, begin: int, stop: int, timeout: float) -> None:
            calls.append(stop - begin)
            raise TimeoutError

    known = parse_filter("/(a+)+$/")
    object.__setattr__(known.text_terms[0], "_pattern", Slow())
    held = Transcript()
    held.append(Kind.TEXT, b"a" * filter_expression.EXPRESSION_WINDOW, 1.0)
    index = Matches(held, known)
    while index.advance(0, lambda: 0.0):
        pass
    assert calls == [filter_expression.PROBE]
    assert index.timed_out == 1


SOURCES = (
    "a b",
    "^a",
    "b$",
    r"\bab",
    "(?<=b)a",
    "(?<!b)a",
    "b(?!a)",
    ".",
    "^b.*a$",
    r"(.)\1",
    r"\Ga",
)


@given(st.text("ab \n", max_size=60), st.sampled_from(SOURCES), st.integers(1, 20))
def test_parts_find_the_same(text: str, source: str, probe: int) -> None:
    """Trying an expression on parts first changes nothing in what is found."""
    known = parse_filter(f"/{source}/")
    object.__setattr__(known.text_terms[0], "_quick", 0)
    with patch.object(filter_expression, "PROBE", probe):
        index = Matches(Transcript(), known)
        index.transcript.append(Kind.TEXT, text.encode(), 1.0)
        while index.advance(1, lambda: 0.0):
            pass
    assert index.numbers.tolist() == ([0] if regex.search(source, text) else [])


def test_words_of_one_case_are_searched_at_once() -> None:
    """A word without a second form takes one search over all rows of a step."""
    assert Literal("price", False)._piece >= filter_terms.WINDOW
    assert Literal("京都", False)._piece >= filter_terms.WINDOW
    assert Literal("Grüße", False)._piece >= filter_terms.WINDOW
