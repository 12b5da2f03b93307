"""Profiles on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wstui.cli import is_command_line, main, named_connection, named_options
from wstui.core.options.connect import ConnectOptions
from wstui.storage.paths import CONFIG_DIR

FILE = """\
["prod/ticks"]
uri = "wss://feed.example/ticks"
headers = ["Authorization: Bearer ${env:TOKEN}"]

[bad]
uri = "ws://h/"
open_timeout = "soon"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configuration with two profiles, one of them wrong."""
    monkeypatch.setenv(CONFIG_DIR, str(tmp_path))
    (tmp_path / "profiles.toml").write_text(FILE)
    return tmp_path


def test_a_name_stands_for_its_options() -> None:
    """Flags override them; what is no profile is a host."""
    options = named_options("prod/ticks", [("--origin", "https://o")])
    assert isinstance(options, ConnectOptions)
    assert options.uri == "wss://feed.example/ticks"
    assert options.headers == (("Authorization", "Bearer ${env:TOKEN}"),)
    assert options.origin == "https://o"
    assert named_options("prod", []) == ConnectOptions("wss://prod")


def test_a_wrong_profile_is_told(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """With file, line and reason, and nothing starts."""
    with pytest.raises(SystemExit) as caught:
        main(["bad"])
    assert caught.value.code == 2
    words = f"{folder / 'profiles.toml'}, line 7: bad: open_timeout: Write a time"
    assert words in capsys.readouterr().err


def test_what_means_nothing_is_noted(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Where nothing else would show why a saved option has no effect."""
    (folder / "profiles.toml").write_text('[a]\nuri = "ws://h/"\nfuture = 1\n\n' + FILE)
    assert named_connection("a", []) == ConnectOptions("ws://h/")
    words = f"wstui: {folder / 'profiles.toml'}, line 3: a: wstui has no option future; "
    assert capsys.readouterr().err.startswith(words)
    named_connection("prod/ticks", [])
    assert not capsys.readouterr().err


@pytest.mark.parametrize("word", ["prod/ticks", "feed.example"])
def test_no_name_is_taken_for_a_host_while_the_file_is_broken(
    word: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """What may be a profile that cannot be read never reaches the network."""
    (folder / "profiles.toml").write_text(FILE + "[broken")
    with pytest.raises(SystemExit) as caught:
        main([word])
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert f"{folder / 'profiles.toml'}, line 8: " in error
    assert f"write wss://{word}" in error
    for uri in (f"wss://{word}", "localhost"):
        options = named_options(uri, [])
        assert isinstance(options, ConnectOptions)
        assert options.uri.endswith(uri)


def test_they_are_listed(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """With the file and what is wrong in it, which is the exit code, too."""
    assert main(["profiles"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("prod/ticks  wss://feed.example/ticks\n")
    assert f"in {folder / 'profiles.toml'}\n" in out
    (folder / "profiles.toml").unlink()
    assert main(["profiles"]) == 0
    assert capsys.readouterr().out.startswith("Nothing is saved yet.\n")


@pytest.mark.parametrize("uri", ["wss://feed.example/ticks", "localhost:9002", "feed.example/x"])
def test_uris_wait_for_no_library(uri: str, folder: Path) -> None:
    """A uri that cannot be a name looks at no file, and without a file none is read."""
    (folder / "profiles.toml").unlink()
    code = (
        "import sys; from wstui.cli import named_options; "
        f"named_options({uri!r}, []); print(*sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"tomlkit", "tomllib"} & set(out.stdout.split())


def test_a_command_in_a_uri_is_no_command_line() -> None:
    """Blanks within a reference do not make it another tool's command line."""
    assert not is_command_line(["wss://h/?t=${cmd:pass show token}"])
    assert is_command_line(["curl wss://h/?t=${cmd:pass show token}"])
