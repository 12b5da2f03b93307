"""The two receive paths, without a socket: they tell the same story however bytes are split."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net_support import Deflater, close_frame, entries, event_texts, frame
from tests.wire_support import SIDES, Row, Wire, as_client
from wstui.core.entry import FRAGMENTED, INCOMPLETE, KIND_MASK, OUTGOING, EventName, Kind
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.net.governor import Governor

Part = tuple[str, bytes]

both = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
sides = pytest.mark.parametrize("side", SIDES)

parts = st.lists(
    st.tuples(
        st.sampled_from(
            ["text", "binary", "deflated", "fragments", "ping", "pong", "bad", "wide", "widest"]
        ),
        st.binary(max_size=12) | st.sampled_from([b"", b"x" * 125, b"y" * 126, "é".encode() * 70]),
    ),
    max_size=8,
)


def wasteful(kind: Kind, payload: bytes, width: int) -> bytes:
    """A frame that states its length in `width` bytes, 2 or 8, though fewer would do."""
    head = bytes((0x80 | kind, {2: 126, 8: 127}[width]))
    return head + len(payload).to_bytes(width, "big") + payload


def stream(story: Sequence[Part]) -> bytes:
    """The bytes of a server that says `story`."""
    deflate = Deflater()
    data = b""
    for kind, payload in story:
        if kind == "text":
            data += frame(Kind.TEXT, payload.decode("utf-8", "replace").encode())
        elif kind == "binary":
            data += frame(Kind.BINARY, payload)
        elif kind == "deflated":
            data += frame(Kind.BINARY, deflate(payload), rsv=0x40)
        elif kind == "fragments":
            data += frame(Kind.BINARY, payload[:3], fin=False)
            data += frame(Kind.PING, b"between")
            data += frame(0, payload[3:5], fin=False) + frame(0, payload[5:])
        elif kind == "bad":
            data += frame(Kind.TEXT, payload)  # UTF-8 or not
        elif kind in ("wide", "widest"):
            data += wasteful(Kind.BINARY, payload, 2 if kind == "wide" else 8)
        else:
            data += frame(Kind[kind.upper()], payload[:125])
    return data


class Told(NamedTuple):
    """What became of some bytes."""

    story: list[Row]
    heard: list[tuple[int, bytes]]
    """Messages that were told of."""


def tell(
    data: Sequence[bytes], *, fast: bool, side: str = "client", behind: bytes = b"", **options: Any
) -> Told:
    """What is recorded when `data`, as on the wire, comes in these pieces, and then TCP ends."""

    async def run() -> Told:
        wire = Wire(fast=fast, side=side, behind=behind, **options)
        for piece in data:
            wire.receive_raw(piece)
        wire.end()
        return Told(wire.story, wire.heard)

    return asyncio.run(run())


def on_wire(data: bytes, side: str) -> bytes:
    """Frames of a server as they come to this side."""
    return data if side == "client" else as_client(data)


def whole_messages(told: Told) -> list[tuple[int, bytes]]:
    """The messages received that were whole, and text only if it is UTF-8."""
    return [
        (row.flags & KIND_MASK, row.payload)
        for row in told.story
        if row.flags & KIND_MASK in (Kind.TEXT, Kind.BINARY)
        and not row.flags & (OUTGOING | INCOMPLETE)
        and (row.flags & KIND_MASK == Kind.BINARY or is_text(row.payload))
    ]


def is_text(payload: bytes) -> bool:
    """Whether it is UTF-8."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def split(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """`data` in pieces, cut at these places (modulo its length)."""
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@sides
@settings(max_examples=150, deadline=None)
@given(parts, st.lists(st.integers(0, 10_000), max_size=10), st.booleans())
def test_any_split_tells_the_same(
    side: str, story: list[Part], cuts: list[int], close: bool
) -> None:
    """Both paths record and tell the same, whatever the peer says and however it is split."""
    data = on_wire(stream(story) + (close_frame(1000, "bye") if close else b""), side)
    whole = tell([data], fast=False, side=side)
    assert whole.heard == whole_messages(whole)
    assert tell([data], fast=True, side=side) == whole
    assert tell(split(data, cuts), fast=True, side=side) == whole
    assert tell(split(data, cuts), fast=False, side=side) == whole


@sides
@both
def test_every_single_cut(fast: bool, side: str) -> None:
    """A stream with every kind of frame is read the same when cut at any one byte."""
    story = [
        ("text", b"hello"),
        ("fragments", b"abcdefgh"),
        ("deflated", b"squeezed"),
        ("binary", b"y" * 126),
        ("ping", b"?"),
    ]
    data = on_wire(stream(story) + close_frame(4001, "bye"), side)
    whole = tell([data], fast=False, side=side)
    assert len(whole.heard) == 4
    for cut in range(len(data) + 1):
        assert tell([data[:cut], data[cut:]], fast=fast, side=side) == whole


@sides
@both
def test_byte_by_byte(fast: bool, side: str) -> None:
    """A stream that comes one byte at a time is read whole."""
    data = on_wire(stream([("text", b"one"), ("fragments", b"abcdef"), ("bad", b"\xff")]), side)
    pieces = [data[index : index + 1] for index in range(len(data))]
    told = tell(pieces, fast=fast, side=side)
    assert told == tell([data], fast=False, side=side)
    assert told.heard == [(Kind.TEXT, b"one"), (Kind.BINARY, b"abcdef")]


@sides
@both
def test_frames_behind_the_response(fast: bool, side: str) -> None:
    """Frames in the same segment as the handshake response are recorded, after the open event."""
    data = stream([("text", b"early"), ("ping", b"p"), ("text", b"bird")])
    early = tell([], fast=fast, side=side, behind=data)
    late = tell([on_wire(data, side)], fast=fast, side=side)
    assert early == late
    payloads = [row.payload for row in early.story]
    assert b"early" in payloads
    assert b"bird" in payloads


@sides
@both
@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000, 3_000_000])
@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.BINARY])
def test_lengths(fast: bool, side: str, size: int, kind: Kind) -> None:
    """Messages of every length class are recorded with their exact wire length."""
    payload = (b"0123456789" * (size // 10 + 1))[:size]
    data = frame(Kind.TEXT, b"before") + frame(kind, payload) + frame(Kind.TEXT, b"after")

    async def run() -> None:
        wire = Wire(fast=fast, side=side)
        wire.receive(data)
        transcript = wire.connection.transcript
        numbers = range(len(transcript) - 3, len(transcript))
        assert [transcript.entry(number).size for number in numbers] == [6, size, 5]
        assert transcript.payload(numbers[1]) == payload
        header = (2 if size < 126 else 4 if size < 65536 else 10) + 4 * (side == "server")
        assert transcript.entry(numbers[1]).wire == size + header
        assert wire.heard == [(Kind.TEXT, b"before"), (kind, payload), (Kind.TEXT, b"after")]
        wire.end()

    asyncio.run(run())


@sides
@both
def test_wasteful_length_fields(fast: bool, side: str) -> None:
    """A length that is not written in the shortest way is recorded with the bytes it took."""
    payload = b"abc"
    data = on_wire(wasteful(Kind.TEXT, payload, 2) + wasteful(Kind.TEXT, payload, 8), side)
    told = tell([data], fast=fast, side=side)
    found = [(row.payload, row.wire) for row in told.story if row.flags == Kind.TEXT]
    key = 4 * (side == "server")
    assert found == [(payload, 7 + key), (payload, 13 + key)]
    assert told.heard == [(Kind.TEXT, payload)] * 2


@sides
@both
@pytest.mark.parametrize("width", [2, 8])
def test_wasteful_length_holds_up_nothing(fast: bool, side: str, width: int) -> None:
    """What comes behind a wasteful frame is recorded and answered when it comes."""

    async def run() -> None:
        wire = Wire(fast=fast, side=side)
        for data in (
            wasteful(Kind.TEXT, b"hello", width),
            frame(Kind.TEXT, b"second"),
            frame(Kind.PING, b"?"),
        ):
            wire.receive(data)
        assert [row.payload for row in wire.story][-4:] == [b"hello", b"second", b"?", b"?"]
        assert wire.transport.written

    asyncio.run(run())


@sides
@pytest.mark.parametrize("cut", [9, 10, 12, 10_000, 20_009])
def test_large_wasteful_frame(cut: int, side: str) -> None:
    """A large frame in pieces is recorded with the bytes that its length field took."""
    data = on_wire(wasteful(Kind.BINARY, b"x" * 20_000, 8), side)
    told = tell([data[:cut], data[cut:]], fast=True, side=side)
    assert told == tell([data], fast=False, side=side)
    assert [row.wire for row in told.story if row.flags == Kind.BINARY] == [len(data)]


@sides
@both
@pytest.mark.parametrize(
    ("before", "bad", "behind", "reason"),
    [
        ("a" * 300_000, b"\xff", "a" * 300_000, "invalid start byte at position 300000"),
        ("é" * 50_000, b"\xc3", "b" * 10, "invalid continuation byte at position 100000"),
        ("a" * 65_534, b"\xc3", "", "unexpected end of data at position 65534"),
    ],
    ids=["middle", "not ASCII", "end"],
)
@pytest.mark.parametrize("piece", [10_000, 10_001, 1 << 20])
def test_where_text_is_invalid(
    fast: bool, side: str, before: str, bad: bytes, behind: str, reason: str, piece: int
) -> None:
    """The position that a 1007 names is the one in the message, however the frame came."""

    async def run() -> None:
        wire = Wire(fast=fast, side=side)
        payload = before.encode() + bad + behind.encode()
        data = on_wire(frame(Kind.TEXT, payload), side)
        for at in range(0, len(data), piece):
            wire.receive_raw(data[at : at + piece])
        transcript = wire.connection.transcript
        assert event_texts(transcript, EventName.ERROR) == [reason]
        (entry,) = entries(transcript, Kind.TEXT)
        assert entry.incomplete == (entry.size < len(payload))
        assert bool(behind) or not entry.incomplete
        assert not wire.heard

    asyncio.run(run())


@sides
def test_large_frame_that_tcp_ends_in(side: str) -> None:
    """What came of a large frame is kept when TCP ends, without its mask, and not told of."""
    told = {}
    for fast in (True, False):
        data = on_wire(frame(Kind.BINARY, bytes(range(256)) * 4000), side)
        told[fast] = tell([data[:400_000], data[400_000:800_001]], fast=fast, side=side)
    assert told[True] == told[False]
    assert not told[True].heard
    (row,) = [row for row in told[True].story if row.flags == Kind.BINARY | INCOMPLETE | FRAGMENTED]
    assert row.payload == (bytes(range(256)) * 4000)[: len(row.payload)]
    assert row.wire == 800_001


@sides
@pytest.mark.parametrize("seed", range(8))
def test_large_frames_in_pieces_of_any_size(side: str, seed: int) -> None:
    """However a large frame is cut, its bytes come out right, compressed or not."""
    random = Random(seed)
    deflate = Deflater()
    payload = random.randbytes(70_000)
    data = frame(Kind.BINARY, payload) + frame(Kind.BINARY, deflate(payload), rsv=0x40)
    data = on_wire(data + frame(Kind.TEXT, b"behind"), side)
    told = tell(split(data, [random.randrange(len(data)) for _ in range(30)]), fast=True, side=side)
    assert told.heard == [(Kind.BINARY, payload)] * 2 + [(Kind.TEXT, b"behind")]
    assert told == tell([data], fast=False, side=side)


@sides
@pytest.mark.parametrize("deflate", [Deflate(), UNCOMPRESSED], ids=["deflate", "plain"])
@pytest.mark.parametrize("size", [1000, 65_536, 140_000, 300_000])
def test_reads_are_as_long_as_the_messages(side: str, size: int, deflate: Deflate) -> None:
    """Where reads are short, those of large frames are not, and what was read is what counts."""

    async def run() -> None:
        governor = Governor(clock=lambda: 0.0)
        wire = Wire(fast=True, side=side, governor=governor, deflate=deflate)
        governor.quantum = 8 << 10
        random = Random(0)
        payloads = [random.randbytes(size) for _ in range(4)]
        data = on_wire(b"".join(frame(Kind.BINARY, payload) for payload in payloads), side)
        reads = []
        while data:
            buffer = wire.wire.get_buffer(-1)
            taken = min(len(buffer), len(data))
            buffer[:taken] = data[:taken]
            del buffer
            wire.wire.buffer_updated(taken)
            reads.append(taken)
            data = data[taken:]
        assert wire.heard == [(Kind.BINARY, payload) for payload in payloads]
        assert max(reads) <= 256 << 10
        assert size < 65_536 or len(reads) <= 2 + 4 * (size // (128 << 10) + 1)

    asyncio.run(run())


@sides
def test_reads_are_short_again_behind_large_messages(side: str) -> None:
    """Small messages that come after large ones, each in a read of its own, end the long reads."""

    async def run() -> None:
        governor = Governor(clock=lambda: 0.0)
        wire = Wire(fast=True, side=side, governor=governor, deflate=UNCOMPRESSED)
        governor.quantum = 8 << 10
        sizes = (100_000, 100_000, 10)
        data = on_wire(b"".join(frame(Kind.BINARY, bytes(size)) for size in sizes), side)
        ends = [len(data) - len(on_wire(frame(Kind.BINARY, bytes(10)), side)), len(data)]
        at = 0
        while at < len(data):
            buffer = wire.wire.get_buffer(-1)
            taken = min(len(buffer), next(end for end in ends if end > at) - at)
            buffer[:taken] = data[at : at + taken]
            del buffer
            wire.wire.buffer_updated(taken)
            at += taken
        assert [len(payload) for _, payload in wire.heard] == list(sizes)
        assert len(wire.wire.get_buffer(-1)) == 8 << 10

    asyncio.run(run())


BAD = {
    "reserved opcode": frame(3, b"abc"),
    "reserved control opcode": frame(11, b"abc"),
    "RSV1 in a ping": frame(Kind.PING, b"abc", rsv=0x40),
    "RSV2": frame(Kind.TEXT, b"abc", rsv=0x20),
    "RSV3": frame(Kind.BINARY, b"abc", rsv=0x10),
    "large ping": frame(Kind.PING, b"a" * 126),
    "ping in fragments": frame(Kind.PING, b"abc", fin=False),
    "continuation of nothing": frame(0, b"abc"),
    "text between fragments": frame(Kind.TEXT, b"abc", fin=False) + frame(Kind.TEXT, b"def"),
    "too big": frame(Kind.BINARY, b"x" * 1_100_000),
    "too big in fragments": frame(Kind.BINARY, b"x" * 600_000, fin=False)
    + frame(0, b"x" * 500_000),
    "too big when decompressed": frame(Kind.BINARY, Deflater()(b"x" * 1_100_000), rsv=0x40),
    "not compressed": frame(Kind.BINARY, b"\xff\xff\xff", rsv=0x40),
    "no text": frame(Kind.TEXT, b"\xff\xfe"),
    "no text in fragments": frame(Kind.TEXT, b"\xc3", fin=False) + frame(0, b"("),
    "bad close": frame(Kind.CLOSE, b"\x03"),
    "bad close code": close_frame(1005),
}


@sides
@pytest.mark.parametrize("bad", BAD)
def test_what_breaks_the_rules(side: str, bad: str) -> None:
    """Both paths fail at the same frame, in the same words, and tell only of what came before;
    the close frame that answers ours is recorded."""
    before = frame(Kind.TEXT, b"before") + frame(Kind.BINARY, b"\x00" * 300)
    data = on_wire(before + BAD[bad] + frame(Kind.TEXT, b"behind") + close_frame(1002), side)
    whole = tell([data], fast=False, side=side, max_size=1 << 20)
    assert whole.heard == [(Kind.TEXT, b"before"), (Kind.BINARY, b"\x00" * 300)]
    for pieces in ([data], split(data, range(0, 600, 7)), split(data, range(0, len(data), 40_000))):
        assert tell(pieces, fast=True, side=side, max_size=1 << 20) == whole
        assert tell(pieces, fast=False, side=side, max_size=1 << 20) == whole
    received = [row for row in whole.story if row.flags == Kind.CLOSE]
    assert [row.payload for row in received][-1] == (1002).to_bytes(2, "big") or "close" in bad


@sides
@both
@pytest.mark.parametrize("size", [3, 70_000])
def test_masked_the_wrong_way(fast: bool, side: str, size: int) -> None:
    """A client has to mask its frames, a server must not: the connection fails with 1002."""

    async def run() -> None:
        wire = Wire(fast=fast, side=side)
        right, wrong = frame(Kind.BINARY, bytes(size)), as_client(frame(Kind.BINARY, bytes(size)))
        if side == "server":
            right, wrong = wrong, right
        wire.receive_raw(right + wrong[: max(size // 2, 6)])
        assert wire.heard == [(Kind.BINARY, bytes(size))]
        assert event_texts(wire.connection.transcript, EventName.ERROR) == ["incorrect masking"]
        assert wire.connection.closes[True].code == 1002

    asyncio.run(run())
