"""Files from and to peers that are slow, wrong, late, killed, or hostile."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.file_support import (
    FILE,
    LOUD,
    broadcaster,
    contents,
    inbox,
    is_ready,
    noise,
    peer,
    sent,
    sha256,
)
from tests.headless_support import process, stage
from tests.net_support import until
from wstui.command_line.receive import NO_PAGES, Receive
from wstui.core.file_transfer.messages import (
    HEAD,
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
)
from wstui.core.file_transfer.messages import Done as IsThere
from wstui.core.file_transfer.names import part_name
from wstui.core.file_transfer.pieces import Piece, encode_piece
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.headless.connection_lines import connection_lines
from wstui.headless.files.part import Part
from wstui.headless.files.room import cost
from wstui.headless.files.talk import talk
from wstui.headless.receive import receive


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


async def test_web_pages_are_not_let_in(into: Path) -> None:
    """A browser that is shown a hostile page could otherwise put files there."""
    listening = ListenOptions("127.0.0.1:0", rules=(NO_PAGES,))
    async with stage(LOUD) as here:
        asked = Receive(listening, str(into), LOUD)
        async with asyncio.TaskGroup() as group:
            group.create_task(receive(here, asked))
            await until(lambda: is_ready(here))
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
        one.say(Offer(FILE, "a", 1 << 20), Start(FILE, 0), encode_piece(FILE, 0, bytes(HEAD)))
        await one.hears(Ack)
        again = Offer("b" * 32, "a", 1 << 20, head=sha256(bytes(HEAD)))
        one.say(again)
        await until(lambda: len(box.events) > 2)
        one.say(again)
        accept = await one.hears(Accept, 2)
        assert isinstance(accept, Accept)
        assert (accept.transfer, accept.offset) == (again.transfer, HEAD)


async def test_limits_hold_whatever_is_offered_later(into: Path) -> None:
    """Another size in a second offer of the same file, and several files at the same time."""
    async with inbox(into, max_file=100, max_total=150) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 5), Start(FILE, 0), encode_piece(FILE, 0, b"12345"))
        await one.hears(Ack)
        one.say(Offer(FILE, "a", 1 << 40))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert (refused.transfer, refused.reason) == (FILE, Reason.SIZE)
        for other in ("b", "c"):
            one.say(Offer(other * 32, other, 100))
        await one.hears(Accept, 3)  # each of them alone is not too much
        for other in ("b", "c"):
            one.say(Start(other * 32, 0), encode_piece(other * 32, 0, bytes(100)))
        refused = await one.hears(Refuse, 2)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.SIZE
        assert "more than 150 B in all" in refused.text
    assert sum(map(len, contents(into).values())) <= 150


async def test_what_goes_on_counts_once(into: Path) -> None:
    """Of a file that is there in part, only the rest is new."""
    (into / part_name("a")).write_bytes(bytes(HEAD))
    async with inbox(into, max_total=50) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", HEAD + 50, head=sha256(bytes(HEAD))))
        await one.hears(Accept)


@pytest.mark.parametrize("head", ["", "0" * 64, sha256(bytes(9))], ids=["none", "wrong", "short"])
async def test_who_guesses_a_name_hears_of_no_checksum(into: Path, head: str) -> None:
    """Neither of a file that is there, nor of part of one; and no part is gone on with blindly."""
    (into / "there").write_bytes(noise(HEAD))
    (into / part_name("a")).write_bytes(noise(HEAD))
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "there", HEAD, head=head))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.EXISTS
        other = "b" * 32
        one.say(Offer(other, "a", HEAD + 1, head=head))
        accept = await one.hears(Accept)
        assert isinstance(accept, Accept)
        assert (accept.offset, accept.sha256) == (0, "")
        one.say(Start(other, HEAD, (accept.receiver,)), encode_piece(other, HEAD, b"x"))
        await one.hears(Lost)
        assert not any(isinstance(said, Ack) for said in one.heard)


async def test_an_offer_alone_removes_nothing(into: Path) -> None:
    """Part of a file stays, whoever offers another that cannot go on, and leaves."""
    (into / part_name("a")).write_bytes(b"part")
    async with inbox(into) as box:
        async with peer(box.uri) as one:
            one.say(Offer(FILE, "a", resumable=False))
            accept = await one.hears(Accept)
            assert isinstance(accept, Accept)
            assert accept.offset == 0
        async with peer(box.uri) as one:
            one.say(Offer(FILE, "a"))
            await one.hears(Accept)
    assert contents(into) == {part_name("a"): b"part"}


async def test_a_file_keeps_its_name(into: Path) -> None:
    """One that has another in a second offer is not taken: what is told would be wrong."""
    async with inbox(into) as box, peer(box.uri) as one:
        one.say(Offer(FILE, "a", 5), Start(FILE, 0), encode_piece(FILE, 0, b"12"))
        one.say(Offer(FILE, "b", 5))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.NAME


async def test_a_name_that_this_system_cannot_have(
    into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that is not of the letters of an old locale: a refusal, not the end."""

    def encode(name: str) -> bytes:
        return name.encode("ascii")

    async with inbox(into) as box, peer(box.uri) as one:
        monkeypatch.setattr(os, "fsencode", encode)
        one.say(Offer(FILE, "\u5831\u544a.txt", 5))
        refused = await one.hears(Refuse)
        assert isinstance(refused, Refuse)
        assert refused.reason is Reason.NAME
        one.say(Offer("b" * 32, "a", 5))
        await one.hears(Accept)


async def test_who_sends_much_leaves_others_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came together is not all heard in one turn of the loop."""
    monkeypatch.setattr("wstui.headless.files.talk.SLICE", -1.0)
    turns = 0
    heard: list[int] = []

    async def count() -> None:
        nonlocal turns
        while len(heard) < 50:
            turns += 1
            await asyncio.sleep(0)

    async def hear(_: Message | Piece) -> None:
        heard.append(turns)

    async with broadcaster() as uri, peer(uri) as one, peer(uri) as other:
        one.say(*(Lost(FILE, "5" * 16) for _ in range(50)))
        await other.hears(Lost, 50)
        async with asyncio.TaskGroup() as group:
            lines = connection_lines(other.connection)
            work = group.create_task(talk(other.here, other.connection, hear, lines))
            await count()
            work.cancel()
    assert len(set(heard)) == 50


def test_what_waits_is_counted_by_what_it_takes() -> None:
    """Also messages that are none of the file: with long texts they take as much."""
    messages = (
        Offer(FILE, "x" * 60_000),
        Cancel(FILE, "x" * 60_000),
        Start(FILE, 0, ("5" * 16,) * 1000),
        Piece(FILE, 0, memoryview(bytes(60_000))),
    )
    assert all(60_000 < cost(one) < 260_000 for one in messages)
    assert cost(Lost(FILE, "5" * 16)) < 1000
