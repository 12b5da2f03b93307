"""Many messages sent at once: they go out, and are recorded, as if one by one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from random import Random

import pytest

from tests.net_support import entries, frame, rows, until
from tests.wire_support import SIDES, Wire
from wstui.core.entry import Kind
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.core.ports import Refused
from wstui.net import batch
from wstui.net.batch import AHEAD, KEY, send_batch
from wstui.net.frame_header import apply_mask, read_header
from wstui.net.tap import MOST_COMPRESSED

MESSAGES = [b"", b"a" * 125, b"b" * 126, b"c" * 65_535, b"d" * 65_536, b"e" * 200_000]
KINDS = bytes((Kind.TEXT, Kind.BINARY)) * 3


def written(data: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """First byte and payload, unmasked, of each frame, all of which are whole."""
    at = 0
    while at < len(data):
        header = read_header(data[at : at + 14])
        assert header is not None
        begin = at + header.size
        at = begin + header.length
        payload = bytes(data[begin:at])
        if header.masked:
            payload = bytes(apply_mask(payload, bytes(data[begin - KEY : begin])))
        yield data[begin - header.size], payload


both = pytest.mark.parametrize("side", SIDES)


class Receiver:
    """Reads messages as a client does, with context takeover."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=-15)

    def messages(self, data: bytes | bytearray) -> list[bytes]:
        """The messages in these frames."""
        return [
            self._decoder.decompress(payload + b"\x00\x00\xff\xff") if head & 0x40 else payload
            for head, payload in written(data)
        ]


@both
async def test_messages_of_all_sizes(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message is a frame of its own, with the shortest header; a client's has a mask."""
    monkeypatch.setattr(batch, "token_bytes", lambda size: b"abcd" * (size // KEY))
    wire = Wire(fast=True, side=side, deflate=UNCOMPRESSED)
    send_batch(wire.wire, KINDS, MESSAGES)
    mask = b"abcd" if side == "client" else None
    frames = [frame(kind, text, mask=mask) for kind, text in zip(KINDS, MESSAGES, strict=True)]
    assert wire.transport.written == b"".join(frames)
    assert [row for row in rows(wire.connection.transcript) if row[1]] == [
        (Kind(kind), True, text) for kind, text in zip(KINDS, MESSAGES, strict=True)
    ]
    assert wire.connection.transcript.wire_out == len(wire.transport.written)


@both
async def test_compressed_messages(side: str) -> None:
    """What was agreed on is used, except for messages that would take long, and it is recorded."""
    wire = Wire(fast=True, side=side, deflate=Deflate())
    send_batch(wire.wire, KINDS, MESSAGES)
    assert Receiver().messages(wire.transport.written) == MESSAGES
    transcript = wire.connection.transcript
    sent = [*entries(transcript, Kind.TEXT), *entries(transcript, Kind.BINARY)]
    assert [entry.compressed for entry in sent] == [entry.size <= MOST_COMPRESSED for entry in sent]
    assert sum(entry.wire for entry in sent) == transcript.wire_out == len(wire.transport.written)


@pytest.mark.parametrize("alone", [True, False], ids=["no takeover", "takeover"])
async def test_compressed_messages_one_by_one_and_together(alone: bool) -> None:
    """Messages sent one by one, and those sent together, share the context of compression."""
    deflate = Deflate(server_no_context_takeover=alone)
    wire = Wire(fast=True, side="server", deflate=deflate)
    random = Random(0)
    messages = [random.randbytes(300) * 2 for _ in range(6)]
    send_batch(wire.wire, bytes((Kind.BINARY,)) * 2, messages[:2])
    wire.wire.outbox.put(Kind.BINARY, messages[2])
    send_batch(wire.wire, bytes((Kind.BINARY,)), messages[3:4])
    wire.wire.outbox.put(Kind.BINARY, messages[4])
    send_batch(wire.wire, bytes((Kind.BINARY,)), messages[5:])
    assert Receiver().messages(wire.transport.written) == messages


@both
@pytest.mark.parametrize("deflate", [UNCOMPRESSED, Deflate()], ids=["plain", "deflate"])
async def test_nothing_overtakes_what_waits(
    deflate: Deflate, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the peer does not read, messages wait behind each other, and go out in their order."""
    wire = Wire(fast=True, side=side, deflate=deflate)
    messages = [b"%d" % number * 10 for number in range(40)]
    kinds = bytes((Kind.TEXT,)) * 10
    wire.wire.pause_writing()
    send_batch(wire.wire, kinds, messages[:10])  # what the transport keeps is little
    with monkeypatch.context() as patch:
        patch.setattr(wire.transport, "get_write_buffer_size", lambda: AHEAD)
        send_batch(wire.wire, kinds, messages[10:20])
    send_batch(wire.wire, kinds, messages[20:30])
    assert wire.connection.outgoing.messages == 20
    wire.wire.resume_writing()
    send_batch(wire.wire, kinds, messages[30:])
    await until(lambda: wire.connection.transcript.sent == 40)
    assert Receiver().messages(wire.transport.written) == messages


@pytest.mark.parametrize("deflate", [UNCOMPRESSED, Deflate()], ids=["plain", "deflate"])
async def test_pongs_are_not_overtaken(deflate: Deflate) -> None:
    """What the library has still to write goes out before the messages."""
    wire = Wire(fast=True, side="server", deflate=deflate)
    wire.wire.protocol.send_pong(b"first")
    send_batch(wire.wire, bytes((Kind.TEXT,)), [b"then"])
    assert [head & 0x0F for head, _ in written(wire.transport.written)] == [Kind.PONG, Kind.TEXT]


async def test_each_frame_of_a_client_has_a_key_of_its_own() -> None:
    """Keys are not used twice, also where messages go out together."""
    wire = Wire(fast=True, deflate=UNCOMPRESSED)
    send_batch(wire.wire, bytes((Kind.TEXT,)) * 100, [b"x"] * 100)
    data = bytes(wire.transport.written)
    frames = [data[at : at + 7] for at in range(0, len(data), 7)]
    assert {one[:2] for one in frames} == {b"\x81\x81"}
    assert len({one[2:6] for one in frames}) == 100


@both
async def test_nothing_is_sent_when_our_half_of_tcp_has_ended(side: str) -> None:
    """It is not recorded either."""
    wire = Wire(fast=True, side=side, deflate=UNCOMPRESSED)
    wire.wire.end_sending()
    with pytest.raises(Refused):
        send_batch(wire.wire, bytes((Kind.TEXT,)), [b"late"])
    assert not wire.transport.written
    assert wire.connection.transcript.sent == 0


async def test_nothing_is_sent_when_it_ends() -> None:
    """Once our close frame is sent, messages are refused."""
    wire = Wire(fast=True, side="server", deflate=UNCOMPRESSED)
    wire.client.close(1000, "")
    with pytest.raises(Refused):
        send_batch(wire.wire, bytes((Kind.TEXT,)), [b"late"])
