"""Clients of a listener's behaviours, and what they and the listener saw."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.net_support import rows, until
from wstui.core.connection import Connection
from wstui.core.listener import Listener
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.net.pool import ConnectionPool


async def joined(
    pool: ConnectionPool, listener: Listener, target: str = "/", **options: Any
) -> tuple[Connection, Connection]:
    """A client of ours that is open, and the connection that the listener has for it."""
    options.setdefault("deflate", UNCOMPRESSED)
    ours = pool.connect(ConnectOptions(f"{listener.uris[0]}{target}", **options))
    await until(lambda: ours.is_open)
    theirs = [pool.connections[id] for id in listener.clients if id in pool.connections]
    return ours, next(one for one in theirs if one.name == ours.handshake.local)


def came(connection: Connection) -> list[bytes]:
    """The messages that a connection received."""
    found = rows(connection.transcript)
    return [payload for kind, outgoing, payload in found if not outgoing and kind in (1, 2)]


class Stalls:
    """Measures how long the loop takes for a turn: the longest, in seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = 0.0
        self._is_over = False

    def __enter__(self) -> Stalls:
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._loop.call_soon(self._turn)
        return self

    def _turn(self) -> None:
        now = self._loop.time()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        if not self._is_over:
            self._loop.call_soon(self._turn)

    def __exit__(self, *_: object) -> None:
        self._is_over = True
