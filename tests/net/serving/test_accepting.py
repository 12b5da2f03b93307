"""A listener and its clients."""

from __future__ import annotations

import asyncio
import socket
from functools import partial

import pytest

from tests.net.serving.raw_client import REQUEST, TEXT, masked
from tests.net_support import PATIENCE, until
from tests.serving_support import listening
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.listen import ListenOptions
from wstui.net import pump
from wstui.net.pool import ConnectionPool


async def test_a_client_becomes_a_connection_under_its_listener(pool: ConnectionPool) -> None:
    """An accepted client is listed with its address, path and a transcript of its own."""
    listener = await listening(pool, ListenOptions("0"))
    ours = pool.connect(ConnectOptions(f"{listener.uris[0]}/chat", deflate=UNCOMPRESSED))
    await until(lambda: ours.is_open and bool(listener.clients))
    client = pool.connections[next(iter(listener.clients))]
    assert client.peer is not None
    assert client.peer.listener == listener.id
    assert client.name == ours.handshake.local
    assert client.path == "/chat"
    pool.send(ours.id, b"hello")
    pool.send(client.id, b"\x01", Kind.BINARY)
    await until(lambda: client.transcript.received == ours.transcript.received == 1)
    assert client.transcript.wire_in == ours.transcript.wire_out == 11
    assert client.transcript.wire_out == ours.transcript.wire_in == 3


async def test_stopping_closes_all_clients_with_1001(pool: ConnectionPool) -> None:
    """A listener that is stopped closes its clients and answers nobody further."""
    listener = await listening(pool, ListenOptions("0", behaviours=("echo",)))
    ours = [pool.connect(ConnectOptions(listener.uris[0])) for _ in range(3)]
    await until(lambda: all(one.is_open for one in ours))
    pool.stop_listening(listener.id)
    await until(lambda: all(one.state is State.CLOSED for one in ours))
    assert listener.state is ListenerState.STOPPED
    for one in ours:
        assert one.close is not None
        assert one.close.clean
        assert one.close.received is not None
        assert one.close.received.code == 1001


async def test_echo_sends_each_message_back(pool: ConnectionPool) -> None:
    """What comes to a path that echoes goes back as it came, in order."""
    listener = await listening(pool, ListenOptions("0", behaviours=("/echo echo",)))
    ours = pool.connect(ConnectOptions(f"{listener.uris[0]}/echo"))
    await until(lambda: ours.is_open)
    sizes = [0, 1, 125, 126, 65535, 65536, 200_000]
    for size in sizes:
        pool.send(ours.id, bytes(size), Kind.BINARY)
    await until(lambda: ours.transcript.received == len(sizes))
    transcript = ours.transcript
    came = [transcript.entry(number) for number in range(len(transcript))]
    assert [one.size for one in came if one.kind is Kind.BINARY and not one.outgoing] == sizes
    await asyncio.wait_for(pool.close_all(), 10)


async def test_the_end_of_tcp_right_behind_the_request(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients that end their half with their first message get the answer, and are gone."""
    monkeypatch.setattr(pump, "SLICE", 0.0)  # most requests are looked at behind that
    listener = await listening(pool, ListenOptions("0", behaviours=("echo",)))
    port = int(listener.addresses[0].rpartition(":")[2])
    socks = [socket.create_connection(("127.0.0.1", port), PATIENCE) for _ in range(9)]
    await until(lambda: listener.tally.connections == 9)
    for sock in socks:
        sock.sendall(REQUEST.format("").encode() + masked(TEXT, b"early"))
        sock.shutdown(socket.SHUT_WR)
    await until(lambda: listener.tally.accepted == 9 and not listener.live)
    for sock in socks:
        with sock:
            assert b"".join(iter(partial(sock.recv, 4096), b"")).endswith(b"\x81\x05early")
    assert {client.state for client in pool.connections.values()} == {State.CLOSED}
