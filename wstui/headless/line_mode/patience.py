"""How long a command waits for what is on its way, and `wait` for what shall come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final

from wstui.core.commands import values as commands
from wstui.core.commands.ending_values import CloseEach, DropEach, HalfClose, Pause, ReadOn
from wstui.core.commands.line_mode_values import Wait
from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw, Whom
from wstui.core.connection import Connection, State
from wstui.core.explain.failures import explain
from wstui.core.listener import Listener, ListenerState
from wstui.core.ports import Refused
from wstui.core.units import count_text, exact_seconds_text
from wstui.headless.line_mode.news import News
from wstui.net.pool import ConnectionPool

WAIT_TIME: Final = 10.0
"""Seconds that `wait` takes at most, where none are given."""

SHOW_TIME: Final = 1.0
"""Seconds that `show` waits for a handshake to end, and any command at a terminal, where several
lines may be pasted at once."""

ANSWER_TIME: Final = 0.3
"""Seconds that it waits for what comes back for a message just sent."""

QUIET_TIME: Final = 0.03
"""Seconds in which nothing more came back, after which it is taken for all."""

_SENDING: Final = (
    *(commands.Send, commands.SendHex, commands.Broadcast),
    *(SendPlanned, SendRaw),
)


class Patience:
    """Waits on behalf of commands."""

    def __init__(self, pool: ConnectionPool, news: News, *, is_script: bool) -> None:
        """A script waits for connections as long as it takes to open them, who types does not."""
        self._pool = pool
        self._news = news
        self._limit = None if is_script else SHOW_TIME
        self._counted: dict[int, int] = {}  # messages, or clients, that were waited for
        self._sent: dict[int, tuple[float, int]] = {}  # when, and how many had come before

    def note_sending(self, command: commands.Command, selected: int | None) -> None:
        """`command` is about to be done, and may send messages."""
        if not isinstance(command, _SENDING):
            return
        for id in self._concerned(command, selected):
            connection = self._pool.connections.get(id)
            if connection is not None:
                self._sent[id] = (monotonic(), connection.transcript.received)

    async def before(self, command: commands.Command, selected: int | None) -> None:
        """Wait until what `command` is about is no longer under way."""
        if isinstance(command, commands.Connect):
            await self._news.until(lambda: not any(map(_is_starting, self._listeners())))
            return
        for id in list(self._concerned(command, selected)):
            if not isinstance(command, commands.Show):
                await self._news.until(
                    lambda id=id: not self._is_opening(id),  # type: ignore[misc]
                    self._limit,
                )
                continue
            await self._settled(id)

    async def wait(self, command: Wait, id: int) -> None:
        """Wait for what `command` says of connection or listener `id`.

        Raises:
            Refused: it did not come, or will not; `str()` is a sentence.
        """
        limit = WAIT_TIME if command.time is None else command.time
        listener, connection = self._pool.listeners.get(id), self._pool.connections.get(id)
        if listener is not None:
            await self._wait_for_listener(command, listener, limit)
        elif connection is None:
            raise Refused(f"Unknown connection id {id}")
        elif command.closed:
            if not await self._news.until(lambda: not connection.is_live, limit):
                raise Refused(f"Connection {id} has not ended within {exact_seconds_text(limit)}.")
        elif command.messages:
            transcript = connection.transcript
            await self._wait_for_more(
                *(connection, command.messages, "message"), lambda: transcript.received, limit
            )
        else:
            await self._news.until(lambda: not self._is_opening(id), limit)
            if not connection.is_open:
                raise Refused(_not_open(connection))

    async def _wait_for_listener(self, command: Wait, listener: Listener, limit: float) -> None:
        if command.messages:
            await self._wait_for_more(
                *(listener, command.messages, "client"), lambda: listener.tally.accepted, limit
            )
            return
        if command.closed:
            is_so = await self._news.until(lambda: not listener.is_live, limit)
        else:
            await self._news.until(lambda: not _is_starting(listener), limit)
            is_so = listener.state in (ListenerState.LISTENING, ListenerState.FULL)
        if not is_so:
            raise Refused(listener.failure or f"Listener {listener.id} is {listener.state}.")

    async def _wait_for_more(
        self,
        one: Connection | Listener,
        count: int,
        what: str,
        total: Callable[[], int],
        limit: float,
    ) -> None:
        """Wait until `total` is `count` more than when that was waited for last."""
        begin = self._counted.get(one.id, 0)
        await self._news.until(lambda: total() >= begin + count or not one.is_live, limit)
        if total() >= begin + count:
            self._counted[one.id] = begin + count
            return
        got = count_text(total() - begin)
        many = f"{got} of {count_text(count)} {what}{'' if count == 1 else 's'} came"
        name = f"{'Listener' if isinstance(one, Listener) else 'Connection'} {one.id}"
        if one.is_live:
            raise Refused(f"{name}: {many} within {exact_seconds_text(limit)}.")
        raise Refused(f"{name} is {one.state}: {many}.")

    async def _settled(self, id: int) -> None:
        """Wait for a moment until nothing is on its way any more."""
        await self._news.until(lambda: not self._is_under_way(id), SHOW_TIME)
        connection, sent = self._pool.connections.get(id), self._sent.pop(id, None)
        if connection is None or sent is None:
            return
        begun, before = sent
        transcript = connection.transcript
        end = begun + ANSWER_TIME
        await self._news.until(
            lambda: transcript.received > before or not connection.is_live,
            max(0.0, end - monotonic()),
        )
        while transcript.received > before and connection.is_live and monotonic() < end:
            before = transcript.received
            await self._news.until(
                lambda before=before: transcript.received > before,  # type: ignore[misc]
                QUIET_TIME,
            )
            if transcript.received == before:
                return

    def _concerned(self, command: commands.Command, selected: int | None) -> Iterator[int]:
        """The ids that `command` is about."""
        match command:
            case (
                CloseEach(whom)
                | DropEach(whom)
                | HalfClose(whom)
                | Pause(whom)
                | ReadOn(whom)
                | SendPlanned(whom)
                | SendRaw(whom)
                | Cancel(whom)
            ):
                yield from self._among(whom, selected)
            case commands.Broadcast():
                yield from self._pool.connections
            case (
                commands.Show()
                | commands.Send()
                | commands.SendHex()
                | commands.Ping()
                | commands.Pong()
                | commands.Close()
            ):
                id = selected if command.id is None else command.id
                if id is not None:
                    yield id

    def _among(self, whom: Whom, selected: int | None) -> list[int]:
        if whom.word == "all":
            return list(self._pool.connections)
        return whom.among(self._pool.connections, selected, ())

    def _listeners(self) -> list[Listener]:
        return list(self._pool.listeners.values())

    def _is_opening(self, id: int) -> bool:
        connection, listener = self._pool.connections.get(id), self._pool.listeners.get(id)
        if connection is None:
            return listener is not None and _is_starting(listener)
        return connection.state is State.CONNECTING and connection.decide_by is None

    def _is_under_way(self, id: int) -> bool:
        connection = self._pool.connections.get(id)
        is_closing = connection is not None and connection.state is State.CLOSING
        return is_closing or self._is_opening(id)


def _not_open(connection: Connection) -> str:
    id, state = connection.id, connection.state
    if connection.failure is not None:
        words = explain(connection.failure)
        return f"Connection {id} failed: {words.title}: {words.sentence} {words.hint}".rstrip()
    return f"Connection {id} is {state}, not open."


def _is_starting(listener: Listener) -> bool:
    return listener.state is ListenerState.STARTING
