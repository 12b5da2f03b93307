"""Files from `wstui send-file` to `wstui receive`, directly and through others."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.headless_support import PATIENCE, Done, Kept, process, stage
from tests.net_support import until
from wstui.command_line.headless import Manner
from wstui.command_line.receive import NO_PAGES, Receive
from wstui.command_line.send_file import SendFile
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.file_transfer.messages import (
    Accept,
    Ack,
    Cancel,
    End,
    Lost,
    Message,
    Offer,
    Reason,
    Refuse,
    Start,
    decode,
    encode,
)
from wstui.core.file_transfer.messages import Done as IsThere
from wstui.core.file_transfer.names import Present, part_name
from wstui.core.file_transfer.pieces import PIECE, encode_piece
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.headless.files.part import Part
from wstui.headless.receive import receive
from wstui.headless.send_file import send_file
from wstui.headless.stage import Stage

FILE = "a" * 32
LOUD = Manner(json=True, quiet=True)


def noise(size: int) -> bytes:
    """Bytes that are always the same, and nowhere alike."""
    return random.Random(size).randbytes(size)


class Inbox:
    """A `receive` that runs in the test's loop."""

    def __init__(
        self, here: Stage, uri: str, folder: Path, task: asyncio.Task[int], kept: Kept
    ) -> None:
        self.uri = uri
        self.loop = asyncio.get_running_loop()
        self._here = here
        self.folder = folder
        self.task = task
        self._kept = kept

    async def done(self) -> Done:
        """What came of it, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            return Done(await self.task, self._kept.data)

    def drop(self) -> None:
        """Break all connections."""
        for one in self._here.pool.connections.values():
            if one.is_open:
                self._here.pool.drop(one.id)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What it told so far."""
        return Done(0, self._kept.data).lines

    async def complained(self) -> dict[str, Any]:
        """The first line of a file that did not come, once it is there."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [one for one in self.events if one.get("ok") is False]
            return bool(found)

        await until(look)
        return found[0]


@asynccontextmanager
async def inbox(
    folder: Path, address: str = "127.0.0.1:0", *, uri: str | None = None, **asked: Any
) -> AsyncIterator[Inbox]:
    """`receive --listen`, or by a connection to `uri`, until the end of the test."""
    kept = Kept()
    async with stage(LOUD, kept) as here:
        options = ListenOptions(address) if uri is None else ConnectOptions(uri)
        work = receive(here, Receive(options, str(folder), LOUD, **asked))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(work)
            await until(lambda: task.done() or _is_ready(here))
            listeners = list(here.pool.listeners.values())
            where = uri or listeners[0].uris[0]
            yield Inbox(here, where, folder, task, kept)
            await here.pool.close_all(1000)
            await task
            await here.output.finish(PATIENCE)


def _is_ready(here: Stage) -> bool:
    listeners = here.pool.listeners.values()
    if any(one.state is ListenerState.LISTENING for one in listeners):
        return True
    return any(one.state is State.OPEN for one in here.pool.connections.values())


async def sent(uri: str, *paths: Path, **asked: Any) -> Done:
    """What came of `send-file`."""
    kept = Kept()
    async with stage(LOUD, kept) as here:
        given = SendFile(ConnectOptions(uri), tuple(map(str, paths)), LOUD, **asked)
        async with asyncio.timeout(PATIENCE):
            code = await send_file(here, given)
        await here.output.finish(PATIENCE)
    return Done(code, kept.data)


@asynccontextmanager
async def broadcaster() -> AsyncIterator[str]:
    """A server that hands on to all others what one client sends; its uri."""
    async with stage() as here:
        here.pool.listen(ListenOptions("127.0.0.1:0", behaviours=("broadcast",)))
        await until(lambda: _is_ready(here))
        yield next(iter(here.pool.listeners.values())).uris[0]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with files to send."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "empty").write_bytes(b"")
    (folder / "small.txt").write_bytes(b"hello\n")
    (folder / "large.bin").write_bytes(noise(3_000_001))
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """A folder for what comes."""
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {one.name: one.read_bytes() for one in folder.iterdir()}


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
        assert "a file of that name is there" in str(done.lines)
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


# Peers of other makes


class Peer:
    """Speaks the protocol as the test wants."""

    def __init__(self, here: Stage, connection: Connection) -> None:
        self.here = here
        self.connection = connection

    def say(self, *messages: Message | bytes) -> None:
        """Send these; bytes are pieces."""
        for one in messages:
            if isinstance(one, bytes):
                self.here.pool.send(self.connection.id, one, Kind.BINARY)
            else:
                self.here.pool.send(self.connection.id, encode(one))

    @property
    def heard(self) -> list[Message]:
        """All messages that came."""
        transcript = self.connection.transcript
        entries = (transcript.entry(number) for number in range(len(transcript)))
        found = [
            decode(transcript.payload(one.number))
            for one in entries
            if one.kind is Kind.TEXT and not one.outgoing
        ]
        return [one for one in found if one is not None]

    async def hears(self, kind: type[Message], count: int = 1) -> Message:
        """The last of so many messages of this kind, once they are there."""
        await until(lambda: sum(isinstance(one, kind) for one in self.heard) >= count)
        return [one for one in self.heard if isinstance(one, kind)][count - 1]


@asynccontextmanager
async def peer(uri: str) -> AsyncIterator[Peer]:
    """A client that speaks the protocol as the test wants."""
    async with stage() as here:
        connection = here.pool.connect(ConnectOptions(uri))
        assert await here.opened(connection)
        yield Peer(here, connection)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_pieces_out_of_order_and_too_many(into: Path) -> None:
    """What overlaps is taken once, what is missing is asked for, what is too much ends it."""
    data = b"0123456789"
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 10), encode_piece(FILE, 0, b"x"), Start(FILE, 0))
        one.say(encode_piece(FILE, 0, data[:4]), encode_piece(FILE, 2, data[2:6]))
        one.say(encode_piece(FILE, 1, data[1:3]), encode_piece(FILE, 8, data[8:]))
        await one.hears(Lost)
        one.say(encode_piece(FILE, 6, b"no"), End(FILE, 10, sha256(data)))
        await one.hears(Lost, 2)
        one.say(Offer(FILE, "a", 10))
        accept = await one.hears(Accept, 2)
        assert isinstance(accept, Accept)
        assert (accept.offset, accept.sha256, accept.only) == (6, sha256(data[:6]), True)
        one.say(Start(FILE, 6, (accept.receiver,)), encode_piece(FILE, 6, data[6:]))
        one.say(End(FILE, 10, sha256(data)))
        await one.hears(IsThere)
        one.say(Offer(FILE, "a", 10))  # the answer was lost
        await one.hears(IsThere, 2)
        assert contents(into) == {"a": data}
        other = "b" * 32
        one.say(Offer(other, "b", 2), Start(other, 0), encode_piece(other, 0, b"abc"))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.SIZE
    assert contents(into) == {"a": data}


async def test_a_wrong_checksum_leaves_nothing(into: Path) -> None:
    """The part is removed: it is no beginning of anything."""
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a"), Start(FILE, 0), encode_piece(FILE, 0, b"abc"))
        one.say(End(FILE, 3, sha256(b"abd")))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.CHECKSUM
    assert contents(into) == {}


async def test_a_flood_of_offers_takes_little(into: Path) -> None:
    """Some are open, all others are told to come later; nothing is written for any of them."""
    async with inbox(into) as box, peer(box.uri) as one:
        for number in range(500):
            one.say(Offer(f"{number:032x}", f"file {number}", 1 << 40 if number % 2 else 5))
            one.say(encode_piece(f"{number + 1000:032x}", 0, b"x"))
        await until(lambda: sum(isinstance(one, Lost) for one in one.heard) >= 500)
        busy = [one for one in one.heard if isinstance(one, Refuse) and one.reason is Reason.BUSY]
        assert len(busy) > 300
        assert contents(into) == {}


async def test_a_sender_that_stalls(into: Path) -> None:
    """It is given up, and what came is kept."""
    async with inbox(into, stall=0.1) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 10), Start(FILE, 0), encode_piece(FILE, 0, b"abc"))
        failed = await box.complained()
        assert failed["text"].startswith("nothing came for 0.1 s; 3 B are kept")
    assert contents(into) == {part_name("a"): b"abc"}


async def test_a_sender_that_gives_up(into: Path) -> None:
    """Its words are told; what may be the beginning of a file is kept."""
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 10), Start(FILE, 0), encode_piece(FILE, 0, b"abc"))
        one.say(Cancel(FILE, "it \x1b[2J changed"))
        failed = await box.complained()
        assert failed["text"] == "its sender gave it up: it \x1b[2J changed"
    assert contents(into) == {part_name("a"): b"abc"}


async def test_who_comes_in_the_middle_gets_all_of_it(out: Path, into: Path) -> None:
    """It says that it missed the beginning, and is offered the file when the sender is through."""
    whole, who = noise(6_000_000), "5" * 16
    (out / "large.bin").write_bytes(whole)
    async with broadcaster() as uri, peer(uri) as first, asyncio.TaskGroup() as group:
        work = group.create_task(sent(uri, out / "large.bin"))
        offer = await first.hears(Offer)
        first.say(Accept(offer.transfer, who))
        await first.hears(Start)  # and no more than the window
        async with inbox(into, uri=uri):
            first.say(Ack(offer.transfer, who, 6_000_000))
            await first.hears(End)
            assert isinstance(await first.hears(Lost), Lost)
            first.say(IsThere(offer.transfer, who, sha256(whole)))
            done = await work
            assert done.code == 0
            assert next(one for one in done.lines if one.get("ok"))["receivers"] == 2
    assert contents(into) == {"large.bin": whole}


async def test_a_receiver_that_says_nothing_is_given_up(out: Path) -> None:
    """It had accepted: the file has not come, and that is said."""
    async with broadcaster() as uri, peer(uri) as one, asyncio.TaskGroup() as group:
        work = group.create_task(sent(uri, out / "small.txt", stall=0.1))
        offer = await one.hears(Offer)
        one.say(Accept(offer.transfer, "5" * 16))
        done = await work
        assert done.code == 1
        assert "a receiver did nothing for 0.1 s" in str(done.lines)


async def test_web_pages_are_not_let_in(into: Path) -> None:
    """A browser that is shown a hostile page could otherwise put files there."""
    listening = ListenOptions("127.0.0.1:0", rules=(NO_PAGES,))
    async with stage(LOUD) as here:
        asked = Receive(listening, str(into), LOUD)
        async with asyncio.TaskGroup() as group:
            group.create_task(receive(here, asked))
            await until(lambda: _is_ready(here))
            uri = next(iter(here.pool.listeners.values())).uris[0]
            async with stage() as there:
                options = replace(ConnectOptions(uri), origin="https://evil.example")
                one = there.pool.connect(options)
                await there.ended(one)
                assert one.failure is not None
                assert one.failure.status == 403
            await here.pool.close_all()


async def test_a_connection_that_breaks_is_told(
    out: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both sides; what came is kept, and the sender says that it can go on."""
    write = Part.write
    async with inbox(into) as box:

        def broken(self: Part, pieces: Sequence[memoryview]) -> None:
            write(self, pieces)
            box.loop.call_soon_threadsafe(box.drop)

        monkeypatch.setattr(Part, "write", broken)
        done = await sent(box.uri, out / "large.bin")
        assert done.code == 6
        assert "It goes on from there when it is sent again." in str(done.lines)
        failed = await box.complained()
        assert failed["text"].startswith("the connection ended; ")
        monkeypatch.setattr(Part, "write", write)
        assert (await sent(box.uri, out / "large.bin")).code == 0
    assert (into / "large.bin").read_bytes() == (out / "large.bin").read_bytes()


