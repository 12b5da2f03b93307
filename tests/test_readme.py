"""The README says what is there."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from wstui.cli import workbench_parser
from wstui.core.commands.language import COMMANDS
from wstui.core.options.table import FLAGS
from wstui.storage.profiles import ProfileFile

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "flags",
    {id(flag): flag.names for _, flag in FLAGS.values() if flag.help}.values(),
    ids=lambda names: names[-1],
)
def test_every_option_is_named(flags: tuple[str, ...]) -> None:
    """Each flag that the help shows is in the table of options, by one of its names."""
    assert any(f"`{flag}" in README for flag in flags)


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
    options = book.profiles["prod/ticks"]
    assert options.problems() == []
    assert options.reconnect.on
    assert options.http.bearer == "${env:TOKEN}"


@pytest.mark.parametrize(
    "line",
    [line for line in README.splitlines() if line.startswith(("wstui ", ".venv/bin/wstui "))],
)
def test_every_example_is_understood(line: str) -> None:
    """Each command line in the README is one that wstui reads."""
    arguments = shlex.split(line)[1:]
    parsed = workbench_parser().parse_intermixed_args(arguments)
    assert parsed.uris
