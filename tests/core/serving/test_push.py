"""What is pushed, and how a file is cut into messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.entry import Kind
from wstui.core.sending.plan import Rate
from wstui.core.serving import push
from wstui.core.serving.push import Push, cut, parse_push


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("a b.txt", Push("a b.txt")),
        ("text='tick {n}'", Push(text="tick {n}", every=1.0, times=None)),
        ("text=x rate=5/s times=3", Push(text="x", rate=Rate(5.0), times=3)),
        ("f as=binary chunk=4KiB", Push("f", form="binary", chunk=4096)),
        ("f as=text times=forever every=200ms", Push("f", form="text", every=0.2, times=None)),
        ("f close=4000 reason='that is all'", Push("f", close=4000, reason="that is all")),
    ],
    ids=range(6),
)
def test_words_say_what_is_pushed(words: str, meant: Push) -> None:
    """A file once and at once; a text without an end, each second."""
    assert parse_push(words) == meant


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "Name a file, or write text="),
        ("f text=x", "Name a file, or write text="),
        ("f as=csv", "as= is one of lines, text, binary"),
        ("text=x as=text", "about a file"),
        ("f chunk=5", "goes with as=binary"),
        ("f as=binary chunk=0", "at least 1 byte"),
        ("f every=2days", "Write a time"),
        ("f every=25h", "at most a day"),
        ("f rate=fast", "Write a rate"),
        ("f times=0", "Write a number"),
        ("f close=1005", "1005"),
        ("f close=bye", "close= is a code"),
        ("f reason=x", "goes with close="),
        ("f evry=1", "no evry= here"),
    ],
)
def test_what_cannot_be_meant_is_told(words: str, problem: str) -> None:
    """With a sentence that says what can be."""
    with pytest.raises(ValueError, match=problem):
        parse_push(words)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb", [b"a", b"b"]),
        (b"a\r\nb\r\n", [b"a", b"b"]),
        (b"\n\na", [b"", b"", b"a"]),
        (b"\r\n", [b""]),
        (b"a\rb\n", [b"a\rb"]),
    ],
    ids=range(5),
)
def test_lines_are_sent_without_their_ends(data: bytes, lines: list[bytes]) -> None:
    """Empty ones are messages, too; the last needs no end."""
    found = cut(data, Push("f"))
    assert [found[index] for index in range(len(found))] == lines


@given(st.text().filter(bool))
def test_no_line_is_lost(text: str) -> None:
    """Together they are the file."""
    data = text.encode(errors="replace")
    found = cut(data, Push("f"))
    joint = b"\n".join(found[index] for index in range(len(found)))
    assert joint.replace(b"\r", b"") == data.removesuffix(b"\n").replace(b"\r", b"")


@given(st.binary(min_size=1), st.integers(1, 20))
def test_chunks_are_of_one_size_but_the_last(data: bytes, size: int) -> None:
    """Without a size, the file is one message."""
    found = cut(data, Push("f", form="binary", chunk=size))
    chunks = [found[index] for index in range(len(found))]
    assert b"".join(chunks) == data
    assert {len(chunk) for chunk in chunks[:-1]} <= {size}
    whole = cut(data, Push("f", form="binary"))
    assert (len(whole), whole[0]) == (1, data)


@pytest.mark.parametrize(
    ("data", "form", "problem"),
    [
        (b"", "lines", "empty"),
        (b"a\n\xff", "lines", "Line 2 is not UTF-8"),
        ("a\n\ngrüß".encode()[:-1], "text", "Line 3 is not UTF-8"),
    ],
    ids=range(3),
)
def test_a_file_that_is_no_text_is_told(
    data: bytes, form: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line that is none, wherever a step of the search ends."""
    for step in (1, 2, 3, 1 << 20):
        monkeypatch.setattr(push, "STEP", step)
        with pytest.raises(ValueError, match=problem):
            cut(data, Push("f", form=form))
        cut("grüß dich".encode(), Push("f", form="text"))
    assert Push("f", form="binary").kind is Kind.BINARY


def test_a_file_that_is_too_large_is_not_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be kept in memory."""
    monkeypatch.setattr(push, "MAX_FILE", 3)
    with pytest.raises(ValueError, match="larger than 3 B"):
        cut(b"abcd", Push("f"))
