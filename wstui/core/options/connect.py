"""Options of a connection and their validation. Pure: what is valid here may still fail there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import SplitResult, urlsplit

from wstui.core.backoff import Reconnect
from wstui.core.handshake.headers import char_name, headers_problems, value_problem
from wstui.core.options.common import limit_problems, subprotocols_problems
from wstui.core.options.deflate import Deflate
from wstui.core.options.http import HttpOptions
from wstui.core.options.info import OptionError
from wstui.core.options.on_connect import line_problems
from wstui.core.options.proxy import ProxyOptions, conflicts
from wstui.core.options.route import Route
from wstui.core.options.secrets import reference_problems, shadow, stand_in
from wstui.core.options.tls import TlsOptions
from wstui.core.options.upkeep import Upkeep

_LOCAL: Final = re.compile(r"((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d*)?", re.ASCII)
"""Hosts that are this machine, with or without a port, in lower case (RFC 6761 section 6.3)."""


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """How to open one connection. Copied into it; a later change touches only later ones.

    Time-outs and intervals are in seconds, sizes in bytes; None switches a limit off.
    """

    uri: str
    headers: tuple[tuple[str, str], ...] = ()
    """Further request headers, in order; a name may come more than once. One that wstui would
    write by itself stands for it, and without a value leaves it out."""
    subprotocols: tuple[str, ...] = ()
    """Offered subprotocols, the most wanted first."""
    origin: str | None = None
    """Value of the Origin header; None sends none."""
    user_agent: str | None = None
    """Value of the User-Agent header; None sends wstui's own."""
    deflate: Deflate = field(default_factory=Deflate)
    """What is offered of permessage-deflate (RFC 7692)."""
    http: HttpOptions = field(default_factory=HttpOptions)
    """Credentials, cookies, redirects, and how the answer is taken."""
    max_size: int | None = 64 << 20
    """Largest message accepted, after decompression; a larger one fails the connection, 1009."""
    open_timeout: float | None = 10.0
    """For name look-up, TCP, TLS and the handshake response together."""
    close_timeout: float | None = 10.0
    """For the peer to answer our close frame, and to close TCP after it."""
    ping_interval: float | None = 20.0
    """Between keepalive pings."""
    ping_timeout: float | None = 20.0
    """For the pong to a keepalive ping; over it the connection fails with 1011."""
    tls: TlsOptions = field(default_factory=TlsOptions)
    """How TLS is to be; without effect on a plain connection."""
    fast: bool = True
    """Whether whole data frames take the fast receive path; False leaves all to the library."""
    reconnect: Reconnect = field(default_factory=Reconnect)
    """Whether and how it is opened again."""
    on_connect: tuple[str, ...] = ()
    """What is sent each time it opens, as lines that `options.on_connect` reads."""
    route: Route = field(default_factory=Route)
    """Where it leads to below HTTP."""
    proxy: ProxyOptions = field(default_factory=ProxyOptions)
    """Whether it goes through a proxy."""
    upkeep: Upkeep = field(default_factory=Upkeep)
    """Pings, heartbeats, and the pace of reading."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = [self._uri_problem()]
        found += headers_problems(self.headers, breaking=self.http.break_handshake)
        found += self._doubles()
        found += subprotocols_problems(self.subprotocols)
        for option in ("origin", "user_agent"):
            words = f"The {option.replace('_', ' ')}"
            found.append(value_problem(option, getattr(self, option), words))
        found += limit_problems(self)
        found += [
            *self.deflate.problems(),
            *self.http.problems(),
            *self.tls.problems(),
            *self.route.problems(),
            *self.proxy.problems(),
            *conflicts(self.route, self.proxy),
        ]
        found += [*self.reconnect.problems(), *line_problems(self.on_connect)]
        found += reference_problems(self)
        found += self.upkeep.problems()
        return [problem for problem in found if problem is not None]

    def _uri_problem(self) -> OptionError | None:
        try:
            parse_uri(self.uri)
        except OptionError as error:
            return error
        return None

    def _doubles(self) -> list[OptionError]:
        """Headers that would be sent twice, by an option of their own and as they are."""
        in_uri = bool(re.match(r"\w+://[^/?#]*@", self.uri))
        by_option = "the option for it"
        authorized = self.http.basic is not None or self.http.bearer is not None
        own = {
            "origin": (self.origin is not None, by_option),
            "user-agent": (self.user_agent is not None, by_option),
            "authorization": (in_uri, "the user in the uri"),
            "Authorization": (authorized, by_option),
            "cookie": (bool(self.http.cookies or self.http.cookie_file), by_option),
            "sec-websocket-protocol": (bool(self.subprotocols), by_option),
        }
        names = [name.lower() for name, _ in self.headers]
        found = [
            OptionError("headers", f"Give {name.title()} either as a header or by {other}.")
            for name, (given, other) in own.items()
            if given and name.lower() in names
        ]
        if in_uri and authorized:
            option = "http.basic" if self.http.basic is not None else "http.bearer"
            found.append(OptionError(option, "The uri has a user already: leave out one of them."))
        return found

    @property
    def secure(self) -> bool:
        """Whether the uri asks for TLS."""
        return self.uri[:4].lower() == "wss:"

    def with_uri(self, uri: str) -> ConnectOptions:
        """The same options for another uri."""
        return replace(self, uri=uri)


def parse_uri(uri: str) -> SplitResult:
    """The parts of a WebSocket uri (RFC 6455 section 3), with a stand-in for each reference.

    Raises:
        OptionError: it is none; the message says what is wrong with it.
    """
    if not uri:
        raise OptionError("uri", "Type a uri, such as ws://localhost:9002/chat.")
    uri = stand_in(uri)
    unprintable = next((char for char in uri if not char.isprintable() or char == " "), None)
    if unprintable is not None:
        raise OptionError("uri", f"A uri cannot hold {char_name(unprintable)}; write it as %XX.")
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise OptionError("uri", f"{str(error).capitalize().rstrip('.')}.") from error
    try:
        port = parts.port
    except ValueError as error:
        raise OptionError("uri", "The port must be a number from 1 to 65535.") from error
    if parts.scheme not in ("ws", "wss"):
        raise OptionError("uri", _scheme_advice(parts.scheme, uri))
    if not parts.hostname:
        raise OptionError("uri", "The uri names no host.")
    if parts.username is not None and parts.password is None:
        raise OptionError("uri", "Write user:password@ before the host, or no user.")
    if port == 0:
        raise OptionError("uri", "Port 0 cannot be connected to.")
    if parts.fragment or uri.endswith("#"):
        raise OptionError("uri", "A WebSocket uri has no fragment: write # as %23.")
    try:
        parts.hostname.encode("idna" if not parts.hostname.isascii() else "ascii")
    except UnicodeError as error:
        raise OptionError("uri", "The host name is not valid.") from error
    return parts


def shown_parts(uri: str) -> SplitResult:
    """The parts of a valid uri, with references as they were typed."""
    hidden = shadow(uri)
    return SplitResult(*map(hidden.restore, urlsplit(hidden.text)))


def masked_uri(uri: str) -> str:
    """`uri`, whole or not, with a password in it replaced by dots."""
    return re.sub(r"(//[^/?#@:]*:)[^/?#]+@", r"\1•••@", uri, count=1)


def _scheme_advice(scheme: str, uri: str) -> str:
    if scheme in ("http", "https"):
        return f"Write {'wss' if scheme == 'https' else 'ws'}:// instead of {scheme}://."
    if scheme == "ws+unix":
        return "Write ws://localhost/path, and the socket's path as the Unix socket."
    if "://" not in uri:
        return "The uri must begin with ws:// or wss://."
    return "A WebSocket uri begins with ws:// or wss://."


def complete_uri(text: str) -> str:
    """A uri from what people type: `localhost:9002` gains ws://, `http` becomes `ws`.

    A host other than this machine gains wss://, since the open network speaks TLS.
    """
    text = text.strip()
    lower = text.lower()
    for scheme, substitute in (("https://", "wss://"), ("http://", "ws://")):
        if lower.startswith(scheme):
            return substitute + text[len(scheme) :]
    if "://" in text or not text:
        return text
    if text.startswith(":") and text[1:].split("/")[0].isdecimal():
        return f"ws://localhost{text}"
    if re.match(r"(wss?|https?):(/|$)", lower):
        return text  # a scheme on its way, not a host of that name
    host = re.split(r"[/?#]", stand_in(lower).rpartition("@")[2], maxsplit=1)[0]
    return f"{'ws' if _LOCAL.fullmatch(host) else 'wss'}://{text}"
