"""Commands about profiles, names where uris are expected, and their completion."""

from __future__ import annotations

import pytest

from wstui.core.commands.complete import complete
from wstui.core.commands.language import parse_command
from wstui.core.commands.profile_values import Forget, ListProfiles, ProfileCommand, Save
from wstui.core.commands.values import Connect
from wstui.core.commands.words import CommandError
from wstui.core.options.connect import ConnectOptions
from wstui.core.profiles import Book, Fault, list_profiles

TICKS = ConnectOptions("wss://feed.example/ticks", headers=(("A", "b"),), origin="https://o")
BOOK = Book(
    {"prod/ticks": TICKS, "prod/book": ConnectOptions("wss://me:pw@h/")},
    (Fault("It has no uri.", 4, None, "bad"),),
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("save a", Save("a", None)),
        ("save a .", Save("a", None)),
        ("save prod/ticks 3", Save("prod/ticks", 3)),
        ("save --replace a 3", Save("a", 3, True)),
        ("save a --replace", Save("a", None, True)),
        ("forget a", Forget("a")),
        ("forget 'no such name'", Forget("no such name")),
        ("profiles", ListProfiles()),
    ],
)
def test_commands(line: str, command: ProfileCommand) -> None:
    """Each line means this."""
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("save", 5, "Under which name?"),
        ("save a/ä", 5, "letters, digits"),
        ("save a b", 7, "no connection id"),
        ("save a 1 2", 9, "Nothing more"),
        ("forget", 7, "Which profile?"),
        ("forget a b", 9, "Nothing more"),
        ("profiles a", 9, "Nothing more"),
    ],
)
def test_errors(line: str, position: int, words: str) -> None:
    """What is wrong is told with its place."""
    with pytest.raises(CommandError, match=words) as caught:
        parse_command(line)
    assert caught.value.position == position


def test_a_name_wins_over_a_host_where_there_is_such_a_profile() -> None:
    """Flags behind it override the profile; headers are added to its own."""
    line = "connect prod/ticks --origin https://p -H 'C: d'"
    command = parse_command(line, BOOK)
    assert isinstance(command, Connect)
    assert command.options.uri == TICKS.uri
    assert command.options.origin == "https://p"
    assert command.options.headers == (("A", "b"), ("C", "d"))
    command = parse_command("connect prod/other", BOOK)
    assert isinstance(command, Connect)
    assert command.options == ConnectOptions("wss://prod/other")


def test_a_wrong_profile_is_no_host() -> None:
    """What is wrong with it is told with its line."""
    with pytest.raises(CommandError, match="line 4: bad: It has no uri") as caught:
        parse_command("connect bad", BOOK)
    assert caught.value.position == 8


def test_names_are_completed() -> None:
    """Behind the commands that take one, with their uris, passwords in them masked."""
    for name in ("connect", "save", "forget"):
        found = complete(f"{name} prod/b", (), BOOK)
        assert [one.line for one in found] == [f"{name} prod/book "]
        assert found[0].about == "wss://me:•••@h/"
    assert len(complete("connect prod/", (), BOOK)) == 2
    assert complete("connect prod/book p", (), BOOK) == []


def test_the_list_tells_everything() -> None:
    """Names and uris in columns, the file, and what is wrong in it."""
    assert list_profiles(BOOK, "F").splitlines() == [
        "prod/ticks  wss://feed.example/ticks",
        "prod/book   wss://me:•••@h/",
        "in F",
        "F, line 4: bad: It has no uri.",
    ]
    assert list_profiles(Book(), "F").splitlines() == ["Nothing is saved yet.", "in F"]