async def test_processes_that_are_killed_go_on(out: Path, into: Path) -> None:
    """What is on the disk is all that counts."""
    whole = noise(40_000_000)
    (out / "large.bin").write_bytes(whole)
    part = into / part_name("large.bin")

    async with (
        broadcaster() as uri,
        process("receive", uri, str(into), "--read-rate", "16MiB") as receiver,
    ):
        assert receiver.stderr is not None
        await receiver.stderr.readline()  # it waits
        async with process("send-file", uri, str(out / "large.bin")) as sender:
            await until(lambda: part.exists() and part.stat().st_size > 0)
            for one in (sender, receiver):
                one.kill()
                await one.wait()
    size = part.stat().st_size
    async with inbox(into) as box:
        done = await sent(box.uri, out / "large.bin")
    assert done.code == 0
    assert next(one for one in done.lines if one.get("ok"))["resumed"] == size
    assert contents(into) == {"large.bin": whole}


async def test_a_sender_that_left_unnoticed_gives_way(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through others nobody hears that it ended: whoever sends the file again goes on."""
    monkeypatch.setattr("wstui.headless.files.incoming.QUIET", 0.0)
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 6), Start(FILE, 0), encode_piece(FILE, 0, b"abc"))
        await one.hears(Ack)
        again = "b" * 32
        one.say(Offer(again, "a", 6))
        await until(lambda: len(box.events) > 2)
        one.say(Offer(again, "a", 6))
        accept = await one.hears(Accept, 2)
        assert isinstance(accept, Accept)
        assert (accept.transfer, accept.offset) == (again, 3)
