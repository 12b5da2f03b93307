"""The valve of one socket: it is read as long as nobody holds it shut.

Owns who holds it. Five may do so at the same time: the user, who pauses reading; the slow reader;
the governor, which has not yet dealt with what came before; what answers the peer by itself,
whose answers it does not read; and that again, when it is behind. What is not read stays with the
system, whose TCP window then tells the peer to stop: back-pressure.
"""

from __future__ import annotations

import asyncio
import enum
import socket
from contextlib import suppress
from typing import Final

PERIOD: Final = 0.1
"""Seconds between two reads of a slow reader, about."""

LARGEST: Final = 64 << 10
"""Bytes of the largest read of a slow reader."""

LEAST_BUFFER: Final = 4096
"""Bytes that the system is asked to keep for a slow reader, at least."""


class Hold(enum.Enum):
    """Who holds a valve shut."""

    USER = "user"
    PACE = "pace"
    WORK = "work"
    ANSWER = "answer"
    HANDLER = "handler"


class Valve:
    """Opens and shuts the reading of `transport`, for several who do not know of each other."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._holds: tuple[Hold, ...] = ()

    def shut(self, hold: Hold) -> None:
        """Read nothing more until `hold` is let go."""
        if not self._holds and not self._transport.is_closing():
            self._transport.pause_reading()
        if hold not in self._holds:
            self._holds += (hold,)

    def open(self, hold: Hold) -> None:
        """Let `hold` go; read on when it was the last."""
        if hold in self._holds:
            self._holds = tuple(other for other in self._holds if other is not hold)
            if not self._holds and not self._transport.is_closing():
                self._transport.resume_reading()

    # What the governor sees of it: a transport that nobody else holds.

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def is_reading(self) -> bool:
        return Hold.WORK not in self._holds

    def pause_reading(self) -> None:
        self.shut(Hold.WORK)

    def resume_reading(self) -> None:
        self.open(Hold.WORK)

    def abort(self) -> None:
        self._transport.abort()


class SlowReader:
    """Lets no more than `rate` bytes a second through `valve`, in small reads with pauses."""

    def __init__(self, rate: int, valve: Valve, loop: asyncio.AbstractEventLoop) -> None:
        self._rate = rate
        self._valve = valve
        self._loop = loop
        self._due = 0.0  # when what was read is paid for, by the loop's clock

    @property
    def room(self) -> int:
        """Bytes that the next read may take."""
        return max(1, min(int(self._rate * PERIOD), LARGEST))

    def took(self, size: int) -> None:
        """Note that `size` bytes were read: the next ones have to wait for that."""
        now = self._loop.time()
        self._due = max(self._due, now) + size / self._rate
        self._valve.shut(Hold.PACE)
        self._loop.call_at(self._due, self._valve.open, Hold.PACE)

    def keep_little(self, transport: asyncio.Transport) -> None:
        """Have the system keep no more than a second's worth, so that the peer feels the pace."""
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):  # then the peer feels it later
                size = min(max(self._rate, LEAST_BUFFER), LARGEST)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
