"""Entries, the rows of a transcript: kinds, flags, fragments, and local events.

Owns the one-byte encoding of an entry's flags that the columnar transcript stores, and the JSON
form of local events. How entries are kept is `transcript`'s matter, how they look the screen's.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple


class Kind(enum.IntEnum):
    """What an entry is. Values are the opcodes of RFC 6455 section 5.2.

    `EVENT` takes 0, the opcode of a continuation frame: a whole message never has that opcode.
    `RAW` takes a reserved one: it is a frame made by hand, and its payload is the whole frame as
    it went over the wire, header and masking key included.
    """

    EVENT = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10
    RAW = 15

    @property
    def word(self) -> str:
        """The word shown to the user and understood by filters, such as ``binary``."""
        return self.name.lower()


KIND_MASK: Final = 0x0F
OUTGOING: Final = 0x10
"""Set when this side sent the message."""
COMPRESSED: Final = 0x20
"""Set when RSV1 was set on the first frame (RFC 7692, permessage-deflate)."""
FRAGMENTED: Final = 0x40
"""Set when the message came in more than one frame, or is unfinished."""
INCOMPLETE: Final = 0x80
"""Set with `FRAGMENTED` when the connection ended before the frame with FIN."""
HEARTBEAT: Final = INCOMPLETE | OUTGOING
"""Set without `FRAGMENTED`, where nothing can be unfinished: an automatic message of ours."""
_SHAPE: Final = FRAGMENTED | INCOMPLETE | OUTGOING


def is_heartbeat(flags: int) -> bool:
    """Whether these are the flags of a message that was sent by a timer."""
    return flags & _SHAPE == HEARTBEAT


class Entry(NamedTuple):
    """One row of a transcript, without its payload: see `Transcript.payload`.

    `number` counts from 0 and stays valid for ever. `time` is in seconds since the epoch. `size`
    is the payload in bytes after decompression, `wire` all bytes of its frames as they went over
    the wire, headers and masking keys included; 0 for local events.
    """

    number: int
    time: float
    flags: int
    size: int
    wire: int

    @property
    def kind(self) -> Kind:
        return Kind(self.flags & KIND_MASK)

    @property
    def outgoing(self) -> bool:
        return bool(self.flags & OUTGOING)

    @property
    def compressed(self) -> bool:
        return bool(self.flags & COMPRESSED)

    @property
    def fragmented(self) -> bool:
        return bool(self.flags & FRAGMENTED)

    @property
    def incomplete(self) -> bool:
        return bool(self.flags & INCOMPLETE) and not self.is_heartbeat

    @property
    def is_heartbeat(self) -> bool:
        """True for a message that was sent by a timer."""
        return is_heartbeat(self.flags)

    @property
    def is_event(self) -> bool:
        """True for a local event: nothing of it was on the wire."""
        return not self.flags & KIND_MASK


class Fragment(NamedTuple):
    """One frame of a message as it went over the wire (RFC 6455 section 5.2).

    `opcode` is 0 for a continuation. `size` is the payload in bytes after decompression, `wire`
    the bytes of the whole frame with header and masking key. `time` in seconds since the epoch.
    """

    time: float
    opcode: int
    fin: bool
    rsv1: bool
    masked: bool
    size: int
    wire: int


class EventName(enum.StrEnum):
    """What a local event is about."""

    CONNECTING = "connecting"
    REDIRECT = "redirect"
    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"
    WAITING = "waiting"
    ERROR = "error"
    GAP = "gap"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LocalEvent:
    """Something that happened here and was not on the wire.

    `text` is one sentence; it may hold remote text and is not safe for a terminal as it is.
    `detail` holds further facts, values of JSON types.
    """

    name: EventName
    text: str
    detail: Mapping[str, object] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The event as the payload of an entry of kind `EVENT`: one JSON object in UTF-8."""
        body = {"event": self.name.value, "text": self.text, **self.detail}
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")

    @classmethod
    def decode(cls, payload: bytes) -> LocalEvent:
        """The event that `encode` made `payload` from.

        Raises:
            ValueError: `payload` is not an encoded event.
        """
        body = json.loads(payload.decode("utf-8", "surrogatepass"))
        if not isinstance(body, dict) or "event" not in body:
            raise ValueError("not a local event")
        name = EventName(body.pop("event"))
        return cls(name, str(body.pop("text", "")), body)


def header_size(length: int, *, masked: bool) -> int:
    """Bytes of a frame's header, masking key included, for a payload of `length` bytes.

    With the shortest length field, as RFC 6455 section 5.2 demands.
    """
    extended = 0 if length < 126 else 2 if length < 65536 else 8
    return 2 + extended + (4 if masked else 0)
