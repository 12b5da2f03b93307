"""Options of a connection: what is not valid is said before anything goes out."""

from __future__ import annotations

import pytest

from wstui.core.options.connect import ConnectOptions


def problems(options: ConnectOptions) -> list[str]:
    """What is wrong, in words."""
    return [str(problem) for problem in options.problems()]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ConnectOptions("ws://h/", headers=(("ORIGIN", "http://a"),), origin="http://b"),
            "Give Origin either as a header or by the option for it.",
        ),
        (
            ConnectOptions("ws://h/", headers=(("User-agent", "x"),), user_agent="y"),
            "Give User-Agent either as a header or by the option for it.",
        ),
        (
            ConnectOptions("ws://u:p@h/", headers=(("Authorization", "Bearer t"),)),
            "Give Authorization either as a header or by the user in the uri.",
        ),
    ],
)
def test_no_header_is_sent_twice(options: ConnectOptions, words: str) -> None:
    """A header that an option writes, too, is refused."""
    assert problems(options) == [words]


def test_the_same_headers_alone() -> None:
    """Without the option the headers go out as they are given, even more than once."""
    headers = (("Origin", "a"), ("User-Agent", "b"), ("Authorization", "c"), ("Origin", "d"))
    assert problems(ConnectOptions("ws://h/@path?a@b", headers=headers)) == []


@pytest.mark.parametrize("uri", ["ws://user@host/", "wss://user@host"])
def test_a_user_without_a_password(uri: str) -> None:
    """A user alone is refused in words; with a password, even an empty one, it is fine."""
    (words,) = problems(ConnectOptions(uri))
    assert "user:password@" in words
    assert problems(ConnectOptions(uri.replace("@", ":@"))) == []


@pytest.mark.parametrize("uri", ["", "ws://[", "ws://h:99999", "//@", "ws://a:b@[::1"])
def test_a_bad_uri_with_headers(uri: str) -> None:
    """Whatever the uri is, its problems are told and nothing is raised."""
    assert problems(ConnectOptions(uri, headers=(("Authorization", "x"),)))
