"""What a turn of the event loop has no time for goes on in the next ones, in order and in full.

The clock of these tests goes on by a millisecond whenever somebody looks at it, so that a turn is
spent after a few steps, on any machine.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Coroutine, Sequence
from itertools import count
from random import Random
from typing import Any

import pytest

from tests.net_support import close_frame, entries, event_texts, frame, until
from tests.wire_support import SIDES, Row, Wire
from wstui.core.connection import State
from wstui.core.entry import EventName, Kind
from wstui.net.governor import Governor
from wstui.net.large import SLICE

_sides = pytest.mark.parametrize("side", SIDES)
_paths = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])

Test = Callable[..., Coroutine[None, None, None]]


def both(test: Test) -> Test:
    """Run a test on both sides of a connection, and through both paths."""
    marked: Test = _sides(_paths(test))
    return marked


PINGS = 500


def hurried() -> Governor:
    """A governor whose turns are spent after a few steps."""
    ticks = count()
    return Governor(clock=lambda: next(ticks) / 1000)


def pings(number: int = PINGS) -> bytes:
    """So many pings, numbered."""
    return b"".join(frame(Kind.PING, b"%d" % index) for index in range(number))


def payloads(wire: Wire, kind: Kind, *, outgoing: bool = False) -> list[bytes]:
    """The payloads of the entries of a kind and direction."""
    transcript = wire.connection.transcript
    return [
        transcript.payload(entry.number)
        for entry in entries(transcript, kind)
        if entry.outgoing is outgoing
    ]


def numbered(number: int = PINGS) -> list[bytes]:
    """What `pings` say."""
    return [b"%d" % index for index in range(number)]


@both
async def test_flood_of_tiny_frames(fast: bool, side: str) -> None:
    """Frames that the turn has no time for wait, unread ones with them, and none is lost."""
    wire = Wire(fast=fast, side=side, governor=hurried())
    wire.receive(pings())
    assert 0 < len(payloads(wire, Kind.PING)) < PINGS // 2
    assert not wire.transport.reading
    await until(lambda: wire.transport.reading)
    assert payloads(wire, Kind.PING) == numbered()
    assert payloads(wire, Kind.PONG, outgoing=True) == numbered()
    wire.receive(frame(Kind.TEXT, b"behind"))
    await until(lambda: wire.connection.transcript.received == 1)


@both
async def test_flood_behind_the_response(fast: bool, side: str) -> None:
    """Frames in the same segment as the handshake response wait like others."""
    wire = Wire(fast=fast, side=side, governor=hurried(), behind=pings())
    assert len(payloads(wire, Kind.PING)) < PINGS
    await until(lambda: wire.transport.reading)
    assert payloads(wire, Kind.PING) == numbered()


@both
async def test_end_of_tcp_waits(fast: bool, side: str) -> None:
    """When TCP ends, what came before is dealt with first, and then the end is told."""
    wire = Wire(fast=fast, side=side, governor=hurried())
    wire.receive(pings() + close_frame(1000, "bye"))
    wire.wire.eof_received()
    wire.wire.connection_lost(None)
    assert wire.connection.state is State.OPEN
    await until(lambda: wire.connection.state is State.CLOSED)
    assert payloads(wire, Kind.PING) == numbered()
    assert wire.connection.close is not None
    assert wire.connection.close.received is not None
    assert wire.connection.close.received.reason == "bye"


@both
async def test_broken_tcp_waits(fast: bool, side: str) -> None:
    """When TCP breaks, what came before is dealt with, and nobody is written to any more."""
    wire = Wire(fast=fast, side=side, governor=hurried())
    wire.receive(pings() + frame(Kind.TEXT, b"last") + frame(Kind.TEXT, b"cut")[:4])
    wire.wire.connection_lost(ConnectionResetError())
    written = len(wire.transport.written)
    await until(lambda: wire.connection.state is State.CLOSED)
    assert payloads(wire, Kind.PING) == numbered()
    assert payloads(wire, Kind.TEXT) == [b"last", b"cu"]
    assert entries(wire.connection.transcript, Kind.TEXT)[-1].incomplete
    assert len(wire.transport.written) == written


@both
async def test_drop_does_not_wait(fast: bool, side: str) -> None:
    """A connection that we end is over at once: what waits counts as never read."""
    wire = Wire(fast=fast, side=side, governor=hurried())
    wire.receive(pings())
    wire.client.drop()
    wire.wire.connection_lost(None)
    assert wire.connection.state is State.CLOSED
    before = wire.story
    for _ in range(PINGS):
        await asyncio.sleep(0)
    assert wire.story == before
    assert len(payloads(wire, Kind.PING)) < PINGS


@both
async def test_our_close_goes_between(fast: bool, side: str) -> None:
    """A close frame is sent at once, and what waits is still recorded up to the peer's."""
    wire = Wire(fast=fast, side=side, governor=hurried())
    wire.receive(pings() + frame(Kind.TEXT, b"last") + close_frame(4000))
    before = len(payloads(wire, Kind.PING))
    wire.client.close(4000, "")
    assert len(payloads(wire, Kind.PING)) == before
    # A server ends TCP when both close frames were sent.
    await until(lambda: wire.transport.reading or wire.transport.closed)
    assert payloads(wire, Kind.PING) == numbered()
    assert payloads(wire, Kind.TEXT) == [b"last"]
    assert wire.wire.protocol.close_rcvd is not None
    wire.end()


