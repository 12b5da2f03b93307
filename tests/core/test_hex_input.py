"""Hexadecimal as people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.hex_input import HexError, parse_hex


@pytest.mark.parametrize(
    "text",
    [
        "DE AD be ef",
        "deadbeef",
        "0xde,0xad, 0xBE;0xEF",
        r"\xde\xad\xbe\xef",
        "de:ad:be:ef",
        "de-ad|be_ef",
        "dead # the first two\nbeef # and the rest",
        "\n de\tad be\r\nef ",
    ],
)
def test_spellings(text: str) -> None:
    """The usual ways to write bytes are all read."""
    assert parse_hex(text) == b"\xde\xad\xbe\xef"


def test_nothing() -> None:
    """No digits are no bytes."""
    assert parse_hex(" # only a comment") == b""


@pytest.mark.parametrize(
    ("text", "position"), [("de ax", 4), ("xy", 0), ("de a", 3), ("de a b", 3), ("d,e", 0)]
)
def test_first_wrong_character(text: str, position: int) -> None:
    """An error names the position of the first character that is wrong."""
    with pytest.raises(HexError) as caught:
        parse_hex(text)
    assert caught.value.position == position


@given(st.binary(max_size=100), st.sampled_from(["", " ", ":", ", ", "\n"]))
def test_round_trip(data: bytes, separator: str) -> None:
    """Bytes written in hexadecimal come back."""
    assert parse_hex(separator.join(f"{byte:02X}" for byte in data)) == data


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    """Whatever is typed is bytes or an error within the text."""
    try:
        parse_hex(text)
    except HexError as error:
        assert 0 <= error.position < len(text)
