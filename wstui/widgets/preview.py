"""The words of one transcript row: what an entry says, in one line.

Owns the choice of words and how much of a payload is looked at. Columns, colours and cells are
the matter of `rows`; the whole payload is the entry view's.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from wstui.core import close_codes
from wstui.core.decoders import sniff
from wstui.core.entry import Entry, EventName, Kind
from wstui.core.explain.words import in_words
from wstui.core.printable import printable
from wstui.core.sending.raw_frame import decode, header_words
from wstui.core.transcript import Transcript
from wstui.core.units import rtt_text

Tone = Literal["text", "binary", "control", "closing", "dim", "warning", "error", "success"]
"""What colours the payload column; each is a field of `rows.RowStyles`."""

LEAST: Final = 64
"""Bytes of a payload that are looked at however narrow the view is: enough to tell its format."""

EVENT_LIMIT: Final = 1 << 17
"""Bytes of an event that are parsed; a larger one shows as it is stored."""

EVENT_TONES: Final[dict[EventName, Tone]] = {
    EventName.CONNECTING: "dim",
    EventName.REDIRECT: "text",
    EventName.OPEN: "success",
    EventName.FAILED: "error",
    EventName.CLOSED: "closing",
    EventName.WAITING: "warning",
    EventName.ERROR: "error",
    EventName.GAP: "warning",
    EventName.NOTE: "text",
}


class Preview(NamedTuple):
    """What stands in a row. All texts are printable; none is cut to cells yet."""

    word: str
    """The opcode column: ``text``, ``frag``, or the name of an event."""
    text: str
    """The payload, as far as it was looked at."""
    tone: Tone
    cut: bool = False
    """Whether the payload goes on after `text`."""
    lead: str = ""
    """A remark before the payload, such as how many frames it came in."""
    note: str = ""
    """A remark after it, such as what the bytes seem to be."""


def preview(transcript: Transcript, entry: Entry, room: int) -> Preview:
    """The words for `entry` when `room` cells are there for its payload.

    Looks at 4 bytes a cell at most: no character of UTF-8 is longer, so a large message costs
    as little as a small one.
    """
    if entry.is_event:
        return _event(transcript, entry, room)
    head = transcript.payload(entry.number, 0, max(LEAST, 4 * room))
    made = _remarked(transcript, entry, _KINDS[entry.flags & 0x0F](transcript, entry, head, room))
    if not entry.fragmented and not entry.incomplete:
        return made
    return made._replace(
        word="frag" if entry.fragmented else made.word, lead=_lead(transcript, entry)
    )


def _remarked(transcript: Transcript, entry: Entry, made: Preview) -> Preview:
    """`made` with what is to be known of where the entry comes from."""
    if entry.is_heartbeat:
        return made._replace(note=" · ".join(filter(None, (made.note, "heartbeat"))))
    if entry.kind is not Kind.CLOSE and not entry.outgoing and entry.number in transcript.late:
        return made._replace(note=" · ".join(filter(None, ("after our close", made.note))))
    return made


def _lead(transcript: Transcript, entry: Entry) -> str:
    words = []
    if entry.fragmented:
        frames = len(transcript.fragments(entry.number))
        words.append(f"{entry.kind.word} in {frames:,} frame{'' if frames == 1 else 's'}")
    if entry.incomplete:
        words.append("unfinished")
    return ", ".join(words)


def _text(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    if not head:
        return Preview("text", "empty", "dim")
    # Not final: a character that the cut went through is left out, not shown as broken.
    cut = len(head) < entry.size
    decoded, _ = codecs.utf_8_decode(head, "replace", not cut)
    return Preview("text", printable(decoded), "text", cut)


def _binary(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    if not head:
        return Preview("bin", "empty", "dim")
    note = printable(sniff.describe(head, entry.size))
    if note:
        # What the bytes are says more than the bytes: it gets its room first.
        count = max(4, min(16, (room - len(note) - 3) // 3))
    else:
        count = max(4, min(32, room // 3))
    return Preview("bin", head[:count].hex(" "), "binary", count < entry.size, note=note)


def _control(word: str, transcript: Transcript, entry: Entry, head: bytes) -> Preview:
    rtt = transcript.rtt(entry.number)
    note = "" if rtt is None else f"rtt {rtt_text(rtt)}"
    if not head:
        return Preview(word, "empty", "dim", note=note)
    readable = head.isascii() and head.decode("ascii").isprintable()
    text = head.decode("ascii") if readable else head.hex(" ")
    return Preview(word, text, "control", len(head) < entry.size, note=note)


def _ping(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    return _control("ping", transcript, entry, head)


def _pong(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    return _control("pong", transcript, entry, head)


def _close(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    """Code, reason and name (RFC 6455 section 5.5.1); the body may be empty or malformed."""
    if not head:
        return Preview("close", "no code", "closing", note=close_codes.describe(1005).name)
    if len(head) == 1:
        return Preview("close", head.hex(), "error", note="half a close code")
    code = int.from_bytes(head[:2], "big")
    reason = printable(head[2:].decode("utf-8", "replace"))
    text = f"{code} {reason}".rstrip()
    cut = len(head) < entry.size
    return Preview("close", text, "closing", cut, note=close_codes.describe(code).name)


def _raw(transcript: Transcript, entry: Entry, head: bytes, room: int) -> Preview:
    """A frame made by hand: its header in words, and which rules it breaks."""
    data = transcript.payload(entry.number)
    frame = decode(data)
    # Whether compression was agreed on is not known here.
    rules = frame.broken(compression=True, client=transcript.client)
    broken = ", ".join(rule.short for rule in rules)
    text = " · ".join(header_words(frame))
    if broken:
        return Preview("raw", f"breaks rules: {broken} · {text}", "error")
    return Preview("raw", text, "warning")


def _event(transcript: Transcript, entry: Entry, room: int) -> Preview:
    try:
        if entry.size > EVENT_LIMIT:
            raise ValueError("too large to be parsed for a row")
        event = transcript.event(entry.number)
    except ValueError:
        head = transcript.payload(entry.number, 0, max(LEAST, 4 * room))
        text = printable(head.decode("utf-8", "replace"))
        return Preview("event", text, "warning", len(head) < entry.size)
    limit = 4 * max(room, LEAST)
    words = in_words(event.text) if event.name is EventName.ERROR else event.text
    text = printable(words[:limit])
    return Preview(event.name.value, text, EVENT_TONES[event.name], len(words) > limit)


_KINDS: Final[dict[int, Callable[[Transcript, Entry, bytes, int], Preview]]] = {
    Kind.TEXT: _text,
    Kind.BINARY: _binary,
    Kind.PING: _ping,
    Kind.PONG: _pong,
    Kind.CLOSE: _close,
    Kind.RAW: _raw,
}
