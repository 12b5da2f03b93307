"""Lines that say how a listener answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.options.info import OptionError
from wstui.core.serving.behaviour import (
    KINDS,
    SILENT,
    BehaviourKind,
    Mount,
    behaviour_problems,
    find_mount,
    kind_lines,
    parse_mount,
)
from wstui.core.serving.words import read_settings

ECHO, SINK = BehaviourKind.ECHO, BehaviourKind.SINK


@pytest.mark.parametrize(
    ("line", "mount"),
    [
        ("echo", Mount("*", ECHO)),
        ("* echo", Mount("*", ECHO)),
        ("  /a   echo ", Mount("/a", ECHO)),
        ("/a/* sink", Mount("/a/*", SINK)),
    ],
)
def test_a_line_is_a_path_and_a_kind(line: str, mount: Mount) -> None:
    """Without a path it is about all paths."""
    assert parse_mount(line) == mount


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "Write a path and one of"),
        ("/a", "Write a path and one of"),
        ("a echo", "Write a path and one of"),
        ("/a nothing", "Write a path and one of"),
        ("/a echo twice", "echo: Nothing stands behind it. Write echo."),
    ],
)
def test_a_line_that_means_nothing_is_told(line: str, words: str) -> None:
    """The sentence says what to write instead."""
    with pytest.raises(OptionError, match=words) as caught:
        parse_mount(line)
    assert caught.value.option == "behaviours"


def test_the_very_path_holds_before_a_pattern_and_all_paths_hold_last() -> None:
    """In which order the lines stand matters only between patterns."""
    mounts = [parse_mount(line) for line in ("echo", "/a* sink", "/ab silent", "/abc* echo")]
    assert find_mount(mounts, "/ab") is mounts[2]
    assert find_mount(mounts, "/abc") is mounts[1]
    assert find_mount(mounts, "/b") is mounts[0]
    assert find_mount(mounts[1:], "/b") is SILENT


def test_two_behaviours_for_one_path_are_a_mistake() -> None:
    """The same line twice is none."""
    assert behaviour_problems(["/a echo", "/b sink", "/a echo"]) == []
    problems = behaviour_problems(["echo", "/a ech", "* sink"])
    assert len(problems) == 2
    assert str(problems[1]) == "Two behaviours are for all paths: echo and sink."


def test_each_kind_is_told_in_one_line() -> None:
    """What the help says of a kind fits beside its flag."""
    assert set(KINDS) == set(BehaviourKind)
    for (usage, sentence), kind in zip(kind_lines(), KINDS, strict=True):
        assert usage.split()[0] == kind
        assert len(usage) <= 78
        assert len(sentence) <= 64


@pytest.mark.parametrize(
    ("text", "rest", "settings"),
    [
        ("", "", {}),
        ("a b.txt", "a b.txt", {}),
        ('"a x=1" every=1s', "a x=1", {"every": "1s"}),
        ("a every='1 s' text=\"it's\"", "a", {"every": "1 s", "text": "it's"}),
        ("text='{\"n\": {n}}' every=2", "", {"text": '{"n": {n}}', "every": "2"}),
    ],
)
def test_settings_stand_behind_what_is_first(
    text: str, rest: str, settings: dict[str, str]
) -> None:
    """Quotes keep blanks together."""
    assert read_settings(text, ("every", "text")) == (rest, settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [("a evry=1", "no evry= here, but every="), ("a every=1 every=2", "twice")],
)
def test_a_setting_that_is_none_is_told(text: str, words: str) -> None:
    """So that a slip is not taken for a part of a file's name."""
    with pytest.raises(ValueError, match=words):
        read_settings(text, ("every",))


@given(st.text(alphabet=st.characters(exclude_characters="\"'")), st.text(alphabet="ab= "))
def test_what_stands_in_quotes_is_read_as_it_is(first: str, value: str) -> None:
    """Blanks and equals signs, too."""
    rest, settings = read_settings(f"\"{first}\" text='{value}'", ("text",))
    assert (rest, settings) == (first, {"text": value})
