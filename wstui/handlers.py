"""What a handler file may use: hooks in Python that answer the clients of a listener.

A handler file is named in a behaviour line, ``/api handler handlers/api.py``, or by ``--handler``.
It may define any of these hooks, each with ``async def`` or plain ``def``:

    from wstui.handlers import Client, Reject, Request

    async def validate(request: Request):
        "Before the handshake is accepted."
        if request.query.get("token") != "open sesame":
            return Reject(401, "Who are you?")

    async def connected(client: Client):
        "The handshake is done."
        await client.send(f"welcome to {client.path}")

    async def message(client: Client, message: str | bytes):
        "A whole message came: text as str, binary as bytes."
        await client.send(message)

    async def disconnected(client: Client):
        "The connection has ended; nothing can be sent any more."

Hooks of one client are called one after the other, in the order in which things came; clients do
not wait for each other, unless a hook computes or blocks without awaiting: then all of wstui waits,
and says so. Who sends faster than `message` returns is not read from meanwhile. When a client is
gone, a hook that still runs has two seconds, then it is cancelled. Clients are for hooks and for
what they await, not for other threads.

The file is loaded again when it changes: what comes later goes to the new hooks, while its globals
begin anew; `Client.state` stays. An exception is told in the transcript of that client and ends
nothing; in `validate` it answers 500. What is printed appears there too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl

from wstui.core.ports import Refused
from wstui.core.serving import request as serving

if TYPE_CHECKING:
    import asyncio

__all__ = [
    "Accept",
    "Client",
    "Clients",
    "Gone",
    "Headers",
    "Refused",
    "Reject",
    "Request",
    "Verdict",
]


class Gone(Refused):
    """The client to send to is no longer connected. A hook that lets it through simply ends."""


class Headers(Mapping[str, str]):
    """Headers by name in whatever case; one that came several times has its values joined by
    commas (RFC 9110 section 5.2), cookies by semicolons."""

    def __init__(self, pairs: tuple[tuple[str, str], ...] = ()) -> None:
        self.pairs = pairs
        """Names and values as they came, in their order."""
        self._joined: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            joint = "; " if key == "cookie" else ", "
            before = self._joined.get(key)
            self._joined[key] = value if before is None else before + joint + value
            self._names.setdefault(key, name)

    def __getitem__(self, name: str) -> str:
        return self._joined[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Headers({self.pairs!r})"


@dataclass(frozen=True)
class Accept:
    """The handshake is accepted."""

    subprotocol: str | None = None
    """One of those that the client offered; None: as the listener's options say."""
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    """Further headers of the response."""


@dataclass(frozen=True)
class Reject:
    """The handshake is answered with an ordinary HTTP response instead."""

    status: int = 403
    body: str = ""
    """Plain text; empty: the status in words."""
    headers: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    """Further headers of the response."""


Verdict = None | bool | str | tuple[int, str] | Accept | Reject
"""What `validate` may return: None or True accepts, False rejects with 403, a text accepts with
this subprotocol, a status and a body reject."""


@dataclass(frozen=True)
class Request:
    """A handshake request. All of it comes from the client."""

    target: str
    """Path and query, as sent."""
    headers: Headers
    address: str
    """Where it came from, such as ``127.0.0.1:53412``."""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's fields, percent-decoded; of several with the same name the last."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies, as sent."""
        parts = (part.partition("=") for part in self.headers.get("Cookie", "").split(";"))
        return {name.strip(): value.strip() for name, equals, value in parts if equals}

    @cached_property
    def subprotocols(self) -> list[str]:
        """The offered subprotocols, the most wanted first."""
        texts = self.headers.get("Sec-WebSocket-Protocol", "").split(",")
        return [text.strip() for text in texts if text.strip()]


class Clients(Protocol):
    """Some clients of the same handler that are connected at the moment."""

    def __iter__(self) -> Iterator[Client]: ...
    def __len__(self) -> int: ...

    def send(self, message: str | bytes) -> Awaitable[None]:
        """Send a message to each; one that cannot be sent to is left out. To await it is to wait
        until none of them is behind with reading."""
        ...


class Client(Protocol):
    """A client that is, or was, connected."""

    id: int
    """The number of its connection, as in the sidebar."""
    request: Request
    """The handshake request."""
    address: str
    """Where it comes from, such as ``127.0.0.1:53412``."""
    path: str
    """What it asked for, without the query."""
    query: dict[str, str]
    """The query's fields, as `Request.query`."""
    headers: Headers
    """Those of the handshake request."""
    subprotocol: str | None
    """The one agreed on; None for none."""
    state: dict[str, Any]
    """Whatever the hooks keep of this client. It lives as long as the connection."""

    @property
    def is_open(self) -> bool:
        """Whether it can be sent to."""
        ...

    @property
    def all(self) -> Clients:
        """All who are connected to the same handler of the same listener."""
        ...

    @property
    def others(self) -> Clients:
        """The same without this one."""
        ...

    def send(self, message: str | bytes) -> Awaitable[None]:
        """Send text (str) or binary (bytes). It is on its way when this returns; to await what is
        returned is to wait until the client is not behind with reading.

        Raises:
            Gone: the connection is closing or closed.
            Refused: far too much waits to be read.
        """
        ...

    def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Begin the closing handshake; None sends no code. Nothing happens when it has begun.

        Raises:
            Refused: the code or the reason may not be sent.
        """
        ...

    def drop(self) -> None:
        """End TCP at once, without a close frame."""
        ...

    def log(self, text: str) -> None:
        """Put a note into the client's transcript."""
        ...

    def spawn(self, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        """Run something beside the hooks, such as a ticker. It is cancelled when the client is
        gone; what it raises is told as for a hook."""
        ...


def public_request(request: serving.Request) -> Request:
    """A request as hooks see it."""
    return Request(request.target, Headers(request.headers), request.address)


def read_verdict(verdict: object, request: Request) -> serving.Accept | serving.Reject:
    """What is decided by what `validate` returned.

    Raises:
        TypeError: it returned something else than a `Verdict`.
        ValueError: the subprotocol was not offered (RFC 6455 section 4.2.2), or a status, header
            or body cannot be sent.
    """
    if verdict is None or verdict is True:
        return serving.Accept()
    if verdict is False:
        return serving.Reject()
    if isinstance(verdict, str):
        verdict = Accept(verdict)
    elif isinstance(verdict, tuple) and len(verdict) == 2:
        verdict = Reject(*verdict)
    if isinstance(verdict, Accept):
        chosen = verdict.subprotocol
        if chosen is not None and chosen not in request.subprotocols:
            raise ValueError(f"validate chose the subprotocol {chosen!r}, which was not offered")
        return serving.Accept(chosen, _pairs(verdict.headers))
    if isinstance(verdict, Reject):
        status = verdict.status
        if type(status) is not int or not 200 <= status <= 599:
            raise ValueError(f"validate rejects with a status from 200 to 599, not {status!r}")
        if not isinstance(verdict.body, str):
            raise TypeError("validate rejects with a body of type str")
        return serving.Reject(status, _pairs(verdict.headers), verdict.body)
    raise TypeError(f"validate returned {type(verdict).__name__}, which is no verdict")


def _pairs(headers: Mapping[str, str] | tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Headers as pairs that can be sent.

    Raises:
        ValueError: one cannot.
    """
    from wstui.core.handshake.headers import header_problem

    pairs = tuple(headers.items() if isinstance(headers, Mapping) else headers)
    for pair in pairs:
        problem = header_problem(pair)
        if problem is not None:
            raise ValueError(f"validate: {problem}")
    return pairs
