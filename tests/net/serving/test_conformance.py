"""The families of cases that WebSocket conformance suites try on a server, in both receive modes.

Framing, pings, reserved bits, opcodes, fragmentation, UTF-8, closing, limits and compression
(RFC 6455, RFC 7692), by raw sockets against a listener that echoes.
"""

from __future__ import annotations

import random
import zlib

import pytest

from tests.net.serving.raw_client import (
    BINARY,
    CLOSE,
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

LENGTHS = (0, 1, 125, 126, 127, 128, 65535, 65536, 300_000)
GREETING = "Hello-µ@ßöäüàá-UTF-8!!".encode()

INVALID = {
    "a lone continuation": b"\x80",
    "a truncated character": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce",
    "a surrogate": b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited",
    "above U+10FFFF": b"\xf4\x90\x80\x80",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xf0\x80\x80\x80",
    "five bytes": b"\xf8\x88\x80\x80\x80",
    "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "FE": b"\xfe",
    "FF at the end": b"plain text\xff",
}

VALID = {
    "Greek": "κόσμε".encode(),
    "the first of each length": "\x00\u0080\u0800\U00010000".encode(),
    "the last of each length": "\x7f\u07ff\uffff\U0010ffff".encode(),
    "non-characters": "\ufffe\uffff\U0001fffe".encode(),
    "around surrogates": "\ud7ff\ue000\ufffd".encode(),
    "a byte order mark": "\ufeffa".encode(),
}


# Framing


@both_modes
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
async def test_every_length_comes_back(fast: bool, opcode: int) -> None:
    """Messages of all lengths come back whole, in order, in one frame each."""
    async with raw_client(fast=fast) as client:
        for size in LENGTHS:
            client.send(masked(opcode, b"*" * size))
        for size in LENGTHS:
            assert await client.read() == Frame(opcode, b"*" * size)
        assert close_of(await client.close()) == 1000


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


# Pings


@both_modes
@pytest.mark.parametrize("payload", [b"", b"Hello", b"\x00\xff\xfe\xfd", bytes(125)])
async def test_pings_are_answered(fast: bool, payload: bytes) -> None:
    """A pong carries what its ping carried."""
    async with raw_client(fast=fast) as client:
        client.send(masked(PING, payload))
        assert await client.read() == Frame(PONG, payload)


@both_modes
async def test_ten_pings(fast: bool) -> None:
    """Several pings in one segment are answered in their order."""
    async with raw_client(fast=fast) as client:
        client.send(*(masked(PING, bytes((number,))) for number in range(10)))
        assert [one.payload[0] for one in await client.echoed(10)] == list(range(10))


@both_modes
async def test_unsolicited_pongs(fast: bool) -> None:
    """A pong that nobody asked for is taken in silence."""
    async with raw_client(fast=fast) as client:
        client.send(masked(PONG, b"?"), masked(PONG), masked(PING, b"!"))
        assert await client.read() == Frame(PONG, b"!")
        assert close_of(await client.close()) == 1000


@both_modes
@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
async def test_too_large_control_frames(fast: bool, opcode: int) -> None:
    """A control frame with more than 125 bytes is an error (RFC 6455 section 5.5)."""
    async with raw_client(fast=fast) as client:
        client.send(masked(opcode, bytes(126)))
        assert close_of(await client.read_all()) == 1002


@both_modes
@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
async def test_fragmented_control_frames(fast: bool, opcode: int) -> None:
    """So is one without FIN."""
    async with raw_client(fast=fast) as client:
        client.send(masked(opcode, fin=False))
        assert close_of(await client.read_all()) == 1002


# Reserved bits and opcodes


@both_modes
@pytest.mark.parametrize("rsv", [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70], ids=hex)
@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, CLOSE])
async def test_reserved_bits(fast: bool, rsv: int, opcode: int) -> None:
    """Reserved bits without an extension fail the connection, after what came before was echoed."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, b"ok"), masked(opcode, b"", rsv=rsv), masked(TEXT, b"late"))
        came = await client.read_all()
        assert came[0] == Frame(TEXT, b"ok")
        assert len(came) == 2
        assert close_of(came) == 1002


@both_modes
@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("payload", [b"", b"reserved"])
async def test_reserved_opcodes(fast: bool, opcode: int, payload: bytes) -> None:
    """A reserved opcode fails the connection."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, b"ok"), masked(opcode, payload), masked(PING))
        came = await client.read_all()
        assert came[0] == Frame(TEXT, b"ok")
        assert close_of(came) == 1002


