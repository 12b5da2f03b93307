"""Transcripts as lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from wstui.core.entry import OUTGOING, EventName, Kind, LocalEvent
from wstui.core.memory_budget import MemoryBudget
from wstui.core.ndjson import line
from wstui.core.transcript import Transcript
from wstui.headless.follow import Follower, Source
from wstui.headless.output import Output


class Kept:
    """Keeps all that is written."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes | memoryview, /) -> int | None:
        self.data += data
        return len(data)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.data.splitlines()]


def source(id: int, transcript: Transcript) -> Source:
    """A source whose events are told by their text alone."""

    def tell(event: LocalEvent, time: float) -> Iterable[bytes]:
        yield line(event.name, time, id=id, text=event.text)

    return Source(id, transcript, tell)


async def told(*sources: Source, quiet: bool = False) -> list[dict[str, Any]]:
    """All lines about these sources."""
    kept = Kept()
    output = Output(kept)
    follower = Follower(output, quiet=quiet)
    for one in sources:
        follower.add(one)
    follower.end()
    await asyncio.wait_for(follower.run(), 20)
    assert await output.finish(10)
    return kept.lines


async def test_lines_are_in_the_order_of_time() -> None:
    """What happened to several connections is told in the order in which it happened."""
    one, two = Transcript(), Transcript()
    for time in range(0, 100, 2):
        one.append(Kind.TEXT, b"one", time)
        two.append(Kind.TEXT, b"two", time + 1, outgoing=True)
    lines = await told(source(1, one), source(2, two))
    assert [one["time"] for one in lines] == list(range(100))
    assert [one["id"] for one in lines] == [1, 2] * 50


async def test_quiet_leaves_messages_out() -> None:
    """Events are told all the same."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"x", 1.0)
    transcript.append(Kind.PING, b"", 2.0)
    transcript.append_event(LocalEvent(EventName.NOTE, "a note"), 3.0)
    lines = await told(source(1, transcript), quiet=True)
    assert [one["event"] for one in lines] == ["note"]


async def test_a_long_message_is_one_line() -> None:
    """However long, and between others."""
    transcript = Transcript()
    transcript.append(Kind.TEXT, b"before", 1.0)
    transcript.append(Kind.TEXT, "ü".encode() * 3_000_000, 2.0, outgoing=True)
    transcript.append(Kind.TEXT, b"behind", 3.0)
    lines = await told(source(1, transcript))
    assert [one["text"][:6] for one in lines] == ["before", "üüüüüü", "behind"]
    assert lines[1]["size"] == 6_000_000
    assert len(lines[1]["text"]) == 3_000_000


async def test_what_was_dropped_meanwhile_is_counted() -> None:
    """When output is slower than the memory allows, a line says how much is missing."""
    budget = MemoryBudget(64 << 10)
    transcript = Transcript(budget)
    for number in range(5000):
        transcript.append_batch(bytes((Kind.TEXT | OUTGOING,)), (50,), bytes(50), number)
    assert transcript.first > 0
    lines = await told(source(7, transcript))
    assert lines[0]["event"] == "skipped"
    assert lines[0]["id"] == 7
    assert lines[0]["entries"] == transcript.first
    assert len(lines) - 1 == 5000 - transcript.first


async def test_of_what_was_removed_the_end_is_told() -> None:
    """A connection that is no longer listed keeps no memory: its last entry alone is told."""
    transcript = Transcript()
    for number in range(10):
        transcript.append(Kind.TEXT, b"x", number)
    transcript.append_event(LocalEvent(EventName.CLOSED, "closed"), 10.0)
    over = source(7, transcript)
    over.is_over = True
    lines = await told(over)
    assert [(one["event"], one.get("entries")) for one in lines] == [
        ("skipped", 10),
        ("closed", None),
    ]


async def test_what_is_dropped_while_others_are_told_is_counted() -> None:
    """The memory limit may strike in the midst of a round."""
    budget = MemoryBudget(64 << 10)
    one, two = Transcript(budget), Transcript(budget)
    one.append(Kind.TEXT, b"early", 1.0)
    two.append(Kind.TEXT, b"later", 2.0)

    kept = Kept()
    output = Output(kept)
    follower = Follower(output)
    for source_ in (source(1, one), source(2, two)):
        follower.add(source_)
    write = output.write

    async def flooded(data: bytes) -> None:
        if len(two) == 1:
            for number in range(5000):
                two.append(Kind.TEXT, bytes(50), 3.0 + number)
        await write(data)

    output.write = flooded  # type: ignore[method-assign]
    follower.end()
    await asyncio.wait_for(follower.run(), 20)
    await asyncio.wait_for(follower.run(), 20)
    assert await output.finish(10)
    told = [line for line in kept.lines if line["id"] == 2]
    entries = sum(line.get("entries", 1) for line in told)
    assert entries == len(two)
