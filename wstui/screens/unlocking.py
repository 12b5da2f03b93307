"""Connections that failed for want of the passphrase of a TLS key: asking for it, trying again.

Owns for which of them it is asked. The passphrase is handed to the pool, which keeps it for this
run, and stays nowhere here.
"""

from __future__ import annotations

from contextlib import suppress

from textual.screen import Screen

from wstui.core.connection import Connection, Failure
from wstui.core.handshake.tls_faults import Fault
from wstui.core.ports import Pool, Refused


class Unlocking:
    """Asks for each locked key once, and then tries again what failed for want of it."""

    def __init__(self, screen: Screen[None], pool: Pool) -> None:
        self._screen = screen
        self._pool = pool
        self._dealt_with: dict[int, Failure] = {}
        self._asking = False

    def look(self) -> None:
        """Ask for the key of a connection that failed for want of a passphrase, if there is one."""
        if not self._asking and self._next() is not None:
            self._asking = True
            self._screen.run_worker(self._ask(), group="form", name="passphrase")

    def _next(self) -> Connection | None:
        """A connection that failed for want of a passphrase, and nobody was asked for it yet."""
        connections = self._pool.connections
        for gone in [id for id in self._dealt_with if id not in connections]:
            del self._dealt_with[gone]
        return next(filter(self._is_locked, connections.values()), None)

    def _is_locked(self, connection: Connection) -> bool:
        failure = connection.failure
        if failure is None or failure.fault is None or connection.is_live:
            return False
        new = self._dealt_with.get(connection.id) is not failure
        return new and failure.fault.asks_for_passphrase

    async def _ask(self) -> None:
        # Here and not above: forms are not needed for the first frame.
        from wstui.screens.passphrase import PassphraseScreen

        try:
            while (connection := self._next()) is not None:
                assert connection.failure is not None
                fault = connection.failure.fault
                assert fault is not None
                wrong = fault.fault is Fault.PASSPHRASE_WRONG
                form = PassphraseScreen(fault.file, was_wrong=wrong)
                typed = await self._screen.app.push_screen_wait(form)
                self._answered(fault.file, typed)
        finally:
            self._asking = False

    def _answered(self, file: str, passphrase: str | None) -> None:
        """Open what failed for want of the passphrase of `file` again, if there is one now."""
        for connection in list(self._pool.connections.values()):
            failure = connection.failure
            if failure is None or failure.fault is None or failure.fault.file != file:
                continue
            if not self._is_locked(connection):
                continue
            self._dealt_with[connection.id] = failure
            if passphrase is not None:
                with suppress(Refused):  # it was removed, or tried again, a moment ago
                    self._pool.unlock(connection.id, passphrase)
                    self._pool.reconnect(connection.id)
