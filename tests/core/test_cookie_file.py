"""Netscape cookie files: reading them, and which cookies are for a request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.handshake.cookie_file import Cookie, CookieFileError, fitting, parse_cookie_file

FILE = """\
# Netscape HTTP Cookie File

.example.com\tTRUE\t/\tFALSE\t0\ta\t1
#HttpOnly_www.example.com\tFALSE\t/app\tTRUE\t2000000000\tb\tx=y z\r
example.org\tFALSE\t/\tFALSE\t1000\told\t
"""


def names(host: str, path: str = "/", *, secure: bool = True, now: float = 1e9) -> list[str]:
    """What of `FILE` fits a request."""
    return fitting(parse_cookie_file(FILE), host, path, secure=secure, now=now)


def test_reading() -> None:
    """Comments are skipped, HttpOnly cookies are not, and values stay as they are."""
    assert parse_cookie_file(FILE) == [
        Cookie("example.com", True, "/", False, 0.0, "a", "1"),
        Cookie("www.example.com", False, "/app", True, 2e9, "b", "x=y z"),
        Cookie("example.org", False, "/", False, 1000.0, "old", ""),
    ]


@pytest.mark.parametrize(
    ("host", "path", "secure", "expected"),
    [
        ("example.com", "/", False, ["a=1"]),
        ("EXAMPLE.com.", "/x", False, ["a=1"]),
        ("www.example.com", "/app", True, ["b=x=y z", "a=1"]),
        ("www.example.com", "/app/x?q=/", True, ["b=x=y z", "a=1"]),
        ("www.example.com", "/apple", True, ["a=1"]),
        ("www.example.com", "/app", False, ["a=1"]),
        ("sub.www.example.com", "/app", True, ["a=1"]),
        ("badexample.com", "/", True, []),
        ("com", "/", True, []),
    ],
)
def test_fitting(host: str, path: str, secure: bool, expected: list[str]) -> None:
    """Domain, path and TLS decide, the longest path first (RFC 6265 section 5.4)."""
    assert names(host, path, secure=secure) == expected


def test_expiry() -> None:
    """What has expired is not sent, and what never expires is."""
    assert names("example.org", now=999.0) == ["old="]
    assert names("example.org", now=1000.0) == []
    assert names("www.example.com", "/app", now=3e9) == ["a=1"]


def test_addresses_have_no_subdomains() -> None:
    """A cookie for all below a domain is not sent to an address that ends like it."""
    cookie = Cookie("0.0.1", True, "/", False, 0.0, "a", "1")
    assert fitting([cookie], "127.0.0.1", "/", secure=True, now=0.0) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b c", "1 fields"),
        ("x\tMAYBE\t/\tTRUE\t0\ta\tb", "second"),
        ("x\tTRUE\tp\tTRUE\t0\ta\tb", "path"),
        ("x\tTRUE\t/\tyes\t0\ta\tb", "fourth"),
        ("x\tTRUE\t/\tTRUE\tsoon\ta\tb", "time"),
        ("\tTRUE\t/\tTRUE\t0\ta\tb", "domain"),
        ("x\tTRUE\t/\tTRUE\t0\t\tb", "name"),
        ("x\tTRUE\t/\tTRUE\t0\ta\tb\x1b", "cannot be sent"),
    ],
)
def test_wrong_lines(line: str, words: str) -> None:
    """A line that is no cookie is named by its number, with what is wrong."""
    with pytest.raises(CookieFileError, match=words) as caught:
        parse_cookie_file(f"# first\n{line}\n")
    assert caught.value.line == 2


@given(st.text() | st.text("\tTRUEFALS/0a.#\n"))
def test_any_text(text: str) -> None:
    """Any text is read, or refused with a line."""
    try:
        cookies = parse_cookie_file(text)
    except CookieFileError as error:
        assert 1 <= error.line <= text.count("\n") + 1
    else:
        assert len(cookies) <= text.count("\n") + 1
