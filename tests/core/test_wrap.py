"""Cutting text into rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wstui.core.wrap import STRIDE, LazyRows, Run, TextRows, lay

AWKWARD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aé\u0301\u0302\n\t\r 漢字❤\ufe0f🇩🇪\u1160\u200d\u202e\x1b\udc9f👩‍🚀"),
        st.sampled_from("abc xyz"),
    ),
    max_size=400,
)


def rows_of(payload: bytes, width: int) -> TextRows:
    return TextRows(lambda start, stop: payload[start:stop], len(payload), width, cell_len)


def ticking() -> Callable[[], float]:
    """A clock that goes on by a second each time it is asked."""
    seconds = count()
    return lambda: float(next(seconds))


def shown(rows: LazyRows[int]) -> Iterator[str]:
    for number in range(rows.known):
        yield "".join(run.text for run in rows.row(number))


def finished(payload: bytes, width: int) -> TextRows:
    rows = rows_of(payload, width)
    while rows.advance(1e9, ticking()):
        pass
    return rows


@given(AWKWARD, st.integers(16, 60))
def test_no_row_is_wider_than_the_view(text: str, width: int) -> None:
    """Whatever the text, each row fits into the cells there are, and is safe to show."""
    rows = finished(text.encode("utf-8", "surrogatepass"), width)
    for row in shown(rows):
        assert cell_len(row) <= width
        assert row.isprintable()


@given(st.binary(max_size=400), st.integers(16, 40))
def test_no_byte_is_lost(payload: bytes, width: int) -> None:
    """The rows begin where the one before ends, from the first byte to the last."""
    rows = rows_of(payload, width)
    state: int | None = 0 if payload else None
    joined = b""
    while state is not None:
        _, after = rows.make(state)
        joined += payload[state:after]
        assert after is None or after > state
        state = after
    assert joined == payload


@given(st.text(st.sampled_from("ab\n"), max_size=600), st.integers(16, 40))
def test_plain_text_is_cut_at_the_width(text: str, width: int) -> None:
    """Printable ASCII becomes its lines, cut every `width` characters, an empty one kept."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    expected = [
        line[start : start + width]
        for line in lines
        for start in range(0, max(1, len(line)), width)
    ]
    assert list(shown(finished(text.encode(), width))) == expected


@given(AWKWARD, st.integers(16, 40))
def test_rows_are_the_same_in_any_order(text: str, width: int) -> None:
    """A row is the same when it is found in slices, and when the last one is asked for first."""
    payload = text.encode("utf-8", "surrogatepass") * 8
    at_once = finished(payload, width)
    sliced = rows_of(payload, width)
    while sliced.advance(3, ticking()):
        assert sliced.scanned < len(payload)
    assert sliced.known == at_once.known
    backwards = [sliced.row(number) for number in reversed(range(sliced.known))]
    assert backwards[::-1] == [at_once.row(number) for number in range(at_once.known)]


def test_leaping_finds_the_same_rows_as_going() -> None:
    """Counting full rows of ASCII arithmetically gives what making each of them gives."""
    payload = (b"x" * 5000 + "é".encode() + b"\n") * 3 + b"y" * 20_000 + "\u0301".encode()
    rows = finished(payload, 20)
    state: int | None = 0
    made: list[list[Run] | None] = []
    while state is not None:
        row, state = rows.make(state)
        made.append(row)
    assert made == [rows.row(number) for number in range(rows.known)]
    assert rows.known > 5 * STRIDE


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("a\tb", [Run("a", "text"), Run("→  ", "symbol"), Run("b", "text")]),
        ("\x1b[2J", [Run("␛", "symbol"), Run("[2J", "text")]),
        ("\udcff!", [Run("\ufffd", "broken"), Run("!", "text")]),
        ("e\u0301x", [Run("e\u0301x", "text")]),
        ("\u0301x", [Run("‹301›", "symbol"), Run("x", "text")]),
        ("\u202eabc", [Run("‹RLO›", "symbol"), Run("abc", "text")]),
    ],
)
def test_what_cannot_be_shown_gets_a_symbol(text: str, runs: list[Run]) -> None:
    """Tabs, controls, lone marks and broken bytes are shown by symbols in a colour of their own."""
    assert lay(text, 20, cell_len) == (runs, len(text))


def test_a_mark_stays_with_its_base() -> None:
    """A row is never cut between a character and the mark on it."""
    payload = ("x" * 15 + "e\u0301" + "y").encode()
    assert list(shown(finished(payload, 16))) == ["x" * 15 + "e\u0301", "y"]


def test_the_first_broken_byte_is_noted() -> None:
    """The offset of the first byte that is no UTF-8 is known once it was come by."""
    assert finished("größe ".encode() * 50 + b"\xff\xff", 20).broken == 400
    assert finished("größe".encode(), 20).broken is None


def test_only_what_is_asked_for_is_read() -> None:
    """The first rows of a huge payload cost one read."""
    reads: list[int] = []

    def read(start: int, stop: int) -> bytes:
        reads.append(stop - start)
        return b"z" * (stop - start)

    rows = TextRows(read, 64 << 20, 80, cell_len)
    assert rows.advance(1e9, ticking(), rows=50)
    assert rows.known >= 50
    rows.row(49)
    assert sum(reads) <= 1 << 18
