"""The life of a connection on its socket, from the open one to the last byte; of either side.

Owns its states, deadlines, and how it ended. How it is opened is the matter of `client` and of
`serving.accepted`, which build on this; bytes are the business of `wire`, frames of `tap` and
`fastpath`; which connections there are is the pool's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import time
from typing import ClassVar

from websockets.exceptions import InvalidState, ProtocolError

from wstui.core.connection import CloseRecord, Connection, Failure, State
from wstui.core.entry import EventName, Kind
from wstui.core.explain.closing import late_count
from wstui.core.explain.failures import DROPPED, RESET, explain, explain_close
from wstui.core.options.secrets import mask_all
from wstui.core.ports import Refused
from wstui.net.heart import Heart
from wstui.net.tap import Recorder
from wstui.net.unread import Watch
from wstui.net.wire import Wire


class Living:
    """One connection and its socket."""

    partner: ClassVar[str]
    """What the peer is called."""

    def __init__(self, connection: Connection, changed: Callable[[Connection], None]) -> None:
        self.connection = connection
        self.wire: Wire | None = None
        """The socket's side of it; None before TCP is connected and after it ended."""
        self._changed = changed
        self.task: asyncio.Task[None] | None = None
        """What runs it; None before it was begun."""
        self._deadline: asyncio.TimerHandle | None = None
        self._came = 0  # messages that had come when the closing handshake was last waited for
        self._late: str | None = None
        self._heart: Heart | None = None
        self._watch: Watch | None = None
        self.asked = False
        """Whether the user wanted it to end."""

    # What happens to it

    def begin_life(self, wire: Wire) -> None:
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
            if not self.wire.is_patient:
                self.wire.let_in()  # its end does not wait for who is behind with what came
            self.wire.outbox.end()
            self.wire.end_keepalive()
        if self._heart is not None:
            self._heart.stop()
        connection = self.connection
        if connection.state is not State.OPEN or self.wire is None:
            return
        connection.state = State.CLOSING
        connection.close_began = time()
        limit = connection.options.close_timeout
        if limit is not None:
            self._came = connection.transcript.received
            self._deadline = self.wire.loop.call_later(limit, self._close_late, limit)
        self._changed(connection)

    def _close_late(self, limit: float) -> None:
        assert self.wire is not None
        closes = self.wire.protocol.recorder.closes
        came, before = self.connection.transcript.received, self._came
        self._came = came
        if self.wire.is_patient and (self.wire.is_held or (came > before and False not in closes)):
            self._deadline = self.wire.loop.call_later(limit, self._close_late, limit)
            return
        if self.connection.half_ended is not None:
            self._late = f"the {self.partner} did not end its half of TCP within {limit:g} s"
        elif not closes:
            self._late = f"TCP was half ended, and what we sent was not read within {limit:g} s"
        elif False not in closes:
            self._late = f"no answer to our close frame within {limit:g} s"
        else:
            self._late = (
                f"the {self.partner} did not end TCP within {limit:g} s of the closing handshake"
            )
        self.wire.abort()

    def lost(self, wire: Wire, error: Exception | None) -> None:
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

    def fail(self, failure: Failure) -> None:
        """It could not be opened, for this reason."""
        connection = self.connection
        self.wire = None
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

    def close(self, code: int | None, reason: str, *, patient: bool = False) -> None:
        """Send a close frame. `patient`: see `ConnectionPool.close`.

        Raises:
            Refused: it cannot be sent now.
        """
        wire = self.writable()
        wire.is_patient = patient
        self._write(lambda: wire.protocol.send_close(code, reason))

    def writable(self) -> Wire:
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
        until = "can send until the buffers of both systems are full"
        words = f"reading paused: the {connection.partner} {until}"
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
        """End it at once, without a close frame, by FIN or by reset.

        Raises:
            Refused: it has no reset, being no TCP connection.
        """
        if self.wire is not None and self.connection.is_live:
            self.wire.cut(reset=reset)
            self._late = self._late or (RESET if reset else DROPPED)


def close_record(wire: Wire, error: Exception | None, late: str | None) -> CloseRecord:
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
    # How TCP ends once both close frames went is no matter (RFC 6455 section 7.1.4): servers in a
    # hurry reset it.
    clean = sent is not None and received is not None and words is None
    if words is None and error is not None:
        words = str(error) or type(error).__name__
    connection = protocol.recorder.connection
    half_ended = connection.half_ended is not None
    return CloseRecord(
        sent,
        received,
        by_us,
        clean,
        words,
        late_count(connection),
        half_ended,
        connection.partner,
    )
