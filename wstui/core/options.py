"""Options of a connection and their validation. Pure: what is valid here may still fail there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import SplitResult, urlsplit

from wstui.core.backoff import Reconnect
from wstui.core.opening_messages import line_problems
from wstui.core.option_info import OptionError
from wstui.core.proxy_options import ProxyOptions, conflicts
from wstui.core.route_options import Route
from wstui.core.tls_options import TlsOptions
from wstui.core.upkeep import Upkeep

TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A token of RFC 9110 section 5.6.2: header names and subprotocols are made of these."""

RESERVED_HEADERS: Final = frozenset(
    {
        "connection",
        "host",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "upgrade",
    }
)
"""Headers, in lower case, that the opening handshake itself writes."""


_LOCAL: Final = re.compile(r"((.+\.)?localhost|127(\.\d+){3}|\[::1\])(:\d*)?", re.ASCII)
"""Hosts that are this machine, with or without a port, in lower case (RFC 6761 section 6.3)."""


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """How to open one connection. Copied into it; a later change touches only later ones.

    Time-outs and intervals are in seconds, sizes in bytes; None switches a limit off.
    """

    uri: str
    headers: tuple[tuple[str, str], ...] = ()
    """Further request headers, in order; a name may come more than once."""
    subprotocols: tuple[str, ...] = ()
    """Offered subprotocols, the most wanted first."""
    origin: str | None = None
    """Value of the Origin header; None sends none."""
    user_agent: str | None = None
    """Value of the User-Agent header; None sends wstui's own."""
    compression: bool = True
    """Whether permessage-deflate (RFC 7692) is offered."""
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
    """What is sent each time it opens, as lines that `opening_messages` reads."""
    upkeep: Upkeep = field(default_factory=Upkeep)
    """Pings, heartbeats, and the pace of reading."""
    route: Route = field(default_factory=Route)
    """Where it leads to below HTTP."""
    proxy: ProxyOptions = field(default_factory=ProxyOptions)
    """Whether it goes through a proxy."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = [self._uri_problem(), *map(header_problem, self.headers), *self._doubles()]
        found += [subprotocol_problem(name) for name in self.subprotocols]
        if len(set(self.subprotocols)) < len(self.subprotocols):
            found.append(OptionError("subprotocols", "A subprotocol is offered twice."))
        for option in ("origin", "user_agent"):
            found.append(_value_problem(option, getattr(self, option)))
        if self.max_size is not None and self.max_size < 0:
            found.append(OptionError("max_size", "The maximum message size cannot be negative."))
        for option in ("open_timeout", "close_timeout", "ping_interval", "ping_timeout"):
            seconds = getattr(self, option)
            # NaN compares false with everything and must not pass for a number of seconds.
            if seconds is not None and not 0 < seconds < 1e9:
                words = option.replace("_", " ")
                found.append(
                    OptionError(option, f"The {words} must be a positive number of seconds.")
                )
        found += [
            *self.tls.problems(),
            *self.route.problems(),
            *self.proxy.problems(),
            *conflicts(self.route, self.proxy),
        ]
        found += [*self.reconnect.problems(), *line_problems(self.on_connect)]
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
        own = {
            "origin": (self.origin is not None, "the option for it"),
            "user-agent": (self.user_agent is not None, "the option for it"),
            "authorization": (bool(re.match(r"\w+://[^/?#]*@", self.uri)), "the user in the uri"),
        }
        names = [name.lower() for name, _ in self.headers]
        return [
            OptionError("headers", f"Give {name.title()} either as a header or by {other}.")
            for name, (given, other) in own.items()
            if given and name in names
        ]

    @property
    def secure(self) -> bool:
        """Whether the uri asks for TLS."""
        return self.uri[:4].lower() == "wss:"

    def with_uri(self, uri: str) -> ConnectOptions:
        """The same options for another uri."""
        return replace(self, uri=uri)


def parse_uri(uri: str) -> SplitResult:
    """The parts of a WebSocket uri (RFC 6455 section 3).

    Raises:
        OptionError: it is none; the message says what is wrong with it.
    """
    if not uri:
        raise OptionError("uri", "Type a uri, such as ws://localhost:9002/chat.")
    unprintable = next((char for char in uri if not char.isprintable() or char == " "), None)
    if unprintable is not None:
        raise OptionError("uri", f"A uri cannot hold {_name(unprintable)}; write it as %XX.")
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
    host = re.split(r"[/?#]", lower.rpartition("@")[2], maxsplit=1)[0]
    return f"{'ws' if _LOCAL.fullmatch(host) else 'wss'}://{text}"


def header_problem(header: tuple[str, str]) -> OptionError | None:
    """What is wrong with a request header, if anything is."""
    name, value = header
    if not TOKEN.fullmatch(name):
        return OptionError("headers", f"{name!r} is no header name.")
    if name.lower() in RESERVED_HEADERS:
        return OptionError("headers", f"The handshake itself writes {name}.")
    return _value_problem("headers", value, f"The value of {name}")


def parse_header(line: str) -> tuple[str, str]:
    """Name and value of a line such as ``Authorization: Bearer …``.

    Raises:
        OptionError: it is no header line.
    """
    name, colon, value = line.partition(":")
    # Only blanks and tabs stand around a value (RFC 9110 section 5.5); U+00A0 belongs to it.
    header = (name.strip(), value.strip(" \t"))
    if not colon:
        raise OptionError("headers", "Write a header as Name: value.")
    problem = header_problem(header)
    if problem is not None:
        raise problem
    return header


def subprotocol_problem(name: str) -> OptionError | None:
    """What is wrong with a subprotocol's name, if anything is (RFC 6455 section 4.1)."""
    if TOKEN.fullmatch(name):
        return None
    return OptionError("subprotocols", f"{name!r} is no subprotocol: use letters, digits, - . _")


def parse_subprotocol(text: str) -> str:
    """The name of a subprotocol.

    Raises:
        OptionError: it is none.
    """
    name = text.strip()
    problem = subprotocol_problem(name)
    if problem is not None:
        raise problem
    return name


def _value_problem(option: str, value: str | None, words: str = "") -> OptionError | None:
    """Header values are visible characters of Latin-1, blanks and tabs (RFC 9110 section 5.5)."""
    words = words or f"The {option.replace('_', ' ')}"
    for char in value or "":
        if not (char == "\t" or " " <= char <= "~" or "\x80" <= char <= "\xff"):
            return OptionError(option, f"{words} cannot hold {_name(char)}.")
    return None


def _name(char: str) -> str:
    return "a blank" if char == " " else f"the character U+{ord(char):04X}"
