"""Opening a connection: the library's connector, making connections and protocols of our kinds.

Owns what is asked for and how: addresses, request headers, offers. Bytes after that are the matter
of `wire`.
"""

from __future__ import annotations

import logging
import ssl
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.extensions.permessage_deflate import enable_client_permessage_deflate
from websockets.typing import Origin, Subprotocol
from websockets.uri import WebSocketURI

from wstui import __version__
from wstui.core.connection import Handshake, Step
from wstui.net.certificates import agreed
from wstui.net.governor import Governor
from wstui.net.tap import Recorder, TappedProtocol
from wstui.net.wire import Life, WireConnection

USER_AGENT: Final = f"wstui/{__version__}"

LOGGER: Final = logging.getLogger("wstui.websockets")
# What the library would log is in the transcript; on the terminal it would tear the screen.
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False
LOGGER.setLevel(logging.CRITICAL + 1)


class Connector(connect):
    """The library's connector, making connections and protocols of our kinds."""

    def __init__(self, life: Life, governor: Governor, tls: ssl.SSLContext | None) -> None:
        options = life.connection.options
        self._life = life
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
            protocol.recorder = Recorder(life.connection, life)
            wire = WireConnection(protocol, life, governor, options)
            life.dialled(wire)
            if uri.secure:
                life.begin(Step.TLS)
            return wire

        self.factory = factory

    async def open_tcp_connection(self) -> ClientConnection:
        self._life.begin(Step.TCP)
        name = self._life.connection.options.tls.server_name
        if self.ws_uri.secure and name is not None:
            self.create_connection_kwargs["server_hostname"] = name
        return await super().open_tcp_connection()

    def process_redirect(self, exc: Exception) -> Exception:
        """Redirects are told, not followed: where they lead is part of the truth."""
        return exc


def describe_handshake(wire: WireConnection) -> Handshake:
    """The opening handshake of an open connection."""
    request, response = wire.request, wire.response
    assert request is not None
    assert response is not None
    tls = wire.transport.get_extra_info("ssl_object")
    address = wire.remote_address
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
        remote=f"{address[0]}:{address[1]}" if address else "",
    )
