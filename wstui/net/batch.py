"""Many messages at once: one write and one record for all of them.

What the library does for a message alone costs more than an answer may take where a million come
in a second. Only the plainest case is done here; all others take the usual way.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from websockets.protocol import SERVER
from websockets.protocol import State as WireState

from wstui.core.entry import OUTGOING, Kind

if TYPE_CHECKING:
    from wstui.net.tap import Payload
    from wstui.net.wire import Wire


def send_batch(wire: Wire, kinds: bytes | bytearray, payloads: Sequence[Payload]) -> None:
    """Send whole messages, the kind of each being a byte of `kinds`, behind those that wait.

    Raises:
        Refused: too much waits for the peer, or the connection is ending.
    """
    protocol = wire.protocol
    outgoing = wire.outbox
    plain = protocol.side is SERVER and not protocol.extensions and outgoing.is_idle
    if not plain or wire.paused or protocol.state is not WireState.OPEN or protocol.is_mute:
        for kind, payload in zip(kinds, payloads, strict=True):
            outgoing.put(Kind(kind & 0x0F), bytes(payload))
        return
    parts: list[Payload] = []
    lengths = list(map(len, payloads))
    for kind, payload, size in zip(kinds, payloads, lengths, strict=True):
        head = 0x80 | (kind & 0x0F)
        if size < 126:
            parts.append(bytes((head, size)))
        elif size < 65536:
            parts.append(bytes((head, 126, size >> 8, size & 0xFF)))
        else:
            parts.append(bytes((head, 127)) + size.to_bytes(8, "big"))
        parts.append(payload)
    wire.send_data()  # what the library has written by itself, such as pongs, comes first
    wire.transport.write(b"".join(parts))
    flags = bytes(kind & 0x0F | OUTGOING for kind in kinds)
    protocol.recorder.transcript.append_batch(flags, lengths, b"".join(payloads), time())
