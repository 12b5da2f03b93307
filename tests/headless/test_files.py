"""Files from `wstui send-file` to `wstui receive`, directly and through others."""

from __future__ import annotations

import asyncio
import errno
import gc
import hashlib
import io
import os
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.file_support import (
    FILE,
    broadcaster,
    contents,
    inbox,
    noise,
    peer,
    sent,
)
from tests.headless_support import PATIENCE, stage
from tests.net_support import until
from wstui.core.entry import Kind
from wstui.core.file_transfer.messages import (
    Ack,
    Offer,
    encode,
)
from wstui.core.file_transfer.names import Present, part_name
from wstui.core.file_transfer.pieces import PIECE
from wstui.core.options.connect import ConnectOptions
from wstui.headless.files.part import Part
from wstui.headless.files.working import Stopped, working


async def test_files_come_as_they_are(out: Path, into: Path) -> None:
    """Empty, small, and larger than one piece, with their time; both sides tell the checksum."""
    os.utime(out / "small.txt", (1_000_000_000, 1_000_000_000))
    async with inbox(into, count=3) as box:
        done = await sent(box.uri, *(out / name for name in ("empty", "large.bin", "small.txt")))
        assert (await box.done()).code == 0
    assert done.code == 0
    assert contents(into) == contents(out)
    assert (into / "small.txt").stat().st_mtime == 1_000_000_000
    files = [one for one in done.lines if one.get("ok")]
    assert [one["name"] for one in files] == ["empty", "large.bin", "small.txt"]
    assert files[2]["sha256"] == hashlib.sha256(b"hello\n").hexdigest()
    assert [one["receivers"] for one in files] == [1, 1, 1]


