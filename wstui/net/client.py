"""One client connection: from the wish to connect to the last byte, on `websockets`.

Owns the connection's life: opening, states, deadlines, how it ended. Frames are the business of
`tap` and `fastpath`; which connections there are is the pool's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from time import time
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidState, ProtocolError
from websockets.extensions.permessage_deflate import enable_client_permessage_deflate
from websockets.frames import DATA_OPCODES, Close, Frame
from websockets.http11 import Response as HandshakeResponse
from websockets.protocol import Event
from websockets.protocol import State as WireState
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from wstui import __version__
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
from wstui.core.entry import EventName, Kind
from wstui.core.explain import explain, explain_close
from wstui.core.options import ConnectOptions
from wstui.core.ports import Refused
from wstui.net.failures import BODY_LIMIT, Response, classify
from wstui.net.fastpath import FastPath, PlainPath
from wstui.net.governor import Governor
from wstui.net.tap import Recorder, TappedProtocol

USER_AGENT: Final = f"wstui/{__version__}"

BODY_TIME: Final = 2.0
"""Seconds that a refusing server has to send the body of its response once its headers came."""

LOGGER: Final = logging.getLogger("wstui.websockets")
# What the library would log is in the transcript; on the terminal it would tear the screen.
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False
LOGGER.setLevel(logging.CRITICAL + 1)


class WireConnection(ClientConnection, asyncio.BufferedProtocol):
    """The library's connection, read through our buffer and watched by our recorder."""

    protocol: TappedProtocol

    def __init__(
        self, protocol: TappedProtocol, client: Client, governor: Governor, options: ConnectOptions
    ) -> None:
        super().__init__(
            protocol,
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            close_timeout=options.close_timeout,
        )
        self._client = client
        self._governor = governor
        self._path = (
            FastPath(protocol, self._feed, governor)
            if options.fast and hasattr(protocol, "current_size")
            else PlainPath(self._feed, governor)
        )
        self._begun = 0.0
        self._head_end: int | None = None
        self.raw_response = bytearray()
        """What came before the handshake was done, headers and the first `BODY_LIMIT` of a body."""

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._client.reached()

    def get_buffer(self, sizehint: int) -> memoryview:
        self._begun = self._governor.begin()
        return self._path.get_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        if self.protocol.state is WireState.CONNECTING:
            self._shake_hands(bytes(self._governor.buffer[:nbytes]))
        else:
            self._path.received(nbytes)
        self._governor.end(self._begun, nbytes, self.transport)

    def eof_received(self) -> None:
        self._path.end()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._path.end()
        super().connection_lost(exc)
        self._client.lost(self, exc)

    # Between them and the library

    def _feed(self, data: bytes) -> None:
        super().data_received(data)

    def _shake_hands(self, data: bytes) -> None:
        """Take bytes of the handshake response, and of frames right behind it."""
        raw = self.raw_response
        before = len(raw)
        raw += data
        if self._head_end is not None:  # the body of a refusal
            self._feed(data)
            if len(raw) - self._head_end > BODY_LIMIT:
                self.transport.abort()
            return
        blank = raw.find(b"\r\n\r\n", max(before - 3, 0))
        if blank < 0:
            self._feed(data)
            return
        self._head_end = blank + 4
        cut = self._head_end - before
        self._feed(data[:cut])
        if self.protocol.state is WireState.CONNECTING:
            # Refused. Servers that never end the body must not hold us up till the time-out.
            self.loop.call_later(BODY_TIME, self.transport.abort)
            self._feed(data[cut:])
        elif data[cut:]:
            self._path.receive(data[cut:])

    def process_event(self, event: Event) -> None:
        if isinstance(event, HandshakeResponse):
            super().process_event(event)
            if self.protocol.state is WireState.OPEN:
                # Now, and not when the opening task wakes up: frames may follow at once.
                self._client.opened(self)
        elif isinstance(event, Frame) and event.opcode not in DATA_OPCODES:
            # Data frames are in the transcript, and nobody reads the library's queue of them.
            super().process_event(event)


