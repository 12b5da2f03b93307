"""An entry that is no message, in words: a control frame, an event, part of a message."""

from __future__ import annotations

from typing import Final

from wstui.core.entry import KIND_MASK, OUTGOING, Kind, LocalEvent
from wstui.core.filter.selection import is_cut_off
from wstui.core.filter.terms import entry_text
from wstui.core.options.connect import masked_uri
from wstui.core.printable import printable, printable_bytes

MOST: Final = 1000
"""Bytes of a payload that are told."""


def told(flags: int, payload: bytes) -> str:
    """A printable line for an entry with these flags; `payload` may be cut behind `MOST` bytes."""
    kind = flags & KIND_MASK
    if kind == Kind.EVENT:
        event = LocalEvent.decode(payload)
        return printable(f"{event.name} {masked_uri(event.text)}")
    way = "sent" if flags & OUTGOING else "received"
    if kind in (Kind.CLOSE, Kind.RAW):
        return f"{way} {Kind(kind).word} {printable_bytes(entry_text(kind, payload))}".rstrip()
    part = " cut off, of which came" if is_cut_off(flags) else ""
    return f"{way} {Kind(kind).word}{part} {shown_bytes(payload)}".rstrip()


def shown_bytes(payload: bytes) -> str:
    """A payload as its text where that is printable ASCII, else in hex; a long one is cut."""
    rest = "…" if len(payload) > MOST else ""
    part = payload[:MOST]
    if part.isascii() and part.decode().isprintable():
        return part.decode() + rest
    return hex_pairs(part) + rest


def hex_pairs(payload: bytes) -> str:
    """Bytes in hex, as ``00 1F``."""
    return payload.hex(" ").upper()
