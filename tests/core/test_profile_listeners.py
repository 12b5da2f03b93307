"""Which options of a listener a word means: an address, or the name of a profile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.profile_names import refuse_name
from wstui.core.profiles import Book, Fault, list_profiles

MOCK = ListenOptions("127.0.0.1:9002", headers=(("A", "b"),), max_size=1024)
BOOK = Book(
    {"prod": ConnectOptions("wss://h/")},
    (Fault("It has no uri.", 4, None, "bad"),),
    listeners={"mock": MOCK, "9003": MOCK},
)
UNREADABLE = Book(faults=(Fault("That is no TOML.", 2),))


def test_a_name_means_its_profile() -> None:
    """Flags override it; headers are added to its own."""
    assert BOOK.listen_options("mock", []) == MOCK
    flags = [("-H", "C: d"), ("--max-size", "2KiB")]
    changed = replace(MOCK, headers=(("A", "b"), ("C", "d")), max_size=2048)
    assert BOOK.listen_options("mock", flags) == changed


def test_an_address_is_an_address() -> None:
    """A profile that is called like a port does not stand for it."""
    assert BOOK.listen_options("9003", []) == ListenOptions("127.0.0.1:9003")


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("prod", "prod is the profile of a connection: write connect prod."),
        ("nothing", "There is no listener saved as nothing. Write a port, or HOST:PORT."),
        ("", "Write a port from 0 to 65535, or HOST:PORT."),
        ("::1:80", "Write an IPv6 address in brackets, such as [::1]:9002."),
    ],
)
def test_what_is_neither(word: str, words: str) -> None:
    """It is said what to write instead."""
    with pytest.raises(OptionError) as caught:
        BOOK.listen_options(word, [])
    assert (caught.value.option, str(caught.value)) == ("address", words)


def test_a_listener_is_not_connected_to() -> None:
    """Its name behind `connect` is told for what it is, and taken for no host."""
    with pytest.raises(OptionError, match="mock is the profile of a listener: write listen mock"):
        BOOK.options("mock", [])


@pytest.mark.parametrize(
    ("book", "word", "reason"),
    [
        (BOOK, "bad", "It has no uri."),
        (BOOK, "mock", None),
        (UNREADABLE, "mock", "That is no TOML."),
        (UNREADABLE, "9002", None),
        (UNREADABLE, "no name at all", None),
    ],
    ids=["faulty", "known", "unreadable", "address", "no-name"],
)
def test_names_that_nobody_can_know(book: Book, word: str, reason: str | None) -> None:
    """In a file with faults a name may be there, and is not passed over."""
    fault = book.unclear_address(word)
    assert (None if fault is None else fault.reason) == reason


def test_both_kinds_are_listed() -> None:
    """Connections first, each with where it leads or listens."""
    lines = list_profiles(replace(BOOK, faults=()), "/x.toml").splitlines()
    assert lines == [
        "prod  wss://h/",
        "mock  listen 127.0.0.1:9002",
        "9003  listen 127.0.0.1:9002",
        "in /x.toml",
    ]


def test_listen_is_no_name() -> None:
    """It means something else behind wstui."""
    assert "means something else" in refuse_name("listen")
