"""Paths of requests, and the files they may name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.serving.byte_range import ByteRange, NotSatisfiable, byte_range
from wstui.core.serving.web_path import FilePath, NoSuchPath, file_path, path_of


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/", "/"),
        ("/a?b/c", "/a"),
        ("/a#b", "/a"),
        ("http://host:1/a?b", "/a"),
        ("HTTPS://host", "/"),
        ("//host/a", "//host/a"),
        ("*", "*"),
    ],
)
def test_the_path_of_a_target(target: str, path: str) -> None:
    """Query and authority are no part of it."""
    assert path_of(target) == path


@pytest.mark.parametrize(
    ("path", "parts", "is_folder"),
    [
        ("/", (), True),
        ("/a", ("a",), False),
        ("/a/", ("a",), True),
        ("/a%20b/%C3%A4.txt", ("a b", "ä.txt"), False),
        ("/%252e%252e/a", ("%2e%2e", "a"), False),
        ("/.well-known/x", (".well-known", "x"), False),
        ("/a..b", ("a..b",), False),
    ],
)
def test_names_are_decoded_once(path: str, parts: tuple[str, ...], is_folder: bool) -> None:
    """What is encoded twice is a name with a percent sign."""
    assert file_path(path, windows=False) == FilePath(parts, is_folder)


@pytest.mark.parametrize(
    "path",
    [
        "", "a", "*", "//etc/passwd", "/..", "/../a", "/a/../b", "/%2e%2e/a", "/.%2E/a",
        "/a/..%2fb",
        "/a%2fb", "/a%5cb", "/a\\b", "/..\\a", "/%00", "/a%00.html", "/%0a", "/%7f", "/%", "/%zz",
        "/%ff", "/%c0%ae%c0%ae/a", "/.", "/./a", "/a//b", "/.git/config", "/a/.well-known", "/.env",
    ],
)  # fmt: skip
def test_what_leads_elsewhere_is_no_path(path: str) -> None:
    """Ways out, hidden files, bytes that are no names: all are refused, with a reason."""
    with pytest.raises(NoSuchPath, match=r"[a-z]"):
        file_path(path, windows=False)


@pytest.mark.parametrize(
    "name",
    [
        "C:", "c:a", "a.txt:stream", "CON", "nul", "Aux.txt", "com1", "LPT9.tar.gz", "com¹",
        "conin$",
        "con .txt", "a.", "a%20", "a*", "a%3f", "a%7Cb", "a%22", "%3Ca",
    ],
)  # fmt: skip
def test_names_that_are_special_on_windows(name: str) -> None:
    """Drives, streams and devices are refused where they mean something, and only there."""
    with pytest.raises(NoSuchPath):
        file_path(f"/folder/{name}", windows=True)
    assert len(file_path(f"/folder/{name}", windows=False).parts) == 2


@given(st.text(), st.booleans())
def test_no_path_is_more_than_names(path: str, windows: bool) -> None:
    """Whatever is asked, what comes out are plain names."""
    try:
        found = file_path(f"/{path}", windows=windows)
    except NoSuchPath:
        return
    for part in found.parts:
        assert part not in ("", ".", "..")
        assert not set(part) & set("/\\\0")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("Bytes=2-99", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=9-9", (9, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-" + "9" * 30, None),
        ("", None),
    ],
)
def test_ranges(value: str, expected: tuple[int, int] | None) -> None:
    """One range is understood; everything else is left out of account."""
    assert byte_range(value, 10) == (None if expected is None else ByteRange(*expected))


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_ranges_that_a_file_has_not(value: str) -> None:
    """A range behind the end is not satisfiable."""
    with pytest.raises(NotSatisfiable):
        byte_range(value, 10)


@given(st.text(st.sampled_from("bytes=-0123456789, ")), st.integers(0, 30))
def test_a_range_lies_within_the_file(value: str, size: int) -> None:
    """Whatever is asked for, it is bytes that are there."""
    try:
        part = byte_range(value, size)
    except NotSatisfiable:
        return
    assert part is None or 0 <= part.start < part.stop <= size