class Connector(connect):
    """The library's connector, making connections and protocols of our kinds."""

    def __init__(self, client: Client, governor: Governor, tls: ssl.SSLContext | None) -> None:
        options = client.connection.options
        super().__init__(
            options.uri,
            additional_headers=list(options.headers),
            user_agent_header=options.user_agent or USER_AGENT,
            proxy=None,
            open_timeout=options.open_timeout,
            logger=LOGGER,
            ssl=tls,
        )

        def factory(uri: WebSocketURI) -> WireConnection:
            protocol = TappedProtocol(
                uri,
                origin=None if options.origin is None else Origin(options.origin),
                extensions=enable_client_permessage_deflate(None) if options.compression else None,
                subprotocols=[Subprotocol(name) for name in options.subprotocols] or None,
                max_size=options.max_size,
                logger=LOGGER,
            )
            protocol.recorder = Recorder(client.connection, client)
            wire = WireConnection(protocol, client, governor, options)
            client.dialled(wire)
            return wire

        self.factory = factory

    def process_redirect(self, exc: Exception) -> Exception:
        """Redirects are told, not followed: where they lead is part of the truth."""
        return exc


class Client:
    """The life of one client connection."""

    def __init__(self, connection: Connection, changed: Callable[[Connection], None]) -> None:
        self.connection = connection
        self.wire: WireConnection | None = None
        """The socket's side of it; None before TCP is connected."""
        self._changed = changed
        self.task: asyncio.Task[None] | None = None
        """What runs `open` and `stay`; None before it was begun."""
        self._deadline: asyncio.TimerHandle | None = None
        self._late: str | None = None

    async def open(self, governor: Governor, tls: ssl.SSLContext | None) -> None:
        """Open the connection. Whatever goes wrong becomes its failure."""
        try:
            await Connector(self, governor, tls).connect()
        except Exception as error:  # a border: it concerns this connection alone
            raw = bytes(self.wire.raw_response) if self.wire is not None else b""
            self._failed(classify(error, Response(raw), self.connection))

    async def stay(self) -> None:
        """Wait until TCP has ended; at once when it was never opened."""
        if self.wire is not None and self.connection.opened is not None:
            await self.wire.wait_closed()

    # What happens to it

    def dialled(self, wire: WireConnection) -> None:
        """TCP is connected."""
        self.wire = wire
        self._step(Step.TLS if self.connection.options.secure else Step.HTTP)

    def reached(self) -> None:
        """TLS, if there is any, is done too."""
        self._step(Step.HTTP)

    def _step(self, step: Step) -> None:
        self.connection.step = step
        self._changed(self.connection)

    def opened(self, wire: WireConnection) -> None:
        """The opening handshake is done."""
        connection = self.connection
        connection.handshake = handshake = describe_handshake(wire)
        connection.opened = time()
        connection.state = State.OPEN
        facts = [f"{handshake.status} {handshake.status_text}".strip(), *handshake.extensions]
        if handshake.subprotocol:
            facts.insert(1, f"subprotocol {handshake.subprotocol}")
        if handshake.tls:
            facts.append(handshake.tls)
        wire.protocol.recorder.event(EventName.OPEN, " · ".join(facts), remote=handshake.remote)
        self._changed(connection)

    def closing(self) -> None:
        """A close frame was sent or received."""
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
        if self.wire.protocol.close_rcvd is None:
            self._late = f"no answer to our close frame within {limit:g} s"
        else:
            self._late = f"the server did not end TCP within {limit:g} s of the closing handshake"
        self.wire.transport.abort()

    def lost(self, wire: WireConnection, error: Exception | None) -> None:
        """TCP ended."""
        if self._deadline is not None:
            self._deadline.cancel()
        connection = self.connection
        if connection.state not in (State.OPEN, State.CLOSING):
            return  # while opening: `run` gets the error
        connection.close = record = close_record(wire, error, self._late)
        connection.state = State.CLOSED
        connection.ended = time()
        wire.protocol.recorder.event(EventName.CLOSED, explain_close(record).sentence)
        self._changed(connection)

    def _failed(self, failure: Failure) -> None:
        connection = self.connection
        connection.failure = failure
        connection.state = State.FAILED
        connection.ended = time()
        words = explain(failure)
        Recorder(connection, self).event(EventName.FAILED, f"{words.title}: {words.sentence}")
        self._changed(connection)

    # What the user does to it

    @property
    def queued(self) -> int:
        """Bytes sent that the socket has not yet taken."""
        return 0 if self.wire is None else self.wire.transport.get_write_buffer_size()

    def send(self, kind: Kind, payload: bytes) -> None:
        """Send one frame of any kind but close.

        Raises:
            Refused: it cannot be sent now.
        """
        assert self.wire is not None
        protocol = self.wire.protocol
        send = {
            Kind.TEXT: protocol.send_text,
            Kind.BINARY: protocol.send_binary,
            Kind.PING: protocol.send_ping,
            Kind.PONG: protocol.send_pong,
        }[kind]
        self._write(lambda: send(payload))

    def close(self, code: int | None, reason: str) -> None:
        """Send a close frame.

        Raises:
            Refused: it cannot be sent now.
        """
        assert self.wire is not None
        protocol = self.wire.protocol
        self._write(lambda: protocol.send_close(code, reason))

    def _write(self, send: Callable[[], None]) -> None:
        assert self.wire is not None
        try:
            send()
        except (InvalidState, ProtocolError) as error:
            # TCP ended a moment ago, and the news is still on its way.
            raise Refused(f"Connection {self.connection.id}: {error}.") from error
        self.wire.send_data()

    def drop(self) -> None:
        """End it at once: give up opening, or end TCP without a close frame."""
        if self.connection.state is State.CONNECTING:
            self._failed(Failure(FailureKind.CANCELLED))
            if self.task is not None:
                self.task.cancel()
        elif self.wire is not None and self.connection.is_live:
            self._late = self._late or "dropped here"
            self.wire.transport.abort()


