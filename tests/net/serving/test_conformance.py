"""The families of cases that WebSocket conformance suites try on a server, in both receive modes.

Framing, pings, reserved bits, opcodes, fragmentation, UTF-8, closing, limits and compression
(RFC 6455, RFC 7692), by raw sockets against a listener that echoes.
"""

from __future__ import annotations

import random
import zlib

import pytest

from tests.conformance_support import CASES, GREETING, Compression, compressible
from tests.net.serving.raw_client import (
    BINARY,
    CLOSE,
    MASK,
    PING,
    PONG,
    TEXT,
    Frame,
    close_of,
    masked,
    raw_client,
)
from tests.net_support import Deflater, until
from wstui.core.connection import State
from wstui.core.options.deflate import Deflate

both_modes = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])


@both_modes
@pytest.mark.parametrize("name", CASES)
async def test_a_case(fast: bool, name: str) -> None:
    """The listener answers as the case says, and ends TCP."""
    case = CASES[name]
    async with raw_client(fast=fast) as client:
        client.send(case.data(MASK))
        case.judge(await client.read_all())


@both_modes
async def test_both_ends_of_a_close_are_known(fast: bool) -> None:
    """A close that a client began is recorded as clean, and as the peer's."""
    async with raw_client(fast=fast) as client:
        client.send(masked(CLOSE, (4001).to_bytes(2, "big") + b"bye"))
        assert close_of(await client.read_all()) == 4001
        connection = client.connection
        await until(lambda: connection.state is State.CLOSED)
        assert connection.close is not None
        assert connection.close.clean
        assert connection.close.by_us is False


@both_modes
async def test_an_unfinished_message_is_recorded(fast: bool) -> None:
    """What had come of a message when the peer closed in its midst is in the transcript."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, b"begun", fin=False), masked(CLOSE, b"\x03\xe8"))
        assert close_of(await client.read_all()) == 1000
        transcript = client.connection.transcript
        begun = [transcript.entry(number) for number in range(len(transcript))]
        assert any(one.incomplete and one.size == 5 for one in begun)


# Framing


@both_modes
@pytest.mark.parametrize("size", [1, 997, 65536])
async def test_frames_in_pieces(fast: bool, size: int) -> None:
    """How TCP cuts the bytes changes nothing."""
    data = random.Random(size).randbytes(size * 3 + 70_000 * (size > 1))
    async with raw_client(fast=fast) as client:
        await client.chop(masked(BINARY, data) + masked(TEXT, GREETING), size)
        assert await client.echoed(2) == [Frame(BINARY, data), Frame(TEXT, GREETING)]


@both_modes
async def test_frames_right_behind_the_request(fast: bool) -> None:
    """What comes in the same segment as the request is not lost."""
    behind = masked(TEXT, b"early") + masked(BINARY, b"bird")
    async with raw_client(fast=fast, behind=behind) as client:
        assert await client.echoed(2) == [Frame(TEXT, b"early"), Frame(BINARY, b"bird")]


@both_modes
async def test_many_small_messages(fast: bool) -> None:
    """Thousands of messages in one go come back in their order, and all are in the transcript."""
    texts = [str(number).encode() for number in range(5000)]
    async with raw_client(fast=fast) as client:
        client.send(*(masked(TEXT, text) for text in texts))
        assert [one.payload for one in await client.echoed(len(texts))] == texts
        transcript = client.connection.transcript
        assert (transcript.received, transcript.sent) == (5000, 5000)


@both_modes
@pytest.mark.parametrize("key", [bytes(4), b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"])
async def test_masking_keys(fast: bool, key: bytes) -> None:
    """Any masking key will do, also one of zeros, and each frame may have another."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, GREETING, mask=key), masked(TEXT, b"x" * 999))
        assert [one.payload for one in await client.echoed(2)] == [GREETING, b"x" * 999]


@both_modes
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
async def test_a_frame_without_a_mask(fast: bool, opcode: int) -> None:
    """A client that does not mask is failed with 1002 (RFC 6455 section 5.1)."""
    async with raw_client(fast=fast) as client:
        client.send(masked(opcode, b"", mask=None))
        assert close_of(await client.read_all()) == 1002


# Limits


