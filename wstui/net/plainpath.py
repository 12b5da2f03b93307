"""The plain path: everything is left to the library, a few frames at a time.

What a turn of the event loop has no time for is kept, and goes on when the governor says so; the
same holds for the fast path, which builds on this one. Order stays as on the wire: nothing is read
meanwhile, and that TCP ended is told only when all that came before it was dealt with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from websockets.protocol import State

from wstui.net.governor import Governor
from wstui.net.tap import Tapped

AT_ONCE: Final = 16
"""Frames given to the library in one step. Each takes up to 0.1 ms, a ping with its pong."""


def end_of_frames(data: bytes, at: int, count: int) -> int:
    """Where `count` frames from `at` on end; fewer if fewer begin in `data`.

    The last one may end behind `data`. It is `at` itself when not even a header is whole.
    """
    size = len(data)
    for _ in range(count):
        if at + 2 > size:
            break
        second = data[at + 1]
        length = second & 0x7F
        begin = at + (6 if second & 0x80 else 2)  # with a masking key, which servers must not send
        if length > 125:
            extended = 2 if length == 126 else 8
            begin += extended
            length = int.from_bytes(data[at + 2 : at + 2 + extended], "big")
        if begin > size:
            break
        at = begin + length
    return at


class PlainPath:
    """Receives through the library alone.

    `feed` gives bytes to the library and sends what it answers.
    """

    def __init__(self, protocol: Tapped, feed: Callable[[bytes], None], governor: Governor) -> None:
        self._protocol = protocol
        self._feed = feed
        self._governor = governor
        self._rest = b""  # came, and could not be dealt with yet: for want of bytes, or of time
        self._owed = 0  # bytes that the library lacks to the end of the frame it was begun
        self._is_kept = False  # it was for want of time: the governor will go on
        self._ends: list[Callable[[], None]] = []

    def get_buffer(self) -> memoryview:
        """Where the next read goes."""
        return self._governor.buffer

    def received(self, size: int) -> None:
        """Deal with the `size` bytes that were read into the buffer."""
        self.receive(bytes(self._governor.seen(size)))

    def receive(self, data: bytes) -> None:
        """Deal with bytes that begin where the last ones ended. To be called within a read."""
        self._rest += data
        if not self._is_kept and not self._go_on():
            self._is_kept = True
            self._governor.later(self._go_on)

    def finish(self, then: Callable[[], None], *, abandoned: bool = False) -> None:
        """TCP ended: call `then` when all that came before was dealt with, mostly at once.

        `abandoned`: we ended it. What was not dealt with by then counts as never read.
        """
        self._ends.append(then)
        if self._is_kept and abandoned and len(self._ends) == 1:
            self._abandon()
            self._end()
        elif self._is_kept:
            self._feed = self._take_in
        else:
            self._end()

    def part(self) -> None:
        """TCP has ended, and all that came was dealt with: let go of the wire."""
        del self._feed

    def _go_on(self) -> bool:
        """Deal with what is there until the turn is spent; returns whether all is done."""
        data, self._rest = self._rest, b""
        at = 0
        while at < len(data) or self._is_busy():
            if self._governor.is_spent():
                self._rest = data[at:]
                return False
            at = self._step(data, at)
        self._is_kept = False
        if self._ends:
            self._end()
        return True

    def _is_busy(self) -> bool:
        """Whether there is work to do even without further bytes."""
        return False

    def _step(self, data: bytes, at: int) -> int:
        """Do a millisecond's work on `data` from `at` on; returns where to go on."""
        return self._to_library(data, at, AT_ONCE)

    def _to_library(self, data: bytes, at: int, count: int) -> int:
        """Give it the rest of its frame and up to `count` more; returns where to go on."""
        end = end_of_frames(data, at + self._owed, count)
        if end == at:
            self._rest = data[at:]
            return len(data)
        self._owed = max(end - len(data), 0)
        end -= self._owed
        self._feed(data[at:end])
        return end

    def _take_in(self, data: bytes) -> None:
        """Like `feed`, when TCP ended already: there is nobody to be answered."""
        self._protocol.receive_data(data)
        self._protocol.events_received()
        self._protocol.data_to_send()

    def _abandon(self) -> None:
        """Forget what was kept for want of time."""
        self._rest = b""

    def _end(self) -> None:
        """Let the library see an unfinished frame, and tell that TCP ended."""
        rest = self._unfinished()
        if rest and self._protocol.state is not State.CLOSED:
            self._feed(rest)
        ends, self._ends = self._ends, []
        for then in ends:
            then()

    def _unfinished(self) -> bytes:
        """What came of a frame that is not whole and that the library has not; it is given up."""
        rest, self._rest = self._rest, b""
        return rest
