"""Opening a connection: dialling, asking, and going on where a redirect leads.

Owns the order of these and their time-out. Bytes after that are the matter of `wire`; what is asked
is that of `request`, where redirects may lead that of `core.redirects`.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any, Final

from websockets.uri import WebSocketURI

from wstui.core.connection import Handshake, Step
from wstui.core.handshake.negotiation import values_of
from wstui.core.handshake.redirects import STATUSES, NotFollowed, Redirect, follow
from wstui.core.handshake.request_head import authorization
from wstui.core.options.connect import ConnectOptions, parse_uri
from wstui.net.certificates import agreed
from wstui.net.client_wire import Opening, WireConnection
from wstui.net.deflate import offered_extensions
from wstui.net.dial import Contexts, Dialler
from wstui.net.failures import Response
from wstui.net.governor import Governor
from wstui.net.request import USER_AGENT, RequestPlan, plan_request
from wstui.net.tap import Recorder, TappedProtocol
from wstui.net.tcp import place_text

LOGGER: Final = logging.getLogger("wstui.websockets")
# What the library would log is in the transcript; on the terminal it would tear the screen.
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False
LOGGER.setLevel(logging.CRITICAL + 1)


class Connector:
    """Opens one connection."""

    def __init__(self, life: Opening, governor: Governor, contexts: Contexts) -> None:
        """`contexts` makes the settings of TLS, for servers and for proxies."""
        self._life = life
        self._governor = governor
        self._contexts = contexts

    async def connect(self) -> WireConnection:
        """The connection, once the server has accepted it.

        Raises:
            Exception: it was not opened; `failures` knows what it means.
        """
        options = self._life.connection.resolved
        context = await self._context(options)
        plan = await plan_request(options)
        try:
            async with asyncio.timeout(options.open_timeout):
                while True:
                    wire = await self._dial(plan, context)
                    try:
                        await wire.handshake(user_agent_header=None)
                    except Exception as error:
                        wire.transport.abort()
                        options = self._redirected(wire, error)
                    except BaseException:
                        wire.transport.abort()
                        raise
                    else:
                        wire.start_keepalive()
                        return wire
                    context = await self._context(options)
                    plan = await plan_request(options)
        except TimeoutError as error:
            raise TimeoutError("timed out during opening handshake") from error

    async def _context(self, options: ConnectOptions) -> ssl.SSLContext | None:
        return await self._contexts(options.tls) if options.secure else None

    async def _dial(self, plan: RequestPlan, context: ssl.SSLContext | None) -> WireConnection:
        """A wire on which the handshake can begin."""
        options, life = plan.options, self._life
        connection = life.connection
        value = authorization(options)
        if connection.secrets and value is not None:
            # A password out of a reference is as secret in Base64.
            connection.secrets |= {value.partition(" ")[2]}
        uri = wire_uri(options)

        def make_wire() -> WireConnection:
            protocol = TappedProtocol(
                uri,
                extensions=offered_extensions(options.deflate),
                max_size=options.max_size,
                logger=LOGGER,
            )
            protocol.plan = plan
            protocol.recorder = Recorder(life.connection, life)
            wire = WireConnection(protocol, life, self._governor, options)
            life.dialled(wire)
            if uri.secure:
                life.begin(Step.TLS)
            return wire

        tls: dict[str, Any] = {}
        if context is not None:
            tls = {"server_hostname": options.tls.server_name or uri.host, "ssl": context}
        agent = options.user_agent or USER_AGENT
        return await Dialler(life, uri, make_wire, tls, self._contexts, agent).dial()

    def _redirected(self, wire: WireConnection, error: Exception) -> ConnectOptions:
        """What to ask for after a redirect; any other `error` is raised again."""
        connection = self._life.connection
        options = connection.resolved
        response = Response(bytes(wire.raw_response))
        status = response.status
        locations = values_of(response.headers, "Location")
        if not options.http.redirects or not locations:
            raise error
        if status is None or status[0] not in STATUSES:
            raise error
        try:
            found, dropped = follow(
                options, locations[0], len(connection.redirects), connection.secrets
            )
        except NotFollowed as refusal:
            raise refusal from error
        redirect = Redirect(
            options.uri,
            *status,
            locations[0],
            found.uri,
            dropped,
            wire.protocol.raw_request,
            wire.raw_head,
        )
        self._life.redirected(redirect, found)
        return found


def wire_uri(options: ConnectOptions) -> WebSocketURI:
    """What the library has to know of the uri; what is asked for there is the plan's matter."""
    parts = parse_uri(options.uri)
    host = parts.hostname or ""
    if not host.isascii():
        host = host.encode("idna").decode()
    port = parts.port or (443 if options.secure else 80)
    return WebSocketURI(options.secure, host, port, parts.path, parts.query)


def describe_handshake(wire: WireConnection) -> Handshake:
    """The opening handshake of an open connection."""
    request, response = wire.request, wire.response
    assert request is not None
    assert response is not None
    tls = wire.transport.get_extra_info("ssl_object")
    protocol = wire.protocol
    connection = protocol.recorder.connection
    return Handshake(
        path=request.path,
        request_headers=tuple(request.headers.raw_items()),
        status=response.status_code,
        status_text=response.reason_phrase,
        response_headers=tuple(response.headers.raw_items()),
        subprotocol=wire.subprotocol,
        is_subprotocol_ours=protocol.is_subprotocol_ours,
        changed=protocol.asked.head.changed,
        extensions=tuple(response.headers.get_all("Sec-WebSocket-Extensions")),
        redirects=connection.redirects,
        raw_request=protocol.raw_request,
        raw_response=wire.raw_head,
        tls=None if tls is None else agreed(tls, connection.resolved.tls),
        remote=place_text(wire.remote_address),
        local=place_text(wire.local_address),
        proxy=connection.reached.proxy,
        addresses=connection.reached.addresses,
    )
