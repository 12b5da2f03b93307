"""How much has come in that was not read: what back-pressure is made of."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import Callable
from typing import Final

if sys.platform != "win32":
    import fcntl
    import termios

PERIOD: Final = 0.25
"""Seconds between two looks."""


def unread(transport: asyncio.Transport) -> int | None:
    """Bytes that the system keeps for the socket of `transport`; None where it does not tell."""
    sock = transport.get_extra_info("socket")
    if sys.platform == "win32" or sock is None or sock.fileno() < 0:
        return None
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.FIONREAD, bytes(4))
    except OSError:
        return None
    return int(struct.unpack("i", answer)[0])


class Watch:
    """Tells every `PERIOD` how much was not read, until it is stopped."""

    def __init__(self, transport: asyncio.Transport, tell: Callable[[int | None], None]) -> None:
        self._transport = transport
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_soon(self._look)

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()
        self._tell(None)

    def _look(self) -> None:
        self._tell(unread(self._transport))
        self._timer = self._loop.call_later(PERIOD, self._look)
