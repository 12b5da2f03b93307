"""Drafts of messages, their judgement and their history."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.hex_input import HexError
from wstui.core.sending.draft import JSON_LIMIT, Draft, History, judge


@given(st.text(), st.sampled_from([Kind.TEXT, Kind.BINARY]))
def test_any_text_can_be_judged(text: str, kind: Kind) -> None:
    """Judging never fails, and without a payload it says what is wrong or still missing."""
    draft = Draft(text, kind)
    judgement = judge(draft)
    try:
        payload = draft.payload()
    except HexError:
        assert judgement.fault or judgement.unfinished
    else:
        assert judgement.size == len(payload)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_json_is_recognised(value: dict[str, object]) -> None:
    """What `json` writes is judged to be JSON without a fault."""
    judgement = judge(Draft(json.dumps(value)))
    assert (judgement.format, judgement.fault) == ("json", "")


@pytest.mark.parametrize(
    ("text", "format", "position"),
    [
        ("hello", "text", None),
        ("12", "text", None),
        ('{"a": }', "json", 6),
        (" [1,", "json", 4),
        ("[" * 100_000, "text", None),
        ("[" + "1" * 10_000 + "]", "text", None),
        ("{" + " " * JSON_LIMIT, "text", None),
    ],
)
def test_format_and_place_of_the_fault(text: str, format: str, position: int | None) -> None:
    """Text that begins like JSON is checked, unless it is too long or too deep for that."""
    judgement = judge(Draft(text))
    assert (judgement.format, judgement.position) == (format, position)


@pytest.mark.parametrize(
    ("text", "size", "unfinished"),
    [
        ("DE AD", 2, False),
        ("DE A", 1, True),
        ("DE A ", 1, True),
        ("a", 0, True),
        ("de 0x", 1, True),
        ("de \\", 1, True),
        ("de a be", None, False),
        ("de x", None, False),
        ("xy a", None, False),
        ("de # a", 1, False),
    ],
)
def test_half_a_byte(text: str, size: int | None, unfinished: bool) -> None:
    """A last byte that is being typed is no fault; the bytes before it are counted."""
    judgement = judge(Draft(text, Kind.BINARY))
    assert (judgement.size, judgement.unfinished) == (size, unfinished)
    assert bool(judgement.fault) is (size is None)


def test_text_is_sent_in_utf_8() -> None:
    """The payload of a text is its UTF-8, and a lone surrogate is left to the pool to refuse."""
    assert Draft("ü\x00").payload() == b"\xc3\xbc\x00"
    assert Draft("\ud800").payload() == b"\xed\xa0\x80"


def test_history_goes_back_and_comes_forward() -> None:
    """Older drafts come back in turn, and at the end what was being written."""
    history = History()
    one, two, unsent = Draft("1"), Draft("02", Kind.BINARY), Draft("now")
    history.add(one)
    history.add(two)
    history.add(two)
    assert history.step(1, unsent) is None
    assert history.step(-1, unsent) == two
    assert history.step(-1, two) == one
    assert history.step(-1, one) is None
    assert history.step(1, one) == two
    assert history.step(1, two) == unsent


def test_history_is_bounded() -> None:
    """Only the last drafts are kept."""
    history = History(limit=2)
    for text in "abc":
        history.add(Draft(text))
    assert history.step(-1, Draft()) == Draft("c")
    assert history.step(-1, Draft("c")) == Draft("b")
    assert history.step(-1, Draft("b")) is None
