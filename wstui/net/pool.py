"""The connection pool: all connections of this run, in the app's event loop.

Owns which connections there are and the tasks behind them; implements `core.ports.Pool`. It is
entered around the app, so that closing handshakes complete after the screen is gone.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from secrets import token_bytes
from time import perf_counter, time
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Final, Self

from wstui.core import close_codes
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.core.sending.outgoing import Cancelled
from wstui.core.transcript import Transcript
from wstui.net.governor import SLICE, UNSEEN, Governor
from wstui.net.reconnect import Reconnector
from wstui.net.serving.serving import Serving
from wstui.net.several import SLICE_TIME, Several, check
from wstui.net.tls import TlsContexts

if TYPE_CHECKING:  # what only listeners need is no matter of the first frame
    from wstui.core.listener import Listener
    from wstui.core.options.listen import ListenOptions
    from wstui.core.serving.request import Accept, Reject
    from wstui.net.client import Answer, Client
    from wstui.net.living import Living
    from wstui.net.wire import Wire

OPENING: Final = 64
"""Connections that are opened at the same time; more gains nothing and holds up the loop."""

RETRYING: Final = 16
"""The same for those that are opened again by themselves: new ones do not queue behind them."""

OPENING_TIME: Final = 0.25
"""Seconds after which a connection that is still being opened no longer counts as one of these."""

MAX_CONTROL: Final = 125
"""Bytes of payload in a control frame (RFC 6455 section 5.5)."""


class ConnectionPool(Several):
    """All connections of this run; an async context manager that ends them at its exit."""

    def __init__(
        self,
        *,
        memory_cap: int = 256 << 20,
        headless: bool = False,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`memory_cap` in bytes; `headless`: there is no screen that wants its turns of the loop;
        `draw` gives random numbers from 0 to 1 for the delays before new attempts."""
        self._slice = UNSEEN if headless else SLICE
        self.budget = MemoryBudget(memory_cap)
        """What all transcripts together may take."""
        self._connections: dict[int, Connection] = {}
        self._clients: dict[int, Living] = {}
        self._answers: dict[int, Answer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[Connection], None]] = []
        self._next_id = 0
        self._jobs = 0
        self._opening = asyncio.Semaphore(OPENING)
        self._retrying = asyncio.Semaphore(RETRYING)
        self._reconnector = Reconnector(self, draw=draw)
        self._tls = TlsContexts()
        self._serving = Serving(self)
        self._governor: Governor

    async def __aenter__(self) -> Self:
        self._governor = self._serving.governor = Governor(slice_time=self._slice)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._abandon()
        await self._ended(None)

    def _abandon(self) -> None:
        """End everything at once."""
        self._serving.stop_all()
        for id, client in list(self._clients.items()):
            client.asked = True
            if self._connections[id].state is State.WAITING:
                self._reconnector.stop(self._connections[id])
            client.drop()

    async def _ended(self, timeout: float | None) -> None:
        """Wait till all tasks are done, `timeout` seconds at most (None: as long as it takes)."""
        end = None if timeout is None else perf_counter() + timeout
        while waited_for := [*self._tasks, *self._accepted()]:
            left = None if end is None else end - perf_counter()
            if left is not None and left <= 0:
                return
            await asyncio.wait(waited_for, timeout=left)  # the end of one may begin another

    def _accepted(self) -> list[asyncio.Future[None]]:
        """The ends of TCP of the clients of our listeners."""
        return [
            client.wire.connection_lost_waiter
            for client in self._clients.values()
            if client.task is None and client.wire is not None
        ]

    @property
    def connections(self) -> Mapping[int, Connection]:
        return MappingProxyType(self._connections)

    def subscribe(self, listener: Callable[[Connection], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def happened(self, connection: Connection) -> None:
        """Something became of a connection: first whether it is opened again, then the news."""
        client = self._clients.get(connection.id)
        # Else it was removed, and TCP ends now; or only the peer can open it again.
        if client is not None and connection.peer is None:
            self._reconnector.happened(connection, asked=client.asked)
        self.changed(connection)

    def changed(self, connection: Connection) -> None:
        """Tell all who listen that the state of `connection` changed."""
        for listener in list(self._listeners):
            listener(connection)

    def next_id(self) -> int:
        """An id that was never used."""
        self._next_id += 1
        return self._next_id - 1

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Run something that is waited for at the end."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Opening

    def connect(self, options: ConnectOptions, answer: Answer | None = None) -> Connection:
        """As `Pool.connect`. `answer` gets all messages that come, however often it is opened; None
        where nobody answers them by itself."""
        problems = options.problems()
        if problems:
            raise Refused(str(problems[0]))
        id = self.next_id()
        connection = Connection(id, options, Transcript(self.budget), time())
        connection.transcript.append_event(
            LocalEvent(EventName.CONNECTING, options.uri), connection.created
        )
        self._connections[id] = connection
        if answer is not None:
            self._answers[id] = answer
        self.begin(connection)
        self.changed(connection)
        return connection

    def begin(self, connection: Connection) -> None:
        """Make an attempt to open `connection`."""
        # Here and not above: an app that shows its first frame does not wait for websockets.
        from wstui.net.client import Client

        client = Client(connection, self.happened, self._answers.get(connection.id))
        self._clients[connection.id] = client
        client.task = self.spawn(self._run(client), f"connection {connection.id}")

    async def _run(self, client: Client) -> None:
        retry = client.connection.retry
        slots = self._opening if retry is None or not retry.attempt else self._retrying
        await slots.acquire()
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                slots.release()

        # A server that never answers must not keep others from being opened.
        slot = asyncio.get_running_loop().call_later(OPENING_TIME, release)
        try:
            await client.open(self._governor, self._tls.get)
        finally:
            slot.cancel()
            release()
        await client.stay()

    def admit(self, connection: Connection, living: Living) -> None:
        """List a connection that a client of ours began."""
        self._connections[connection.id] = connection
        self._clients[connection.id] = living
        self.changed(connection)

    def unlock(self, id: int, passphrase: str) -> None:
        self._tls.unlock(self._connection(id).resolved.tls, passphrase)

    def wire(self, id: int) -> Wire | None:
        """The socket's side of a connection; None where there is none at the moment."""
        client = self._clients.get(id)
        return None if client is None else client.wire

    # Sending

    def _connection(self, id: int) -> Connection:
        connection = self._connections.get(id)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        return connection

    def _open(self, id: int) -> Living:
        """The client behind a connection that is open."""
        connection = self._connection(id)
        if connection.state is State.FAILED:
            raise Refused(f"Connection {id} failed and is not open.")
        if connection.state is not State.OPEN:
            raise Refused(f"Connection {id} is {connection.state}, not open.")
        return self._clients[id]

    def send(self, id: int, payload: bytes, kind: Kind = Kind.TEXT) -> None:
        check(payload, kind)
        self._open(id).send(kind, payload)

    def cancel(self, id: int) -> Cancelled:
        return self._open(id).writable().outbox.cancel()

    def ping(self, id: int, payload: bytes | None = None) -> None:
        client = self._open(id)
        _check_control(payload)
        client.send(Kind.PING, token_bytes(4) if payload is None else payload)

    def pong(self, id: int, payload: bytes = b"") -> None:
        client = self._open(id)
        _check_control(payload)
        client.send(Kind.PONG, payload)

    # Letting go

    def close(
        self, id: int, code: int | None = 1000, reason: str = "", *, patient: bool = False
    ) -> None:
        """As `Pool.close`. `patient`: what the peer still has to say is wanted, all of it; it has
        the time to answer anew as long as messages come, or we are behind with reading them."""
        connection = self._connection(id)
        problem = close_codes.refuse(code, reason)
        if problem is not None:
            raise Refused(problem)
        self._clients[id].asked = True  # also where it is closing for another reason
        if connection.state in (State.CONNECTING, State.WAITING):
            self.drop(id)
        elif connection.state is State.CLOSING:
            words = f"The closing handshake of connection {id} has begun"
            raise Refused(f"{words}; what is left is to drop it.")
        else:
            self._open(id).close(code, reason, patient=patient)

    def drop(self, id: int, *, reset: bool = False) -> None:
        connection = self._connection(id)
        if not connection.is_live:
            ended = "has failed" if connection.state is State.FAILED else "is closed"
            raise Refused(f"Connection {id} {ended} already.")
        client = self._clients[id]
        before, client.asked = client.asked, True
        if connection.state is State.WAITING:
            self._reconnector.stop(connection)
            return
        try:
            client.drop(reset=reset)
        except Refused:
            client.asked = before
            raise

    def end_sending(self, id: int) -> None:
        self._open(id).end_sending()

    def pause(self, id: int) -> None:
        self._reading(id).pause(True)

    def read_on(self, id: int) -> None:
        self._reading(id).pause(False)

    def _reading(self, id: int) -> Living:
        """The client behind a connection that may still receive."""
        if self._connection(id).state is State.CLOSING:
            return self._clients[id]
        return self._open(id)

    def reconnect(self, id: int) -> None:
        connection = self._connection(id)
        if connection.peer is not None:
            raise Refused("A client began it: only that client can open it again.")
        self._reconnector.now(connection)

    def stop(self, id: int) -> None:
        connection = self._connection(id)
        if connection.retry is None:
            raise Refused(f"Connection {id} is {connection.state}: it is not being tried again.")
        self.drop(id)

    def remove(self, id: int) -> None:
        if id in self.listeners:
            self._serving.remove(id)
            return
        connection = self._connection(id)
        if connection.is_live:
            self.drop(id)
        if connection.peer is not None and connection.peer.listener in self.listeners:
            self._serving.get(connection.peer.listener).forget(id)
        del self._connections[id], self._clients[id]
        self._answers.pop(id, None)
        self._reconnector.forget(id)
        connection.transcript.close()
        self.changed(connection)

    # Listeners

    @property
    def listeners(self) -> Mapping[int, Listener]:
        return self._serving.listeners

    def watch(self, hear: Callable[[Listener], None]) -> Callable[[], None]:
        return self._serving.watch(hear)

    def listen(self, options: ListenOptions) -> Listener:
        return self._serving.listen(options)

    def stop_accepting(self, id: int) -> None:
        self._serving.stop_accepting(id)

    def accept_again(self, id: int) -> None:
        self._serving.accept_again(id)

    def stop_listening(self, id: int, code: int | None = 1001, reason: str = "") -> None:
        listening = self._serving.get(id)
        problem = close_codes.refuse(code, reason)
        if problem is not None:
            raise Refused(problem)
        if not listening.listener.is_live:
            raise Refused(f"Listener {id} has {listening.listener.state} already.")
        listening.stop()
        clients = list(listening.listener.clients)
        self.spawn(self._close_clients(clients, code, reason), f"stopping listener {id}")

    async def _close_clients(self, ids: Sequence[int], code: int | None, reason: str) -> None:
        await self.close_each(ids, code, reason)

    def decide(self, id: int, decision: Accept | Reject) -> None:
        self._serving.decide(self._connection(id), self._clients[id], decision)

    # All of it

    async def close_all(self, code: int = 1001, reason: str = "", timeout: float = 5.0) -> None:
        self._serving.stop_all()
        begun = perf_counter()
        for connection in list(self._connections.values()):
            if perf_counter() - begun > SLICE_TIME:
                await asyncio.sleep(0)
                begun = perf_counter()
            client = self._clients.get(connection.id)
            if client is not None:
                client.asked = True
                if connection.is_paused:  # else the answer to our close frame is not read
                    with suppress(Refused):
                        client.pause(False)
            if connection.state in (State.OPEN, State.CONNECTING, State.WAITING):
                with suppress(Refused):  # it ended, or was removed, a moment ago
                    self.close(connection.id, code, reason)
        await self._ended(timeout)
        self._abandon()
        await self._ended(None)


def _check_control(payload: bytes | None) -> None:
    if payload is not None and len(payload) > MAX_CONTROL:
        raise Refused(f"A ping or pong holds at most {MAX_CONTROL} bytes, not {len(payload)}.")
