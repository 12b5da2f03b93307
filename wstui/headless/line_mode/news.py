"""Waiting until something is so, whatever it is that happens to connections and listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from wstui.core.connection import Connection
from wstui.core.listener import Listener
from wstui.net.pool import ConnectionPool


class News:
    """Wakes those who wait whenever something happens in `pool`."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._waiting: set[asyncio.Event] = set()
        pool.subscribe(self._hear)
        pool.watch(self._hear_listener)

    async def until(self, condition: Callable[[], bool], limit: float | None = None) -> bool:
        """Wait until `condition` holds, `limit` seconds at most (None: as long as it takes);
        whether it does."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(limit):
                while not condition():
                    news.clear()
                    await news.wait()
        except TimeoutError:
            return condition()
        finally:
            self._waiting.discard(news)
        return True

    def _hear(self, connection: Connection) -> None:
        connection.transcript.grew = self.stir
        self.stir()

    def _hear_listener(self, listener: Listener) -> None:
        listener.transcript.grew = self.stir
        self.stir()

    def stir(self) -> None:
        """Have all look again."""
        for one in self._waiting:
            one.set()
