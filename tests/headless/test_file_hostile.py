"""What those who send files with evil in mind cannot have."""

from __future__ import annotations

import asyncio
import os
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
    sha256,
)
from tests.headless_support import stage
from tests.net_support import until
from wstui.command_line.receive import NO_PAGES, Receive
from wstui.core.file_transfer.messages import (
    HEAD,
    Accept,
    Ack,
    Cancel,
    Lost,
    Message,
    Offer,
    Reason,
    Refuse,
    Start,
)
from wstui.core.file_transfer.names import part_name
from wstui.core.file_transfer.pieces import Piece, encode_piece
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.headless.connection_lines import connection_lines
from wstui.headless.files.room import cost
from wstui.headless.files.talk import talk
from wstui.headless.receive import receive


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
    monkeypatch.setattr("wstui.headless.turns.SLICE", -1.0)
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