# Fragmentation


@both_modes
@pytest.mark.parametrize("opcode", [TEXT, BINARY], ids=["text", "binary"])
async def test_fragments_with_pings_between(fast: bool, opcode: int) -> None:
    """A fragmented message comes back as one; pings between its fragments are answered at once."""
    async with raw_client(fast=fast) as client:
        client.send(
            masked(opcode, b"a", fin=False),
            masked(PING, b"1"),
            masked(0, b"", fin=False),
            masked(PING, b"2"),
            masked(0, b"b"),
        )
        assert await client.echoed(3) == [
            Frame(PONG, b"1"),
            Frame(PONG, b"2"),
            Frame(opcode, b"ab"),
        ]


@both_modes
@pytest.mark.parametrize(
    "frames",
    [
        [masked(0, b"of nothing")],
        [masked(0, b"of nothing", fin=False), masked(TEXT, b"x")],
        [masked(TEXT, b"a", fin=False), masked(TEXT, b"b")],
        [masked(TEXT, b"a", fin=False), masked(BINARY, b"b", fin=False)],
        [masked(TEXT, b"a", fin=False), masked(0, b"b"), masked(0, b"c")],
    ],
    ids=["continuation", "continued", "text in text", "binary in text", "continuation behind"],
)
async def test_fragments_out_of_order(fast: bool, frames: list[bytes]) -> None:
    """A continuation of nothing, or a message within another, fails the connection."""
    async with raw_client(fast=fast) as client:
        client.send(*frames)
        assert close_of(await client.read_all()) == 1002


@both_modes
async def test_a_message_in_very_many_fragments(fast: bool) -> None:
    """Ten thousand fragments are one message."""
    async with raw_client(fast=fast) as client:
        client.send(masked(BINARY, b"0", fin=False))
        client.send(*(masked(0, b"1", fin=False) for _ in range(9_998)))
        client.send(masked(0, b"2"))
        assert await client.read() == Frame(BINARY, b"0" + b"1" * 9_998 + b"2")


# UTF-8


@both_modes
@pytest.mark.parametrize("payload", VALID.values(), ids=VALID.keys())
@pytest.mark.parametrize("size", [0, 1], ids=["whole", "byte by byte"])
async def test_valid_utf8(fast: bool, payload: bytes, size: int) -> None:
    """Valid text comes back, also when fragments cut its characters."""
    frames = [masked(TEXT, payload)]
    if size:
        pieces = [payload[at : at + 1] for at in range(len(payload))]
        frames = [masked(TEXT if not at else 0, one, fin=False) for at, one in enumerate(pieces)]
        frames.append(masked(0))
    async with raw_client(fast=fast) as client:
        client.send(*frames)
        assert await client.read() == Frame(TEXT, payload)


@both_modes
@pytest.mark.parametrize("payload", INVALID.values(), ids=INVALID.keys())
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in fragments"])
async def test_invalid_utf8(fast: bool, payload: bytes, cut: bool) -> None:
    """Text that is not UTF-8 fails the connection with 1007, and is not echoed."""
    half = len(payload) // 2
    frames = [masked(TEXT, payload[:half], fin=False), masked(0, payload[half:])]
    async with raw_client(fast=fast) as client:
        client.send(*(frames if cut else [masked(TEXT, payload)]))
        came = await client.read_all()
        assert close_of(came) == 1007
        assert len(came) == 1