async def test_all_who_listen_to_a_broadcaster_get_it(out: Path, tmp_path: Path) -> None:
    """Among messages of others; the sender knows how many have it."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    async with (
        broadcaster() as uri,
        inbox(folders[0], uri=uri) as one,
        inbox(folders[1], uri=uri) as two,
        stage() as other,
    ):
        talker = other.pool.connect(ConnectOptions(uri))
        await other.opened(talker)
        for text in (b"hello", b'{"wstui-file": 1}', encode(Ack(FILE, "1" * 16, 1 << 60))):
            other.pool.send(talker.id, text)
        other.pool.send(talker.id, bytes(100), Kind.BINARY)
        done = await sent(uri, out / "large.bin", out / "small.txt")
        assert done.code == 0
        assert [line["receivers"] for line in done.lines if line.get("ok")] == [2, 2]
        for box in (one, two):
            assert contents(box.folder) == {
                name: (out / name).read_bytes() for name in ("large.bin", "small.txt")
            }


async def test_several_senders_at_once(out: Path, into: Path) -> None:
    """Each of their files comes whole."""
    async with broadcaster() as uri, inbox(into, uri=uri):
        names = ("large.bin", "small.txt", "empty")
        codes = await asyncio.gather(*(sent(uri, out / name) for name in names))
        assert [one.code for one in codes] == [0, 0, 0]
    assert contents(into) == contents(out)


async def test_nobody_takes_it(out: Path) -> None:
    """Then it has failed, unless that is all the same."""
    async with broadcaster() as uri:
        done = await sent(uri, out / "small.txt", wait=0.2)
        assert done.code == 1
        assert "nobody took it within 0.2 s" in done.lines[-2]["text"]
        assert (await sent(uri, out / "large.bin", confirm=False)).code == 0


async def test_what_is_there_stays(out: Path, into: Path) -> None:
    """Unless it is to be replaced, or kept beside the new one."""
    (into / "small.txt").write_bytes(b"mine")
    async with inbox(into) as box:
        done = await sent(box.uri, out / "small.txt", out / "empty")
        assert (done.code, contents(into)) == (1, {"small.txt": b"mine", "empty": b""})
        assert "another file of that name is there" in str(done.lines)
    async with inbox(into, present=Present.RENAME) as box:
        assert (await sent(box.uri, out / "small.txt")).code == 0
        assert contents(into)["small (1).txt"] == b"hello\n"
    async with inbox(into, present=Present.OVERWRITE) as box:
        assert (await sent(box.uri, out / "small.txt")).code == 0
        assert contents(into)["small.txt"] == b"hello\n"
        (out / "folder").write_bytes(b"a")
        (into / "folder").mkdir()
        done = await sent(box.uri, out / "folder")
        assert done.code == 1
        assert "a folder has its name" in str(done.lines)


async def test_the_same_file_again(out: Path, into: Path) -> None:
    """Nothing of it has to come; another file of the same size is refused, and stays."""
    async with inbox(into) as box:
        for resumed in (None, 3_000_001):
            done = await sent(box.uri, out / "large.bin")
            assert done.code == 0
            assert next(one for one in done.lines if one.get("ok")).get("resumed") == resumed
        (into / "small.txt").write_bytes(b"HELLO\n")
        done = await sent(box.uri, out / "small.txt")
        assert done.code == 1
        assert (await box.complained())["name"] == "small.txt"
    assert contents(into) == {"large.bin": noise(3_000_001), "small.txt": b"HELLO\n"}


async def test_limits_and_names(out: Path, into: Path) -> None:
    """What is too large, or too much, or called what it may not be, is refused with the reason."""
    async with inbox(into, max_file=1000, max_total=10) as box:
        (out / ".hidden").write_bytes(b"a")
        (out / "eleven").write_bytes(bytes(11))
        done = await sent(box.uri, *(out / one for one in ("large.bin", "eleven", ".hidden")))
        text = str(done.lines)
        assert done.code == 1
        assert "it has more than 1000 B" in text
        assert "more than 10 B in all" in text
        assert "begins with a dot" in text
        assert (await sent(box.uri, out / "small.txt", name="../up")).code == 1
        assert (await sent(box.uri, out / "small.txt", name="x" * 300)).code == 1
        assert (await sent(box.uri, out / "small.txt")).code == 0
        assert list(contents(into)) == ["small.txt"]
        await box.complained()
    assert (await box.done()).code == 1


async def test_it_goes_on_where_it_was(out: Path, into: Path) -> None:
    """A part that is the beginning of the file is kept; of another file, it is begun again."""
    whole = (out / "large.bin").read_bytes()
    part = into / part_name("large.bin")
    async with inbox(into, present=Present.OVERWRITE) as box:
        parts = ((whole[:2_000_000], 2_000_000), (noise(7000), None), (whole, 3_000_001))
        for have, resumed in parts:
            part.write_bytes(have)
            done = await sent(box.uri, out / "large.bin")
            assert done.code == 0
            assert [one.get("resumed") for one in done.lines if one.get("ok")] == [resumed]
            assert contents(into) == {"large.bin": whole}
        part.write_bytes(whole + b"more")
        assert (await sent(box.uri, out / "large.bin")).code == 0
        assert contents(into) == {"large.bin": whole}


async def test_two_with_different_parts(out: Path, tmp_path: Path) -> None:
    """It begins behind the shorter part; who has more ignores what it has."""
    whole = (out / "large.bin").read_bytes()
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, have in zip(folders, (1_000_000, 2_000_000), strict=True):
        folder.mkdir()
        (folder / part_name("large.bin")).write_bytes(whole[:have])
    async with broadcaster() as uri, inbox(folders[0], uri=uri), inbox(folders[1], uri=uri):
        done = await sent(uri, out / "large.bin")
        assert done.code == 0
        assert next(one for one in done.lines if one.get("ok"))["resumed"] == 1_000_000
    assert [contents(folder) for folder in folders] == [{"large.bin": whole}] * 2


async def test_a_file_that_changes_is_told(
    out: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither side takes it for whole: written to, or shorter than it was."""
    path, read = out / "large.bin", os.read

    def change(change: Callable[[], object]) -> None:
        def reading(file: int, size: int) -> bytes:
            data = read(file, size)
            if size == PIECE:
                change()
            return data

        monkeypatch.setattr(os, "read", reading)

    async with inbox(into) as box:
        change(lambda: path.write_bytes(noise(3_000_002)))
        done = await sent(box.uri, path)
        assert done.code == 1
        assert "it changed while it was sent" in str(done.lines)
        await until(lambda: "it changed while it was sent" in str(box.events))
        change(lambda: os.truncate(path, 1000))
        done = await sent(box.uri, path)
        assert done.code == 1
        assert "it became shorter while it was sent" in str(done.lines)
    assert "large.bin" not in contents(into)


