"""A client connection that answers by itself, and one who waits for room to send."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.net_support import reach, rows, until
from wstui.core.backoff import Reconnect
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.net import sending
from wstui.net.client import Client
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool
from wstui.net.tap import Payload


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
async def test_the_answer_gets_all_messages(fast: bool) -> None:
    """Also those that come with the handshake, each with its kind, whole, and after each opening
    anew."""
    heard: list[tuple[int, bytes]] = []

    def answer(client: Client, flags: bytes | bytearray, payloads: Sequence[Payload]) -> None:
        heard.extend((flag & 0xF, bytes(one)) for flag, one in zip(flags, payloads, strict=True))

    async with DemoServer("127.0.0.1", 0) as demo, ConnectionPool(draw=lambda: 0.0) as pool:
        options = ConnectOptions(demo.url("/echo"), fast=fast, reconnect=Reconnect(on=True))
        connection = pool.connect(options, answer)
        for turn in (1, 2):
            await reach(pool, connection, State.OPEN)
            pool.send(connection.id, b"text")
            pool.send(connection.id, b"\xff\x00", Kind.BINARY)
            await until(lambda turn=turn: len(heard) == 2 * turn)  # type: ignore[misc]
            wire = pool.wire(connection.id)
            assert wire is not None
            wire.abort()
            await until(lambda: not connection.is_open)
    assert heard == 2 * [(Kind.TEXT, b"text"), (Kind.BINARY, b"\xff\x00")]
    received = [payload for _, outgoing, payload in rows(connection.transcript) if not outgoing]
    assert received == [payload for _, payload in heard]


async def test_room_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for it goes on once the peer reads, when all is taken back, and at the end."""
    monkeypatch.setattr(sending, "LITTLE", 100_000)
    async with DemoServer("127.0.0.1", 0) as demo, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(demo.url("/echo")))
        await reach(pool, connection, State.OPEN)
        wire = pool.wire(connection.id)
        assert wire is not None
        await wire.outbox.room()  # nothing waits: at once
        pool.pause(connection.id)  # the server's answers fill up, and then it reads no more
        while connection.outgoing.queued <= sending.LITTLE:
            pool.send(connection.id, bytes(50_000), Kind.BINARY)
            await asyncio.sleep(0)
        first = asyncio.get_running_loop().create_task(wire.outbox.room(), name="first")
        second = asyncio.get_running_loop().create_task(wire.outbox.room(), name="second")
        await asyncio.sleep(0)
        second.cancel()
        pool.cancel(connection.id)
        await first
        while connection.outgoing.queued <= sending.LITTLE:
            pool.send(connection.id, bytes(50_000), Kind.BINARY)
            await asyncio.sleep(0)
        third = asyncio.get_running_loop().create_task(wire.outbox.room(), name="third")
        await asyncio.sleep(0)
        pool.read_on(connection.id)
        await third
        assert connection.outgoing.queued <= sending.LITTLE
        pool.drop(connection.id)
        await wire.outbox.room()
