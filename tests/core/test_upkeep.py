"""Options of pings, heartbeats and the pace of reading."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.options.info import OptionError
from wstui.core.options.table import BY_PATH, build_options
from wstui.core.options.upkeep import MAX_RATE, Upkeep


def test_the_usual_state_is_valid() -> None:
    """Without a word, pings are answered, nothing beats, and all is read."""
    assert Upkeep().problems() == []


def test_all_errors_are_told_at_once() -> None:
    """Each wrong option is named by its path."""
    wrong = Upkeep(heartbeat="x" * 65537, heartbeat_interval=math.nan, read_rate=0)
    paths = [problem.option for problem in wrong.problems()]
    assert paths == ["upkeep.heartbeat", "upkeep.heartbeat_interval", "upkeep.read_rate"]
    assert Upkeep(heartbeat="\ud800").problems()


def test_flags() -> None:
    """Command line and command language reach all of them."""
    flags = [
        ("--no-answer-pings", ""),
        ("--heartbeat", "beat"),
        ("--heartbeat-interval", "500ms"),
        ("--read-rate", "4KiB"),
    ]
    assert build_options("ws://h", flags).upkeep == Upkeep(False, "beat", 0.5, 4096)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("upkeep.heartbeat_interval", "off"),
        ("upkeep.heartbeat_interval", "soon"),
        ("upkeep.read_rate", "fast"),
    ],
)
def test_what_is_no_value_is_refused_in_words(path: str, text: str) -> None:
    """A text that cannot be read gives a sentence."""
    with pytest.raises(ValueError, match=r"^Write .*\.$"):
        BY_PATH[path].codec.parse(text)


def test_a_rate_of_nothing_is_refused() -> None:
    """Who wants to read nothing pauses."""
    with pytest.raises(OptionError, match="at least 1 byte"):
        build_options("ws://h", [("--read-rate", "0")])


@given(st.integers(1, MAX_RATE), st.floats(0.001, 1e6).map(lambda one: round(one, 6)))
def test_values_come_back_from_their_texts(rate: int, interval: float) -> None:
    """What is shown is read back as the same."""
    for path, value in (("upkeep.read_rate", rate), ("upkeep.heartbeat_interval", interval)):
        codec = BY_PATH[path].codec
        assert codec.parse(codec.show(value)) == pytest.approx(value, abs=1e-9)
    assert BY_PATH["upkeep.read_rate"].codec.parse("off") is None
