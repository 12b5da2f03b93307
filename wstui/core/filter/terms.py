"""The terms of a filter: what each asks of an entry, and how it searches many rows at once.

Owns matching by flags, by a table, and by free text, in one search over the bytes of many rows.
Regular expressions are `filter.expression`'s matter, reading what the user typed is that of
`filter.language`; which rows are looked at, and when, that of `matches`.

Every search is cut into short steps: the generators here yield between them, so that the caller
can look at the clock and go on later.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from wstui.core.entry import KIND_MASK, OUTGOING, Kind, LocalEvent, is_heartbeat
from wstui.core.printable import printable
from wstui.core.sending.raw_frame import decode, header_words

WINDOW: Final = 256 << 10
"""Bytes of a payload that free text is searched in at a time."""

WORK: Final = 1 << 18
"""Bytes times letters that free text is searched in at a time when it is tried letter by letter at
each byte, as is what has letters beyond ASCII in two cases. At most half a millisecond."""

LEAST_PIECE: Final = 64
"""Bytes that are searched at a time, at least, however long such text is."""

MAX_SPANS: Final = 256
"""Highlights in one row."""

SPECIAL_KINDS: Final = (Kind.EVENT, Kind.CLOSE, Kind.RAW)
"""Kinds whose text is not their payload: see `entry_text`."""

Read = Callable[[int, int], bytes]
"""Gives the bytes of a text from start to stop."""

Steps = Generator[None, None, bool | None]
"""A search in one text: yields between its steps; None when the time limit struck."""


def reader(text: bytes) -> Read:
    """What reads parts of `text`."""
    return lambda start, stop: text[start:stop]


def entry_text(kind: int, payload: bytes) -> bytes:
    """What text terms search in, in UTF-8: what is shown of the entry.

    For a local event its sentence, for a close frame code and reason (``4001 bye``), for a frame
    made by hand its header in words and its payload without the mask; else the payload as it is.
    """
    if kind == Kind.CLOSE and len(payload) >= 2:
        code = int.from_bytes(payload[:2], "big")
        return f"{code} ".encode() + payload[2:] if payload[2:] else str(code).encode()
    if kind == Kind.RAW:
        frame = decode(payload)
        return " · ".join(header_words(frame)).encode() + b" " + frame.payload
    if kind == Kind.EVENT:
        try:
            return LocalEvent.decode(payload).text.encode("utf-8", "surrogatepass")
        except ValueError:
            return payload
    return payload


@dataclass(slots=True)
class Chunk:
    """Some consecutive rows of a segment, copied: the segment may grow or go meanwhile."""

    data: bytes
    """The payloads, one after the other."""
    ends: array[int]
    """End of each payload, counted from where `base` says."""
    base: int
    """Where the first payload starts."""
    special: dict[int, bytes]
    """Texts of those rows whose text is not their payload."""
    timed_out: int = 0
    """Rows given up because a regular expression took too long on them."""

    def span(self, row: int) -> tuple[int, int]:
        """Start and end of the payload of `row` in `data`."""
        return (self.ends[row - 1] - self.base if row else 0, self.ends[row] - self.base)

    def text(self, row: int) -> bytes:
        """What text terms search in."""
        if row in self.special:
            return self.special[row]
        start, end = self.span(row)
        return self.data[start:end]


def mark_literal(
    pattern: re.Pattern[bytes], chunk: Chunk, data: bytes, piece: int = WINDOW, longest: int = 1
) -> Generator[None, None, bytearray]:
    """One byte per row, 1 where `pattern` is found in `data`, which is as long as `chunk.data`.

    Searches go over all rows, in steps of `piece` bytes where a match may begin; a match has at
    most `longest` bytes. A hit that reaches into the next row is none; whether there is another
    one in the row where it begins is looked up before the search goes on behind that row.
    """
    ends, base, rows = chunk.ends, chunk.base, len(chunk.ends)
    hits = bytearray(rows)
    search = pattern.search
    row = position = 0
    limit, size, beyond = piece, len(data), longest - 1
    while position < size:
        match = search(data, position, limit + beyond)
        if match is None:
            position = limit
        else:
            start, end = match.span()
            row = bisect_right(ends, start + base, row, rows)
            position = ends[row] - base
            if end <= position or search(data, start + 1, position) is not None:
                hits[row] = 1
        if position >= limit:
            limit = position + piece
            yield
    return hits


@dataclass(frozen=True, slots=True)
class FlagTerm:
    """A term about kind, direction or origin: it needs nothing but an entry's flags."""

    negated: bool
    outgoing: bool | None
    """True: sent, False: received; None: the term is about kinds. Events have no direction."""
    kinds: tuple[Kind, ...] = ()
    heartbeat: bool = False
    """The term is about heartbeats, and nothing else."""

    def accepts(self, flags: int) -> bool:
        """Whether an entry with these flags is let through."""
        if self.heartbeat:
            return is_heartbeat(flags) is not self.negated
        kind = flags & KIND_MASK
        if self.outgoing is None:
            return (kind in self.kinds) is not self.negated
        found = kind != Kind.EVENT and bool(flags & OUTGOING) is self.outgoing
        return found is not self.negated

    def describe(self) -> str:
        """The term in words."""
        if self.heartbeat:
            words = "heartbeat"
        elif self.outgoing is None:
            words = " or ".join(kind.word for kind in self.kinds)
        else:
            words = "sent" if self.outgoing else "received"
        return f"not {words}" if self.negated else words


