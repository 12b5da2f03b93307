"""Many messages to one connection, no faster than the peer takes them, and how many went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.options.connect import masked_uri
from wstui.core.ports import Refused
from wstui.headless.stage import Stage
from wstui.net.batch import send_batch
from wstui.net.sending import unsent
from wstui.net.wire import Wire

AT_ONCE: Final = 1024
"""Messages that go out in one turn of the loop, at most."""

BYTES: Final = 64 << 10
"""Bytes after which the next ones wait for the next turn."""


class Sender:
    """Sends messages on `connection`. One that is lost and opened again by itself is waited for."""

    def __init__(self, stage: Stage, connection: Connection) -> None:
        self._stage = stage
        self._connection = connection
        self.given = 0
        """Messages that were handed to the connection."""
        self.sent = 0
        """Those of them that the system took in whole; it may be some behind."""
        self.last = 0.0
        """When the last one was handed over, by the loop's clock; 0.0 before."""
        self._wire: Wire | None = None  # that the last one went to

    async def send(self, payloads: Sequence[bytes], kind: Kind) -> None:
        """Send messages; text has to be UTF-8. Returns when the last one is on its way.

        Raises:
            Refused: the connection has ended, and will not be opened again by itself.
        """
        for part in portions(payloads):
            wire = await self._ready()
            if wire is not self._wire:
                self._tell_risk()
                self._wire = wire
            send_batch(wire, bytes((kind,)) * len(part), part)
            self.given += len(part)
            self.last = wire.loop.time()
            self._look(wire)
            await asyncio.sleep(0)

    async def finish(self) -> None:
        """Wait until the system took all, or the connection has ended."""
        wire = self._stage.pool.wire(self._connection.id)
        while wire is not None and self._connection.is_open:
            await wire.caught_up(whole=True)
            self._look(wire)
            if self.sent == self.given or wire.transport.is_closing():
                return
            await asyncio.sleep(LOOK)  # TLS, or the outbox, holds some of it

    async def _ready(self) -> Wire:
        """The wire once it takes more."""
        connection, pool = self._connection, self._stage.pool
        while connection.is_live:
            wire = pool.wire(connection.id)
            if not connection.is_open or wire is None or wire.transport.is_closing():
                await self._stage.change(connection)
            elif wire.paused or not wire.outbox.is_idle:
                await wire.caught_up()
                await asyncio.sleep(0)  # what waits in the outbox goes on in the next turn
            else:
                self._look(wire)
                return wire
        raise Refused("The connection has ended.")

    def _tell_risk(self) -> None:
        """Say what a connection that broke off may have cost, where it was opened again."""
        if self._wire is not None:
            where = masked_uri(self._connection.options.uri)
            words = "what was on the way when it broke off may be lost"
            self._stage.note(f"{where}: open again; {words}.")

    def _look(self, wire: Wire) -> None:
        if not (self._connection.outgoing.queued or unsent(wire.transport)):
            self.sent = self.given


LOOK: Final = 0.01
"""Seconds between two looks at what no one tells of."""


def portions(payloads: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """`payloads`, cut into what may go out in one turn."""
    start = 0
    while start < len(payloads):
        part = payloads[start : start + AT_ONCE]
        if sum(map(len, part)) > BYTES:
            part = part[: _fitting(part)]
        yield part
        start += len(part)


def _fitting(payloads: Sequence[bytes]) -> int:
    """How many of the first ones go out together: one at least."""
    left = BYTES
    for index, payload in enumerate(payloads):
        left -= len(payload)
        if left < 0:
            return max(index, 1)
    return len(payloads)
