"""The demonstration server itself: paths to endpoints, refusals, start and end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from wstui import __version__
from wstui.net.demo.endpoints import ENDPOINTS, Endpoint, Value
from wstui.net.demo.samples import HOSTILE_HEADER

SUBPROTOCOLS: Final = ("chat.v2", "chat.v1")
"""What `/subprotocol` chooses among, the most wanted first."""

LOGGER: Final = logging.getLogger("wstui.demo")
# It may run in the app's own process, whose terminal is no place for log lines.
LOGGER.addHandler(logging.NullHandler())
LOGGER.propagate = False
LOGGER.setLevel(logging.CRITICAL + 1)


class DemoServer:
    """The demonstration server; an async context manager that ends it and all its clients.

    `port` 0 takes a free one; `port` then tells which.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._server: Server
        self._peers: WeakSet[ServerConnection] = WeakSet()
        self._values: dict[ServerConnection, tuple[Endpoint, Mapping[str, Value]]] = {}

    def url(self, path: str = "/") -> str:
        """The uri of an endpoint."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ws://{host}:{self.port}{path}"

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._speak,
            self.host,
            self.port,
            process_request=self._look_at,
            process_response=self._adorn,
            select_subprotocol=self._choose,
            create_connection=self._created,  # type: ignore[arg-type]  # it is only called
            server_header=f"wstui-demo/{__version__}",
            compression=None,
            open_timeout=None,
            close_timeout=1,
            ping_interval=None,
            logger=LOGGER,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # At once, not politely: whoever shows a closing handshake did so before.
        for peer in self._peers:
            if hasattr(peer, "transport"):
                peer.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    def _created(self, *args: Any, **options: Any) -> ServerConnection:
        peer = ServerConnection(*args, **options)
        self._peers.add(peer)  # those, too, that never ask for anything
        return peer

    async def _look_at(self, peer: ServerConnection, request: Request) -> Response | None:
        """Answer what is no request for a WebSocket, or refuse it; None lets it in."""
        parts = urlsplit(request.path)
        endpoint = ENDPOINTS.get(unquote(parts.path))
        if endpoint is None:
            return page(HTTPStatus.NOT_FOUND, f"There is nothing at {parts.path}.\n\n{listing()}")
        try:
            values = endpoint.read(dict(parse_qsl(parts.query, keep_blank_values=True)))
        except ValueError as error:
            return page(HTTPStatus.BAD_REQUEST, f"{error}\n")
        match endpoint.path:
            case "/reject":
                return reject(int(values["status"]))
            case "/silence":
                self._values[peer] = endpoint, values
                try:
                    await peer.wait_closed()
                finally:
                    del self._values[peer]
                return None
            case "/compressed":
                peer.protocol.available_extensions = [ServerPerMessageDeflateFactory()]
        if "Upgrade" not in request.headers:
            return page(HTTPStatus.OK, listing())
        self._values[peer] = endpoint, values
        return None

    def _adorn(self, peer: ServerConnection, request: Request, response: Response) -> None:
        """Add what a hostile server would to its response."""
        if urlsplit(request.path).path == "/hostile":
            response.headers["X-Hostile"] = HOSTILE_HEADER

    def _choose(self, peer: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        assert peer.request is not None
        if urlsplit(peer.request.path).path != "/subprotocol":
            return None
        return next((Subprotocol(name) for name in SUBPROTOCOLS if name in offered), None)

    async def _speak(self, peer: ServerConnection) -> None:
        endpoint, values = self._values.pop(peer)
        await endpoint.handler(peer, values)


def listing() -> str:
    """All endpoints, a line each."""
    lines = [f"  {endpoint.path:<13} {endpoint.help}" for endpoint in ENDPOINTS.values()]
    return "\n".join(["wstui's demonstration server speaks WebSocket at:", "", *lines, ""])


def page(status: HTTPStatus, text: str) -> Response:
    """A response with a body of plain text."""
    body = text.encode()
    headers = Headers(
        {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
    )
    return Response(status, status.phrase, headers, body)


def reject(status: int) -> Response:
    """A refusal with headers and a body, as `/reject` gives it."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Something Else"
    body = f"<h1>{status} {phrase}</h1>\n<p>You asked for it.</p>\n".encode()
    headers = Headers({"Content-Type": "text/html", "X-Reason": "you asked for it"})
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="demo"'
    if 300 <= status < 400:
        headers["Location"] = "/echo"
    if status not in (204, 304):  # these never have a body
        headers["Content-Length"] = str(len(body))
    else:
        body = b""
    return Response(status, phrase, headers, body)
