"""A pool without a network, and an app to put single widgets into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from textual.app import App

from wstui.core import close_codes
from wstui.core.backoff import Retry
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
    Step,
)
from wstui.core.entry import Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.secrets import plain_secrets
from wstui.core.peer import Peer
from wstui.core.ports import Refused
from wstui.core.profiles import Book, Options
from wstui.core.sending.outgoing import Cancelled
from wstui.core.sending.plan import SendPlan
from wstui.core.sending.raw_frame import RawFrame
from wstui.core.serving.request import Accept, Reject
from wstui.core.transcript import Transcript
from wstui.theme import DAY, NIGHT, VARIABLES

START = 1_763_719_200.0
"""Seconds since the epoch at which every fake run begins."""


@dataclass
class FakePool:
    """A pool that does at once, in memory, what the real one does over the network."""

    connections: dict[int, Connection] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    now: float = START
    connects_as: State = State.OPEN
    _listeners: list[Callable[[Connection], None]] = field(default_factory=list)
    _budget: MemoryBudget = field(default_factory=MemoryBudget)
    _next_id: int = 0
    listeners: dict[int, Listener] = field(default_factory=dict)
    _watchers: list[Callable[[Listener], None]] = field(default_factory=list)

    def connect(self, options: ConnectOptions) -> Connection:
        problems = options.problems()
        if problems:
            raise Refused(str(problems[0]))
        self.calls.append(("connect", options))
        connection = Connection(self._next_id, options, Transcript(self._budget), self.now)
        self._next_id += 1
        self.connections[connection.id] = connection
        if self.connects_as is State.OPEN:
            connection.opened = self.now
        self.become(connection, self.connects_as)
        return connection

    def become(self, connection: Connection, state: State) -> None:
        """Change a connection's state and tell the listeners."""
        connection.state = state
        for listener in list(self._listeners):
            listener(connection)

    def unlock(self, id: int, passphrase: str) -> None:
        self.calls.append(("unlock", id, passphrase))

    def _open(self, id: int) -> Connection:
        connection = self.connections.get(id)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        if not connection.is_open:
            raise Refused(f"Connection {id} is {connection.state}.")
        return connection

    def send(self, id: int, payload: bytes, kind: Kind = Kind.TEXT) -> None:
        self._open(id).transcript.append(kind, payload, self.now, outgoing=True)
        self.calls.append(("send", id, payload, kind))

    async def broadcast(self, payload: bytes, kind: Kind = Kind.TEXT) -> list[int]:
        ids = [id for id, connection in self.connections.items() if connection.is_open]
        for id in ids:
            self.send(id, payload, kind)
        return ids

    async def carry_out(self, ids: Sequence[int], plan: SendPlan) -> list[int]:
        for id in ids:
            outgoing = self._open(id).outgoing
            outgoing.is_planned, outgoing.done, outgoing.times = plan.repeats, 0, plan.times
        self.calls.append(("carry_out", tuple(ids), plan))
        return list(ids)

    async def send_raw(self, ids: Sequence[int], frame: RawFrame) -> list[int]:
        for id in ids:
            client = self._open(id).peer is None
            data = frame.encode(bytes(4), client=client)
            self._open(id).transcript.append(
                Kind.RAW, data, self.now, outgoing=True, wire=len(data)
            )
        self.calls.append(("send_raw", tuple(ids), frame))
        return list(ids)

    def cancel(self, id: int) -> Cancelled:
        outgoing = self._open(id).outgoing
        done = outgoing.done if outgoing.is_planned else None
        cancelled = Cancelled(outgoing.messages, outgoing.queued, done, outgoing.times)
        outgoing.is_planned, outgoing.messages, outgoing.queued = False, 0, 0
        self.calls.append(("cancel", id))
        return cancelled

    def ping(self, id: int, payload: bytes | None = None) -> None:
        self._open(id).transcript.append(Kind.PING, payload or b"", self.now, outgoing=True)
        self.calls.append(("ping", id, payload))

    def pong(self, id: int, payload: bytes = b"") -> None:
        self._open(id).transcript.append(Kind.PONG, payload, self.now, outgoing=True)
        self.calls.append(("pong", id, payload))

    def close(self, id: int, code: int | None = 1000, reason: str = "") -> None:
        connection = self._open(id)
        problem = close_codes.refuse(code, reason)
        if problem is not None:
            raise Refused(problem)
        self.calls.append(("close", id, code, reason))
        frame = CloseFrame(code, reason)
        body = b"" if code is None else code.to_bytes(2, "big") + reason.encode()
        connection.transcript.append(Kind.CLOSE, body, self.now, outgoing=True)
        connection.transcript.append(Kind.CLOSE, body, self.now)
        connection.close = CloseRecord(frame, frame, by_us=True, clean=True)
        connection.ended = self.now
        self.become(connection, State.CLOSED)

    async def close_each(
        self, ids: Sequence[int], code: int | None = 1000, reason: str = ""
    ) -> list[int]:
        reached = [id for id in ids if id in self.connections and self.connections[id].is_open]
        for id in reached:
            self.close(id, code, reason)
        return reached

    async def drop_each(self, ids: Sequence[int], *, reset: bool = False) -> list[int]:
        reached = [id for id in ids if id in self.connections and self.connections[id].is_live]
        for id in reached:
            self.drop(id, reset=reset)
        return reached

    def end_sending(self, id: int) -> None:
        connection = self._open(id)
        if connection.options.secure:
            raise Refused("TLS cannot end one direction alone. Close it, or drop it.")
        self.calls.append(("end_sending", id))
        connection.half_ended = self.now

    def pause(self, id: int) -> None:
        self._open(id).is_paused = True
        self.calls.append(("pause", id))

    def read_on(self, id: int) -> None:
        self._open(id).is_paused = False
        self.calls.append(("read_on", id))

    def drop(self, id: int, *, reset: bool = False) -> None:
        connection = self.connections.get(id)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        self.calls.append(("drop", id, "reset") if reset else ("drop", id))
        connection.close = CloseRecord(None, None, by_us=None, clean=False)
        connection.ended = self.now
        self.become(connection, State.CLOSED)

    def wait(self, connection: Connection, seconds: float, attempt: int = 1) -> None:
        """Have a connection wait for so many seconds, to be opened again."""
        connection.ended = self.now
        connection.retry = Retry(attempt, self.now + seconds)
        connection.outlook = "It is tried again: the server restarts (1012)."
        self.become(connection, State.WAITING)

    def reconnect(self, id: int) -> None:
        connection = self.connections.get(id)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        if not connection.can_reopen:
            raise Refused(f"Connection {id} is {connection.state} already.")
        self.calls.append(("reconnect", id))
        connection.retry = Retry(0, self.now)
        self.become(connection, State.CONNECTING)

    def stop(self, id: int) -> None:
        connection = self.connections.get(id)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        if connection.retry is None:
            raise Refused(f"Connection {id} is not being tried again.")
        self.calls.append(("stop", id))
        connection.retry = None
        connection.outlook = "It is not tried again: you stopped it."
        self.become(connection, State.FAILED if connection.failure else State.CLOSED)

    def remove(self, id: int) -> None:
        if id in self.listeners:
            self._remove_listener(id)
            return
        connection = self.connections.pop(id, None)
        if connection is None:
            raise Refused(f"There is no connection {id}.")
        self.calls.append(("remove", id))
        connection.transcript.close()
        for listener in list(self._listeners):
            listener(connection)

    # Listeners

    def listen(self, options: ListenOptions) -> Listener:
        problems = options.problems()
        if problems:
            raise Refused(str(problems[0]))
        self.calls.append(("listen", options))
        listener = Listener(self._next_id, options, Transcript(self._budget), self.now)
        self._next_id += 1
        where = options.where
        port = where.port or 40_000 + listener.id
        listener.addresses = (where.path or f"{where.host}:{port}",)
        listener.uris = (f"ws://{listener.addresses[0]}",)
        self.listeners[listener.id] = listener
        self.become_listener(listener, ListenerState.LISTENING)
        return listener

    def accept(
        self,
        listener: Listener,
        path: str = "/",
        address: str = "127.0.0.1:53412",
        state: State = State.OPEN,
        headers: tuple[tuple[str, str], ...] = (("Host", "localhost"),),
    ) -> Connection:
        """A client comes to a listener; while connecting, it waits a minute for a decision."""
        connection = Connection(
            self._next_id,
            ConnectOptions(f"{listener.uris[0]}{path}"),
            Transcript(self._budget, client=False),
            self.now,
            peer=Peer(listener.id, address),
        )
        self._next_id += 1
        listener.clients[connection.id] = None
        listener.live += 1
        listener.tally.accepted += state is not State.CONNECTING
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        raw = "\r\n".join(lines).encode()
        connection.handshake = Handshake(
            path, headers, raw_request=raw, remote=address, is_served=True
        )
        if state is State.CONNECTING:
            connection.step = Step.DECISION
            connection.steps = [(Step.DECISION, self.now)]
            connection.decide_by = self.now + 60.0
        else:
            connection.handshake = replace(
                connection.handshake, status=101, status_text="Switching Protocols"
            )
            connection.opened = self.now
        self.connections[connection.id] = connection
        self.become(connection, state)
        return connection

    def become_listener(self, listener: Listener, state: ListenerState) -> None:
        """Change a listener's state and tell those who watch."""
        listener.state = state
        for hear in list(self._watchers):
            hear(listener)

    def watch(self, hear: Callable[[Listener], None]) -> Callable[[], None]:
        self._watchers.append(hear)
        return lambda: self._watchers.remove(hear)

    def _listener(self, id: int) -> Listener:
        listener = self.listeners.get(id)
        if listener is None:
            raise Refused(f"There is no listener {id}.")
        return listener

    def stop_accepting(self, id: int) -> None:
        self.calls.append(("stop_accepting", id))
        self.become_listener(self._listener(id), ListenerState.FULL)

    def accept_again(self, id: int) -> None:
        self.calls.append(("accept_again", id))
        self.become_listener(self._listener(id), ListenerState.LISTENING)

    def stop_listening(self, id: int, code: int | None = 1001, reason: str = "") -> None:
        listener = self._listener(id)
        if not listener.is_live:
            raise Refused(f"Listener {id} has {listener.state} already.")
        self.calls.append(("stop_listening", id, code, reason))
        for client in list(listener.clients):
            if self.connections[client].is_open:
                self.close(client, code, reason)
        listener.ended = self.now
        self.become_listener(listener, ListenerState.STOPPED)

    def decide(self, id: int, decision: Accept | Reject) -> None:
        connection = self.connections.get(id)
        if connection is None or connection.step is not Step.DECISION:
            raise Refused(f"Connection {id} does not wait for a decision.")
        self.calls.append(("decide", id, decision))
        connection.decide_by = None
        if isinstance(decision, Accept):
            connection.opened = self.now
            self.become(connection, State.OPEN)
        else:
            connection.failure = Failure(FailureKind.REJECTED, "you rejected it")
            self.become(connection, State.FAILED)

    def _remove_listener(self, id: int) -> None:
        listener = self.listeners.pop(id)
        self.calls.append(("remove", id))
        for client in list(listener.clients):
            self.connections.pop(client, None)
        for hear in list(self._watchers):
            hear(listener)

    async def close_all(self, code: int = 1001, reason: str = "", timeout: float = 5.0) -> None:
        for id, connection in self.connections.items():
            if connection.is_open:
                self.close(id, code, reason)

    def subscribe(self, listener: Callable[[Connection], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


@dataclass
class FakeProfiles:
    """Profiles kept in memory."""

    book: Book = field(default_factory=Book)
    place: str = "/home/me/.config/wstui/profiles.toml"

    def load(self) -> Book:
        return self.book

    def save(self, name: str, options: Options, *, replace: bool = False) -> Book:
        if not self.book.is_readable:
            raise Refused(self.book.faults[0].words(self.place))
        problems = [*options.problems(), *plain_secrets(options)]
        if problems:
            raise Refused(str(problems[0]))
        if name in self.book.all and not replace:
            raise Refused(f"There is a profile {name} already.")
        return self._keep({**self.book.all, name: options})

    def forget(self, name: str) -> Book:
        if name not in self.book.all:
            raise Refused(f"There is no profile {name}.")
        return self._keep({key: one for key, one in self.book.all.items() if key != name})

    def _keep(self, all: dict[str, Options]) -> Book:
        profiles = {name: one for name, one in all.items() if isinstance(one, ConnectOptions)}
        listeners = {name: one for name, one in all.items() if isinstance(one, ListenOptions)}
        self.book = Book(profiles, self.book.faults, self.book.notes, listeners)
        return self.book


class WidgetApp(App[None]):
    """An app with our themes, for trying one widget."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES
