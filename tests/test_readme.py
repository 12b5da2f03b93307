"""The README says what is there."""

from __future__ import annotations

from inspect import iscoroutinefunction
from pathlib import Path

import pytest

from wstui.core.commands.language import COMMANDS
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.table import CONNECTING
from wstui.core.profiles import Table
from wstui.core.serving.reply_file import parse_replies
from wstui.storage.profiles import ProfileFile

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """What stands below a heading, up to the next one."""
    return README.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def shown_flags(table: Table) -> list[tuple[str, ...]]:
    """The names of each flag that the help shows."""
    return list({id(flag): flag.names for _, flag in table.flags.values() if flag.help}.values())


@pytest.mark.parametrize("flags", shown_flags(CONNECTING), ids=lambda names: names[-1])
def test_every_option_is_named(flags: tuple[str, ...]) -> None:
    """Each flag that the help shows is in the table of options, by one of its names."""
    assert any(f"`{flag}" in section("Connect") for flag in flags)


@pytest.mark.parametrize(
    "flags", [*shown_flags(LISTENING), ("--no-ui",), ("--quiet",)], ids=lambda names: names[-1]
)
def test_every_option_of_listeners_is_named(flags: tuple[str, ...]) -> None:
    """The same for `wstui listen`, in the table of its own."""
    assert any(f"`{flag}" in section("Be the server") for flag in flags)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_is_named(command: str) -> None:
    """Each command is in the list of commands."""
    assert f"`{command}`" in README or f"`{command} " in README


def test_every_picture_is_there() -> None:
    """Each picture that the README shows was taken."""
    pictures = [part.split(")")[0] for part in README.split("](screenshots/")[1:]]
    assert len(pictures) > 6
    folder = Path(__file__).parents[1] / "screenshots"
    assert [name for name in pictures if not (folder / name).exists()] == []


def test_the_sample_profile_can_be_read(tmp_path: Path) -> None:
    """The profile in the README means what stands around it."""
    (tmp_path / "profiles.toml").write_text(
        README.split("```toml\n")[1].split("```")[0], encoding="utf-8"
    )
    book = ProfileFile(tmp_path).load()
    assert (book.faults, book.notes) == ((), ())
    assert list(book.listeners) == ["mock"]
    options = book.profiles["prod/ticks"]
    assert options.problems() == []
    assert options.reconnect.on
    assert options.http.bearer == "${env:TOKEN}"


def test_the_sample_replies_can_be_read() -> None:
    """The replies in the README are three."""
    text = section("Be the server").split("```toml\n")[1].split("```")[0]
    assert len(parse_replies(text.encode(), lambda path: b"")) == 3


def test_the_sample_handler_is_python() -> None:
    """The hooks in the README are hooks."""
    source = section("Be the server").split("```python\n")[1].split("```")[0]
    hooks: dict[str, object] = {}
    exec(source, hooks)
    assert iscoroutinefunction(hooks["validate"])
    assert iscoroutinefunction(hooks["message"])
