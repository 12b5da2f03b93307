"""Printable text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.printable import MAX_COMBINING, printable, printable_bytes


def test_plain_text_stays() -> None:
    """Visible text comes back unchanged."""
    assert printable("Grüße, 東京 🚀 [red]") == "Grüße, 東京 🚀 [red]"


def test_controls_become_pictures() -> None:
    """C0 and C1 controls, DEL and bidirectional overrides become visible symbols."""
    assert printable("\x1b]0;x\x07\x00\x7f") == "␛]0;x␇␀␡"
    assert printable("\x9b2J\u202egnp") == "‹9B›2J‹RLO›gnp"


def test_newlines_on_request() -> None:
    """Line feeds are kept only when asked for; carriage returns never are."""
    assert printable("a\r\nb") == "a␍␊b"
    assert printable("a\r\nb", newlines=True) == "a␍\nb"


def test_piles_of_marks_are_cut() -> None:
    """At most four combining marks stay on a character, and none without a base."""
    assert printable("e" + "\u0301" * 9).count("\u0301") == MAX_COMBINING
    assert printable("\u0301x") == "‹301›x"


def test_invalid_utf8_is_replaced() -> None:
    """Bytes that are no UTF-8 show as replacement characters."""
    assert printable_bytes(b"a\xff\x1bb") == "a\ufffd␛b"


@given(st.text(st.characters(), max_size=200))
def test_never_a_control(text: str) -> None:
    """Whatever comes in, no control, format or surrogate character comes out."""
    shown = printable(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown)
