"""What a view says when it has nothing to show."""

from __future__ import annotations

import pytest
from rich.style import Style

from wstui.widgets.slate import HEIGHT, Slate, SlateStyles, slate_line

STYLES = SlateStyles(Style(), Style(), Style(), Style())

KEYS = (("n", "opens one"), ("?", "helps"))

TABLE = Slate("⇥", "Waiting", KEYS, rows=(("to", "ws://h/", "echo"), ("browser", "http://h/", "")))


def said(slate: Slate, width: int = 60) -> list[str]:
    """Its lines."""
    return [slate_line(slate, line, width, STYLES).text for line in range(slate.height)]


def test_a_table_is_aligned_and_centred_as_a_whole() -> None:
    """Labels end, and words begin, in one column; the keys come last."""
    lines = said(TABLE)
    first, second = (next(line for line in lines if word in line) for word in ("ws:", "http:"))
    assert first.index("ws:") == second.index("http:")
    assert first.index("to") + 2 == second.index("browser") + 7
    assert lines[-1].split() == ["n", "opens", "one", "?", "helps"]


@pytest.mark.parametrize("hint", ["", "a hint"])
def test_where_there_is_no_room_the_table_becomes_a_hint(hint: str) -> None:
    """The first row is what is left of the table; all of it needs lines for each row."""
    slate = TABLE._replace(hint=hint)
    assert slate.within(slate.height) is slate
    small = slate.within(slate.height - 1)
    assert small.height == HEIGHT
    assert "ws://h/" in said(small)[3]
    assert [line.strip() for line in said(slate)].count("") == 3


def test_keys_without_room_are_left_out_whole() -> None:
    """No key is cut in the middle of its words."""
    assert said(Slate("○", "Nothing", KEYS), 14)[-1].strip() == "n opens one"
