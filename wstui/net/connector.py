"""Opening a connection: the library's connector, making connections and protocols of our kinds.

Owns what is asked for and how: addresses, request headers, offers. Bytes after that are the matter
of `wire`.
"""

from __future__ import annotations

import logging
import ssl
from functools import partial
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.extensions.permessage_deflate import enable_client_permessage_deflate
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from wstui import __version__
from wstui.core.connection import Handshake, Step
from wstui.net.certificates import agreed
from wstui.net.dial import Contexts, Dialler
from wstui.net.governor import Governor
from wstui.net.tap import Recorder, TappedProtocol
from wstui.net.tcp import place_text
from wstui.net.wire import Life, WireConnection

USER_AGENT: Final = f"wstui/{__version__}"

LOGGER: Final = logging.getLogger("wstui.websockets")
# What the library would log is in the transcript; on the terminal it would tear the screen.
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False
LOGGER.setLevel(logging.CRITICAL + 1)


class Connector(connect):
    """The library's connector, making connections and protocols of our kinds."""

    def __init__(
        self,
        life: Life,
        governor: Governor,
        tls: ssl.SSLContext | None,
        contexts: Contexts,
    ) -> None:
        """`tls` has the settings for the server; `contexts` makes those for proxies."""
        options = life.connection.options
        self._life = life
        self._contexts = contexts
        super().__init__(
            options.uri,
            additional_headers=list(options.headers),
            user_agent_header=options.user_agent or USER_AGENT,
            proxy=None,
            open_timeout=options.open_timeout,
            logger=LOGGER,
            ssl=tls,
        )

        def make_wire(uri: WebSocketURI) -> WireConnection:
            protocol = TappedProtocol(
                uri,
                origin=None if options.origin is None else Origin(options.origin),
                extensions=enable_client_permessage_deflate(None) if options.compression else None,
                subprotocols=[Subprotocol(name) for name in options.subprotocols] or None,
                max_size=options.max_size,
                logger=LOGGER,
            )
            protocol.recorder = Recorder(life.connection, life)
            wire = WireConnection(protocol, life, governor, options)
            life.dialled(wire)
            if uri.secure:
                life.begin(Step.TLS)
            return wire

        self._make_wire = make_wire

    async def open_tcp_connection(self) -> ClientConnection:
        uri = self.ws_uri
        tls: dict[str, Any] = {}
        if uri.secure:
            name = self._life.connection.options.tls.server_name or uri.host
            tls = {"server_hostname": name, **self.create_connection_kwargs}
        factory = partial(self._make_wire, uri)
        dialler = Dialler(self._life, uri, factory, tls, self._contexts, self.user_agent_header)
        return await dialler.dial()

    def process_redirect(self, exc: Exception) -> Exception:
        """Redirects are told, not followed: where they lead is part of the truth."""
        return exc


def describe_handshake(wire: WireConnection) -> Handshake:
    """The opening handshake of an open connection."""
    request, response = wire.request, wire.response
    assert request is not None
    assert response is not None
    tls = wire.transport.get_extra_info("ssl_object")
    reached = wire.protocol.recorder.connection.reached
    return Handshake(
        path=request.path,
        request_headers=tuple(request.headers.raw_items()),
        status=response.status_code,
        status_text=response.reason_phrase,
        response_headers=tuple(response.headers.raw_items()),
        subprotocol=wire.subprotocol,
        extensions=tuple(response.headers.get_all("Sec-WebSocket-Extensions")),
        raw_request=wire.protocol.raw_request,
        raw_response=wire.raw_head,
        tls=None if tls is None else agreed(tls, wire.protocol.recorder.connection.options.tls),
        remote=place_text(wire.remote_address),
        local=place_text(wire.local_address),
        proxy=reached.proxy,
        addresses=reached.addresses,
    )
