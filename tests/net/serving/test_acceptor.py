"""Accepting: a few in each turn of the loop, and what happens when the system has nothing left."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys

import pytest

from tests.net_support import event_texts, until
from tests.serving_support import listening
from wstui.core.connection import State
from wstui.core.entry import EventName
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.net import pump
from wstui.net.pool import ConnectionPool
from wstui.net.serving import acceptor as acceptor_module
from wstui.net.serving import listening as listening_module

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="asyncio accepts there")


class Exhausted(socket.socket):
    """A socket that listens on a system without file descriptors, for some attempts."""

    attempts = 0

    def accept(self) -> tuple[socket.socket, object]:
        if Exhausted.attempts:
            Exhausted.attempts -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


async def test_without_file_descriptors_it_waits_and_goes_on(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so once, tries again, and accepts whoever still waits."""
    monkeypatch.setattr(acceptor_module, "REST", 0.01)

    async def exhausted_sockets(where: object) -> list[socket.socket]:
        sock = Exhausted()
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        return [sock]

    monkeypatch.setattr(listening_module, "open_sockets", exhausted_sockets)
    listener = await listening(pool, ListenOptions("0"))
    Exhausted.attempts = 3
    ours = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: ours.is_open)
    assert event_texts(listener.transcript, EventName.ERROR) == [
        "cannot accept for now: Too many open files; trying each second"
    ]
    assert event_texts(listener.transcript, EventName.NOTE)[-1] == "accepts again"
    Exhausted.attempts = 1
    again = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: not Exhausted.attempts)
    pool.stop_listening(listener.id)
    await until(lambda: again.state in (State.FAILED, State.CLOSED))


async def test_a_storm_of_connections_takes_several_turns(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than a few are accepted in a turn of the loop, however many wait."""
    listener = await listening(pool, ListenOptions("0"))
    port = int(listener.addresses[0].rpartition(":")[2])
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    most = before = 0
    while before < 100:
        await asyncio.sleep(0)
        now = listener.tally.connections
        most, before = max(most, now - before), now
    assert most <= acceptor_module.AT_ONCE
    for sock in socks:
        sock.close()


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 16], ids=repr)
async def test_a_storm_of_requests_takes_several_turns(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    """Requests that came at the same time share what a turn of the loop has for those who send."""
    monkeypatch.setattr(pump, "SLICE", 0.0)  # one step in each turn
    listener = await listening(pool, ListenOptions("0"))
    port = int(listener.addresses[0].rpartition(":")[2])
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
    tally = listener.tally
    await until(lambda: tally.connections == 50)
    for sock in socks:
        sock.sendall(head)
    most = before = 0
    while before < 50:
        await asyncio.sleep(0)
        now = tally.requests + tally.dropped
        most, before = max(most, now - before), now
    assert most == 1
    for sock in socks:
        sock.close()


async def test_a_storm_of_resets(pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who asked and were gone before that was looked at leave nothing behind."""
    failed: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failed.append(context))
    monkeypatch.setattr(pump, "SLICE", 0.0)  # one step in each turn
    listener = await listening(pool, ListenOptions("0"))
    port = int(listener.addresses[0].rpartition(":")[2])
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(9)]
    await until(lambda: listener.tally.connections == 9)
    for sock in socks:
        sock.sendall(b"nonsense\r\n")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for _ in range(3):  # all is read, and little of it looked at
        await asyncio.sleep(0)
    assert listener.tally.dropped < 5
    for sock in socks:
        sock.close()
    await until(lambda: not pool._serving.get(listener.id)._doors)
    assert listener.tally.dropped == 9
    assert not failed


async def test_there_is_an_end_of_those_who_are_no_clients_yet(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes when there are too many is dropped at once; clients are not counted."""
    monkeypatch.setattr(listening_module, "MOST_DOORS", 3)
    listener = await listening(pool, ListenOptions("0"))
    port = int(listener.addresses[0].rpartition(":")[2])
    ours = [pool.connect(ConnectOptions(listener.uris[0])) for _ in range(3)]
    await until(lambda: all(one.is_open for one in ours))
    socks = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    await until(lambda: listener.tally.connections == 8)
    assert listener.tally.dropped == 2
    told = event_texts(listener.transcript, EventName.ERROR)
    assert len(told) == 2
    assert all("3 others already" in text for text in told)
    for sock in socks:
        sock.close()
    await until(lambda: not pool._serving.get(listener.id)._doors)
    last = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: last.is_open)