def _variants(char: str) -> list[str]:
    """`char` and the same letter in the other case: ASCII among itself, the rest among itself."""
    others = {char, char.lower(), char.upper(), char.title()}
    return sorted(
        other for other in others if len(other) == 1 and other.isascii() is char.isascii()
    )


def utf8(text: str) -> bytes:
    """`text` in UTF-8; lone surrogates, which may be typed but never match, cause no error."""
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Literal:
    """Free text. Upper and lower case are alike unless `word` has an upper-case letter."""

    word: str
    negated: bool
    _sensitive: bool = field(init=False)
    _bytes: re.Pattern[bytes] = field(init=False, compare=False)
    _longest: int = field(init=False)  # bytes of the longest match
    _piece: int = field(init=False)  # bytes to search in a step
    _preview: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        sensitive = self.word != self.word.lower()
        groups = [[char] if sensitive else _variants(char) for char in self.word]
        # The haystack is lowered (bytes.lower, ASCII only), which is quicker than IGNORECASE.
        source = b"".join(
            re.escape(utf8(char))
            if len(group) == 1 or char.isascii()
            else b"(?:" + b"|".join(re.escape(utf8(other)) for other in group) + b")"
            for char, group in zip(self.word, groups, strict=True)
        )
        shown = printable(self.word)
        preview = [[char] if sensitive else _variants(char) for char in shown]
        classes = "".join("(?:" + "|".join(map(re.escape, group)) + ")" for group in preview)
        put = object.__setattr__  # the way of frozen dataclasses
        put(self, "_sensitive", sensitive)
        put(self, "_bytes", re.compile(source))
        put(self, "_longest", sum(max(len(utf8(other)) for other in group) for group in groups))
        put(self, "_preview", re.compile(classes))
        # A pattern without alternatives takes the same time for each byte however long it is.
        plain = all(len(group) == 1 or group[0].isascii() for group in groups)
        put(self, "_piece", WINDOW if plain else max(WORK // len(groups), LEAST_PIECE))

    def mark(self, chunk: Chunk, selected: bytes) -> Generator[None, None, bytearray]:
        """One byte per row of `chunk`, 1 where the text is found; `selected` has no bearing."""
        yield
        data = chunk.data if self._sensitive else chunk.data.lower()
        hits = yield from mark_literal(self._bytes, chunk, data, self._piece, self._longest)
        for row, text in chunk.special.items():
            found = yield from self.search(reader(text), len(text))
            hits[row] = found is True
        return hits

    def search(self, read: Read, size: int) -> Steps:
        """Look for the text in one long text of `size` bytes."""
        piece = min(self._piece, WINDOW)
        for start in range(0, size, piece):
            text = read(start, min(start + piece + self._longest - 1, size))
            haystack = text if self._sensitive else text.lower()
            if self._bytes.search(haystack) is not None:
                return True
            yield
        return False

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where printable `text` shows it: start and end in characters."""
        return (match.span() for match in self._preview.finditer(text))

    def describe(self) -> str:
        """The term in words."""
        return f"{'without' if self.negated else 'with'} “{self.word}”"


def intersection(one: bytes | bytearray, other: bytes | bytearray) -> bytes:
    """The rows marked in both."""
    both = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def difference(one: bytes | bytearray, other: bytes | bytearray) -> bytes:
    """The rows marked in `one` but not in `other`."""
    rest = int.from_bytes(one, "little") & ~int.from_bytes(other, "little")
    return rest.to_bytes(len(one), "little")
