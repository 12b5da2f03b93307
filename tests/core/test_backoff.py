"""Delays before new attempts, the options for them, and the messages sent on connect."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.backoff import MOST_ATTEMPTS, Reconnect
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.on_connect import MOST_LINES, line_problems, read_line, read_lines
from wstui.core.options.option_table import get_value, read_texts
from wstui.core.options.table import BY_PATH, build_options
from wstui.core.units import ordinal, wait_text

TIMES = st.floats(0.001, 86_400)


@given(TIMES, st.floats(1, 1000), st.floats(1, 1000), st.integers(1, 10**9), st.floats(0, 1))
def test_no_delay_is_longer_than_the_cap(
    first: float, factor: float, more: float, attempt: int, draw: float
) -> None:
    """However many attempts there were, a delay is from nothing to the cap."""
    reconnect = Reconnect(True, first, factor, min(first * more, 86_400.0))
    assert not reconnect.problems()
    assert 0 <= reconnect.delay(attempt, draw) <= reconnect.cap
    assert reconnect.longest(attempt) <= reconnect.longest(attempt + 1)
    assert reconnect.delay(attempt, draw, 100_000.0) == 100_000.0


def test_the_first_rungs() -> None:
    """One second, two, four: as long as the cap allows it."""
    assert [Reconnect().longest(n) for n in (1, 2, 3, 7, 8)] == [1, 2, 4, 60, 60]
    assert [Reconnect(factor=1).longest(n) for n in (1, 9)] == [1, 1]


def test_all_problems_at_once() -> None:
    """Each option that is not valid is named."""
    wrong = Reconnect(True, math.nan, 0.5, 1e9, 0, -1)
    assert [problem.option for problem in wrong.problems()] == [
        "reconnect.first",
        "reconnect.cap",
        "reconnect.stable",
        "reconnect.factor",
        "reconnect.attempts",
    ]
    (problem,) = Reconnect(first=2.0, cap=1.0).problems()
    assert "shorter than the first" in str(problem)
    options = ConnectOptions("ws://x", reconnect=wrong, on_connect=("hex:0",))
    assert {"reconnect.first", "on_connect"} <= {one.option for one in options.problems()}


@given(TIMES, st.floats(1, 1000), TIMES, st.none() | st.integers(1, MOST_ATTEMPTS), TIMES)
def test_what_is_written_is_read(
    first: float, factor: float, cap: float, attempts: int | None, stable: float
) -> None:
    """Each option is read back from its text as it was."""
    rounded = (round(value, 9) for value in (first, cap, stable))
    first, cap, stable = rounded
    reconnect = Reconnect(True, first, factor, cap, attempts, stable)
    for name in ("on", "first", "factor", "cap", "attempts", "stable"):
        info = BY_PATH[f"reconnect.{name}"]
        value = getattr(reconnect, name)
        assert info.codec.parse(info.codec.show(value)) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("first", "off"), ("factor", "nan"), ("factor", "x"), ("attempts", "-1"), ("stable", "soon")],
)
def test_what_is_no_value(name: str, text: str) -> None:
    """A text that means nothing is told with what would."""
    with pytest.raises(OptionError, match="Write a"):
        read_texts(BY_PATH[f"reconnect.{name}"], [text])


def test_flags() -> None:
    """All of it can be given on a command line."""
    options = build_options(
        "ws://x",
        [
            ("--reconnect", ""),
            ("--reconnect-first", "500ms"),
            ("--reconnect-factor", "1.5"),
            ("--reconnect-cap", "2 min"),
            ("--reconnect-attempts", "7"),
            ("--reconnect-stable", "1h"),
            ("--on-connect", "hello"),
            ("--on-connect", "hex:00 ff"),
        ],
    )
    assert options.reconnect == Reconnect(True, 0.5, 1.5, 120.0, 7, 3600.0)
    assert options.on_connect == ("hello", "hex:00 ff")
    off = build_options("ws://x", [("--reconnect-attempts", "off")], options)
    assert off.reconnect == replace(options.reconnect, attempts=None)
    assert get_value(off, "reconnect.on") is True


def test_lines_of_messages() -> None:
    """A line is a text; hex: makes it binary, text: takes the rest as it is."""
    lines = (" as it is ", "hex:", "hex: DE,AD", "text:", "text:hex:no", "ü")
    assert read_lines(lines) == [
        (Kind.TEXT, b" as it is "),
        (Kind.BINARY, b""),
        (Kind.BINARY, b"\xde\xad"),
        (Kind.TEXT, b""),
        (Kind.TEXT, b"hex:no"),
        (Kind.TEXT, "ü".encode()),
    ]
    assert not line_problems(lines)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a\nb", "one line"),
        ("  ", "text:"),
        ("hex:0", "hex"),
        ("hex:xy", "hex"),
        ("\ud800", "UTF-8"),
    ],
)
def test_what_is_no_message(line: str, words: str) -> None:
    """What cannot be sent is refused with the reason."""
    with pytest.raises(ValueError, match=f"(?i){words}|digit"):
        read_line(line)
    assert [problem.option for problem in line_problems((line,))] == ["on_connect"]


def test_too_many_messages() -> None:
    """What is sent at an opening is bounded: it goes out at once."""
    (many,) = line_problems(("x",) * (MOST_LINES + 1))
    assert "At most 100" in str(many)
    (much,) = line_problems(("x" * 300_000,))
    assert "256 KiB" in str(much)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (0.2, "1 s"),
        (4.0, "4 s"),
        (59.5, "1 m 00 s"),
        (100, "1 m 40 s"),
        (7380, "2 h 03 m"),
        (math.inf, "0 s"),
    ],
)
def test_waits(seconds: float, words: str) -> None:
    """Waits are told in whole seconds, begun ones counted."""
    assert wait_text(seconds) == words


def test_ordinals() -> None:
    """First to hundred-and-eleventh."""
    words = ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "111th"]
    assert [ordinal(int(word[:-2])) for word in words] == words
