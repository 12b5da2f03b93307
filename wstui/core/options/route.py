"""Where a connection leads to below HTTP: which address, which socket, and how TCP behaves.

Owns these options, what makes them valid, and how they are written. Pure: names are looked up and
sockets made by `net.dial`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import unquote

from wstui.core.options.info import (
    SECONDS,
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    choice,
)

MOST_IDLE: Final = 32767
"""Seconds after which TCP keepalive may begin at the latest; more is refused by Linux."""

_UNIX_URI: Final = re.compile(r"ws\+unix:(?://)?([^:?#]+)(?::([^#]*))?", re.IGNORECASE)
"""A Unix socket and the request path on it, as Node's `ws` writes them."""


class Address(NamedTuple):
    """A place on the network, as far as it was named."""

    host: str
    """Name or IP address, without brackets; empty for the uri's."""
    port: int | None
    """None for the uri's."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def read_address(text: str) -> Address:
    """The address that ``host``, ``host:port``, ``[::1]:port`` or ``:port`` mean.

    Raises:
        ValueError: it is none; the message is a sentence for the user.
    """
    text = text.strip()
    if text.count(":") > 1 and not text.startswith("["):
        host, port = text, ""  # an IPv6 address without brackets
    else:
        match = re.fullmatch(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::(.*))?", text)
        if match is None:
            raise ValueError("Write host:port, or [IPv6]:port.")
        host, port = match[1] or match[2] or "", match[3] or ""
        if match[1] is not None and ":" not in match[1]:
            raise ValueError("Only an IPv6 address stands in brackets.")
    if ":" in host:
        host = read_ip(host)
    _check_host(host)
    if port and (not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536):
        raise ValueError("The port must be a number from 1 to 65535.")
    if not host and not port:
        raise ValueError("Write host:port, host or :port.")
    return Address(host, int(port) if port else None)


def _check_host(host: str) -> None:
    """Refuse what can be no host."""
    if not host.isprintable() or re.search(r"[\s/?#@\\]", host):
        raise ValueError("That is no host name.")
    try:
        host.encode("ascii" if host.isascii() else "idna")
    except UnicodeError as error:
        raise ValueError("The host name is not valid.") from error


def read_ip(text: str) -> str:
    """An IPv4 or IPv6 address in its usual spelling.

    Raises:
        ValueError: it is none; the message is a sentence for the user.
    """
    try:
        return str(ip_address(text.strip().removeprefix("[").removesuffix("]")))
    except ValueError:
        raise ValueError("Write an IP address, such as 192.0.2.7 or ::1.") from None


def split_unix_uri(uri: str) -> tuple[str, str] | None:
    """The uri and the path of the Unix socket that ``ws+unix:/path/of/socket:/request`` means.

    None when `uri` is no such one. The host of the request is localhost.
    """
    match = _UNIX_URI.fullmatch(uri.strip())
    if match is None:
        return None
    path = match[2] or "/"
    return f"ws://localhost{'' if path.startswith('/') else '/'}{path}", unquote(match[1])


@dataclass(frozen=True, slots=True)
class Route:
    """Where a connection leads to below HTTP, and how TCP behaves on the way."""

    connect_to: Address | None = None
    """Connected to instead of the uri's host and port, which stay in the request and in TLS."""
    ip: str = "any"
    """Which addresses of a host are tried: ``any``, ``4`` or ``6``."""
    local_address: str | None = None
    """IP address of this machine to connect from; None lets the system choose."""
    unix_socket: str | None = None
    """Path of a Unix-domain socket to connect to, one that begins with ``@`` being abstract
    (Linux); None for TCP."""
    keepalive: float | None = None
    """Seconds without traffic after which the system begins to probe TCP, and between two probes;
    None for never. Not the WebSocket's ping."""
    no_delay: bool = True
    """Whether small messages are sent at once (TCP_NODELAY), without Nagle's algorithm."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid; empty when all is well."""
        found = [self._read_again("connect_to"), self._read_again("local_address")]
        if self.ip not in ("any", "4", "6"):
            found.append(OptionError("route.ip", "Write any, 4 or 6."))
        elif self.local_address is not None and found[1] is None:
            version = str(ip_address(self.local_address).version)
            if self.ip not in ("any", version):
                words = f"The local address is IPv{version}, and only IPv{self.ip} is tried."
                found.append(OptionError("route.local_address", words))
        if self.unix_socket is not None:
            found += self._unix_problems(self.unix_socket)
        # NaN compares false with everything and must not pass for a number of seconds.
        if self.keepalive is not None and not 1 <= self.keepalive <= MOST_IDLE:
            words = f"TCP keepalive takes 1 to {MOST_IDLE} seconds, or off."
            found.append(OptionError("route.keepalive", words))
        return [problem for problem in found if problem is not None]

    def _read_again(self, name: str) -> OptionError | None:
        value = getattr(self, name)
        try:
            if value is not None:
                (read_ip if name == "local_address" else read_address)(str(value))
        except ValueError as error:
            return OptionError(f"route.{name}", str(error))
        return None

    def _unix_problems(self, path: str) -> list[OptionError]:
        found = []
        if path in ("", "@") or "\0" in path:
            found.append(OptionError("route.unix_socket", "Write the path of a socket."))
        for name, words in (
            ("connect_to", "Connect to another address, or to a Unix socket: not both."),
            ("local_address", "A Unix socket has no local address."),
        ):
            if getattr(self, name) is not None:
                found.append(OptionError(f"route.{name}", words))
        return found


ROUTE_ROWS: Final = (
    OptionInfo(
        "route.connect_to",
        "Connect to",
        Section.NETWORK,
        Codec(read_address, lambda value: "" if value is None else str(value)),
        (Flag(("--connect-to",), "connect there; uri, Host and TLS name stay", "HOST:PORT"),),
        hint="host:port; Host and TLS name stay the uri's",
        placeholder="the uri's host and port",
    ),
    OptionInfo(
        "route.ip",
        "IP version",
        Section.NETWORK,
        choice("any", "4", "6"),
        (
            Flag(("-4", "--ipv4"), "try only IPv4 addresses", value="4"),
            Flag(("-6", "--ipv6"), "try only IPv6 addresses", value="6"),
            Flag(("--ip-any",), "", value="any"),
        ),
        hint="which addresses of a host are tried",
    ),
    OptionInfo(
        "route.local_address",
        "Local address",
        Section.NETWORK,
        Codec(read_ip, lambda value: value or ""),
        (Flag(("--local-address",), "connect from this address of this machine", "IP"),),
        hint="an IP address of this machine",
        placeholder="the system chooses",
    ),
    OptionInfo(
        "route.unix_socket",
        "Unix socket",
        Section.NETWORK,
        TEXT,
        (Flag(("--unix-socket",), "connect to a Unix-domain socket; @NAME: abstract", "PATH"),),
        hint="path of a socket, connected to instead",
        placeholder="none",
    ),
    OptionInfo(
        "route.keepalive",
        "TCP keepalive",
        Section.NETWORK,
        SECONDS,
        (Flag(("--tcp-keepalive",), "between probes of an idle TCP, or off (default)", "TIME"),),
        hint="between probes of an idle TCP, or off",
    ),
    OptionInfo(
        "route.no_delay",
        "No delay",
        Section.NETWORK,
        SWITCH,
        (
            Flag(("--nagle",), "collect small messages before sending them", value="off"),
            Flag(("--no-delay",), "", value="on"),
        ),
        hint="send small messages at once",
    ),
)