def describe_handshake(wire: WireConnection) -> Handshake:
    """The opening handshake of an open connection."""
    request, response = wire.request, wire.response
    assert request is not None
    assert response is not None
    tls = wire.transport.get_extra_info("ssl_object")
    cipher = tls.cipher() if tls is not None else None
    address = wire.remote_address
    return Handshake(
        path=request.path,
        request_headers=tuple(request.headers.raw_items()),
        status=response.status_code,
        status_text=response.reason_phrase,
        response_headers=tuple(response.headers.raw_items()),
        subprotocol=wire.subprotocol,
        extensions=tuple(response.headers.get_all("Sec-WebSocket-Extensions")),
        tls=f"{tls.version()} {cipher[0]}" if tls is not None and cipher else None,
        remote=f"{address[0]}:{address[1]}" if address else "",
    )


def _close_frame(close: Close | None) -> CloseFrame | None:
    """The library writes code 1005 for a close frame without a body."""
    if close is None:
        return None
    return CloseFrame(None if close.code == 1005 else int(close.code), close.reason)


def close_record(wire: WireConnection, error: Exception | None, late: str | None) -> CloseRecord:
    """How an opened connection ended. `late`: what we ended it for, None if we did not."""
    protocol = wire.protocol
    sent, received = _close_frame(protocol.close_sent), _close_frame(protocol.close_rcvd)
    by_us: bool | None
    if sent and received:
        by_us = not protocol.close_rcvd_then_sent
    else:
        by_us = True if sent else False if received else None
    words = late
    if words is None and protocol.parser_exc is not None:
        if not isinstance(protocol.parser_exc, EOFError):
            words = str(protocol.parser_exc)
        elif error is None:
            words = "TCP ended without a close frame"
    if words is None and error is not None:
        words = str(error) or type(error).__name__
    clean = sent is not None and received is not None and words is None
    return CloseRecord(sent, received, by_us, clean, words)
