"""Somebody in front of the real screen, for tests of whole stories."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.pilot import Pilot

from wstui.app import WstuiApp
from wstui.core.connection import Connection
from wstui.net.pool import ConnectionPool

PATIENCE = 20.0
"""Seconds after which what was waited for will not happen any more."""


class Person:
    """Somebody at the keyboard, who presses keys and looks at the screen."""

    def __init__(self, app: WstuiApp, pilot: Pilot[None], pool: ConnectionPool) -> None:
        self.app = app
        self.pilot = pilot
        self.pool = pool

    def connection(self, path: str) -> Connection:
        """The connection to an endpoint."""
        return next(c for c in self.pool.connections.values() if path in c.options.uri)

    def seen(self) -> str:
        """All that is on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def waits(self, happened: Callable[[], bool]) -> None:
        """Wait until something has happened."""
        deadline = monotonic() + PATIENCE
        while not happened():
            assert monotonic() < deadline, self.seen()
            await self.pilot.pause()

    async def sees(self, *texts: str) -> None:
        """Wait until all of these texts are on the screen at once."""

        def in_sight() -> bool:
            seen = self.seen()
            return all(text in seen for text in texts)

        await self.waits(in_sight)

    async def presses(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)