@both_modes
@pytest.mark.parametrize("size", [1 << 20, 16 << 20], ids=["1 MiB", "16 MiB"])
async def test_large_messages(fast: bool, size: int) -> None:
    """Messages of many megabytes come back whole, in one frame or in many."""
    data = random.Random(size).randbytes(1 << 16) * (size >> 16)
    async with raw_client(fast=fast) as client:
        client.send(masked(BINARY, data))
        assert await client.read() == Frame(BINARY, data)
        for at in range(0, size, 1 << 18):
            piece = data[at : at + (1 << 18)]
            client.send(masked(BINARY if not at else 0, piece, fin=at + len(piece) == size))
        assert (await client.read()).payload == data


# Compression

OFFERS = [
    ("permessage-deflate", []),
    ("permessage-deflate; client_max_window_bits", []),
    ("permessage-deflate; server_no_context_takeover", ["server_no_context_takeover"]),
    ("permessage-deflate; client_no_context_takeover", ["client_no_context_takeover"]),
    ("permessage-deflate; server_max_window_bits=9", ["server_max_window_bits=9"]),
    ("permessage-deflate; server_max_window_bits=8", ["server_max_window_bits=8"]),
    ("permessage-deflate; server_max_window_bits=15", ["server_max_window_bits=15"]),
    ("permessage-deflate; client_max_window_bits=10", ["client_max_window_bits=10"]),
    (
        "permessage-deflate; server_no_context_takeover; server_max_window_bits=11",
        ["server_no_context_takeover", "server_max_window_bits=11"],
    ),
    (
        "permessage-deflate; server_max_window_bits=99, permessage-deflate; "
        "server_max_window_bits=12",
        ["server_max_window_bits=12"],
    ),
]


@both_modes
@pytest.mark.parametrize(("offer", "agreed"), OFFERS, ids=[offer for offer, _ in OFFERS])
async def test_compressed_messages(fast: bool, offer: str, agreed: list[str]) -> None:
    """What was agreed on holds for both ways: messages come back, compressed within the window."""
    theirs = Compression("; ".join(agreed), "server")
    own = Compression("; ".join(agreed), "client")
    async with raw_client(fast=fast, offer=offer, deflate=Deflate()) as client:
        for one in agreed:
            assert one in client.response
        for message in compressible():
            client.send(masked(BINARY, own.compress(message), rsv=0x40))
            frame = await client.read()
            payload = frame.payload
            if frame.rsv == 0x40:
                payload = theirs.decompress(payload)
            assert payload == message


@both_modes
async def test_compressed_fragments(fast: bool) -> None:
    """A compressed message may come in fragments, the first of which alone has RSV1."""
    data = Deflater()(b"hello " * 1000)
    async with raw_client(fast=fast, offer="permessage-deflate", deflate=Deflate()) as client:
        client.send(
            masked(TEXT, data[:5], fin=False, rsv=0x40),
            masked(PING, b"between"),
            masked(0, data[5:]),
        )
        assert await client.read() == Frame(PONG, b"between")
        frame = await client.read()
        assert frame.rsv == 0x40
        inflated = zlib.decompress(frame.payload + b"\x00\x00\xff\xff\x03\x00", wbits=-15)
        assert inflated == b"hello " * 1000


@both_modes
@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([masked(TEXT, b"no deflate data", rsv=0x40)], 1002),
        ([masked(TEXT, b"a", fin=False), masked(0, b"b", rsv=0x40)], 1002),
        ([masked(PING, b"", rsv=0x40)], 1002),
        ([masked(TEXT, Deflater()(b"\xff\xfe"), rsv=0x40)], 1007),
    ],
    ids=["damaged", "RSV1 on a continuation", "a compressed ping", "not UTF-8 inside"],
)
async def test_compression_that_breaks_the_rules(
    fast: bool, frames: list[bytes], code: int
) -> None:
    """Compressed data that is none, or where there must be none, fails the connection."""
    async with raw_client(fast=fast, offer="permessage-deflate", deflate=Deflate()) as client:
        client.send(*frames)
        assert close_of(await client.read_all()) == code


@pytest.mark.parametrize(
    "offer",
    ["x-webkit-deflate-frame", "permessage-deflate; what=is-this", "permessage-bzip2"],
)
async def test_offers_that_are_not_taken(offer: str) -> None:
    """An extension that is not known, or asked for in an unknown way, is not agreed on."""
    async with raw_client(offer=offer, deflate=Deflate()) as client:
        assert "Sec-WebSocket-Extensions" not in client.response
        client.send(masked(TEXT, b"plain"))
        assert await client.read() == Frame(TEXT, b"plain")
