"""The commands that only scripts and line mode have."""

from __future__ import annotations

import pytest

from wstui.core.commands.complete import complete
from wstui.core.commands.language import explain_command, parse_command
from wstui.core.commands.line_mode import LINE_MODE_COMMANDS
from wstui.core.commands.line_mode_values import Rest, Unlock, Wait, Watch
from wstui.core.commands.values import Command, Help
from wstui.core.commands.words import CommandError
from wstui.core.profiles import EMPTY_BOOK


def parse(line: str) -> Command:
    return parse_command(line, EMPTY_BOOK, LINE_MODE_COMMANDS)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("wait 0", Wait(0)),
        ("wait .", Wait(None)),
        ("wait 3 5", Wait(3, messages=5)),
        ("wait 3 5 200ms", Wait(3, messages=5, time=0.2)),
        ("wait 3 5s", Wait(3, time=5.0)),
        ("wait . closed 1m", Wait(None, closed=True, time=60.0)),
        ("wait 500ms", Rest(0.5)),
        ("watch", Watch(None)),
        ("watch ON", Watch(True)),
        ("watch off ", Watch(False)),
        ("unlock .", Unlock(None)),
        ("help wait", Help("wait")),
    ],
)
def test_what_may_be_written(line: str, command: Command) -> None:
    """A number behind the id counts messages, a time has a unit."""
    assert parse(line) == command


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("wait", "For which connection?"),
        ("wait soon", "Usage: wait"),
        ("wait 0 0", "one message at least"),
        ("wait 0 1 2", "A time has a unit"),
        ("wait 0 closed 3", "A time has a unit"),
        ("wait 0 1s 2s", "Nothing more"),
        ("watch 0", "on or off"),
        ("unlock", "Usage: unlock <id>"),
    ],
)
def test_what_may_not(line: str, words: str) -> None:
    """It is said what is wrong, with the usage."""
    with pytest.raises(CommandError, match=words):
        parse(line)


def test_they_are_not_in_the_workbench() -> None:
    """Who looks at a screen needs no command to wait."""
    with pytest.raises(CommandError, match="There is no command wait"):
        parse_command("wait 0")
    assert "\nwait <id>" not in explain_command("")
    assert "\nwait <id>" in explain_command("", LINE_MODE_COMMANDS)
    assert [one.line for one in complete("wa")] == []
    found = complete("wa", others=LINE_MODE_COMMANDS)
    assert [one.line for one in found] == ["wait ", "watch "]
    assert [one.line for one in complete("watch ", others=LINE_MODE_COMMANDS)] == [
        "watch on ",
        "watch off ",
    ]
