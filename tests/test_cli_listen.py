"""`wstui listen` on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wstui.cli import main, named_listener, named_options
from wstui.command_line.listen import listen_parser
from wstui.core.options.info import OptionError
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.storage.paths import CONFIG_DIR

FILE = """\
[prod]
uri = "wss://feed.example/ticks"

["mock/ticks"]
listen = 9002
headers = ["A: b"]

[bad]
listen = 9003
open_timeout = "soon"
"""
MOCK = ListenOptions("127.0.0.1:9002", headers=(("A", "b"),))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configuration with three profiles, one of them wrong."""
    monkeypatch.setenv(CONFIG_DIR, str(tmp_path))
    (tmp_path / "profiles.toml").write_text(FILE)
    return tmp_path


def exit_of(*arguments: str) -> int | str | None:
    """The exit code of a call that ends the process."""
    with pytest.raises(SystemExit) as caught:
        main(["listen", *arguments])
    return caught.value.code


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """--help names every option, and has examples."""
    assert exit_of("--help") == 0
    text = capsys.readouterr().out
    for name, (_, flag) in LISTENING.flags.items():
        assert (name in text) is bool(flag.help), name
    assert "wstui listen 9002 --echo" in text
    assert "--no-ui" in text


def test_options_may_stand_anywhere() -> None:
    """Before, between and after the addresses; each address gets them all."""
    given = ["--echo", "9002", "-H", "A: 1", "[::1]:9002", "--subprotocol", "a"]
    options = listen_parser().parse_intermixed_args(given)
    assert options.addresses == ["9002", "[::1]:9002"]
    built = [named_listener(word, options.flags) for word in options.addresses]
    assert [one.address for one in built] == ["127.0.0.1:9002", "[::1]:9002"]
    assert {one.behaviours for one in built} == {("echo",)}
    assert {one.headers for one in built} == {(("A", "1"),)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "needs a port"),
        (["--echo"], "needs a port"),
        (["9002", "--nope"], "--nope"),
        (["9002", "--origin", "x"], "--origin"),
        (["9002", "--max-size"], "--max-size"),
        (["9002", "--quiet"], "--quiet goes with --no-ui"),
    ],
)
def test_usage_errors_are_short(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong, and how to write it: two lines."""
    assert exit_of(*arguments) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("wstui: ")
    assert words in first
    assert second == "usage: wstui listen [option ...] [HOST:]PORT ...; --help tells all"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["70000"], "Write a port from 0 to 65535"),
        (["::1:80"], "in brackets"),
        (["9002", "--max-size", "huge"], "--max-size: "),
        (["nothing"], "There is no listener saved as nothing"),
        (["prod"], "prod is the profile of a connection"),
        (["bad"], "line 10: bad: open_timeout: Write a time"),
    ],
)
def test_what_cannot_be_meant(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one sentence, and nothing is begun."""
    assert exit_of(*arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("wstui: ")
    assert error.count("\n") == 1
    assert words in error


def test_all_that_is_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each."""
    assert exit_of("9002", "--max-size", "huge", "-H", "nonsense") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The workbench needs one."""
    assert exit_of("9002") == 2
    assert "needs a terminal" in capsys.readouterr().err


def test_a_name_stands_for_its_options() -> None:
    """Flags override them, behind `wstui listen` only."""
    assert named_listener("mock/ticks", []) == MOCK
    flags = [("--no-compression", "")]
    assert not named_listener("mock/ticks", flags).deflate.offer
    assert named_options("mock/ticks", []) == MOCK
    with pytest.raises(OptionError, match="profile of a listener: write listen mock/ticks"):
        named_options("mock/ticks", [("--origin", "x")])


def test_no_name_is_passed_over_while_the_file_is_broken(folder: Path) -> None:
    """An address is known all the same."""
    (folder / "profiles.toml").write_text(FILE + "[broken")
    with pytest.raises(OptionError, match="line 11"):
        named_listener("mock/ticks", [])
    assert named_listener("9002", []) == ListenOptions("127.0.0.1:9002")


def test_addresses_wait_for_no_library() -> None:
    """They look at no file, and neither the network nor the screen is loaded for them."""
    code = (
        "import sys; from wstui.cli import named_listener; "
        "named_listener('localhost:9002', []); print(*sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"tomlkit", "tomllib", "asyncio", "textual"} & set(out.stdout.split())
