"""One listener: its sockets, who comes to them, and who becomes a connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import time
from typing import Final, Protocol

from websockets.http11 import Request as LibraryRequest
from websockets.http11 import Response

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.listener import Listener, ListenerState, Peer
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.serving.address import EVERYWHERE
from wstui.core.serving.as_client import client_options
from wstui.core.serving.behaviour import find_mount, parse_mount
from wstui.core.serving.request import Accept, Ask, Decision, Reject, Request
from wstui.core.transcript import Transcript
from wstui.net.connector import LOGGER
from wstui.net.governor import Governor
from wstui.net.living import Living
from wstui.net.serving.accepted import Accepted
from wstui.net.serving.behaviour import Behaviour, make_behaviour
from wstui.net.serving.deflate import agreed_extensions
from wstui.net.serving.door import Door, peer_text
from wstui.net.serving.responses import SERVER, rejection
from wstui.net.tap import TappedServer
from wstui.net.tcp import place_text

BACKLOG: Final = 1024
"""Connections that the system keeps for us until we come to them."""

KEPT: Final = 1000
"""Ended clients that stay listed; the oldest go when there are more."""


class Host(Protocol):
    """The pool, as far as a listener needs it."""

    budget: MemoryBudget

    def next_id(self) -> int:
        """An id that was never used."""

    def admit(self, connection: Connection, living: Living) -> None:
        """List a connection that a client began."""

    def happened(self, connection: Connection) -> None:
        """Something became of it."""

    def remove(self, id: int) -> None:
        """Forget it."""


class Listening:
    """What is behind a listener."""

    def __init__(
        self,
        listener: Listener,
        host: Host,
        governor: Governor,
        changed: Callable[[Listener], None],
    ) -> None:
        self.listener = listener
        self.governor = governor
        self._host = host
        self._changed = changed
        self._servers: list[asyncio.Server] = []
        self._doors: set[Door] = set()
        self._mounts = [parse_mount(line) for line in listener.options.behaviours]
        self._behaviours: dict[int, Behaviour | None] = {}
        self._ended: dict[int, None] = {}  # clients that have ended and are still listed

    # Its life

    async def start(self) -> None:
        """Listen; what goes wrong becomes its failure."""
        listener = self.listener
        where = listener.options.where
        loop = asyncio.get_running_loop()
        try:
            if where.path:
                server: asyncio.Server = await loop.create_unix_server(
                    lambda: Door(self), where.path, backlog=BACKLOG
                )
            else:
                host = None if where.host == EVERYWHERE else where.host
                server = await loop.create_server(
                    lambda: Door(self), host, where.port, backlog=BACKLOG
                )
        except OSError as error:
            listener.failure = f"Cannot listen on {where}: {error.strerror or error}."
            self._end(ListenerState.FAILED, EventName.FAILED, listener.failure)
            return
        self._servers = [server]
        listener.addresses = tuple(place_text(one.getsockname()) for one in server.sockets)
        listener.uris = tuple(f"ws://{address}" for address in listener.addresses)
        listener.state = ListenerState.LISTENING
        self.say(EventName.OPEN, f"listening on {', '.join(listener.addresses)}")
        self._changed(listener)

    def stop_accepting(self) -> None:
        """Accept nobody further."""
        self._close_servers()
        self.listener.state = ListenerState.FULL
        self.say(EventName.NOTE, "accepts nobody further")
        self._changed(self.listener)

    def stop(self) -> None:
        """End the sockets, and who has not yet become a connection. Clients are the pool's."""
        if not self.listener.is_live:
            return
        self._close_servers()
        for door in list(self._doors):
            door.transport.abort()
        for behaviour in self._behaviours.values():
            if behaviour is not None:
                behaviour.stop()
        self._end(ListenerState.STOPPED, EventName.CLOSED, "stopped")

    def _close_servers(self) -> None:
        for server in self._servers:
            server.close()
        self._servers = []

    def _end(self, state: ListenerState, name: EventName, words: str) -> None:
        self.listener.state = state
        self.listener.ended = time()
        self.say(name, words)
        self._changed(self.listener)

    def say(self, name: EventName, words: str, **detail: object) -> int:
        """Record an event in the listener's transcript; its number."""
        return self.listener.transcript.append_event(LocalEvent(name, words, detail), time())

    # Who comes

    def came(self, door: Door) -> None:
        """Somebody opened a TCP connection."""
        self.listener.tally.connections += 1
        self._doors.add(door)
        door.address = peer_text(door.transport) or f"unix {self.listener.tally.connections}"

    def left(self, door: Door) -> None:
        """It is gone, or became a WebSocket connection."""
        self._doors.discard(door)

    def dropped(self, door: Door, why: str) -> None:
        """It is dropped for what came, or did not come."""
        self.listener.tally.dropped += 1
        self.say(EventName.ERROR, f"dropped {door.address}: {why}")

    def asked(self, door: Door, head: bytes, rest: bytes) -> None:
        """A whole request is there, and `rest` behind it."""
        options = self.listener.options
        protocol = TappedServer(
            extensions=agreed_extensions(options.deflate),
            max_size=options.max_size,
            logger=LOGGER,
        )
        protocol.receive_data(head)
        events = protocol.events_received()
        if not events:
            protocol.data_to_send()
            self._refuse(door, rejection(Reject(400)), f"no HTTP request: {protocol.handshake_exc}")
            return
        asked = events[0]
        assert isinstance(asked, LibraryRequest)
        request = Request(asked.path, tuple(asked.headers.raw_items()), door.address, head)
        response = protocol.accept(asked)
        response.headers["Server"] = SERVER
        if response.status_code != 101:
            why = f"{asked.path}: {response.status_code} {response.reason_phrase}"
            self._refuse(door, bytes(response.serialize()), why)
            return
        decision = self._decide(request)
        if isinstance(decision, Reject):
            self._refuse(door, rejection(decision), f"{asked.path}: {decision.status}")
            return
        self._admit(door, rest, protocol, request, response, decision)

    def _decide(self, request: Request) -> Decision:
        """What becomes of a handshake."""
        return Accept()

    def _refuse(self, door: Door, response: bytes, why: str) -> None:
        self.listener.tally.rejected += 1
        self.say(EventName.ERROR, f"rejected {door.address}: {why}")
        door.answer(response)

    def _admit(
        self,
        door: Door,
        rest: bytes,
        protocol: TappedServer,
        request: Request,
        response: Response,
        decision: Accept | Ask,
    ) -> None:
        """Make it a connection, which may still have to wait for the user."""
        listener, host = self.listener, self._host
        local = place_text(door.transport.get_extra_info("sockname"))
        connection = Connection(
            host.next_id(),
            client_options(request, self._usual(), local),
            Transcript(host.budget, client=False),
            time(),
            peer=Peer(listener.id, door.address),
        )
        accepted = Accepted(connection, host.happened, self, protocol, request)
        listener.clients[connection.id] = None
        listener.live += 1
        if isinstance(decision, Ask):
            accepted.wait(door, rest, response, decision.seconds)
        host.admit(connection, accepted)
        if isinstance(decision, Accept):
            accepted.accept(door, rest, response, decision)

    def _usual(self) -> ConnectOptions:
        """What holds for each client, whatever it asks."""
        options = self.listener.options
        return ConnectOptions(
            "ws://localhost/",
            deflate=options.deflate,
            max_size=options.max_size,
            close_timeout=options.close_timeout,
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            fast=options.fast,
        )

    # Its clients

    def behaviour(self, path: str) -> Behaviour | None:
        """What answers those who asked for `path`; one for all of a mount."""
        mount = find_mount(self._mounts, path)
        key = self._mounts.index(mount) if mount in self._mounts else -1
        if key not in self._behaviours:
            self._behaviours[key] = make_behaviour(mount)
        return self._behaviours[key]

    def ended(self, client: Accepted) -> None:
        """One of its clients has ended; the oldest of many such are forgotten."""
        listener = self.listener
        listener.live -= 1
        self._ended[client.connection.id] = None
        while len(self._ended) > KEPT:
            id = next(iter(self._ended))
            self._host.remove(id)

    def forget(self, id: int) -> None:
        """Connection `id` is no longer listed."""
        self._ended.pop(id, None)
        self.listener.clients.pop(id, None)
