"""A handshake that waits for a handler's `validate`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from wstui.core.serving.request import Accept, Ask, Decision, Reject, Request

if TYPE_CHECKING:
    from wstui.net.serving.behaviour import Behaviour
    from wstui.net.serving.door import Door
    from wstui.net.serving.listening import Listening


class Validating:
    """Has `behaviour` decide about the request of `door`; `then` gets what is decided.

    `so_far` is what the listener itself decided; only what it accepts is asked here.
    """

    def __init__(
        self,
        door: Door,
        request: Request,
        behaviour: Behaviour,
        so_far: Accept | Ask,
        then: Callable[[Decision], None],
    ) -> None:
        self._door = door
        self._request = request
        self._behaviour = behaviour
        self._so_far = so_far
        self._then = then
        self._task: asyncio.Task[None] | None = None
        door.waiting = self

    def begin(self, listening: Listening) -> None:
        """Ask it."""
        self._task = listening.spawn(self._run(), f"validate for {self._request.address}")

    def gone(self) -> None:
        """TCP ended meanwhile."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        found = await self._behaviour.validate(self._request)
        if self._door.waiting is self and not self._door.transport.is_closing():
            self._door.waiting = None
            self._then(both(self._so_far, found))


def both(first: Accept | Ask, second: Accept | Reject) -> Decision:
    """What two decisions mean together: who rejects wins, the user is asked last."""
    if isinstance(second, Reject) or isinstance(first, Ask):
        return second if isinstance(second, Reject) else first
    return Accept(second.subprotocol or first.subprotocol, (*first.headers, *second.headers))