@both
async def test_connections_take_turns(fast: bool, side: str) -> None:
    """Floods on several connections go on side by side."""
    governor = hurried()
    wires = [Wire(fast=fast, side=side, governor=governor) for _ in range(4)]
    for wire in wires:
        wire.receive(pings())
    await until(lambda: any(wire.transport.reading for wire in wires))
    assert all(len(payloads(wire, Kind.PING)) > PINGS // 2 for wire in wires)
    await until(lambda: all(wire.transport.reading for wire in wires))
    assert all(payloads(wire, Kind.PING) == numbered() for wire in wires)


def deflated(message: bytes, kind: Kind = Kind.TEXT) -> bytes:
    """A frame with a message compressed as far as it goes."""
    compressor = zlib.compressobj(9, wbits=-15)
    data = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return frame(kind, data[:-4], rsv=0x40)


async def story(data: Sequence[bytes], *, fast: bool, **options: Any) -> list[Row]:
    """What is recorded when `data` comes in these pieces, and then TCP ends."""
    wire = Wire(fast=fast, **options)
    for piece in data:
        wire.receive(piece)
    wire.wire.eof_received()
    wire.end()
    return wire.story


BOMB = b"a" * (5 * SLICE + 7)


async def test_bomb_is_inflated_over_turns() -> None:
    """A small frame that is a large message takes several turns, and others go on meanwhile."""
    governor = hurried()
    wire, other = Wire(fast=True, governor=governor), Wire(fast=True, governor=governor)
    wire.receive(deflated(BOMB) * 3 + frame(Kind.TEXT, b"behind"))
    assert wire.connection.transcript.received < 3
    other.receive(frame(Kind.TEXT, b"meanwhile"))
    await until(lambda: other.connection.transcript.received == 1)
    assert wire.connection.transcript.received < 4
    await until(lambda: wire.transport.reading)
    assert payloads(wire, Kind.TEXT) == [BOMB] * 3 + [b"behind"]


@pytest.mark.parametrize(
    "message",
    [BOMB, "é".encode() * SLICE, BOMB + b"\xff" + BOMB, BOMB + b"\xc3"],
    ids=["ASCII", "characters over edges", "not UTF-8", "ends inside a character"],
)
@pytest.mark.parametrize("piece", [100, 1 << 20])
async def test_bomb_tells_the_same(message: bytes, piece: int) -> None:
    """A message inflated in slices is recorded, and checked, as by the library."""
    data = deflated(b"before") + deflated(message) + deflated(b"behind")
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    assert await story(pieces, fast=True) == await story([data], fast=False)


@pytest.mark.parametrize("size", [SLICE - 1, SLICE, SLICE + 1, 2 * SLICE])
@pytest.mark.parametrize("more", [-1, 0, 1])
async def test_largest_inflated_message(size: int, more: int) -> None:
    """A message may be as large as is allowed, and not a byte larger, compressed or not."""
    data = deflated(b"a" * (size + more))
    told = await story([data], fast=True, max_size=size)
    assert told == await story([data], fast=False, max_size=size)
    assert any(len(row.payload) == size + more for row in told) == (more <= 0)


@both
async def test_large_compressed_frame_in_pieces(fast: bool, side: str) -> None:
    """A large compressed frame that TCP ends in is told with how it began."""
    message = Random(0).randbytes(50_000)
    data = deflated(message, Kind.BINARY)
    assert len(data) > 16 << 10
    whole = await story([data[:5000], data[5000:]], fast=fast)
    assert message in [row.payload for row in whole]
    wire = Wire(fast=fast, side=side)
    wire.receive(data[: len(data) // 2])
    wire.end()
    (text,) = event_texts(wire.connection.transcript, EventName.ERROR)
    assert f"{len(data) // 2 + 4 * (side == 'server')} bytes" in text


async def test_broken_compression_in_a_large_frame() -> None:
    """A large frame that does not decompress fails the connection as by the library."""
    data = frame(Kind.BINARY, b"\xff" * 40_000, rsv=0x40)
    pieces = [data[:20_000], data[20_000:]]
    told = await story(pieces, fast=True)
    assert any(b"decompression failed" in row.payload for row in told)
    assert any(b"decompression failed" in row.payload for row in await story(pieces, fast=False))