async def test_a_full_disk_is_a_sentence(
    out: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both sides; also where the file system cannot be written at all."""
    write = Part.write

    def full(self: Any, pieces: Sequence[memoryview]) -> None:
        raise OSError(28, "No space left on device")

    async with inbox(into) as box:
        monkeypatch.setattr(Part, "write", full)
        done = await sent(box.uri, out / "large.bin")
        assert done.code == 1
        assert "receiver refused it: the disk is full" in str(done.lines)
        assert (await box.complained())["text"] == "not taken: the disk is full"
        monkeypatch.setattr(Part, "write", write)
        assert (await sent(box.uri, out / "large.bin")).code == 0


async def test_standard_input_has_a_name_of_its_own(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is not known before its end, and nothing of it is kept when it breaks off."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as stream, os.fdopen(reader) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        async with inbox(into) as box, asyncio.TaskGroup() as group:
            work = group.create_task(sent(box.uri, Path("-"), name="typed"))
            stream.write(b"one ")
            stream.flush()
            await until(lambda: contents(into).get(part_name("typed")) == b"one ")
            stream.write(b"two")
            stream.close()
            assert (await work).code == 0
    assert contents(into) == {"typed": b"one two"}


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there are no such files")
async def test_a_file_whose_size_is_not_told_comes_whole(into: Path) -> None:
    """Some of Linux are said to be empty, and are not."""
    async with inbox(into) as box:
        assert (await sent(box.uri, Path("/proc/filesystems"))).code == 0
    assert b"proc\n" in contents(into)["filesystems"]


async def test_what_is_to_be_typed_is_quoted(out: Path, into: Path) -> None:
    """A folder may have a name that means something to a shell."""
    (out / "$(oops) x").mkdir()
    async with inbox(into) as box:
        done = await sent(box.uri, out / "$(oops) x")
    text = done.lines[-1]["text"]
    assert f"tar -c '{out}/$(oops) x' |" in text
    assert "--name '$(oops) x.tar'" in text


async def test_what_cannot_be_read_to_its_end_is_not_whole(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of a disk, or a drive, is not the end of the file."""

    class Broken(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise OSError(errno.EIO, "Input/output error")
            return super().read(3)

    monkeypatch.setattr("wstui.headless.files.source.FileIO", Broken)
    monkeypatch.setattr("wstui.headless.files.source.check_path", lambda _: stat.S_IFCHR)
    (into.parent / "disc").write_bytes(b"abcdef")
    async with inbox(into) as box:
        done = await sent(box.uri, into.parent / "disc")
        assert done.code == 1
        assert "input/output error" in str(done.lines)
        assert "input/output error" in (await box.complained())["text"]
    assert contents(into) == {}


async def test_who_is_gone_has_nothing_read_for_him(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checksum of a huge part takes minutes: the receiver ends without it."""
    begun = threading.Event()

    def read(self: Part, stop: threading.Event | None) -> None:
        begun.set()
        assert stop is not None
        assert stop.wait(PATIENCE)
        raise Stopped

    (into / part_name("a")).write_bytes(b"part")
    monkeypatch.setattr(Part, "_read", read)
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 5))
        await until(begun.is_set)
    assert contents(into) == {part_name("a"): b"part"}


async def test_work_that_is_given_up_is_no_fault() -> None:
    """It is stopped, waited for, and what becomes of it is told to nobody."""
    begun, stop = threading.Event(), threading.Event()
    faults: list[object] = []

    def work() -> None:
        begun.set()
        assert stop.wait(PATIENCE)
        raise Stopped

    async def tell() -> None:
        """Nobody has to know."""

    asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(working(tell, stop.set, work))
        await until(begun.is_set)
        task.cancel()
    assert task.cancelled()
    gc.collect()
    assert not faults
