"""Clients as hooks see them, see `wstui.handlers.Client`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any

from wstui.core import close_codes
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.ports import Refused
from wstui.handlers import Gone, public_request

if TYPE_CHECKING:
    from wstui.net.serving.accepted import Accepted
    from wstui.net.serving.handling.fan import Fan
    from wstui.net.serving.handling.session import Session


class HandledClient:
    """One client, in the hands of `session`."""

    def __init__(self, accepted: Accepted, session: Session) -> None:
        self._accepted = accepted
        self._session = session
        connection = accepted.connection
        self.id = connection.id
        self.request = public_request(accepted.request)
        self.address = self.request.address
        self.path = self.request.path
        self.query = self.request.query
        self.headers = self.request.headers
        self.subprotocol = connection.handshake.subprotocol
        self.state: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<client {self.id} {self.address} {self.path}>"

    @property
    def is_open(self) -> bool:
        return self._accepted.connection.is_open and self._accepted.wire is not None

    @property
    def all(self) -> Group:
        handler = self._session.handler
        return Group(handler.clients(), handler.fan)

    @property
    def others(self) -> Group:
        handler = self._session.handler
        return Group([one for one in handler.clients() if one is not self], handler.fan)

    def send(self, message: str | bytes) -> Room:
        kind, payload = encode(message)
        self.transmit(kind, payload)
        return Room([self])

    def transmit(self, kind: Kind, payload: bytes) -> None:
        """Send an encoded message, as `send` does."""
        if not self.is_open:
            raise Gone(f"Client {self.id} is gone: nothing can be sent to it.")
        self._accepted.send(kind, payload)

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        problem = close_codes.refuse(code, reason)
        if problem is not None:
            raise Refused(problem)
        if self.is_open:
            self._accepted.close(code, reason)

    def drop(self) -> None:
        self._accepted.drop()

    def log(self, text: str) -> None:
        event = LocalEvent(EventName.NOTE, str(text))
        self._accepted.connection.transcript.append_event(event, time())

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        return self._session.spawn(work)

    async def room(self) -> None:
        """Wait until it is not behind with reading, or is gone."""
        wire = self._accepted.wire
        if wire is not None and wire.paused:
            with suppress(OSError):  # TCP ended with an error: it is gone
                await wire.drain()


class Group:
    """Some clients that are connected, see `wstui.handlers.Clients`."""

    def __init__(self, clients: list[HandledClient], fan: Fan) -> None:
        self._clients = clients
        self._fan = fan

    def __iter__(self) -> Iterator[HandledClient]:
        return iter(self._clients)

    def __len__(self) -> int:
        return len(self._clients)

    def send(self, message: str | bytes) -> Room:
        kind, payload = encode(message)
        self._fan.send(self._clients, kind, payload)
        return Room(self._clients)


class Room:
    """To be awaited, or not: until clients are not behind with reading."""

    def __init__(self, clients: list[HandledClient]) -> None:
        self._clients = clients

    def __await__(self) -> Generator[Any, Any, None]:
        for client in self._clients:
            yield from client.room().__await__()


def encode(message: str | bytes) -> tuple[Kind, bytes]:
    """A message as it is sent.

    Raises:
        TypeError: it is neither text nor bytes.
        UnicodeEncodeError: the text holds half a surrogate pair.
    """
    if isinstance(message, str):
        return Kind.TEXT, message.encode()
    if isinstance(message, bytes | bytearray | memoryview):
        return Kind.BINARY, bytes(message)
    raise TypeError(f"a message is str or bytes, not {type(message).__name__}")
