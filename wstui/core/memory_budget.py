"""The cap on the memory of all transcripts together, and who makes room when it is reached."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING, Final

from wstui.core.segment import SEGMENT_MEMORY

if TYPE_CHECKING:
    from wstui.core.transcript import Transcript


class MemoryBudget:
    """A cap on the memory of several transcripts together.

    When it is exceeded, the oldest segment of whichever transcript takes the most goes first: the
    connection that floods pays, and a quiet one keeps its history.
    """

    SLACK: Final = 1 / 64
    """Part of the cap that is freed at once beyond what is needed, so that trimming stays rare."""

    PARTS: Final = 16
    """Segments, at least, in the memory that falls to a transcript when all take the same."""

    LEAST: Final = 16 << 10
    """Bytes a segment may take however many transcripts there are."""

    def __init__(self, cap: int = 256 << 20) -> None:
        self.cap = cap
        """Bytes all transcripts may take together."""
        self.used = 0
        """Bytes they take now."""
        self._transcripts: list[Transcript] = []
        self.segment_memory = SEGMENT_MEMORY
        """Bytes a segment may take before a new one is begun.

        Segments are dropped whole, the open one too. Each is a small part of what every
        transcript may take when all take the same, so that none loses all it holds at once.
        """

    def join(self, transcript: Transcript) -> None:
        """Count `transcript` from now on."""
        self._transcripts.append(transcript)
        self._share()
        self.used += transcript.memory

    def leave(self, transcript: Transcript) -> None:
        """Count `transcript` no longer: its connection was removed."""
        self._transcripts.remove(transcript)
        self._share()
        self.used -= transcript.memory

    def _share(self) -> None:
        """Set `segment_memory` after transcripts came or went."""
        share = self.cap // max(len(self._transcripts), 1)
        self.segment_memory = min(SEGMENT_MEMORY, max(share // self.PARTS, self.LEAST))

    def grow(self, amount: int) -> None:
        """Note that some transcript took `amount` more bytes, and make room if that is too much."""
        self.used += amount
        if self.used > self.cap:
            self._make_room(int(self.cap * (1 - self.SLACK)))

    def _make_room(self, goal: int) -> None:
        """Drop segments until no more than `goal` bytes are taken, or nothing is left to drop."""
        # With thousands of transcripts, to look for the largest anew each time takes too long.
        heap = [(-one.memory, index) for index, one in enumerate(self._transcripts)]
        heapify(heap)
        while self.used > goal:
            index = heap[0][1]
            largest = self._transcripts[index]
            if not largest.drop_oldest():
                break
            heapreplace(heap, (-largest.memory, index))

    def shrink(self, amount: int) -> None:
        """Note that some transcript dropped `amount` bytes."""
        self.used -= amount