@both_modes
async def test_invalid_utf8_fails_before_the_message_ends(fast: bool) -> None:
    """A fragment that cannot become text fails the connection at once."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, b"\xce\xba", fin=False), masked(0, b"\xf4\x90\x80\x80", fin=False))
        assert close_of(await client.read_all()) == 1007


@both_modes
async def test_binary_is_no_text(fast: bool) -> None:
    """Any bytes may be binary."""
    async with raw_client(fast=fast) as client:
        client.send(masked(BINARY, bytes(range(256)) * 300))
        assert (await client.read()).payload == bytes(range(256)) * 300


# Closing


@both_modes
@pytest.mark.parametrize(
    "code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
)
async def test_valid_close_codes(fast: bool, code: int) -> None:
    """A valid close frame is answered with the same code, and TCP ends clean."""
    async with raw_client(fast=fast) as client:
        client.send(masked(CLOSE, code.to_bytes(2, "big") + b"bye"))
        assert close_of(await client.read_all()) == code
        connection = client.connection
        await until(lambda: connection.state is State.CLOSED)
        assert connection.close is not None
        assert connection.close.clean
        assert connection.close.by_us is False


@both_modes
@pytest.mark.parametrize(
    "code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
)
async def test_invalid_close_codes(fast: bool, code: int) -> None:
    """A close code that may not be on the wire is answered with 1002."""
    async with raw_client(fast=fast) as client:
        client.send(masked(CLOSE, code.to_bytes(2, "big")))
        assert close_of(await client.read_all()) == 1002


@both_modes
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", None),
        (b"\x03", 1002),
        (b"\x03\xe8", 1000),
        (b"\x03\xe8" + b"*" * 123, 1000),
        (b"\x03\xe8\xce\xba\xe1\xbd\xb9\xed\xa0\x80", 1007),
    ],
    ids=["empty", "one byte", "no reason", "longest", "reason not UTF-8"],
)
async def test_bodies_of_close_frames(fast: bool, body: bytes, answer: int | None) -> None:
    """A close frame without a body is fine; half a code, or a reason that is no text, is not."""
    async with raw_client(fast=fast) as client:
        client.send(masked(CLOSE, body))
        assert close_of(await client.read_all()) == answer


@both_modes
@pytest.mark.parametrize(
    "late", [masked(TEXT, b"late"), masked(PING, b"late"), masked(CLOSE, b"\x03\xe8")]
)
async def test_nothing_is_answered_behind_a_close_frame(fast: bool, late: bytes) -> None:
    """What comes behind a close frame is neither echoed nor answered."""
    async with raw_client(fast=fast) as client:
        client.send(masked(CLOSE, b"\x03\xe8"), late)
        came = await client.read_all()
        assert [one.opcode for one in came] == [CLOSE]


@both_modes
async def test_a_close_frame_within_a_fragmented_message(fast: bool) -> None:
    """Closing in the midst of a message is clean; what had come of it is recorded."""
    async with raw_client(fast=fast) as client:
        client.send(masked(TEXT, b"begun", fin=False), masked(CLOSE, b"\x03\xe8"))
        assert close_of(await client.read_all()) == 1000
        transcript = client.connection.transcript
        begun = [transcript.entry(number) for number in range(len(transcript))]
        assert any(one.incomplete and one.size == 5 for one in begun)


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
    own = Deflater()
    reset = "server_no_context_takeover" in agreed
    bits = next((int(one[-2:].strip("=")) for one in agreed if "server_max_window" in one), 15)
    inflate = zlib.decompressobj(wbits=-max(bits, 8))
    block = random.Random(5).randbytes(300)
    messages = [b"", b"short", block, block, block + bytes(3000) + block, bytes(100_000)]
    async with raw_client(fast=fast, offer=offer, deflate=Deflate()) as client:
        for one in agreed:
            assert one in client.response
        for message in messages:
            compressor = Deflater() if "client_no_context_takeover" in offer else own
            if "client_max_window_bits=10" in offer:
                client.send(masked(BINARY, message))  # each message may go as it is
            else:
                client.send(masked(BINARY, compressor(message), rsv=0x40))
            frame = await client.read()
            payload = frame.payload
            if frame.rsv == 0x40:
                if reset:
                    inflate = zlib.decompressobj(wbits=-bits)
                payload = inflate.decompress(payload + b"\x00\x00\xff\xff")
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
