"""Sockets below a connection: names looked up, TCP connected, Unix sockets, socket options.

Which address, and through which proxy, is decided by `dial`.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from ipaddress import ip_address
from typing import Final

from aiohappyeyeballs import AddrInfoType, addr_to_addr_infos, start_connection

from wstui.core.options.route import Address, Route
from wstui.net.failures import LocalAddressError

NEXT_ADDRESS: Final = 0.25
"""Seconds after which the next address is tried as well (RFC 8305 section 5)."""

FAMILIES: Final = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}


def is_literal(host: str) -> bool:
    """Whether this is an IP address, which needs no look-up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def look_up(address: Address, family: socket.AddressFamily) -> list[AddrInfoType]:
    """All addresses of a host, each once, in the order in which the system prefers them.

    Raises:
        OSError: there are none.
        UnicodeError: this can be no name.
    """
    literal = _literal_addresses(address, family)
    if literal is not None:  # most local servers are named by one: no thread is needed for them
        return literal
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        address.host, address.port, family=family, type=socket.SOCK_STREAM
    )
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return [(kind, type, proto, "", place) for kind, type, proto, _, place in dict.fromkeys(found)]


def _literal_addresses(address: Address, family: socket.AddressFamily) -> list[AddrInfoType] | None:
    """What the system would say of an IP address; None for what it has to be asked about."""
    if not is_literal(address.host) or "%" in address.host:
        return None
    found = addr_to_addr_infos((address.host, address.port or 0))
    if found is None or family not in (socket.AF_UNSPEC, found[0][0]):
        raise socket.gaierror(socket.EAI_NONAME, "an IP address of another version")
    return list(found)


def wanted_family(route: Route) -> socket.AddressFamily:
    """Which addresses can be connected to: the wanted ones, and those of the local address."""
    if route.local_address is not None:
        return FAMILIES[str(ip_address(route.local_address).version)]
    return FAMILIES[route.ip]


async def connect_tcp(addresses: list[AddrInfoType], route: Route) -> socket.socket:
    """A socket connected to the first of `addresses` that answers, several tried side by side.

    Raises:
        LocalAddressError: the local address is none of this machine.
        OSError: no address could be connected to; the message holds all errors.
    """
    local = None
    if route.local_address is not None:
        local = await _local_address(route.local_address)
    # With a look-up of its own before it, asyncio's create_connection could not tell the two apart.
    sock = await start_connection(
        addresses, local_addr_infos=local, happy_eyeballs_delay=NEXT_ADDRESS
    )
    if route.keepalive is not None:
        probe_when_idle(sock, round(route.keepalive))
    return sock


async def _local_address(ip: str) -> list[AddrInfoType]:
    family = FAMILIES[str(ip_address(ip).version)]
    try:
        found = await look_up(Address(ip, 0), family)
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.bind(found[0][4])
    except OSError as error:
        raise LocalAddressError(error.errno, error.strerror) from error
    return found


def probe_when_idle(sock: socket.socket, seconds: int) -> None:
    """Let the system probe an idle TCP, as far as this system lets that be chosen."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):  # the second one on macOS
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, seconds)


async def connect_unix(path: str) -> socket.socket:
    """A socket connected to the Unix socket at `path`; ``@name`` is an abstract one.

    Raises:
        OSError: it could not be connected to, or this system has none.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise OSError(errno.EAFNOSUPPORT, "Python knows no Unix sockets on this system")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, _unix_name(path))
    except BaseException:
        sock.close()
        raise
    return sock


def _unix_name(path: str) -> str:
    return f"\0{path[1:]}" if path.startswith("@") else os.path.expanduser(path)


def place_text(address: object) -> str:
    """A socket's address as text: ``127.0.0.1:80``, ``[::1]:80``, the path of a Unix socket."""
    if isinstance(address, tuple):
        host, port = address[:2]
        return str(Address(str(host), int(port)))
    name = address.decode(errors="replace") if isinstance(address, bytes) else str(address or "")
    return f"@{name[1:]}" if name.startswith("\0") else name
