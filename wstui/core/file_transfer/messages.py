"""The text messages of the protocol: from and to JSON. What is not valid is none of them."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Final

MARK: Final = "wstui-file"
"""The field that every message has; its value is the version of the protocol."""

VERSION: Final = 1

LONGEST: Final = 64 << 10
"""Bytes of the longest message; a longer one is not looked at."""

MOST: Final = (1 << 63) - 1
"""The greatest number: sizes and offsets of file systems."""

HEAD: Final = 64 << 10
"""Bytes at the beginning of a file that its sender has to know, before it is told of a part."""

LATEST: Final = 1 << 40
"""Seconds since 1970 of the latest modification time: further than systems keep."""


class Reason(enum.StrEnum):
    """Why a receiver does not take a file."""

    EXISTS = "exists"
    """There is one of that name."""
    NAME = "name"
    """The name could do harm, or cannot be had."""
    SIZE = "size"
    """It is larger than is wanted."""
    DISK = "disk"
    """No space, no permission, or another error of the file system."""
    BUSY = "busy"
    """Not now: too many others are being received, or this very name is."""
    CHECKSUM = "checksum"
    """What came has another checksum."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """What all have in common."""

    transfer: str


@dataclass(frozen=True, slots=True)
class Offer(Message):
    """A file could be sent."""

    name: str
    size: int | None = None
    """Bytes; None: not known before its end."""
    modified: int | None = None
    """When the file was changed last, in seconds since the epoch; None: not known."""
    resumable: bool = True
    head: str = ""
    """SHA-256 of its first `HEAD` bytes, or of all where there are fewer; empty: not known."""


@dataclass(frozen=True, slots=True)
class Start(Message):
    """The file is sent, from `offset` on."""

    offset: int
    kept: tuple[str, ...] = ()
    """Receivers whose part is the beginning of this file."""


@dataclass(frozen=True, slots=True)
class End(Message):
    """All of it was sent."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Cancel(Message):
    """No more of it will be sent."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """What a receiver says."""

    receiver: str


@dataclass(frozen=True, slots=True)
class Accept(Answer):
    """The file is wanted."""

    offset: int = 0
    sha256: str = ""
    """Of the bytes up to `offset`; empty where there are none."""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Ack(Answer):
    """So much of it is written."""

    offset: int


@dataclass(frozen=True, slots=True)
class Lost(Answer):
    """Bytes are missing."""


@dataclass(frozen=True, slots=True)
class Done(Answer):
    """All of it is there, with this checksum."""

    sha256: str
    name: str = ""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Refuse(Answer):
    """It is not taken."""

    reason: Reason = Reason.OTHER
    text: str = ""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Busy(Message):
    """It is not stuck."""

    receiver: str = ""
    """Empty: the sender is."""


KINDS: Final[dict[str, type[Message]]] = {
    one.__name__.lower(): one
    for one in (Offer, Start, End, Cancel, Accept, Ack, Lost, Done, Refuse, Busy)
}
"""All messages, by the value of ``kind``."""


def encode(message: Message) -> bytes:
    """`message` as it is sent."""
    body = {MARK: VERSION, "kind": type(message).__name__.lower(), **asdict(message)}
    return json.dumps(body, separators=(",", ":")).encode()


def decode(payload: bytes | bytearray | memoryview) -> Message | None:
    """The message that `payload` is; None for whatever else it is."""
    if len(payload) > LONGEST:
        return None
    data = bytes(payload)
    if MARK.encode() not in data:
        return None
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):  # also of numbers with thousands of digits
        return None
    if not isinstance(body, dict) or type(body.get(MARK)) is not int or body[MARK] != VERSION:
        return None
    kind = body.get("kind")
    made = KINDS.get(kind) if isinstance(kind, str) else None
    return None if made is None else _read(made, body)


def _read(made: type[Message], body: dict[str, Any]) -> Message | None:
    """The message of one kind, if all its fields are valid."""
    values = {}
    for field in fields(made):
        if field.name not in body:
            if field.default is MISSING:
                return None
            continue
        value = body[field.name]
        if type(value) is type(field.default) and value == field.default:
            continue  # such as no checksum, where there may be none
        if not _VALID[field.name](value):
            return None
        values[field.name] = _MADE.get(field.name, _same)(value)
    return made(**values)


def _same(value: Any) -> Any:
    return value


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_time(value: Any) -> bool:
    return type(value) is int and -LATEST <= value <= LATEST


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_is_receiver: Final = _matches(r"[0-9a-f]{16}")
_is_sum: Final = _matches(r"[0-9a-f]{64}")


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_receiver, value))


_VALID: Final[dict[str, Callable[[Any], bool]]] = {
    "transfer": _matches(r"[0-9a-f]{32}"),
    "receiver": _is_receiver,
    "name": _is_text,
    "text": _is_text,
    "size": _is_number,
    "offset": _is_number,
    "modified": _is_time,
    "resumable": _is_flag,
    "only": _is_flag,
    "kept": _is_list,
    "sha256": _is_sum,
    "head": _is_sum,
    "reason": _is_text,
}


def _reason(value: str) -> Reason:
    """A reason of a later version is another one."""
    return Reason(value) if value in set(Reason) else Reason.OTHER


_MADE: Final[dict[str, Callable[[Any], Any]]] = {"kept": tuple, "reason": _reason}
