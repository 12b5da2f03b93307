"""One listener: its sockets, who comes to them, and who becomes a connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import cached_property
from time import time
from typing import Final, Protocol

from websockets.http11 import Request as LibraryRequest
from websockets.http11 import Response

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.explain.tls import explain_setting
from wstui.core.listener import Listener, ListenerState, ListenFault
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.peer import Peer
from wstui.core.serving.address import reachable_uris
from wstui.core.serving.as_client import client_options
from wstui.core.serving.request import Accept, Ask, Decision, Reject, Request
from wstui.core.transcript import Transcript
from wstui.net.connector import LOGGER
from wstui.net.failures import SecretError
from wstui.net.governor import Governor
from wstui.net.living import Living
from wstui.net.serving.accepted import Accepted
from wstui.net.serving.acceptor import Acceptor
from wstui.net.serving.admission import Admission, Verdict
from wstui.net.serving.answering import Answering
from wstui.net.serving.behaviour import Behaviour, Unprepared
from wstui.net.serving.deflate import agreed_extensions
from wstui.net.serving.door import Door, peer_text
from wstui.net.serving.faults import listen_fault
from wstui.net.serving.guests import Guests
from wstui.net.serving.handling.validating import Validating
from wstui.net.serving.responses import SERVER, rejection
from wstui.net.serving.site import Site
from wstui.net.serving.sockets import inode_of, open_sockets, remove_unix_socket
from wstui.net.serving.tls import ServerTls, agreed_with_client, client_name, make_server_tls
from wstui.net.serving.tls_door import TlsDoor
from wstui.net.tap import TappedServer
from wstui.net.tcp import place_text
from wstui.net.tls import FILE_TIME, TlsSettingError, set_lowest

KEPT: Final = 1000
"""Ended clients that stay listed; the oldest go when there are more."""


MOST_DOORS: Final = 2048
"""Those who came and are not yet clients; each may take as much as the head of a request. Who
comes when there are more is dropped."""

STOPPED: Final = 503
"""Status of the answer to who still waited when the listener was stopped."""


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

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Run something that is waited for at the end."""


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
        self._acceptors: list[Acceptor] = []
        self._is_exhausted = False
        self._doors: set[Door | TlsDoor] = set()
        self._where = listener.options.where
        self._inode: int | None = None  # of a Unix socket's file
        self._tls: ServerTls | None = None
        self._answering = Answering(self)
        self._admission = Admission(listener.options)
        self.options = listener.options
        """The options with what their references lead to, once it listens."""
        self.site = Site(listener.options, self._admission.of_page)
        """What ordinary HTTP requests get."""
        self.guests = Guests(listener)
        """Tells of those who come and become no client."""
        self._ended: dict[int, None] = {}  # clients that have ended and are still listed

    # Its life

    async def start(self) -> None:
        """Listen; what goes wrong becomes its failure."""
        listener = self.listener
        try:
            self.options = await self._admission.prepare()
            self.guests.secrets = self._admission.secrets
            self._tls = await self._server_tls()
            await self._answering.prepare()
            await self.site.prepare()
            sockets = await open_sockets(self._where)
        except TlsSettingError as error:
            told = explain_setting(error.fault, listening=True)
            self._failed(f"{told.sentence} {told.hint}".rstrip(), ListenFault.TLS)
            return
        except Unprepared as error:
            self._failed(str(error), ListenFault.BEHAVIOUR)
            return
        except SecretError as error:
            self._failed(str(error), ListenFault.OTHER)
            return
        except (OSError, TimeoutError) as error:
            words = getattr(error, "strerror", None) or str(error) or "no answer in time"
            self._failed(f"Cannot listen on {self._where}: {words}.", listen_fault(error))
            return
        if not listener.is_live:  # it was stopped meanwhile
            self._answering.stop()
            for sock in sockets:
                sock.close()
            return
        await self._serve(sockets)

    async def _server_tls(self) -> ServerTls | None:
        """What TLS is spoken with; made once, in a thread."""
        options = self.options
        if self._tls is not None or not options.tls.is_wanted:
            return self._tls
        async with asyncio.timeout(FILE_TIME):
            made = await asyncio.to_thread(make_server_tls, options.tls, options.where)
        set_lowest(made.context, options.tls.lowest)
        return made

    async def _serve(self, sockets: list[socket.socket]) -> None:
        listener, tls = self.listener, self._tls
        listener.addresses = tuple(place_text(sock.getsockname()) for sock in sockets)
        if self._where.path:
            self._inode = inode_of(self._where.path)
        else:  # the same port when it listens again
            self._where = self._where._replace(port=sockets[0].getsockname()[1])
        listener.uris = reachable_uris(listener.addresses, self._where, secure=tls is not None)
        self._acceptors = [Acceptor(sock, self._door, self) for sock in sockets]
        for acceptor in self._acceptors:
            await acceptor.start()
        listener.state = ListenerState.LISTENING
        self.say(EventName.OPEN, f"listening on {', '.join(listener.addresses)}")
        if not self._where.is_local:
            self.say(EventName.NOTE, "others than this machine can reach it")
        if tls is not None and tls.fingerprint:
            words = f"made a certificate that signs itself; its SHA-256: {tls.fingerprint}"
            self.say(EventName.NOTE, words)
        self._changed(listener)

    def _door(self) -> asyncio.Protocol:
        """What takes the bytes of the next one who comes."""
        return Door(self) if self._tls is None else TlsDoor(self, self._tls.context)

    def _failed(self, words: str, fault: ListenFault) -> None:
        self.listener.failure = words
        self.listener.fault = fault
        self._answering.stop()
        self._end(ListenerState.FAILED, EventName.FAILED, words)

    def stop_accepting(self) -> None:
        """Accept nobody further."""
        self._close_servers()
        self.listener.state = ListenerState.FULL
        self.say(EventName.NOTE, "accepts nobody further")
        self._changed(self.listener)

    def stop(self) -> None:
        """End the sockets, and who has not yet become a connection. Clients are the pool's.

        Who waits for a decision is told; when this is called again, nobody is waited for.
        """
        waiting = [] if not self.listener.is_live else self._undecided()
        for client in waiting:
            client.reject(Reject(STOPPED), "its listener was stopped before that was decided")
        told = {client.request.address for client in waiting}
        for door in list(self._doors):
            if door.address not in told:
                door.transport.abort()
        if not self.listener.is_live:
            return
        self._close_servers()
        self._answering.stop()
        self.guests.stop()
        self._end(ListenerState.STOPPED, EventName.CLOSED, "stopped")

    def _undecided(self) -> list[Accepted]:
        """Its clients that wait for the user's decision."""
        waiting = [getattr(door, "waiting", None) for door in self._doors]
        return [client for client in waiting if isinstance(client, Accepted)]

    def _close_servers(self) -> None:
        for acceptor in self._acceptors:
            acceptor.close()
        self._acceptors = []
        if self._where.path:
            remove_unix_socket(self._where.path, self._inode)

    def _end(self, state: ListenerState, name: EventName, words: str) -> None:
        self.listener.state = state
        self.listener.ended = time()
        self.say(name, words)
        self._changed(self.listener)

    def say(self, name: EventName, words: str, **detail: object) -> int:
        """Record an event in the listener's transcript; its number."""
        return self.listener.transcript.append_event(LocalEvent(name, words, detail), time())

    def spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Run something for one of those who came."""
        return self._host.spawn(work, name)

    # Who comes

    def came(self, door: Door | TlsDoor) -> None:
        """Somebody opened a TCP connection, or has begun to speak TLS on it."""
        self._doors.add(door)
        if door.address:
            return
        self.listener.tally.connections += 1
        number = self.listener.tally.connections
        door.address = peer_text(door.transport) or f"unix {number}"
        if self._is_exhausted:
            self._is_exhausted = False
            self.say(EventName.NOTE, "accepts again")
        if not self.listener.is_live:  # it was stopped a moment ago
            door.transport.abort()
        elif len(self._doors) > MOST_DOORS:
            door.drop(f"there are {MOST_DOORS:,} others already who are no clients yet")

    def exhausted(self, error: OSError) -> None:
        """The system lets us accept nobody further for now."""
        if not self._is_exhausted:
            self._is_exhausted = True
            words = f"cannot accept for now: {error.strerror or error}; trying each second"
            self.say(EventName.ERROR, words)

    def left(self, door: Door | TlsDoor) -> None:
        """It is gone, or became a WebSocket connection."""
        self._doors.discard(door)

    def dropped(self, door: Door | TlsDoor, why: str) -> None:
        """It is dropped for what came, or did not come."""
        self.guests.dropped(door.address, why)

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
            why = f"it is no HTTP request: {protocol.handshake_exc}"
            unread = Request("?", address=door.address, raw=head)
            self._refuse(door, unread, rejection(Reject(400)), 400, why)
            return
        asked = events[0]
        assert isinstance(asked, LibraryRequest)
        request = Request(asked.path, tuple(asked.headers.raw_items()), door.address, head)
        response = protocol.accept(asked)
        response.headers["Server"] = SERVER
        if response.status_code != 101:
            why = str(protocol.handshake_exc or response.reason_phrase)
            answer = bytes(response.serialize())
            self._refuse(door, request, answer, response.status_code, why)
            return

        def go_on(decision: Decision, why: str = "by its handler") -> None:
            if not isinstance(decision, Reject):
                decision, why = self._admission.full(door.address) or Verdict(decision)
            if isinstance(decision, Reject):
                self._refuse(door, request, rejection(decision), decision.status, why)
            else:
                self._admit(door, rest, protocol, request, response, decision)

        decision, why = self._admission.decide(request)
        behaviour = self.behaviour(request.path)
        if isinstance(decision, Reject) or behaviour is None or not behaviour.validates:
            go_on(decision, why)
        else:
            Validating(door, request, behaviour, decision, go_on).begin(self)

    def _refuse(self, door: Door, request: Request, response: bytes, status: int, why: str) -> None:
        self.guests.rejected(door.address, request, status, why)
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
        tls = door.transport.get_extra_info("ssl_object")
        facts = None if tls is None else agreed_with_client(tls, listener.options.tls)
        name = "" if facts is None else client_name(facts)
        connection = Connection(
            host.next_id(),
            client_options(request, self._usual, local),
            Transcript(host.budget, client=False),
            time(),
            peer=Peer(listener.id, door.address, name),
        )
        accepted = Accepted(connection, host.happened, self, protocol, request, facts)
        listener.clients[connection.id] = None
        listener.live += 1
        self._admission.enter(door.address)
        if isinstance(decision, Ask):
            accepted.wait(door, rest, response, decision.seconds)
        host.admit(connection, accepted)
        if isinstance(decision, Accept):
            accepted.accept(door, rest, response, decision)

    @cached_property
    def _usual(self) -> ConnectOptions:
        """What holds for each client, whatever it asks; for when it listens."""
        options = self.listener.options
        return ConnectOptions(
            f"{'ws' if self._tls is None else 'wss'}://localhost/",
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
        return self._answering.find(path)

    def ended(self, client: Accepted) -> None:
        """One of its clients has ended; the oldest of many such are forgotten."""
        listener = self.listener
        listener.live -= 1
        self._admission.leave(client.request.address)
        if client.connection.id not in listener.clients:  # it was removed
            return
        self._ended[client.connection.id] = None
        while len(self._ended) > KEPT:
            id = next(iter(self._ended))
            self._host.remove(id)

    def forget(self, id: int) -> None:
        """Connection `id` is no longer listed."""
        self._ended.pop(id, None)
        self.listener.clients.pop(id, None)
