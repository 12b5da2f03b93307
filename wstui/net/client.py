"""One client connection: from the wish to connect to the last byte.

Owns the connection's life: opening, states, deadlines, how it ended. Bytes are the business of
`wire`, frames of `tap` and `fastpath`; which connections there are is the pool's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import time

from websockets.exceptions import InvalidState, ProtocolError

from wstui.core.connection import (
    RAW_LIMIT,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    State,
    Step,
)
from wstui.core.entry import EventName, Kind
from wstui.core.explain.closing import late_count
from wstui.core.explain.failures import DROPPED, RESET, explain, explain_close
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.secrets import mask_all
from wstui.core.options.tls import TlsOptions
from wstui.core.ports import Refused
from wstui.net.certificates import agreed, refused, tls_alert, tls_error
from wstui.net.connector import Connector, describe_handshake
from wstui.net.failures import Response, classify
from wstui.net.governor import Governor
from wstui.net.heart import Heart
from wstui.net.secrets import resolve
from wstui.net.tap import Recorder
from wstui.net.unread import Watch
from wstui.net.wire import WireConnection


class Client:
    """The life of one client connection."""

    def __init__(self, connection: Connection, changed: Callable[[Connection], None]) -> None:
        self.connection = connection
        self.wire: WireConnection | None = None
        """The socket's side of it; None before TCP is connected and after it ended."""
        self._changed = changed
        self.task: asyncio.Task[None] | None = None
        """What runs `open` and `stay`; None before it was begun."""
        self._deadline: asyncio.TimerHandle | None = None
        self._late: str | None = None
        self._heart: Heart | None = None
        self._watch: Watch | None = None
        self.asked = False
        """Whether the user wanted it to end."""
        self._over = False
        """Whether opening it failed: what still happens to its socket concerns no connection."""

    async def open(
        self, governor: Governor, tls: Callable[[TlsOptions], Awaitable[ssl.SSLContext]]
    ) -> None:
        """Open the connection. Whatever goes wrong becomes its failure.

        `tls` makes the settings of TLS, with verification or without.
        """
        connection = self.connection
        connection.redirects, connection.resolved = (), connection.options
        try:
            await resolve(self)
            await Connector(self, governor, tls).connect()
        except Exception as error:  # a border: it concerns this connection alone
            if self._over:
                return  # another attempt may be under way already
            if self.connection.state is State.CONNECTING:
                self._failed(self._failure(error))
            elif self.wire is not None:  # the time-out came right after the response
                self.wire.abort()

    def _failure(self, error: Exception) -> Failure:
        """What is known of why opening it failed."""
        raw = bytes(self.wire.raw_response) if self.wire is not None else b""
        below = None if self.wire is None else tls_alert(self.wire.error)
        try:
            failure = classify(below or error, Response(raw), self.connection)
            return self._with_tls(failure, error)
        except Exception as unexpected:  # a border: it failed, whatever can be told of it
            words = f"{error} (and telling of it failed: {unexpected!r})"
            return Failure(FailureKind.NETWORK, words, step=self.connection.step)

    def _with_tls(self, failure: Failure, error: Exception) -> Failure:
        """`failure` with what is known of TLS with the server, or the proxy, if it came to that."""
        options = self.connection.resolved
        if self.connection.step is Step.PROXY_TLS:
            own = TlsOptions(trust=options.proxy.trust)
            return replace(failure, tls=refused(tls_error(error), own, failure.host, time()))
        if not options.secure or self.connection.step not in (Step.TLS, Step.HTTP):
            return failure
        transport = getattr(self.wire, "transport", None)  # set when TCP and TLS stand
        tls = None if transport is None else transport.get_extra_info("ssl_object")
        if tls is not None:
            return replace(failure, tls=agreed(tls, options.tls))
        facts = refused(tls_error(error), options.tls, failure.host, time())
        return replace(failure, tls=facts)

    async def stay(self) -> None:
        """Wait until TCP has ended; at once when it was never opened."""
        if self.wire is not None and self.connection.opened is not None:
            await self.wire.wait_closed()

    # What happens to it

    def dialled(self, wire: WireConnection) -> None:
        """There is a socket's side of it now; TLS, if there is any, is still to come."""
        self.wire = wire

    def redirected(self, redirect: Redirect, options: ConnectOptions) -> None:
        """The server points elsewhere: opening it goes on there, with these options."""
        connection = self.connection
        if self._over:
            return
        self.wire = None
        connection.resolved = options
        redirect = mask_all(redirect, connection.secrets)
        connection.redirects = (*connection.redirects, redirect)
        Recorder(connection, self).event(
            EventName.REDIRECT, redirect.words, uri=masked_uri(redirect.uri)
        )
        self._changed(connection)

    def begin(self, step: Step) -> None:
        """Opening it goes on with this step; the one before is done."""
        if self._over:
            return
        self.connection.step = step
        self.connection.steps.append((step, time()))
        self._changed(self.connection)

    def opened(self, wire: WireConnection) -> None:
        """The opening handshake is done."""
        connection = self.connection
        if self._over or connection.state is not State.CONNECTING:  # a moment ago
            wire.abort()
            return
        handshake = mask_all(describe_handshake(wire), connection.secrets)
        connection.handshake = handshake
        connection.opened = time()
        connection.state = State.OPEN
        facts = [f"{handshake.status} {handshake.status_text}".strip(), *handshake.extensions]
        if handshake.subprotocol:
            facts.insert(1, f"subprotocol {handshake.subprotocol}")
        if handshake.tls:
            facts.append(handshake.tls.words)
        recorder = wire.protocol.recorder
        number = recorder.event(EventName.OPEN, " · ".join(facts), remote=handshake.remote)
        connection.remember(number, handshake)
        if not handshake.is_subprotocol_ours:
            words = f"The subprotocol {handshake.subprotocol} was not offered; it is taken as asked"
            recorder.event(EventName.NOTE, words)
        self._begin_life(wire)
        self._changed(connection)

    def _begin_life(self, wire: WireConnection) -> None:
        """What holds for each time that it is open."""
        connection, upkeep = self.connection, self.connection.resolved.upkeep
        connection.received_before = connection.half_ended = None
        connection.is_paused = False
        if upkeep.heartbeat:
            payload = wire.protocol.recorder.heartbeat = upkeep.heartbeat.encode()
            self._heart = Heart(upkeep.heartbeat_interval, lambda: self._beat(payload))

    def _beat(self, payload: bytes) -> None:
        if not self.connection.outgoing.waiting:  # else one more says nothing
            self.writable().outbox.put(Kind.TEXT, payload)

    def closing(self) -> None:
        """A close frame was sent or received, or the peer ended its half of TCP."""
        if self.wire is not None:
            self.wire.outbox.end()
        if self._heart is not None:
            self._heart.stop()
        connection = self.connection
        if connection.state is not State.OPEN or self.wire is None:
            return
        connection.state = State.CLOSING
        connection.close_began = time()
        limit = connection.options.close_timeout
        if limit is not None:
            self._deadline = self.wire.loop.call_later(limit, self._close_late, limit)
        self._changed(connection)

    def _close_late(self, limit: float) -> None:
        assert self.wire is not None
        closes = self.wire.protocol.recorder.closes
        if self.connection.half_ended is not None:
            self._late = f"the peer did not end its half of TCP within {limit:g} s"
        elif not closes:
            self._late = f"TCP was half ended, and what we sent was not read within {limit:g} s"
        elif False not in closes:
            self._late = f"no answer to our close frame within {limit:g} s"
        else:
            self._late = f"the server did not end TCP within {limit:g} s of the closing handshake"
        self.wire.abort()

    def lost(self, wire: WireConnection, error: Exception | None) -> None:
        """TCP ended."""
        if self.wire is not wire:
            return  # a redirect led away from it, or it never opened and another attempt has
        if self._deadline is not None:
            self._deadline.cancel()
        if self._heart is not None:
            self._heart.stop()
        self._stop_watch()
        connection = self.connection
        if connection.state not in (State.OPEN, State.CLOSING):
            return  # while opening: `open` gets the error
        self.wire = None
        connection.close = record = close_record(wire, error, self._late)
        connection.transcript.late.end(len(connection.transcript))
        connection.is_paused = False
        connection.state = State.CLOSED
        connection.ended = time()
        wire.protocol.recorder.event(EventName.CLOSED, explain_close(record).sentence)
        self._changed(connection)

    def _failed(self, failure: Failure) -> None:
        connection = self.connection
        if self.wire is not None:
            failure = replace(
                failure,
                raw_request=self.wire.protocol.raw_request,
                raw_response=bytes(self.wire.raw_response[:RAW_LIMIT]),
            )
        self.wire = None
        self._over = True
        connection.failure = failure = mask_all(failure, connection.secrets)
        connection.state = State.FAILED
        connection.ended = time()
        words = explain(failure)
        sentence = f"{words.title}: {words.sentence}"
        number = Recorder(connection, self).event(EventName.FAILED, sentence)
        connection.remember(number, failure)
        self._changed(connection)

    # What the user does to it

    def send(self, kind: Kind, payload: bytes) -> None:
        """Send one frame of any kind but close; messages wait for those before them.

        Raises:
            Refused: it cannot be sent now.
        """
        wire = self.writable()
        if kind not in (Kind.PING, Kind.PONG):
            wire.outbox.put(kind, payload)
            return
        send = wire.protocol.send_ping if kind is Kind.PING else wire.protocol.send_pong
        self._write(lambda: send(payload))
        if kind is Kind.PING:
            # A peer may answer the newest ping alone: the library's keepalive has to know ours.
            pong = wire.loop.create_future()
            wire.pending_pings.setdefault(payload, (pong, wire.loop.time()))

    def close(self, code: int | None, reason: str) -> None:
        """Send a close frame.

        Raises:
            Refused: it cannot be sent now.
        """
        protocol = self.writable().protocol
        self._write(lambda: protocol.send_close(code, reason))

    def writable(self) -> WireConnection:
        """What can be written to now.

        Raises:
            Refused: it is ending.
        """
        if self.wire is None or self.wire.transport.is_closing():
            raise Refused(f"Connection {self.connection.id} is ending.")
        if self.connection.half_ended is not None:
            raise Refused(
                "Our half of TCP has ended: nothing can be sent. Drop it to end it whole."
            )
        return self.wire

    def end_sending(self) -> None:
        """End our half of TCP; what comes is still received.

        Raises:
            Refused: it cannot be done, or something waits to be sent.
        """
        wire, connection = self.writable(), self.connection
        if connection.outgoing.can_cancel:
            raise Refused("Something waits to be sent: cancel it, or wait, and try again.")
        wire.end_sending()
        connection.half_ended = time()
        if self._heart is not None:
            self._heart.stop()
        wire.protocol.recorder.event(
            EventName.NOTE,
            "our half of TCP ended (FIN): nothing more is sent, what comes is still received",
        )
        self._changed(connection)

    def pause(self, paused: bool) -> None:
        """Read nothing more, or read on.

        Raises:
            Refused: it is ending, or that is so already.
        """
        connection, wire = self.connection, self.wire
        if wire is None or wire.transport.is_closing():
            raise Refused(f"Connection {connection.id} is ending.")
        if connection.is_paused is paused:
            state = "paused" if paused else "not paused"
            raise Refused(f"Reading from connection {connection.id} is {state} already.")
        connection.is_paused = paused
        if paused:
            wire.pause()
            self._watch = Watch(wire.transport, self._waits)
        else:
            self._stop_watch()
            wire.read_on()
        words = "reading paused: the peer can send until the buffers of both systems are full"
        wire.protocol.recorder.event(EventName.NOTE, words if paused else "reading goes on")
        self._changed(connection)

    def _waits(self, unread: int | None) -> None:
        self.connection.unread = unread

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def _write(self, send: Callable[[], None]) -> None:
        wire = self.writable()
        try:
            send()
        except (InvalidState, ProtocolError) as error:
            # TCP ended a moment ago, and the news is still on its way.
            raise Refused(f"Connection {self.connection.id}: {error}.") from error
        wire.send_data()

    def drop(self, *, reset: bool = False) -> None:
        """End it at once: give up opening, or end TCP without a close frame, by FIN or by reset.

        Raises:
            Refused: it has no reset, being no TCP connection.
        """
        if self.connection.state is State.CONNECTING:
            if self.wire is not None:
                self.wire.abort()
            self._failed(Failure(FailureKind.CANCELLED))
            if self.task is not None:
                self.task.cancel()
        elif self.wire is not None and self.connection.is_live:
            self.wire.cut(reset=reset)
            self._late = self._late or (RESET if reset else DROPPED)


def close_record(wire: WireConnection, error: Exception | None, late: str | None) -> CloseRecord:
    """How an opened connection ended. `late`: what we ended it for, None if we did not."""
    protocol = wire.protocol
    closes = protocol.recorder.closes
    sent, received = closes.get(True), closes.get(False)
    by_us = next(iter(closes)) if closes else None
    words = late
    if words is None and protocol.parser_exc is not None:
        if not isinstance(protocol.parser_exc, EOFError):
            words = str(protocol.parser_exc)
        elif error is None:
            words = "TCP ended without a close frame"
    if words is None and error is not None:
        words = str(error) or type(error).__name__
    clean = sent is not None and received is not None and words is None
    connection = protocol.recorder.connection
    half_ended = connection.half_ended is not None
    return CloseRecord(sent, received, by_us, clean, words, late_count(connection), half_ended)
