"""Names of files that others send: none of them leads out of a folder."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.file_transfer.names import (
    PART,
    UnsafeName,
    check_name,
    numbered,
    part_name,
    sent_name,
)


@pytest.mark.parametrize(
    "name",
    ["a.txt", "no extension", "Übersicht 2024.pdf", "報告.txt", "a..b", "-rf", "a'b\"c", "x" * 230],
)
def test_usual_names_are_taken(name: str) -> None:
    """Whatever people call their files."""
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "no name"),
        ("  ", "no name"),
        ("../a", "path"),
        ("/etc/passwd", "path"),
        ("a\\b", "path"),
        ("..", "folder"),
        (".", "folder"),
        ("C:a", "drive"),
        ("c:", "drive"),
        ("a\0b", "not seen"),
        ("a\x1b[2Jb", "not seen"),
        ("a\nb", "not seen"),
        ("gpj\u202e.exe", "not seen"),
        ("a\ud800", "not seen"),
        ("con", "device"),
        ("COM1.txt", "device"),
        ("nul .txt", "device"),
        ("LPT¹", "device"),
        ("a.", "dot"),
        ("a ", "blank"),
        (" a", "blank"),
        ("x" * 231, "230 bytes"),
        ("ü" * 120, "230 bytes"),
        ("x" * 1_000_000, "230 bytes"),
        ("a" + PART, "parts of files"),
        ("a.WSTUI.PART", "parts of files"),
        (".bashrc", "--hidden"),
    ],
    ids=map(str, range(99)),
)
def test_names_that_could_do_harm_are_not(name: str, why: str) -> None:
    """Each with the reason."""
    with pytest.raises(UnsafeName, match=why):
        check_name(name)


def test_hidden_names_and_those_of_windows() -> None:
    """Some depend on what is wanted, and where."""
    assert check_name(".bashrc", hidden=True) == ".bashrc"
    assert check_name("10:30?.log") == "10:30?.log"
    with pytest.raises(UnsafeName, match="Windows"):
        check_name("10:30?.log", windows=True)


@given(st.text(max_size=300), st.booleans(), st.booleans(), st.integers(0, 9999))
def test_no_name_leads_elsewhere(name: str, windows: bool, hidden: bool, number: int) -> None:
    """What is taken is one component, short enough, on all systems, also with a number or as a
    part."""
    try:
        check_name(name, windows=windows, hidden=hidden)
    except UnsafeName:
        return
    for made in (name, numbered(name, number), part_name(name, number)):
        assert PurePosixPath("/in", made).parent == PurePosixPath("/in")
        assert PureWindowsPath("D:\\in", made).parent == PureWindowsPath("D:\\in")
        assert made not in (".", "..")
        assert len(made.encode()) <= 255


def test_numbers_stand_before_the_extension() -> None:
    """As file managers write them."""
    assert numbered("a.txt", 0) == "a.txt"
    assert numbered("a.txt", 2) == "a (2).txt"
    assert numbered("a", 1) == "a (1)"
    assert numbered(".profile", 1) == ".profile (1)"


def test_a_name_of_ours_that_is_not_utf_8() -> None:
    """It is told with replacements, which others can have."""
    assert sent_name("a\udcff.txt") == "a\ufffd.txt"
