"""What a transcript adds up to: rates by the second, sizes, gaps between messages, compression.

A survey reads the columns of a transcript in steps, from its oldest entry on, and goes on as more
come in. Nothing is counted while messages are received, so whoever does not look pays nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from operator import sub
from typing import Final

from wstui.core.entry import COMPRESSED, KIND_MASK, OUTGOING, Kind
from wstui.core.segment import Segment
from wstui.core.transcript import Transcript

STEP_ROWS: Final = 1024
"""Entries looked at in one step: a millisecond or two."""

KEPT_SECONDS: Final = 61
"""Seconds of which the rates are kept, the one that is not over yet included."""

BACKLOG: Final = 250_000
"""Entries not yet looked at over which sizes and gaps are taken from one step in `SAMPLING`."""

SAMPLING: Final = 16

FINENESS: Final = 8
"""Steps into which each doubling of a gap is divided: a quantile is off by 5 % at most."""

_DATA: Final = (Kind.TEXT, Kind.BINARY)


@dataclass(slots=True)
class Tally:
    """Data messages of one direction."""

    messages: int = 0
    size: int = 0
    """Bytes of payload, after decompression."""

    def add(self, messages: int, size: int) -> None:
        self.messages += messages
        self.size += size


@dataclass(slots=True)
class Second:
    """Data messages of one second of the clock."""

    received: Tally = field(default_factory=Tally)
    sent: Tally = field(default_factory=Tally)

    def of(self, outgoing: bool) -> Tally:
        """Those of one direction."""
        return self.sent if outgoing else self.received


class Quantiles:
    """Lengths of time, counted in steps of equal ratio."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._zeros = 0
        self.count = 0
        """How many there were."""

    def update(self, seconds: Counter[float]) -> None:
        """Add lengths of time, each so many times; those below a microsecond count as 0."""
        for value, times in seconds.items():
            if value < 1e-6:
                self._zeros += times
            else:
                self._counts[round(math.log2(value) * FINENESS)] += times
            self.count += times

    def at(self, share: float) -> float | None:
        """Seconds that `share` (0 to 1) of them do not exceed; None when there are none."""
        if not self.count:
            return None
        wanted = share * self.count - self._zeros
        if wanted <= 0:
            return 0.0
        for step in sorted(self._counts):
            wanted -= self._counts[step]
            if wanted <= 0:
                break
        return float(2.0 ** (step / FINENESS))


class Survey:
    """What one transcript adds up to so far."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._next = transcript.first
        self._steps = 0
        self._last: dict[bool, float] = {}  # when the last message of a direction came
        self.seconds: dict[int, Second] = {}
        """The last `KEPT_SECONDS` seconds in which there was something, by the clock."""
        self.sizes: dict[bool, Counter[int]] = {False: Counter(), True: Counter()}
        """For received (False) and sent messages: how many had payloads of so many bits in their
        length: 0 is empty, 1 a byte, 2 up to 3 bytes, 3 up to 7."""
        self.gaps = Quantiles()
        """Between a message received and the one received before."""
        self.unpacked = {False: 0, True: 0}
        """Bytes of compressed messages, after decompression."""
        self.packed = {False: 0, True: 0}
        """Bytes of the same messages on the wire, frame headers included."""
        self.sampled = False
        """Whether sizes and gaps are those of a sample, since there was too much to look at."""

    @property
    def behind(self) -> int:
        """Entries not yet looked at."""
        return len(self._transcript) - self._next

    def step(self) -> bool:
        """Look at some more entries; False when there are none."""
        transcript = self._transcript
        if self._next < transcript.first:
            self._next = transcript.first
            self._last.clear()
        if self.behind <= 0:
            return False
        segment = next(transcript.segments(self._next))
        start = self._next - segment.first
        stop = min(start + STEP_ROWS, len(segment))
        self._steps += 1
        whole = self.behind <= BACKLOG or self._steps % SAMPLING == 0
        if not whole:
            self.sampled = True
            self._last.clear()
        for begin, end in _runs(segment, start, stop):
            self._take(segment, begin, end, whole)
        self._next = segment.first + stop
        return True

    def _take(self, segment: Segment, begin: int, end: int, whole: bool) -> None:
        """Count rows that are all of one kind and direction, in one second."""
        flag = segment.flags[begin]
        if flag & KIND_MASK not in _DATA:
            return
        outgoing = bool(flag & OUTGOING)
        first = segment.span(begin)[0]
        size = segment.ends[end - 1] - first
        self._second(int(segment.times[begin])).of(outgoing).add(end - begin, size)
        if flag & COMPRESSED and segment.wires is not None:
            self.unpacked[outgoing] += size
            self.packed[outgoing] += sum(segment.wires[begin:end])
        if not whole:
            return
        ends = segment.ends[begin:end]
        sizes = map(sub, ends, (first, *ends[:-1]))
        self.sizes[outgoing].update(map(int.bit_length, sizes))
        times = segment.times[begin:end]
        if not outgoing:
            before = self._last.get(outgoing)
            gaps = Counter(map(sub, times[1:], times[:-1]))
            if before is not None:
                gaps[times[0] - before] += 1
            self.gaps.update(gaps)
        self._last[outgoing] = times[-1]

    def _second(self, second: int) -> Second:
        found = self.seconds.get(second)
        if found is None:
            found = self.seconds[second] = Second()
            newest = max(self.seconds)
            for old in [one for one in self.seconds if one <= newest - KEPT_SECONDS]:
                del self.seconds[old]
        return found

    def rates(self, now: float, outgoing: bool, span: int) -> tuple[float, float]:
        """Messages and bytes of payload a second, over the last `span` whole seconds."""
        last = int(now)
        found = [
            self.seconds[one].of(outgoing) for one in self.seconds if last - span <= one < last
        ]
        messages = sum(one.messages for one in found)
        return messages / span, sum(one.size for one in found) / span

    def history(self, now: float, outgoing: bool, span: int) -> list[int]:
        """Messages in each of the last `span` whole seconds, the newest last."""
        last = int(now)
        nothing = Second()
        return [
            self.seconds.get(one, nothing).of(outgoing).messages for one in range(last - span, last)
        ]

    def ratio(self, outgoing: bool) -> float | None:
        """How many times smaller compression made what was compressed; None without any."""
        packed = self.packed[outgoing]
        return self.unpacked[outgoing] / packed if packed else None


def _runs(segment: Segment, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Rows `start` to `stop` in runs of equal flags within a second of the clock."""
    flags = segment.flags
    if flags.count(flags[start], start, stop) == stop - start and (
        int(segment.times[start]) == int(segment.times[stop - 1])
    ):
        yield start, stop
        return
    seconds = list(map(int, segment.times[start:stop]))
    begin = start
    rows = pairwise(zip(flags[start:stop], seconds, strict=True))
    for row, (before, here) in enumerate(rows, start + 1):
        if before != here:
            yield begin, row
            begin = row
    yield begin, stop
