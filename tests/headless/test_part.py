"""Parts of files on disk: whose they are, and how they become the file."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path
from threading import Event

import pytest

from wstui.core.file_transfer.names import Present, part_name
from wstui.headless.files import part as part_module
from wstui.headless.files.lock import lock
from wstui.headless.files.part import InUse, Part, Whole
from wstui.headless.files.working import Stopped


def opened(folder: Path, *, several: bool = False) -> Part:
    """The part of a file called a.txt."""
    part = Part.open(folder, "a.txt", create=True, several=several)
    assert part is not None
    return part


def test_a_part_becomes_the_file(tmp_path: Path) -> None:
    """With its time; nothing else is left."""
    part = opened(tmp_path)
    part.write([memoryview(b"one "), memoryview(b"two")])
    assert part.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert part.finish(1_000_000_000, Present.REFUSE) == "a.txt"
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"one two"
    assert (tmp_path / "a.txt").stat().st_mtime == 1_000_000_000


def test_a_part_goes_on(tmp_path: Path) -> None:
    """Its length and its checksum are all there is to know; without bytes it is not kept."""
    part = opened(tmp_path)
    part.write([memoryview(b"one ")])
    part.close()
    part = opened(tmp_path)
    assert (part.size, part.sha256) == (4, hashlib.sha256(b"one ").hexdigest())
    part.write([memoryview(b"two")])
    assert part.finish(None, Present.REFUSE) == "a.txt"
    assert (tmp_path / "a.txt").read_bytes() == b"one two"
    opened(tmp_path).close()
    assert os.listdir(tmp_path) == ["a.txt"]
    assert Part.open(tmp_path, "b", create=False, several=False) is None


def test_a_part_has_one_owner(tmp_path: Path) -> None:
    """Another writes beside it, or not at all."""
    part = opened(tmp_path)
    with pytest.raises(InUse):
        opened(tmp_path)
    other = opened(tmp_path, several=True)
    other.write([memoryview(b"other")])
    part.write([memoryview(b"first")])
    assert other.finish(None, Present.RENAME) == "a.txt"
    assert part.finish(None, Present.RENAME) == "a (1).txt"
    assert (tmp_path / "a (1).txt").read_bytes() == b"first"


@pytest.mark.parametrize(
    "code",
    [0, errno.EPERM, errno.EACCES, errno.ENOTSUP],
    ids=["links", "no links", "none allowed", "none on macOS"],
)
def test_nothing_is_overwritten_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Also where a file comes while the part does, and where there are no hard links."""
    if code:

        def link(*_: object, **__: object) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "link", link)
    part = opened(tmp_path)
    part.write([memoryview(b"new")])
    (tmp_path / "a.txt").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        part.finish(None, Present.REFUSE)
    assert part.finish(None, Present.RENAME) == "a (1).txt"
    part = opened(tmp_path)
    part.write([memoryview(b"newer")])
    assert part.finish(None, Present.OVERWRITE) == "a.txt"
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "a.txt": b"newer",
        "a (1).txt": b"new",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_no_link_leads_outside(tmp_path: Path) -> None:
    """A link in place of the part is not followed, one in place of the file is replaced."""
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / part_name("a.txt")).symlink_to(outside)
    with pytest.raises(OSError, match="symbolic links"):
        opened(folder)
    (folder / part_name("a.txt")).unlink()
    (folder / "a.txt").symlink_to(outside)
    part = opened(folder)
    part.write([memoryview(b"new")])
    with pytest.raises(FileExistsError):
        part.finish(None, Present.REFUSE)
    part.finish(None, Present.OVERWRITE)
    assert not (folder / "a.txt").is_symlink()
    assert outside.read_bytes() == b"precious"


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can link what is open there")
def test_a_part_with_another_name_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was opened a moment before it became the file is that file: nobody writes to it."""
    part = opened(tmp_path)
    part.write([memoryview(b"whole")])
    ended: list[str] = []

    def late(file: int) -> bool:
        if not ended:  # another opened it, and now it gets its name
            ended.append(part.finish(None, Present.REFUSE))
        return lock(file)

    monkeypatch.setattr(part_module, "lock", late)
    another = opened(tmp_path)
    another.write([memoryview(b"more")])
    another.close()
    assert (tmp_path / "a.txt").read_bytes() == b"whole"


def test_what_is_no_longer_wanted_is_not_read(tmp_path: Path) -> None:
    """Who ends waits for the checksum of no huge file; what is there stays, and is free."""
    for name in ("a.txt", part_name("a.txt")):
        (tmp_path / name).write_bytes(b"some")
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        Part.open(tmp_path, "a.txt", create=True, several=False, stop=stop)
    with pytest.raises(Stopped):
        Whole.look(tmp_path, "a.txt", 4, hashlib.sha256(b"some").hexdigest(), stop)
    part = opened(tmp_path)
    assert part.size == 4
    part.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes")
def test_a_part_is_a_file(tmp_path: Path) -> None:
    """A pipe of that name holds up nobody."""
    os.mkfifo(tmp_path / part_name("a.txt"))
    with pytest.raises(OSError, match="no ordinary file"):
        opened(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="it has its name in one step there")
def test_a_part_that_has_its_name_already_is_no_part(tmp_path: Path) -> None:
    """One who was killed between the two steps, or a copy made of links: the file stays as it is,
    and nobody waits for ever."""
    (tmp_path / "a.txt").write_bytes(b"whole")
    os.link(tmp_path / "a.txt", tmp_path / part_name("a.txt"))
    assert Part.open(tmp_path, "a.txt", create=False, several=False) is None
    os.link(tmp_path / "a.txt", tmp_path / part_name("a.txt"))
    part = opened(tmp_path)
    assert part.size == 0
    part.write([memoryview(b"new")])
    part.close()
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
