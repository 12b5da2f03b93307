"""What a peer still sends after our close frame: read as fast as before, and told the same."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.net_support import close_frame, frame
from tests.wire_support import SIDES, Wire
from wstui.core.entry import Kind
from wstui.core.options.deflate import UNCOMPRESSED

MESSAGES = b"".join(frame(Kind.TEXT, b"late %d" % n) for n in range(3))
STREAMS = {
    "messages": MESSAGES,
    "messages and a close": MESSAGES + close_frame(1000) + MESSAGES,
    "a fragmented message": frame(Kind.TEXT, b"a", fin=False) + frame(0, b"b") + MESSAGES,
    "text that is not UTF-8": MESSAGES + frame(Kind.TEXT, b"\xff") + MESSAGES + close_frame(1007),
    "reserved bits": MESSAGES + frame(Kind.TEXT, rsv=0x20) + MESSAGES + close_frame(1002),
    "a ping between": MESSAGES + frame(Kind.PING, b"there?") + MESSAGES,
    "a large one": frame(Kind.BINARY, bytes(70_000)) + MESSAGES,
}


def told(data: bytes, side: str, *, fast: bool) -> tuple[Sequence[object], ...]:
    """What is told of `data` that came after our close frame."""
    wire = Wire(fast=fast, deflate=UNCOMPRESSED, side=side)
    wire.client.close(1001, "enough")
    wire.receive(data)
    wire.end()
    return wire.story, wire.heard, bytes(wire.transport.written[:2])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", STREAMS)
async def test_both_ways_of_reading_tell_the_same(name: str, side: str) -> None:
    """The fast path goes on after our close frame, and ends where the library ends."""
    assert told(STREAMS[name], side, fast=True) == told(STREAMS[name], side, fast=False)


async def test_a_flood_after_our_close_is_taken_many_at_a_time() -> None:
    """Whoever ends amid a flood is not kept by what is on its way: no message goes alone."""
    wire = Wire(fast=True, deflate=UNCOMPRESSED)
    wire.client.close(1000, "")
    grown: list[int] = []
    transcript = wire.connection.transcript
    transcript.grew = lambda: grown.append(len(transcript))
    wire.receive(MESSAGES * 300)
    assert transcript.received == 900
    assert len(grown) < 10
