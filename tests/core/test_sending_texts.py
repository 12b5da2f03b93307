"""Payloads from files and pipes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.sending.texts import not_utf8, parse_delimiter, whole_characters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", b""),
        (r"\n", b"\n"),
        (r"\r\n", b"\r\n"),
        (r"\0", b"\0"),
        (r"a\\n\t", b"a\\n\t"),
        (r"\x1e\xFF", b"\x1e\xff"),
        ("\u00fc--", b"\xc3\xbc--"),
    ],
    ids=ascii,
)
def test_delimiters(text: str, expected: bytes) -> None:
    """What is hard to type is written as in C."""
    assert parse_delimiter(text) == expected


@pytest.mark.parametrize("text", [r"\q", "\\", r"\x1", r"\xgg"], ids=ascii)
def test_wrong_delimiters(text: str) -> None:
    """What means nothing is said to, rather than taken as it is."""
    with pytest.raises(ValueError, match=r"Write \\n"):
        parse_delimiter(text)


@given(st.lists(st.binary(max_size=4) | st.text(max_size=4).map(str.encode)))
def test_what_is_no_text(payloads: list[bytes]) -> None:
    """The first payload that is not UTF-8 by itself is found, whatever stands before it."""

    def is_text(payload: bytes) -> bool:
        try:
            payload.decode()
        except UnicodeDecodeError:
            return False
        return True

    wrong = [index for index, payload in enumerate(payloads) if not is_text(payload)]
    fault = not_utf8(payloads)
    assert (fault and fault[0]) == (wrong[0] if wrong else None)


@given(st.text(), st.integers(1, 9))
def test_characters_are_not_cut(text: str, size: int) -> None:
    """However the bytes come, each piece is text, and nothing is held back longer than needed."""
    data, rest, pieces = text.encode(), b"", []
    for at in range(0, len(data), size):
        whole, rest = whole_characters(rest + data[at : at + size])
        pieces.append(whole.decode())
        assert len(rest) < 4
    assert ("".join(pieces), rest) == (text, b"")


def test_what_is_no_text_is_not_cut() -> None:
    """It is left to those who look whether it is text."""
    assert whole_characters(b"a\xff\xe2") == (b"a\xff\xe2", b"")
