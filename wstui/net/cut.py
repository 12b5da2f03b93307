"""Ending TCP at once without a close frame: by FIN, the ordinary end, or by reset."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

from wstui.core.ports import Refused

AT_ONCE: Final = 256 << 10
"""Bytes taken from the system in one step, before a FIN."""

STEPS: Final = 32
"""Such steps at most: a peer that floods is not waited for."""

_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""struct linger: on, for 0 seconds."""


def fin(transport: asyncio.Transport) -> None:
    """End TCP by FIN; what waits to be sent is given up.

    A socket that is closed with bytes unread in it resets the connection (RFC 1122 section
    4.2.2.13), so they are taken out first, and FIN is sent before that.
    """
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):  # it ended a moment ago
            sock.shutdown(socket.SHUT_WR)
            _drain(sock)
    transport.abort()


def reset(transport: asyncio.Transport) -> None:
    """End TCP by a reset, which a peer meets as an error (SO_LINGER of 0 seconds).

    Raises:
        Refused: it is not TCP.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        raise Refused("Only TCP has a reset. drop without it ends the connection.")
    with suppress(OSError):  # it ended a moment ago
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    transport.abort()


def _drain(sock: socket.socket) -> None:
    """Take out what came and was not read."""
    with sock.dup() as twin:  # asyncio's own does not let us receive
        twin.setblocking(False)
        for _ in range(STEPS):
            if not twin.recv(AT_ONCE):
                return
