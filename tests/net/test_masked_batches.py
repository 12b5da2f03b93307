"""Many messages of a client at once: each frame masked by a key of its own, and told as it went."""

from __future__ import annotations

import zlib

import pytest

from tests.wire_support import Wire
from wstui.core.entry import KIND_MASK, Kind
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.net.batch import send_batch
from wstui.net.deflate import TRAILER
from wstui.net.frame_header import payload_of, read_header

SIZES = [0, 1, 125, 126, 65535, 65536, *range(40)]
PAYLOADS = [bytes((65 + index % 26,)) * size for index, size in enumerate(SIZES)]
KINDS = bytes(Kind.TEXT if index % 3 else Kind.BINARY for index in range(len(SIZES)))


def frames(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """First byte, masking key and payload of each frame."""
    found = []
    while data:
        header = read_header(data)
        assert header is not None
        assert header.masked
        end = header.size + header.length
        assert len(data) >= end
        found.append((data[0], data[header.size - 4 : header.size], payload_of(data, header)))
        data = data[end:]
    return found


async def test_each_frame_has_a_key_of_its_own() -> None:
    """As RFC 6455 section 5.3 wants it; and what is recorded is what went over the wire."""
    wire = Wire(fast=True, deflate=UNCOMPRESSED)
    send_batch(wire.wire, KINDS, PAYLOADS)
    written = frames(bytes(wire.transport.written))
    assert [payload for _, _, payload in written] == PAYLOADS
    assert [head for head, _, _ in written] == [0x80 | kind for kind in KINDS]
    assert len({key for _, key, _ in written}) == len(written)
    transcript = wire.connection.transcript
    assert transcript.wire_out == len(wire.transport.written)
    told = [row for row in wire.story if row.flags & KIND_MASK]
    assert [row.payload for row in told] == PAYLOADS


@pytest.mark.parametrize("takes_over", [True, False], ids=["context", "no-context"])
async def test_compressed_ones(takes_over: bool) -> None:
    """Also between messages that are sent one by one, with which they share the context."""
    wire = Wire(fast=True, deflate=Deflate())
    deflate = wire.wire.protocol.extensions[0]
    deflate.local_no_context_takeover = not takes_over  # type: ignore[attr-defined]
    small = PAYLOADS[:4]
    send_batch(wire.wire, KINDS[:4], small)
    wire.client.send(Kind.TEXT, b"alone")
    send_batch(wire.wire, KINDS[:4], small)
    inflate = zlib.decompressobj(wbits=-15)
    found = []
    for head, _, payload in frames(bytes(wire.transport.written)):
        assert head & 0x40
        if not takes_over:
            inflate = zlib.decompressobj(wbits=-15)
        found.append(inflate.decompress(payload + TRAILER))
    assert found == [*small, b"alone", *small]
    assert wire.connection.transcript.wire_out == len(wire.transport.written)


async def test_nothing_is_overtaken() -> None:
    """A pong that the library has written and not yet handed over goes first."""
    wire = Wire(fast=True, deflate=UNCOMPRESSED)
    wire.wire.protocol.send_pong(b"first")
    send_batch(wire.wire, KINDS[:2], PAYLOADS[:2])
    heads = [head & 0x0F for head, _, _ in frames(bytes(wire.transport.written))]
    assert heads == [Kind.PONG, Kind.BINARY, Kind.TEXT]
