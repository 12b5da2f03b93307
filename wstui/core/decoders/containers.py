"""Self-describing binary formats without a magic number: MessagePack, CBOR, BSON.

Owns telling whether a whole payload is exactly one map or array of such a format. A payload that
merely begins like one is not called one. Nothing is decoded for show here.
"""

from __future__ import annotations

from typing import Final

import msgpack

_MSGPACK_LENGTHS: Final = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_OPEN_ENDED: Final = -1
_BREAK: Final = 0xFF


def message_pack(payload: bytes) -> str:
    """``MessagePack map(3)`` when all of `payload` is one such container; else empty."""
    first = payload[0]
    if not (0x80 < first <= 0x8F or 0x90 < first <= 0x9F or first in _MSGPACK_LENGTHS):
        return ""
    try:
        value = msgpack.unpackb(payload, strict_map_key=False)
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        return ""
    if isinstance(value, dict):
        # Duplicate keys collapse in the dictionary: the header knows how many there are.
        plain = all(isinstance(key, str | int) for key in value)
        return f"MessagePack map({_declared(payload)})" if value and plain else ""
    return f"MessagePack array({len(value)})" if value else ""


def _declared(payload: bytes) -> int:
    """The number of items that the container at the start of `payload` says it has."""
    extra = _MSGPACK_LENGTHS.get(payload[0], 0)
    return int.from_bytes(payload[1 : 1 + extra], "big") if extra else payload[0] & 0x0F


def cbor(payload: bytes) -> str:
    """``CBOR map(4)`` when all of `payload` is one such container (RFC 8949); else empty.

    Walks over the items without decoding them: tags of CBOR can ask a decoder for regular
    expressions and for numbers of any size. Without a count when the container is open-ended.
    """
    start = 3 if payload.startswith(b"\xd9\xd9\xf7") else 0  # self-described, section 3.4.6
    if start >= len(payload) or not _is_one_item(payload, start):
        return ""
    major, count, _ = _cbor_head(payload, start)
    if major not in (4, 5) or not count:
        return ""
    name = "CBOR map" if major == 5 else "CBOR array"
    return name if count == _OPEN_ENDED else f"{name}({count})"


def _cbor_head(payload: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument, and where the content begins; raises ValueError when malformed."""
    major, extra = payload[at] >> 5, payload[at] & 0x1F
    at += 1
    if extra < 24:
        return major, extra, at
    if extra < 28:
        length = 1 << extra - 24
        return major, int.from_bytes(payload[at : at + length], "big"), at + length
    if extra == 31 and 2 <= major <= 5:
        return major, _OPEN_ENDED, at
    raise ValueError("reserved")


def _is_one_item(payload: bytes, at: int) -> bool:
    """Whether the item at `at` is well-formed and ends where `payload` does.

    Keeps a stack of how many items each level still expects, instead of recursing.
    """
    expected = [1]
    while expected:
        if expected[-1] == 0:
            expected.pop()
        elif at >= len(payload):
            return False
        elif payload[at] == _BREAK:
            if expected.pop() != _OPEN_ENDED:
                return False
            at += 1
        else:
            try:
                major, value, at = _cbor_head(payload, at)
            except ValueError:
                return False
            # A tag is one item together with what follows it.
            if expected[-1] > 0 and major != 6:
                expected[-1] -= 1
            if major in (2, 3) and value != _OPEN_ENDED:
                if major == 3 and not _is_text(payload[at : at + value]):
                    return False
                at += value
            elif 2 <= major <= 5:
                expected.append(2 * value if major == 5 and value > 0 else value)
    return at == len(payload)


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def bson(head: bytes, size: int) -> str:
    """``BSON`` when the length in front is that of the payload and an element follows it."""
    if size < 8 or len(head) < 8 or int.from_bytes(head[:4], "little") != size:
        return ""
    if len(head) == size and head[-1] != 0:
        return ""
    name, found, _ = head[5:].partition(b"\0")
    known = 1 <= head[4] <= 0x13 or head[4] in (0x7F, 0xFF)
    return "BSON" if known and found and name and _is_text(name) else ""
