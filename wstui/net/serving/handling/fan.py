"""One message to many clients: to the first at once, to the rest in turns of the event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from wstui.core.entry import Kind
from wstui.core.ports import Refused

if TYPE_CHECKING:
    from wstui.net.pump import Pump
    from wstui.net.serving.handling.client import HandledClient

AT_ONCE: Final = 64
"""Clients that are sent to without waiting for another turn."""

STEP: Final = 8
"""Clients that are sent to in a step of the pump."""


class Fan:
    """Sends to groups of clients: all of them get messages in the same order."""

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._begun: deque[tuple[Kind, bytes, Iterator[HandledClient]]] = deque()

    def send(self, clients: Sequence[HandledClient], kind: Kind, payload: bytes) -> None:
        """Send to each that can be sent to."""
        self._begun.append((kind, payload, iter(clients)))
        if len(self._begun) == 1:
            self._send(AT_ONCE)
        if self._begun:
            self._pump.wake(self)

    def step(self) -> bool:
        self._send(STEP)
        return bool(self._begun)

    def _send(self, most: int) -> None:
        kind, payload, clients = self._begun[0]
        for _ in range(most):
            client = next(clients, None)
            if client is None:
                self._begun.popleft()
                return
            with suppress(Refused):  # it left a moment ago, or reads nothing at all
                client.transmit(kind, payload)
