"""The sockets of a listener: one for each address that its place stands for."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
import sys
from contextlib import suppress
from typing import Final

from wstui.core.serving.address import EVERYWHERE, ListenAddress

BACKLOG: Final = 1024
"""Connections that the system keeps for us until we come to them."""

TRIES: Final = 8
"""How often a port that the system chose is tried on all addresses, before it is given up."""

LOOK_UP: Final = 10.0
"""Seconds for looking up the name of the host."""

OURS_ALONE: Final = 0o600
"""Mode of a Unix socket: for this user."""


async def open_sockets(where: ListenAddress) -> list[socket.socket]:
    """Bound sockets that do not listen yet, all with the same port.

    Raises:
        OSError: none, or not all, could be bound.
    """
    if where.path:
        return [_unix_socket(where.path)]
    loop = asyncio.get_running_loop()
    host = None if where.host == EVERYWHERE else where.host
    async with asyncio.timeout(LOOK_UP):
        found = await loop.getaddrinfo(
            host, where.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    # IPv4 first: that is the address that is shown first.
    found = sorted(dict.fromkeys(found), key=lambda one: one[0] != socket.AF_INET)
    for attempt in range(TRIES):
        try:
            return _bind_all([(one[0], one[4]) for one in found], where.port)
        except OSError as error:
            # Another program has the chosen port on another address.
            if where.port or error.errno != errno.EADDRINUSE or attempt == TRIES - 1:
                raise
    raise AssertionError("not reached")


def _bind_all(
    places: list[tuple[socket.AddressFamily, tuple[object, ...]]], port: int
) -> list[socket.socket]:
    bound: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in places:
            try:
                sock = _bind(family, (address[0], port, *address[2:]))
            except OSError as error:
                # A machine without IPv6 still has its name for it.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                missing = error
                continue
            bound.append(sock)
            port = sock.getsockname()[1]
        if not bound:
            raise missing or OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except BaseException:
        for sock in bound:
            sock.close()
        raise
    return bound


def _bind(family: socket.AddressFamily, address: tuple[object, ...]) -> socket.socket:
    # Named, since asyncio switches Nagle's algorithm off for sockets alone that say they are TCP,
    # and accepted ones say what this one does. A second small message would wait for 40 ms.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        if sys.platform != "win32":  # where it would let two programs have one port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)  # now, so that a port in use is known
    except BaseException:
        sock.close()
        raise
    return sock


def _unix_socket(path: str) -> socket.socket:
    if sys.platform == "win32" or not hasattr(socket, "AF_UNIX"):
        raise OSError(errno.EAFNOSUPPORT, "there are no Unix sockets on this system")
    path = os.path.expanduser(path)
    _clear_place(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        before = os.umask(0o777 & ~OURS_ALONE)
        try:
            sock.bind(path)
        finally:
            os.umask(before)
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _clear_place(path: str) -> None:
    """Remove a socket that nobody listens on any more; one in use is none of our business."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EEXIST, "there is a file of that name, which is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except BlockingIOError:
            pass  # somebody is there, and busy
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def remove_unix_socket(path: str, inode: int | None) -> None:
    """Remove the file of a socket of ours, unless it is another one by now."""
    path = os.path.expanduser(path)
    with suppress(OSError):
        if os.stat(path).st_ino == inode:
            os.unlink(path)


def inode_of(path: str) -> int | None:
    """What tells a file from another of the same name; None where that cannot be known."""
    try:
        return os.stat(os.path.expanduser(path)).st_ino
    except OSError:
        return None
