"""Text under edit, made safe character for character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.printable import one_to_one


@given(st.text(st.characters()))
def test_the_length_stays_and_nothing_drives_the_terminal(text: str) -> None:
    """Every character stays one character, and all of them are printable, or tabs."""
    shown = one_to_one(text)
    assert len(shown) == len(text)
    assert shown.replace("\t", "").isprintable()


def test_controls_become_symbols() -> None:
    """Controls have pictures of their own; what has none becomes the replacement character."""
    assert one_to_one("a\x1b\x00\u202e\tü") == "a␛␀\ufffd\tü"
