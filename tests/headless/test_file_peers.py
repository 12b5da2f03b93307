"""Files from and to peers that are slow, wrong, late, or killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.file_support import (
    FILE,
    broadcaster,
    contents,
    inbox,
    noise,
    peer,
    sent,
    sha256,
)
from tests.headless_support import process
from tests.net_support import until
from wstui.core.file_transfer.messages import (
    HEAD,
    Accept,
    Ack,
    Cancel,
    End,
    Lost,
    Offer,
    Reason,
    Refuse,
    Start,
)
from wstui.core.file_transfer.messages import Done as IsThere
from wstui.core.file_transfer.names import part_name
from wstui.core.file_transfer.pieces import encode_piece
from wstui.headless.files.part import Part


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


async def test_a_sender_that_stalls(into: Path) -> None:
    """It is given up, and what came is kept."""
    async with inbox(into, stall=0.1) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 1 << 20), Start(FILE, 0), encode_piece(FILE, 0, bytes(HEAD)))
        failed = await box.complained()
        assert failed["text"].startswith("nothing came for 0.1 s; 64.0 KiB are kept")
    assert contents(into) == {part_name("a"): bytes(HEAD)}


async def test_too_little_is_not_kept(into: Path) -> None:
    """Nobody would be told of it, for that could be guessed."""
    async with inbox(into, stall=0.1) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 1 << 20), Start(FILE, 0), encode_piece(FILE, 0, b"abc"))
        failed = await box.complained()
        assert failed["text"] == "nothing came for 0.1 s; nothing of it is kept"
    assert contents(into) == {}


async def test_a_sender_that_gives_up(into: Path) -> None:
    """Its words are told; what may be the beginning of a file is kept."""
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 1 << 20), Start(FILE, 0), encode_piece(FILE, 0, bytes(HEAD)))
        one.say(Cancel(FILE, "it \x1b[2J changed"))
        failed = await box.complained()
        assert failed["text"] == "its sender gave it up: it \x1b[2J changed"
    assert contents(into) == {part_name("a"): bytes(HEAD)}


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


async def test_who_wants_no_answer_gets_none(out: Path) -> None:
    """A receiver that refuses changes nothing then; else it is told how many have the file."""
    async with broadcaster() as uri, peer(uri) as one, asyncio.TaskGroup() as group:
        for count, confirm in enumerate((False, True), 1):
            work = group.create_task(sent(uri, out / "small.txt", confirm=confirm))
            offer = await one.hears(Offer, count)
            one.say(Refuse(offer.transfer, "5" * 16, Reason.OTHER, "no \x1b[2J" * 1000))
            one.say(Accept(offer.transfer, "6" * 16))
            end = await one.hears(End, count)
            assert isinstance(end, End)
            one.say(IsThere(offer.transfer, "6" * 16, end.sha256))
            done = await work
            assert done.code == (1 if confirm else 0)
        assert "1 of 2 have it" in done.lines[-2]["text"]
        assert len(done.lines[-2]["text"]) < 300


async def test_who_refuses_at_once_does_not_speak_for_all(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are further away, or have more to look at, and may take it."""
    monkeypatch.setattr("wstui.headless.files.sending.OTHERS", 0.0)
    async with (
        broadcaster() as uri,
        peer(uri) as one,
        peer(uri) as two,
        asyncio.TaskGroup() as group,
    ):
        work = group.create_task(sent(uri, out / "small.txt"))
        offer = await one.hears(Offer)
        one.say(Refuse(offer.transfer, "5" * 16))
        await two.hears(Refuse)
        two.say(Accept(offer.transfer, "6" * 16))
        await two.hears(End)
        two.say(IsThere(offer.transfer, "6" * 16, sha256(b"hello\n")))
        done = await work
    assert "1 of 2 have it" in done.lines[-2]["text"]


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


async def test_processes_that_are_ended_go_on(out: Path, into: Path) -> None:
    """What is on the disk is all that counts. Who interrupts a sender is told that."""
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
            sender.send_signal(signal.SIGINT)
            _, said = await sender.communicate()
            assert sender.returncode == 130
            assert b"large.bin: interrupted. It goes on from there when it is sent again." in said
            receiver.kill()
            await receiver.wait()
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
        one.say(Offer(FILE, "a", 1 << 20), Start(FILE, 0), encode_piece(FILE, 0, bytes(HEAD)))
        await one.hears(Ack)
        again = Offer("b" * 32, "a", 1 << 20, head=sha256(bytes(HEAD)))
        one.say(again)
        await until(lambda: len(box.events) > 2)
        one.say(again)
        accept = await one.hears(Accept, 2)
        assert isinstance(accept, Accept)
        assert (accept.transfer, accept.offset) == (again.transfer, HEAD)
