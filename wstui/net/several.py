"""What is asked of several connections at once, in slices, so that the loop has its turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from time import perf_counter, time
from typing import TYPE_CHECKING, Final

from wstui.core import close_codes
from wstui.core.connection import Connection
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.ports import Refused
from wstui.core.sending.plan import SendPlan
from wstui.core.sending.raw_frame import RawFrame

if TYPE_CHECKING:
    from wstui.net.living import Living

SLICE_TIME: Final = 0.005
"""Seconds in which connections are sent to, or closed, before the loop has its turn."""


class Several:
    """The part of the pool that is about several of its connections."""

    _connections: dict[int, Connection]
    _jobs: int

    def _open(self, id: int) -> Living:
        """What is behind a connection that is open; Refused when it is not."""
        raise NotImplementedError

    def close(self, id: int, code: int | None = 1000, reason: str = "") -> None:
        raise NotImplementedError

    def drop(self, id: int, *, reset: bool = False) -> None:
        raise NotImplementedError

    async def broadcast(self, payload: bytes, kind: Kind = Kind.TEXT) -> list[int]:
        check(payload, kind)
        reached: list[int] = []
        begun = perf_counter()
        for id in list(self._connections):
            if perf_counter() - begun > SLICE_TIME:
                await asyncio.sleep(0)
                begun = perf_counter()
            connection = self._connections.get(id)
            if connection is None or not connection.is_open:
                continue
            try:
                self._open(id).send(kind, payload)
            except Refused as refused:
                connection.transcript.append_event(
                    LocalEvent(EventName.ERROR, f"left out of a broadcast: {refused}"), time()
                )
            else:
                reached.append(id)
        return reached

    async def carry_out(self, ids: Sequence[int], plan: SendPlan) -> list[int]:
        problems = plan.problems()
        if problems:
            raise Refused(str(problems[0]))
        check(plan.payload, plan.kind)
        self._jobs += 1
        job = self._jobs
        return await self._each(ids, lambda client: client.writable().outbox.carry_out(plan, job))

    async def send_raw(self, ids: Sequence[int], frame: RawFrame) -> list[int]:
        return await self._each(ids, lambda client: client.writable().outbox.put_raw(frame))

    async def _each(self, ids: Sequence[int], ask: Callable[[Living], None]) -> list[int]:
        """Ask something of connections, in slices; those that did not refuse. One alone may."""
        reached: list[int] = []
        begun = perf_counter()
        for id in ids:
            if perf_counter() - begun > SLICE_TIME:
                await asyncio.sleep(0)
                begun = perf_counter()
            try:
                ask(self._open(id))
            except Refused as refused:
                if len(ids) == 1:
                    raise
                connection = self._connections.get(id)
                if connection is not None:
                    words = f"left out of a message to {len(ids)} connections: {refused}"
                    connection.transcript.append_event(LocalEvent(EventName.ERROR, words), time())
            else:
                reached.append(id)
        return reached

    async def close_each(
        self, ids: Sequence[int], code: int | None = 1000, reason: str = ""
    ) -> list[int]:
        problem = close_codes.refuse(code, reason)
        if problem is not None:
            raise Refused(problem)
        return await self._let_go(ids, lambda id: self.close(id, code, reason))

    async def drop_each(self, ids: Sequence[int], *, reset: bool = False) -> list[int]:
        return await self._let_go(ids, lambda id: self.drop(id, reset=reset))

    async def _let_go(self, ids: Sequence[int], end: Callable[[int], None]) -> list[int]:
        reached: list[int] = []
        async for id in in_slices(list(ids)):
            with suppress(Refused):  # it ended, or was removed, or is closing already
                end(id)
                reached.append(id)
        return reached


async def in_slices(ids: Sequence[int]) -> AsyncIterator[int]:
    """`ids`, with a turn of the loop after each `SLICE_TIME` of work on them."""
    begun = perf_counter()
    for id in ids:
        if perf_counter() - begun > SLICE_TIME:
            await asyncio.sleep(0)
            begun = perf_counter()
        yield id


def check(payload: bytes, kind: Kind) -> None:
    """Refuse what is not a data message, or text that is not UTF-8 (RFC 6455 section 5.6)."""
    if kind not in (Kind.TEXT, Kind.BINARY):
        raise Refused(f"A {kind.word} is not sent as a message.")
    if kind is Kind.TEXT:
        try:
            str(payload, "utf-8")
        except UnicodeDecodeError as error:
            raise Refused(f"Text must be UTF-8: {error.reason} at byte {error.start}.") from error
