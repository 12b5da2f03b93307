"""What happens as NDJSON: one JSON object a line, for programs and for `jq`.

All lines are ASCII: whatever a peer sends, no control character reaches a terminal. Text that is
not UTF-8 and binary are written in Base64 (RFC 4648 section 4), so that nothing is lost.
"""

from __future__ import annotations

import codecs
import json
from base64 import b64encode
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from wstui.core.connection import CloseFrame, CloseRecord
from wstui.core.entry import (
    COMPRESSED,
    FRAGMENTED,
    HEARTBEAT,
    INCOMPLETE,
    KIND_MASK,
    OUTGOING,
    Kind,
    is_heartbeat,
)

PIECE: Final = 48 << 10
"""Bytes of payload in a piece of a long line; a multiple of three, so that pieces of Base64 fit."""

LONG: Final = 64 << 10
"""Bytes of payload from which on a line is made in pieces."""

_WORDS: Final = {kind.value: kind.word for kind in Kind}
_FLAGGED: Final = COMPRESSED | FRAGMENTED | HEARTBEAT | INCOMPLETE


def line(event: str, time: float, **fields: Any) -> bytes:
    """A line that tells of `event` at `time`, in seconds since the epoch. Fields that are None stay
    out."""
    body = {name: value for name, value in fields.items() if value is not None}
    rest = json.dumps(body, default=str, separators=(",", ":"))[1:]
    head = f'{{"event":{quoted(event)},"time":{time:.6f}'
    return f"{head},{rest}\n".encode() if body else f"{head}}}\n".encode()


def message_line(
    id: int, time: float, flags: int, payload: bytes | bytearray | memoryview
) -> bytes:
    """A line that tells of a message or a control frame of connection `id`; see `entry` for
    `flags`."""
    head = _message_head(id, time, flags, len(payload))
    kind = flags & KIND_MASK
    if kind == Kind.CLOSE:
        frame = _close_fields(payload)
        return f"{head},{json.dumps(frame, separators=(',', ':'))[1:]}\n".encode()
    if kind not in (Kind.BINARY, Kind.RAW):
        try:
            return f'{head},"text":{quoted(str(payload, "utf-8"))}}}\n'.encode()
        except UnicodeDecodeError:
            pass  # it is told as bytes
    return f'{head},"base64":"{b64encode(payload).decode()}"}}\n'.encode()


def long_message_line(
    id: int, time: float, flags: int, payload: bytes | bytearray | memoryview
) -> Iterator[bytes]:
    """The same in pieces, some of them empty, each made in a fraction of a millisecond."""
    head = _message_head(id, time, flags, len(payload))
    view = memoryview(payload)
    starts = range(0, len(view), PIECE)
    is_text = flags & KIND_MASK == Kind.TEXT
    if is_text:
        check = codecs.getincrementaldecoder("utf-8")()
        try:
            for start in starts:
                check.decode(view[start : start + PIECE])
                yield b""
            check.decode(b"", final=True)
        except UnicodeDecodeError:
            is_text = False
    yield f'{head},"{"text" if is_text else "base64"}":"'.encode()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in starts:
        part = view[start : start + PIECE]
        yield quoted(decoder.decode(part))[1:-1].encode() if is_text else b64encode(part)
    yield b'"}\n'


def _message_head(id: int, time: float, flags: int, size: int) -> str:
    """The line's beginning, up to the size."""
    kind = flags & KIND_MASK
    event = "message" if kind in (Kind.TEXT, Kind.BINARY) else "frame"
    way = "out" if flags & OUTGOING else "in"
    head = (
        f'{{"event":"{event}","time":{time:.6f},"id":{id},"dir":"{way}","kind":"{_WORDS[kind]}"'
        f',"size":{size}'
    )
    if flags & _FLAGGED:
        heartbeat = is_heartbeat(flags)
        head += ',"compressed":true' if flags & COMPRESSED else ""
        head += ',"fragmented":true' if flags & FRAGMENTED else ""
        head += ',"heartbeat":true' if heartbeat else ""
        head += ',"incomplete":true' if flags & INCOMPLETE and not heartbeat else ""
    return head


def _close_fields(payload: bytes | bytearray | memoryview) -> dict[str, Any]:
    if len(payload) < 2:
        return {"code": None, "reason": ""}
    return {
        "code": int.from_bytes(payload[:2], "big"),
        "reason": str(payload[2:], "utf-8", "replace"),
    }


def close_fields(record: CloseRecord) -> dict[str, Any]:
    """How a connection ended, as fields: `code` and `reason` of who began to close, 1005 where a
    close frame had none, 1006 where there was no close frame (RFC 6455 section 7.4.1)."""
    first = record.sent if record.by_us else record.received or record.sent
    if first is None:
        code, reason = 1006, ""
    else:
        code, reason = 1005 if first.code is None else first.code, first.reason
    return {
        "code": code,
        "reason": reason,
        "clean": record.clean,
        "by": {True: "us", False: "peer", None: None}[record.by_us],
        "sent": _frame_fields(record.sent),
        "received": _frame_fields(record.received),
        "error": record.error,
    }


def _frame_fields(frame: CloseFrame | None) -> dict[str, Any] | None:
    return None if frame is None else {"code": frame.code, "reason": frame.reason}
