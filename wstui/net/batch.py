"""Many messages at once: one write and one record for all of them.

What the library does for a message alone costs more than an answer may take where a million come
in a second. What must wait for others takes the usual way. A client's frames are masked, each by a
key of its own that nobody can foresee (RFC 6455 section 5.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from secrets import token_bytes
from time import time
from typing import TYPE_CHECKING, Final

from websockets.protocol import CLIENT
from websockets.protocol import State as WireState

from wstui.core.entry import COMPRESSED, KIND_MASK, OUTGOING, Kind, header_size
from wstui.net.deflate import AgreedDeflate
from wstui.net.frame_header import apply_mask
from wstui.net.tap import MOST_COMPRESSED

if TYPE_CHECKING:
    from wstui.net.tap import Payload
    from wstui.net.wire import Wire

AHEAD: Final = 1 << 20
"""Bytes that may wait in the transport, over which messages wait in the outbox: one read's answers
go out in one go, even when the socket takes no more for the moment."""

LARGE: Final = 32 << 10
"""Bytes of messages, on the average, from which on each is recorded by itself."""

_FIN: Final = 0x80
_RSV1: Final = 0x40
_MASKED: Final = 0x80

_PLAIN: Final = bytes(flag & KIND_MASK | OUTGOING for flag in range(256))
_DEFLATED: Final = bytes(flag | COMPRESSED for flag in _PLAIN)
"""From the flags of a message that came to those of the same one sent."""

KEY: Final = 4
"""Bytes of a masking key."""


def _headers(mask: int) -> dict[int, list[bytes]]:
    return {
        head: [bytes((head, mask | size)) for size in range(126)]
        for kind in (Kind.TEXT, Kind.BINARY)
        for head in (_FIN | kind, _FIN | _RSV1 | kind)
    }


_SHORT: Final = {mask: _headers(mask) for mask in (0, _MASKED)}
"""Headers of small frames, by mask bit, first byte and size."""


def send_batch(wire: Wire, kinds: bytes | bytearray, payloads: Sequence[Payload]) -> None:
    """Send whole messages, the kind of each being the low bits of a byte of `kinds`, behind those
    that wait.

    Raises:
        Refused: too much waits for the peer, or the connection is ending.
    """
    extensions = wire.protocol.extensions
    if not _can_go(wire):
        for kind, payload in zip(kinds, payloads, strict=True):
            wire.outbox.put(Kind(kind & KIND_MASK), bytes(payload))
    elif not extensions:
        _send(wire, kinds.translate(_PLAIN), payloads)
    else:
        deflate = extensions[0]
        assert isinstance(deflate, AgreedDeflate)
        _send_deflated(wire, kinds, payloads, deflate)


def _can_go(wire: Wire) -> bool:
    """Whether messages may go to the transport at once, overtaking nothing."""
    protocol, transport = wire.protocol, wire.transport
    return (
        wire.outbox.is_idle
        and protocol.state is WireState.OPEN
        and not protocol.is_mute
        and not transport.is_closing()
        and (not wire.paused or transport.get_write_buffer_size() < AHEAD)
    )


def _send(wire: Wire, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
    """Send messages as they are."""
    lengths = list(map(len, payloads))
    masked = _mask_bit(wire)
    short = _SHORT[masked]
    heads = [
        short[_FIN | flag & KIND_MASK][size]
        if size < 126
        else _header(_FIN | flag & KIND_MASK, size, masked)
        for flag, size in zip(flags, lengths, strict=True)
    ]
    sent = _write(wire, heads, payloads)
    transcript, now = wire.protocol.recorder.transcript, time()
    if sent < LARGE * len(lengths):
        transcript.append_batch(flags, lengths, b"".join(payloads), now, wire=sent)
        return
    for index, payload in enumerate(payloads):  # one by one they are kept as they are, uncopied
        data = payload if isinstance(payload, bytes) else bytes(payload)
        transcript.append_batch(flags[index : index + 1], (lengths[index],), data, now)


def _send_deflated(
    wire: Wire, kinds: bytes | bytearray, payloads: Sequence[Payload], deflate: AgreedDeflate
) -> None:
    """Send messages compressed, but for those that would take too long."""
    heads: list[bytes] = []
    bodies: list[Payload] = []
    flags = bytearray()
    masked = _mask_bit(wire)
    short = _SHORT[masked]
    for kind, payload in zip(kinds, payloads, strict=True):
        small = deflate.compressed(payload) if len(payload) <= MOST_COMPRESSED else None
        is_plain = small is None
        body = payload if small is None else small
        head = _FIN | kind & KIND_MASK | (0 if is_plain else _RSV1)
        size = len(body)
        heads.append(short[head][size] if size < 126 else _header(head, size, masked))
        bodies.append(body)
        flags.append((_PLAIN if is_plain else _DEFLATED)[kind])
    _write(wire, heads, bodies)
    wires = [size + header_size(size, masked=bool(masked)) for size in map(len, bodies)]
    wire.protocol.recorder.transcript.append_batch(
        flags, list(map(len, payloads)), b"".join(payloads), time(), wires
    )


def _mask_bit(wire: Wire) -> int:
    """The bit that the second byte of a header has where frames are masked: those of a client."""
    return _MASKED if wire.protocol.side is CLIENT else 0


def _header(head: int, size: int, masked: int) -> bytes:
    """The header of a frame of 126 bytes or more, up to the masking key."""
    if size < 65536:
        return bytes((head, masked | 126, size >> 8, size & 0xFF))
    return bytes((head, masked | 127)) + size.to_bytes(8, "big")


def _write(wire: Wire, heads: Sequence[bytes], bodies: Sequence[Payload]) -> int:
    """Write frames; their bytes."""
    if _mask_bit(wire):
        random = token_bytes(KEY * len(heads))  # one call of the system for the keys of all frames
        keys = [random[at : at + KEY] for at in range(0, len(random), KEY)]
        masked = map(apply_mask, bodies, keys)
        data = b"".join(chain.from_iterable(zip(heads, keys, masked, strict=True)))
    else:
        data = b"".join(chain.from_iterable(zip(heads, bodies, strict=True)))
    wire.send_data()  # what the library has written by itself, such as pongs, comes first
    wire.transport.write(data)
    wire.outbox.alone = len(data)
    if wire.paused:
        wire.outbox.look()
    return len(data)
