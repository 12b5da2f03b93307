"""The two receive paths, without a socket: they tell the same story however bytes are split."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net_support import Deflater, Row, Wire, close_frame, entries, event_texts, frame
from wstui.core.entry import EventName, Kind

Part = tuple[str, bytes]

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


def tell(data: Sequence[bytes], *, fast: bool, behind: bytes = b"") -> list[Row]:
    """What is recorded when `data` comes in these pieces, and then TCP ends."""

    async def run() -> list[Row]:
        wire = Wire(fast=fast, behind=behind)
        for piece in data:
            wire.receive(piece)
        wire.end()
        return wire.story

    return asyncio.run(run())


def split(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """`data` in pieces, cut at these places (modulo its length)."""
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


@settings(max_examples=150, deadline=None)
@given(parts, st.lists(st.integers(0, 10_000), max_size=10), st.booleans())
def test_any_split_tells_the_same(story: list[Part], cuts: list[int], close: bool) -> None:
    """Both paths record the same entries, whatever the server says and however it is split."""
    data = stream(story) + (close_frame(1000, "bye") if close else b"")
    whole = tell([data], fast=False)
    assert tell([data], fast=True) == whole
    assert tell(split(data, cuts), fast=True) == whole
    assert tell(split(data, cuts), fast=False) == whole


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
def test_every_single_cut(fast: bool) -> None:
    """A stream with every kind of frame is read the same when cut at any one byte."""
    story = [
        ("text", b"hello"),
        ("fragments", b"abcdefgh"),
        ("deflated", b"squeezed"),
        ("binary", b"y" * 126),
        ("ping", b"?"),
    ]
    data = stream(story) + close_frame(4001, "bye")
    whole = tell([data], fast=False)
    for cut in range(len(data) + 1):
        assert tell([data[:cut], data[cut:]], fast=fast) == whole


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
def test_byte_by_byte(fast: bool) -> None:
    """A stream that comes one byte at a time is read whole."""
    data = stream([("text", b"one"), ("fragments", b"abcdef"), ("bad", b"\xff")])
    pieces = [data[index : index + 1] for index in range(len(data))]
    assert tell(pieces, fast=fast) == tell([data], fast=False)


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
def test_frames_behind_the_response(fast: bool) -> None:
    """Frames in the same segment as the handshake response are recorded, after the open event."""
    data = stream([("text", b"early"), ("ping", b"p"), ("text", b"bird")])
    early = tell([], fast=fast, behind=data)
    late = tell([data], fast=fast)
    assert early == late
    payloads = [row.payload for row in early]
    assert b"early" in payloads
    assert b"bird" in payloads


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000, 3_000_000])
@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.BINARY])
def test_lengths(fast: bool, size: int, kind: Kind) -> None:
    """Messages of every length class are recorded with their exact wire length."""
    payload = (b"0123456789" * (size // 10 + 1))[:size]
    data = frame(Kind.TEXT, b"before") + frame(kind, payload) + frame(Kind.TEXT, b"after")

    async def run() -> None:
        wire = Wire(fast=fast)
        wire.receive(data)
        transcript = wire.connection.transcript
        numbers = range(len(transcript) - 3, len(transcript))
        assert [transcript.entry(number).size for number in numbers] == [6, size, 5]
        assert transcript.payload(numbers[1]) == payload
        header = 2 if size < 126 else 4 if size < 65536 else 10
        assert transcript.entry(numbers[1]).wire == size + header
        wire.end()

    asyncio.run(run())


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
def test_wasteful_length_fields(fast: bool) -> None:
    """A length that is not written in the shortest way is recorded with the bytes it took."""
    payload = b"abc"
    data = wasteful(Kind.TEXT, payload, 2) + wasteful(Kind.TEXT, payload, 8)
    found = [(row.payload, row.wire) for row in tell([data], fast=fast) if row.flags == Kind.TEXT]
    assert found == [(payload, 7), (payload, 13)]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
@pytest.mark.parametrize("width", [2, 8])
def test_wasteful_length_holds_up_nothing(fast: bool, width: int) -> None:
    """What comes behind a wasteful frame is recorded and answered when it comes."""

    async def run() -> None:
        wire = Wire(fast=fast)
        for data in (
            wasteful(Kind.TEXT, b"hello", width),
            frame(Kind.TEXT, b"second"),
            frame(Kind.PING, b"?"),
        ):
            wire.receive(data)
        assert [row.payload for row in wire.story][-4:] == [b"hello", b"second", b"?", b"?"]
        assert wire.transport.written

    asyncio.run(run())


@pytest.mark.parametrize("cut", [9, 10, 10_000, 20_009])
def test_large_wasteful_frame(cut: int) -> None:
    """A large frame in pieces is recorded with the bytes that its length field took."""
    data = wasteful(Kind.BINARY, b"x" * 20_000, 8)
    story = tell([data[:cut], data[cut:]], fast=True)
    assert story == tell([data], fast=False)
    assert [row.wire for row in story if row.flags == Kind.BINARY] == [20_010]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
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
    fast: bool, before: str, bad: bytes, behind: str, reason: str, piece: int
) -> None:
    """The position that a 1007 names is the one in the message, however the frame came."""

    async def run() -> None:
        wire = Wire(fast=fast)
        payload = before.encode() + bad + behind.encode()
        data = frame(Kind.TEXT, payload)
        for at in range(0, len(data), piece):
            wire.receive(data[at : at + piece])
        transcript = wire.connection.transcript
        assert event_texts(transcript, EventName.ERROR) == [reason]
        (entry,) = entries(transcript, Kind.TEXT)
        assert entry.incomplete == (entry.size < len(payload))
        assert bool(behind) or not entry.incomplete

    asyncio.run(run())


def test_large_frame_is_read_in_place() -> None:
    """Only the fast path gives a buffer into the message itself while a large frame comes in."""

    async def run() -> None:
        wire = Wire(fast=True)
        wire.receive(frame(Kind.BINARY, b"x" * 1_000_000)[:400_000])
        assert wire.wire.get_buffer(-1).obj is not Wire(fast=True).wire.get_buffer(-1).obj
        wire.end()
        entry = wire.connection.transcript.entry(1)
        assert entry.incomplete
        assert entry.size == 400_000 - 10

    asyncio.run(run())
