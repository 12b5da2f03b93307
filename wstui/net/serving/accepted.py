"""One connection that a listener accepted: from the request to the open connection.

Its life after that is `living`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import TYPE_CHECKING, Final, ParamSpec

from websockets.http11 import Response

from wstui.core.connection import Connection, Failure, FailureKind, Handshake, State, Step
from wstui.core.entry import EventName
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.options.limits import Limits
from wstui.core.ports import Refused
from wstui.core.serving.request import Accept, Reject, Request, agree
from wstui.core.units import exact_seconds_text, size_text
from wstui.net.living import Living
from wstui.net.sending import unsent
from wstui.net.serving.idle import Idle
from wstui.net.serving.responses import rejection
from wstui.net.serving.server_wire import ServerWire
from wstui.net.tap import Payload, Recorder, TappedServer
from wstui.net.tcp import place_text
from wstui.net.wire import Wire

if TYPE_CHECKING:
    from wstui.net.serving.behaviour import Behaviour
    from wstui.net.serving.door import Door
    from wstui.net.serving.listening import Listening

P = ParamSpec("P")

IDLE_CODE: Final = 1001
"""Close code for one of whom nothing was heard, and to whom nothing was said, for too long."""

SLOW_CODE: Final = 1008
"""Close code for one who does not read what is sent."""

TOO_LATE: Final = 503
"""Status of the answer when nobody decides in time."""


class Accepted(Living):
    """The life of one connection with a client of ours."""

    partner = "client"

    def __init__(
        self,
        connection: Connection,
        changed: Callable[[Connection], None],
        listening: Listening,
        protocol: TappedServer,
        request: Request,
        tls: TlsFacts | None = None,
    ) -> None:
        """`protocol` has read the request and not answered it; `tls` is what was agreed on with
        the client, None for a plain connection."""
        super().__init__(connection, changed)
        self.listening = listening
        """The listener that it came to."""
        self.request = request
        """What it asked for."""
        self.behaviour: Behaviour | None = None
        """What answers it by itself; None where only the user does."""
        self._protocol = protocol
        self._tls = tls
        self._door: Door | None = None
        self._rest = b""
        self._idle: Idle | None = None
        protocol.recorder = Recorder(connection, self)

    # Opening

    def wait(self, door: Door, rest: bytes, response: Response, seconds: float) -> None:
        """Have the user decide about it, `seconds` at most. `response` is what accepts it."""
        self._door, self._rest, self._response = door, rest, response
        door.waiting = self
        connection, now = self.connection, time()
        connection.step = Step.DECISION
        connection.steps.append((Step.DECISION, now))
        connection.decide_by = now + seconds
        connection.handshake = self._asked(door.transport)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(seconds, self._undecided, seconds)

    def decide(self, decision: Accept | Reject) -> None:
        """Go on as was decided."""
        door = self._door
        assert door is not None
        if isinstance(decision, Reject):
            self.reject(decision, "you rejected it")
            return
        self._stop_deciding()
        self.accept(door, self._rest, self._response, decision)

    def reject(self, decision: Reject, why: str) -> None:
        """Answer the waiting request with an HTTP response; it has failed."""
        door = self._door
        assert door is not None
        self._stop_deciding()
        door.waiting = None
        answer = rejection(decision)
        door.answer(answer)
        self.listening.listener.tally.rejected += 1
        self._rejected(why, decision.status, answer)

    def gone(self) -> None:
        """TCP ended while it waited."""
        self._stop_deciding()
        self._rejected("it left before that was decided")

    def _rejected(self, why: str, status: int | None = None, answer: bytes = b"") -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        host, _, port = self.request.address.rpartition(":")
        self.fail(
            Failure(
                FailureKind.REJECTED,
                why,
                host=host.strip("[]") or self.request.address,
                port=int(port) if host and port.isdecimal() else 0,
                status=status,
                headers=read_headers(head),
                body=body,
                raw_request=self.request.raw,
                raw_response=answer,
            )
        )

    def _asked(self, transport: asyncio.Transport) -> Handshake:
        """What is known of the handshake before it is answered."""
        return Handshake(
            path=self.request.target,
            request_headers=self.request.headers,
            raw_request=self.request.raw,
            remote=self.request.address,
            local=place_text(transport.get_extra_info("sockname")),
            tls=self._tls,
            is_served=True,
        )

    def _undecided(self, seconds: float) -> None:
        words = f"nobody decided within {exact_seconds_text(seconds)}"
        self.reject(Reject(TOO_LATE), words)

    def _stop_deciding(self) -> None:
        self._door = None
        self.connection.decide_by = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def accept(self, door: Door, rest: bytes, response: Response, decision: Accept) -> None:
        """Send `response`, with what was decided, and go on as a WebSocket connection.

        `rest` are bytes that came behind the request.
        """
        protocol, connection, listening = self._protocol, self.connection, self.listening
        options = listening.options
        wanted, offered = decision.subprotocol, self.request.subprotocols
        chosen = agree(offered, options.subprotocols, wanted)
        protocol.choose(response, chosen, (*options.headers, *decision.headers))
        transport = door.transport
        self.wire = wire = ServerWire(protocol, self, listening.governor, connection.options)
        rest += door.leave()
        transport.set_protocol(wire)
        wire.connection_made(transport)
        protocol.send_response(response)
        self._opened(wire, bytes(protocol.writes[-1]), response)
        wire.send_data()
        wire.start_keepalive()
        self._keep_limits(wire, listening.options.limits)
        transport.resume_reading()
        self.behaviour = listening.behaviour(self.request.path)
        if self.behaviour is not None:
            protocol.recorder.heard = self._heard
            self.have(self.behaviour.connected, self)
        if wanted and chosen != wanted:
            self.note(f"it did not offer the subprotocol {wanted}: none is agreed on")
        if rest:
            wire.take_in(rest)
        if door.has_ended:  # right behind the request, which nobody will tell the wire
            wire.eof_received()
            transport.close()

    def _keep_limits(self, wire: ServerWire, limits: Limits) -> None:
        """Have it end when it takes more than `limits` allow."""
        if limits.send_queue is not None:
            wire.outbox.most = limits.send_queue
            wire.outbox.overrun = self._reads_too_slowly
        if limits.idle_timeout is not None:
            said = exact_seconds_text(limits.idle_timeout)
            self._idle = Idle(
                limits.idle_timeout,
                lambda: self._activity(wire),
                lambda: self._end(IDLE_CODE, f"no message for {said}"),
                wire.loop,
            )

    def _activity(self, wire: ServerWire) -> Hashable:
        """What changes when messages come or go, also parts of them; pings and pongs do not count,
        nor does what the user keeps from coming."""
        transcript, outgoing = self.connection.transcript, self.connection.outgoing
        if self.connection.is_paused:
            return wire.loop.time()
        unrecorded = wire.taken - transcript.wire_in
        waiting = outgoing.queued + unsent(wire.transport)
        return transcript.received, transcript.sent, unrecorded, waiting

    def _reads_too_slowly(self, waiting: int) -> None:
        self._end(SLOW_CODE, f"reads too slowly: {size_text(waiting)} wait")

    def _end(self, code: int, reason: str) -> None:
        """Close it, for a limit, if it is open."""
        if self.connection.state is State.OPEN:
            self.note(f"closed by the limits of its listener: {reason}")
            with suppress(Refused):  # it ended a moment ago
                self.close(code, reason)

    def _opened(self, wire: ServerWire, answer: bytes, response: Response) -> None:
        connection = self.connection
        assert connection.peer is not None
        chosen = wire.subprotocol
        connection.handshake = handshake = replace(
            self._asked(wire.transport),
            status=response.status_code,
            status_text=response.reason_phrase,
            response_headers=tuple(response.headers.raw_items()),
            subprotocol=chosen,
            is_subprotocol_ours=chosen is None or chosen in self.request.subprotocols,
            extensions=tuple(response.headers.get_all("Sec-WebSocket-Extensions")),
            raw_response=answer,
        )
        connection.opened = time()
        connection.state = State.OPEN
        self.listening.listener.tally.accepted += 1
        facts = [f"{self.request.target} from {connection.peer.address}", *handshake.extensions]
        if handshake.subprotocol:
            facts.insert(1, f"subprotocol {handshake.subprotocol}")
        if handshake.tls is not None:
            facts.append(handshake.tls.words)
        if connection.peer.tls_name:
            facts.append(f"certificate of {connection.peer.tls_name}")
        number = wire.protocol.recorder.event(
            EventName.OPEN, " · ".join(facts), remote=handshake.remote
        )
        connection.remember(number, handshake)
        self.begin_life(wire)
        self._changed(connection)

    # What answers it

    def note(self, words: str) -> None:
        """Keep a remark in its transcript."""
        self._protocol.recorder.event(EventName.NOTE, words)

    def have(self, do: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have its behaviour do something; what fails is told in the transcript."""
        try:
            do(*args, **kwargs)
        except Exception as error:
            self.tell_failure(error)

    def tell_failure(self, error: Exception) -> None:
        """Its behaviour failed: say so in its transcript."""
        words = f"what answers it failed: {type(error).__name__}: {error}"
        self._protocol.recorder.event(EventName.ERROR, words)

    def _heard(self, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
        if self.behaviour is not None:
            self.have(self.behaviour.received, self, flags, payloads)

    # Its end

    def closing(self) -> None:
        super().closing()
        if self._idle is not None:
            self._idle.stop()

    def lost(self, wire: Wire, error: Exception | None) -> None:
        was_here = self.wire is wire
        super().lost(wire, error)
        if was_here:
            if self.behaviour is not None:
                self.have(self.behaviour.ended, self)
            self.listening.ended(self)

    def fail(self, failure: Failure) -> None:
        super().fail(failure)
        self.listening.ended(self)

    def drop(self, *, reset: bool = False) -> None:
        if self.connection.state is State.CONNECTING:
            if self._door is not None:
                self.reject(Reject(TOO_LATE), "you gave it up")
        else:
            super().drop(reset=reset)
