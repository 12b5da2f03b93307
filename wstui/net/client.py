"""One client connection: from the wish to connect to the open connection.

Owns how it is opened, and why that failed. Its life after that is `living`'s; bytes are the
business of `client_wire`; which connections there are is the pool's.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from time import time

from wstui.core.connection import RAW_LIMIT, Connection, Failure, FailureKind, State, Step
from wstui.core.entry import EventName
from wstui.core.handshake.redirects import Redirect
from wstui.core.options.connect import ConnectOptions, masked_uri
from wstui.core.options.secrets import mask_all
from wstui.core.options.tls import TlsOptions
from wstui.net.certificates import tls_alert
from wstui.net.client_wire import WireConnection
from wstui.net.connector import Connector, describe_handshake
from wstui.net.failures import Response, classify, with_tls
from wstui.net.governor import Governor
from wstui.net.living import Living
from wstui.net.secrets import resolve
from wstui.net.tap import Payload, Recorder

Answer = Callable[["Client", bytes | bytearray, Sequence[Payload]], None]
"""Takes messages that came together on a connection, once they are recorded; see `tap.Heard`."""


class Client(Living):
    """The life of one client connection."""

    partner = "server"
    wire: WireConnection | None

    def __init__(
        self,
        connection: Connection,
        changed: Callable[[Connection], None],
        answer: Answer | None = None,
    ) -> None:
        """`answer` gets all messages that come; None where nobody answers them by itself."""
        super().__init__(connection, changed)
        self._answer = answer
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
            return with_tls(failure, error, self.connection, self._tls)
        except Exception as unexpected:  # a border: it failed, whatever can be told of it
            words = f"{error} (and telling of it failed: {unexpected!r})"
            return Failure(FailureKind.NETWORK, words, step=self.connection.step)

    @property
    def _tls(self) -> ssl.SSLObject | None:
        """TLS with the server; None where it does not stand."""
        transport = getattr(self.wire, "transport", None)  # set when TCP and TLS stand
        return None if transport is None else transport.get_extra_info("ssl_object")

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
        self.begin_life(wire)
        if self._answer is not None:
            recorder.heard = partial(self._answer, self)
        self._changed(connection)

    def _failed(self, failure: Failure) -> None:
        if self.wire is not None:
            failure = replace(
                failure,
                raw_request=self.wire.protocol.raw_request,
                raw_response=bytes(self.wire.raw_response[:RAW_LIMIT]),
            )
        self._over = True
        self.fail(failure)

    # What the user does to it

    def drop(self, *, reset: bool = False) -> None:
        """End it at once; while it is being opened, give up."""
        if self.connection.state is not State.CONNECTING:
            super().drop(reset=reset)
            return
        if self.wire is not None:
            self.wire.abort()
        self._failed(Failure(FailureKind.CANCELLED))
        if self.task is not None:
            self.task.cancel()
