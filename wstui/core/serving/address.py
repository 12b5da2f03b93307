"""Where a listener listens: a host and a port, or a Unix socket."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, NamedTuple

from wstui.core.options.info import OptionError

UNIX: Final = "unix:"
"""What the address of a Unix socket begins with."""

EVERYWHERE: Final = "*"
"""Stands for all addresses of this machine, of IPv4 and IPv6."""

HERE: Final = "127.0.0.1"
"""Where a listener listens when nobody says otherwise."""


class ListenAddress(NamedTuple):
    """A host and a port, or the path of a Unix socket."""

    host: str
    """A name or an address without brackets; `EVERYWHERE` for all; empty for a Unix socket."""
    port: int
    """0 lets the system choose."""
    path: str = ""
    """Of a Unix socket; empty for TCP."""

    def __str__(self) -> str:
        if self.path:
            return f"{UNIX}{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.path or self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> ListenAddress:
    """The address that ``9002``, ``:9002``, ``0.0.0.0:9002``, ``[::1]:9002``, ``*:9002`` or
    ``unix:/run/a.sock`` means.

    Raises:
        OptionError: it is none.
    """
    text = text.strip()
    if text.startswith(UNIX):
        path = text[len(UNIX) :]
        if not path or "\0" in path:
            raise OptionError("address", "Write the path of the Unix socket behind unix:.")
        return ListenAddress("", 0, path)
    host, colon, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) < 6 and int(port) < 65536):
        raise OptionError("address", "Write a port from 0 to 65535, or HOST:PORT.")
    if not colon or not host:
        return ListenAddress(HERE, int(port))
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise OptionError("address", "Write an IPv6 address in brackets, such as [::1]:9002.")
    if not host or any(char.isspace() or not char.isprintable() for char in host):
        raise OptionError("address", "The address names no host.")
    return ListenAddress(host, int(port))


def complete_address(text: str) -> str:
    """An address as it is shown: `9002` gains its host; what is none stays as it is."""
    return str(parse_address(text)) if is_address(text) else text.strip()


def is_address(text: str) -> bool:
    """Whether `parse_address` reads `text`."""
    try:
        parse_address(text)
    except OptionError:
        return False
    return True


def reachable_uris(
    addresses: Iterable[str], where: ListenAddress, *, secure: bool
) -> tuple[str, ...]:
    """What clients on this machine connect to, for a listener that is bound to `addresses`."""
    if where.path:
        return (f"ws+unix:{where.path}:",)
    scheme = "wss" if secure else "ws"
    here = {"0.0.0.0": HERE, "[::]": "[::1]"}
    found = []
    for address in addresses:
        host, _, port = address.rpartition(":")
        found.append(f"{scheme}://{here.get(host, host)}:{port}")
    return tuple(dict.fromkeys(found))
