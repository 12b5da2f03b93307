"""Transcripts: everything a connection said, in columns, without a Python object per message.

Owns the segments and the numbering. What they may take is `memory_budget`'s matter, which entries
are shown `filter`'s; keeping segments on disk is the storage ring's.

    Transcript ── Segment  numbers 0 …            data  one run of payload bytes
               ├─ Segment  numbers 9103 …         ends  where each payload ends in it
               └─ Segment  the open one           times, flags, wires (only when not derivable)

A segment is closed when its data reaches 1 MiB, or its memory a small part of the cap, and much
that comes at once is a segment by itself. Numbers never change, so when old segments are dropped
`first` grows, and entry `first - 1` reads as one gap event that says how many are gone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from wstui.core.entry import (
    COMPRESSED,
    FRAGMENTED,
    HEARTBEAT,
    INCOMPLETE,
    KIND_MASK,
    OUTGOING,
    Entry,
    EventName,
    Fragment,
    Kind,
    LocalEvent,
    header_size,
)
from wstui.core.memory_budget import MemoryBudget
from wstui.core.segment import LARGE, SEGMENT_MEMORY, SEGMENT_SIZE, Segment, minimal_wires
from wstui.core.sending import raw_frame
from wstui.core.spans import Spans


class Transcript:
    """All entries of a connection, in order, numbered from 0.

    `client` tells which frames carry a masking key: a client masks what it sends, a server is sent
    masked frames (RFC 6455 section 5.1).
    """

    def __init__(self, budget: MemoryBudget | None = None, *, client: bool = True) -> None:
        self.client = client
        """Whether this side is the client."""
        self._segments: list[Segment] = []
        self._firsts: list[int] = []  # of the segments, for bisect
        self._total = 0
        self._budget = budget
        self.first = 0
        """Number of the oldest entry still held."""
        self.memory = 0
        """Bytes the held entries take, within a few per cent."""
        self.counts = [0] * 32
        """Entries ever recorded, by the low five bits of their flags (kind and direction)."""
        self.bytes_in = 0
        self.bytes_out = 0
        """Payload bytes of data messages ever received and sent."""
        self.wire_in = 0
        self.wire_out = 0
        """Bytes of all frames ever received and sent, as on the wire."""
        self.late = Spans()
        """What was recorded between our close frame and the end of the connection."""
        self.grew: Callable[[], object] | None = None
        """Called when entries were recorded, at most once for a read, by those who cannot look
        now and then; it may do next to nothing. None: nobody waits for them."""
        if budget is not None:
            budget.join(self)

    # Writing

    def append(
        self,
        kind: Kind,
        payload: bytes | bytearray,
        time: float,
        *,
        outgoing: bool = False,
        compressed: bool = False,
        incomplete: bool = False,
        heartbeat: bool = False,
        fragments: Sequence[Fragment] = (),
        wire: int | None = None,
        rtt: float | None = None,
    ) -> int:
        """Record one entry and return its number.

        `wire` is None for a single uncompressed frame: its length follows from the payload's.
        `fragments` is empty for a message in one frame. `rtt` in seconds, for a pong.
        """
        flags = kind | (OUTGOING if outgoing else 0) | (COMPRESSED if compressed else 0)
        if fragments:
            flags |= FRAGMENTED
            wire = sum(fragment.wire for fragment in fragments)
        if incomplete:
            flags |= INCOMPLETE
        if heartbeat:
            flags |= HEARTBEAT
        number = self._total
        wires = None if wire is None else (wire,)
        self.append_batch(bytes((flags,)), (len(payload),), payload, time, wires)
        if number < self.first:  # so large that the budget dropped it at once
            return number
        if fragments or rtt is not None:
            segment, row = self._segments[-1], number - self._segments[-1].first
            before = segment.memory
            segment.add_fragments(row, fragments)
            if rtt is not None:
                segment.rtts[row] = rtt
            self._grow(segment.memory - before)
        return number

    def append_event(self, event: LocalEvent, time: float) -> int:
        """Record something that was not on the wire and return its number."""
        return self.append(Kind.EVENT, event.encode(), time)

    def append_batch(
        self,
        flags: bytes | bytearray,
        lengths: Sequence[int],
        data: bytes | bytearray,
        time: float,
        wires: Sequence[int] | None = None,
        wire: int | None = None,
    ) -> None:
        """Record several entries, all at `time` (seconds since the epoch), in one step.

        `data` is their payloads one after the other, `lengths` their sizes in bytes, `flags` has
        one byte for each. `wires` None means: each was one uncompressed frame. `wire` is the sum of
        their wire bytes for those who know it; None has it added up.
        """
        alone = len(data) >= LARGE
        segment = self._open_segment(alone)
        before = segment.memory if len(segment) else 0
        segment.extend(flags, lengths, data, time, wires, client=self.client)
        if alone:
            segment.seal()
        self._count(flags, lengths, wires, wire)
        self._total += len(lengths)
        self._grow(segment.memory - before)
        if self.grew is not None:
            self.grew()

    def _open_segment(self, new: bool) -> Segment:
        """The segment to append to: a new one when the last is full or closed, or on demand."""
        if self._segments:
            last = self._segments[-1]
            if not last.closed:
                if not new and not self._is_full(last):
                    return last
                before = last.memory
                last.seal()
                self._grow(last.memory - before)
        segment = Segment(self._total)
        self._segments.append(segment)
        self._firsts.append(self._total)
        return segment

    def _is_full(self, segment: Segment) -> bool:
        limit = SEGMENT_MEMORY if self._budget is None else self._budget.segment_memory
        return len(segment.data) >= SEGMENT_SIZE or segment.memory >= limit

    def _minimal_wires(self, flags: bytes | bytearray, lengths: Sequence[int]) -> list[int]:
        """Wire bytes of single uncompressed frames with these flags and payload lengths."""
        return minimal_wires(flags, lengths, client=self.client)

    def _count(
        self,
        flags: bytes | bytearray,
        lengths: Sequence[int],
        wires: Sequence[int] | None,
        wire: int | None,
    ) -> None:
        """Keep the totals. A batch of one kind and direction, the usual, costs next to nothing."""
        rows = len(flags)
        flag = flags[0]
        if flags.count(flag) != rows:
            wires = wires if wires is not None else self._minimal_wires(flags, lengths)
            for row in range(rows):
                part = slice(row, row + 1)
                self._count(flags[part], lengths[part], wires[part], wires[row])
            return
        kind = flag & KIND_MASK
        self.counts[flag & (KIND_MASK | OUTGOING)] += rows
        if not kind:
            return
        size = sum(lengths)
        if wire is not None:
            pass
        elif wires is not None:
            wire = sum(wires)
        elif max(lengths) < 126:  # all headers are alike: no need to look at each
            wire = size + rows * header_size(0, masked=bool(flag & OUTGOING) is self.client)
        else:
            wire = sum(self._minimal_wires(flags, lengths))
        data = size if kind in (Kind.TEXT, Kind.BINARY) else 0
        if flag & OUTGOING:
            self.bytes_out += data
            self.wire_out += wire
        else:
            self.bytes_in += data
            self.wire_in += wire

    def _grow(self, amount: int) -> None:
        self.memory += amount
        if self._budget is not None:
            self._budget.grow(amount)

    def drop_oldest(self) -> int:
        """Forget the oldest segment and return the bytes freed: 0 when nothing is held."""
        if not self._segments:
            return 0
        segment = self._segments.pop(0)
        del self._firsts[0]
        self.first = segment.first + len(segment)
        freed = segment.memory
        self.memory -= freed
        if self._budget is not None:
            self._budget.shrink(freed)
        return freed

    def close(self) -> None:
        """Leave the memory budget: the connection was removed."""
        if self._budget is not None:
            self._budget.leave(self)
            self._budget = None

    # Reading

    def __len__(self) -> int:
        """Entries ever recorded, dropped ones included: the number the next entry gets."""
        return self._total

    @property
    def received(self) -> int:
        """Data messages (text and binary) ever received."""
        return self.counts[Kind.TEXT] + self.counts[Kind.BINARY]

    @property
    def sent(self) -> int:
        """Data messages (text and binary) ever sent."""
        return self.counts[Kind.TEXT | OUTGOING] + self.counts[Kind.BINARY | OUTGOING]

    def segments(self, start: int = 0) -> Iterator[Segment]:
        """The held segments, beginning with the one that holds entry `start`."""
        index = max(bisect_right(self._firsts, start) - 1, 0)
        yield from self._segments[index:]

    def _locate(self, number: int) -> tuple[Segment, int]:
        if not self.first <= number < self._total:
            raise IndexError(f"entry {number} is not held ({self.first} to {self._total - 1} are)")
        segment = self._segments[bisect_right(self._firsts, number) - 1]
        return segment, number - segment.first

    def _is_gap(self, number: int) -> bool:
        return 0 <= number == self.first - 1

    def gap(self) -> LocalEvent:
        """The event that entry ``first - 1`` reads as once older ones were dropped."""
        return LocalEvent(
            EventName.GAP,
            f"{self.first:,} older entries dropped to stay within the memory limit",
            {"dropped": self.first},
        )

    def entry(self, number: int) -> Entry:
        """The entry with this number; ``first - 1`` is the gap event when entries were dropped.

        Raises:
            IndexError: there is no such entry, or it is no longer held.
        """
        if self._is_gap(number):
            time = self._segments[0].times[0] if self._segments and len(self._segments[0]) else 0.0
            return Entry(number, time, Kind.EVENT, len(self.gap().encode()), 0)
        segment, row = self._locate(number)
        start, end = segment.span(row)
        flags = segment.flags[row]
        if segment.wires is not None:
            wire = segment.wires[row]
        else:
            wire = self._minimal_wires(bytes((flags,)), (end - start,))[0]
        return Entry(number, segment.times[row], flags, end - start, wire)

    def time(self, number: int) -> float:
        """Seconds since the epoch of entry `number`.

        Raises:
            IndexError: as for `entry`.
        """
        if self._is_gap(number):
            return self.entry(number).time
        segment, row = self._locate(number)
        return segment.times[row]

    def payload(self, number: int, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` to `stop` of a payload (None: to its end), copied; shorter at its end.

        Raises:
            IndexError: as for `entry`.
        """
        if self._is_gap(number):
            return self.gap().encode()[start:stop]
        segment, row = self._locate(number)
        low, high = segment.span(row)
        if stop is not None:
            high = min(high, low + stop)
        return bytes(memoryview(segment.data)[min(low + start, high) : high])

    def event(self, number: int) -> LocalEvent:
        """The local event that entry `number` is.

        Raises:
            IndexError: as for `entry`.
            ValueError: the entry is no event.
        """
        return LocalEvent.decode(self.payload(number))

    def fragments(self, number: int) -> tuple[Fragment, ...]:
        """The frames of entry `number`, one or more; none for a local event.

        Raises:
            IndexError: as for `entry`.
        """
        entry = self.entry(number)
        if entry.is_event:
            return ()
        segment, row = self._locate(number)
        recorded = segment.fragments.get(row)
        if recorded is not None:
            return recorded
        if entry.kind is Kind.RAW:
            return (raw_frame.fragment(self.payload(number), entry.time),)
        masked = entry.outgoing is self.client
        single = Fragment(
            entry.time, entry.kind, True, entry.compressed, masked, entry.size, entry.wire
        )
        return (single,)

    def rtt(self, number: int) -> float | None:
        """Round-trip time in seconds, for a pong that answers a ping of ours; None for others.

        Raises:
            IndexError: as for `entry`.
        """
        if self._is_gap(number):
            return None
        segment, row = self._locate(number)
        return segment.rtts.get(row)
