"""The file of profiles: where it is, how it is written, and when nothing is written."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from wstui.core.options.connect import ConnectOptions
from wstui.core.options.option_table import with_values
from wstui.core.ports import Profiles, Refused
from wstui.storage.paths import CONFIG_DIR, config_dir
from wstui.storage.profiles import ProfileFile

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the system has no such modes")

TICKS = ConnectOptions("wss://feed.example/ticks")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "deep" / "wstui"


def test_it_implements_the_port(folder: Path) -> None:
    """The screen can be given it."""
    profiles: Profiles = ProfileFile(folder)
    assert profiles.place == str(folder / "profiles.toml")


def test_the_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable names it, else it is the user's usual one."""
    monkeypatch.setenv(CONFIG_DIR, str(tmp_path))
    assert config_dir() == tmp_path
    monkeypatch.delenv(CONFIG_DIR)
    assert config_dir().name == "wstui"


def test_what_is_saved_is_loaded(folder: Path) -> None:
    """By this run and by the next; forgotten ones are gone."""
    profiles = ProfileFile(folder)
    assert profiles.load().profiles == {}
    assert list(profiles.save("prod/ticks", TICKS).profiles) == ["prod/ticks"]
    profiles.save("local", ConnectOptions("ws://localhost:9002"))
    assert ProfileFile(folder).load().profiles["prod/ticks"] == TICKS
    assert list(profiles.forget("prod/ticks").profiles) == ["local"]
    assert list(ProfileFile(folder).load().profiles) == ["local"]


@POSIX
def test_only_the_user_may_read_it(folder: Path) -> None:
    """The file is 0600 and its folder 0700; an open file is closed by the next writing."""
    profiles = ProfileFile(folder)
    profiles.save("a", TICKS)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(profiles.path.stat().st_mode) == 0o600
    profiles.path.chmod(0o644)
    profiles.save("b", TICKS)
    assert stat.S_IMODE(profiles.path.stat().st_mode) == 0o600
    assert os.listdir(folder) == ["profiles.toml"]


@POSIX
def test_a_link_stays_a_link(folder: Path, tmp_path: Path) -> None:
    """Who keeps the file elsewhere finds it changed there."""
    kept = tmp_path / "dotfiles.toml"
    kept.write_text("# mine\n")
    folder.mkdir(parents=True)
    profiles = ProfileFile(folder)
    profiles.path.symlink_to(kept)
    profiles.save("a", TICKS)
    assert profiles.path.is_symlink()
    assert "# mine" in kept.read_text()
    assert "ticks" in kept.read_text()


def test_a_file_changed_elsewhere_is_read_again(folder: Path) -> None:
    """What an editor wrote meanwhile counts, and is not written over."""
    profiles = ProfileFile(folder)
    profiles.save("a", TICKS)
    with profiles.path.open("a") as file:
        file.write('\n[b] # by hand\nuri = "localhost:9002"\n')
    assert list(profiles.load().profiles) == ["a", "b"]
    assert list(profiles.save("c", TICKS).profiles) == ["a", "b", "c"]
    assert "# by hand" in profiles.path.read_text()


def test_a_name_is_not_taken_twice(folder: Path) -> None:
    """Writing over a profile has to be wanted."""
    profiles = ProfileFile(folder)
    profiles.save("a", TICKS)
    other = ConnectOptions("ws://other/")
    with pytest.raises(Refused, match="There is a profile a already"):
        profiles.save("a", other)
    assert profiles.save("a", other, replace=True).profiles["a"] == other
    with pytest.raises(Refused, match="There is no profile b"):
        profiles.forget("b")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "Type a name"),
        ("a b", "letters, digits"),
        ("-a", "begins"),
        ("x" * 65, "64 characters"),
        ("demo", "something else"),
        ("\x1b[2J", "begins"),
        ("a\n", "letters, digits"),
    ],
)
def test_names_that_cannot_be_typed_are_refused(folder: Path, name: str, words: str) -> None:
    """A name is one word for the command line and the command bar."""
    with pytest.raises(Refused, match=words):
        ProfileFile(folder).save(name, TICKS)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"uri": "wss://me:pw@h/"}, "The password in the uri would be kept as it is"),
        ({"headers": (("Authorization", "Bearer x"),)}, "The value of Authorization"),
        ({"headers": (("No Name", "x"),)}, "no header name"),
    ],
)
def test_no_secret_is_written(folder: Path, values: dict[str, object], words: str) -> None:
    """Secrets written plainly, and what is not valid, never reach the file; references do."""
    profiles = ProfileFile(folder)
    with pytest.raises(Refused, match=words):
        profiles.save("a", with_values(TICKS, values))
    assert not folder.exists()
    named = with_values(TICKS, {"headers": (("Authorization", "Bearer ${env:TOKEN}"),)})
    profiles.save("a", named)
    assert "${env:TOKEN}" in profiles.path.read_text()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'[a]\nuri = "ws://h\n', "profiles.toml, line 2, column 14: "),
        (b"[a]\n# \xff\n", "profiles.toml, line 2: That is not UTF-8."),
    ],
)
def test_a_broken_file_is_never_written_to(folder: Path, data: bytes, words: str) -> None:
    """It is told where and why, and stays as it is until somebody has corrected it."""
    folder.mkdir(parents=True)
    profiles = ProfileFile(folder)
    profiles.path.write_bytes(data)
    book = profiles.load()
    assert book.profiles == {}
    assert words in book.faults[0].words(profiles.place)
    with pytest.raises(Refused) as caught:
        profiles.save("b", TICKS)
    assert words in str(caught.value)
    with pytest.raises(Refused, match="Nothing is written"):
        profiles.forget("a")
    assert profiles.path.read_bytes() == data


def test_one_wrong_profile_does_not_keep_others_from_being_saved(folder: Path) -> None:
    """What is wrong in it stays as it is, and only replacing it puts it right."""
    folder.mkdir(parents=True)
    profiles = ProfileFile(folder)
    wrong = '[a]\nuri = "ws://h/"\nopen_timeout = "soon" # ?\n'
    profiles.path.write_text(wrong)
    assert list(profiles.save("b", TICKS).profiles) == ["b"]
    assert profiles.path.read_text().startswith(wrong)
    with pytest.raises(Refused, match="already"):
        profiles.save("a", TICKS)
    assert list(profiles.save("a", TICKS, replace=True).profiles) == ["a", "b"]


def test_a_file_that_cannot_be_read_or_written_says_why(folder: Path) -> None:
    """A folder in its place is told, when reading and when writing."""
    profiles = ProfileFile(folder)
    profiles.path.mkdir(parents=True)
    assert "It cannot be read" in profiles.load().faults[0].reason
    with pytest.raises(Refused, match="cannot be read"):
        profiles.save("a", TICKS)
    beneath = ProfileFile(profiles.path.parent / "file" / "deep")
    (profiles.path.parent / "file").write_text("")
    with pytest.raises(Refused, match="cannot be"):
        beneath.save("a", TICKS)


def test_a_mark_of_windows_editors_does_no_harm(folder: Path) -> None:
    """A byte order mark in front is left out."""
    folder.mkdir(parents=True)
    profiles = ProfileFile(folder)
    profiles.path.write_bytes(b'\xef\xbb\xbf[a]\r\nuri = "ws://h/"\r\n')
    assert list(profiles.load().profiles) == ["a"]
