"""Very many clients that say nothing: what each costs a server, and how long it is held up."""

from __future__ import annotations

import resource
import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep
from typing import NamedTuple

from tests.benchmarks.echo_load import HEAD_END, REQUEST
from tests.benchmarks.echo_servers import echo_server

AT_ONCE = 100
"""Handshakes under way at a time: a backlog that is full would be what is measured."""


class Cost(NamedTuple):
    """What idle clients cost."""

    each: float
    """Bytes of memory."""
    seconds: float
    """Until all were accepted."""
    stall: float
    """The longest that the loop was held up meanwhile, in seconds."""


@contextmanager
def idle_clients(port: int, count: int) -> Iterator[float]:
    """So many clients whose handshake is done; yields the seconds that it took."""
    socks: list[socket.socket] = []
    begun = perf_counter()
    with selectors.DefaultSelector() as selector:
        opening = 0
        while len(socks) < count or opening:
            while opening < AT_ONCE and len(socks) < count:
                sock = socket.create_connection(("127.0.0.1", port))
                sock.sendall(REQUEST)
                selector.register(sock, selectors.EVENT_READ)
                socks.append(sock)
                opening += 1
            for key, _ in selector.select(5):
                assert isinstance(key.fileobj, socket.socket)
                response = key.fileobj.recv(4096)
                assert b" 101 " in response, response
                assert response.endswith(HEAD_END)
                selector.unregister(key.fileobj)
                opening -= 1
    try:
        yield perf_counter() - begun
    finally:
        for sock in socks:
            sock.close()


def measure(kind: str, count: int) -> Cost:
    """What `count` idle clients cost one server."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server inherits it
    with echo_server(kind) as server:
        with idle_clients(server.port, 10):  # what is imported late is there from now on
            sleep(0.1)
        before = server.ask()["memory"]
        with idle_clients(server.port, count) as seconds:
            sleep(0.5)
            after = server.ask()
            return Cost((after["memory"] - before) / count, seconds, after["stall"])
