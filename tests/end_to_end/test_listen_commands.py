"""Listeners and their clients by commands, on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.net_support import until
from wstui.core.commands.language import parse_command
from wstui.core.connection import CloseFrame, Connection, State
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool
from wstui.screens.execute import execute
from wstui.storage.profiles import ProfileFile


@pytest.fixture
async def pool() -> AsyncIterator[ConnectionPool]:
    """A pool that ends with the test."""
    async with ConnectionPool() as pool:
        yield pool


async def run(pool: ConnectionPool, line: str, profiles: ProfileFile | None = None) -> str:
    """Do one line; what is answered to it."""
    if profiles is None:
        return (await execute(parse_command(line), pool, None)).text
    command = parse_command(line, profiles.load())
    return (await execute(command, pool, None, (), profiles)).text


async def begun(pool: ConnectionPool, line: str) -> Listener:
    """The listener that a line begins, once it listens."""
    id = int((await run(pool, line)).splitlines()[0].removeprefix("Created listener with id "))
    listener = pool.listeners[id]
    await until(lambda: listener.state is not ListenerState.STARTING)
    assert listener.state is ListenerState.LISTENING, listener.failure
    return listener


async def connected(pool: ConnectionPool, listener: Listener, path: str = "/") -> Connection:
    """A connection of our own to a listener, once it is open on both sides."""
    count = listener.live
    ours = pool.connect(ConnectOptions(f"{listener.uris[0]}{path}", subprotocols=("b", "a")))
    await until(lambda: ours.is_open and listener.live > count)
    return ours


async def test_a_message_reaches_all_clients(pool: ConnectionPool) -> None:
    """One line is one message for each of them."""
    listener = await begun(pool, "listen 0")
    ours = [await connected(pool, listener) for _ in range(3)]
    assert await run(pool, f"send {listener.id} hello") == f"Sent 5 B to 3 clients of {listener.id}"
    await until(lambda: all(one.transcript.received == 1 for one in ours))
    await run(pool, f"ping {listener.id}")
    assert "Clients: 3 live, 3 accepted" in await run(pool, f"show {listener.id}")


async def test_hold_admit_and_close(pool: ConnectionPool) -> None:
    """On hold the port refuses; admitted again it accepts; closing says 1001 to all."""
    listener = await begun(pool, "listen 0 --echo")
    first = await connected(pool, listener)
    await run(pool, f"hold {listener.id}")
    refused = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: refused.state is State.FAILED)
    assert first.is_open
    await run(pool, f"admit {listener.id}")
    await until(lambda: listener.state is ListenerState.LISTENING)
    second = await connected(pool, listener)
    words = f"Stopped listener {listener.id}, closing 2 clients with 1001 over"
    assert await run(pool, f"close {listener.id} 1001 over") == words
    await until(lambda: first.state is second.state is State.CLOSED)
    for one in (first, second):
        assert one.close is not None
        assert one.close.received == CloseFrame(1001, "over")
    with pytest.raises(Refused, match="has stopped already"):
        await run(pool, f"close {listener.id}")


async def test_drop_leaves_no_close_frame(pool: ConnectionPool) -> None:
    """All clients lose their TCP connection, and the listener ends."""
    listener = await begun(pool, "listen 0")
    ours = await connected(pool, listener)
    words = f"Stopped listener {listener.id}, and dropped 1 client"
    assert await run(pool, f"drop {listener.id}") == words
    await until(lambda: not ours.is_live)
    assert ours.close is not None
    assert ours.close.received is None
    assert listener.state is ListenerState.STOPPED


async def test_deciding_about_clients(pool: ConnectionPool) -> None:
    """One waits and is let in with a subprotocol, the next one is rejected."""
    listener = await begun(pool, "listen 0 --ask")
    ours = pool.connect(ConnectOptions(listener.uris[0], subprotocols=("b", "a")))
    await until(lambda: bool(listener.clients))
    waiting = next(iter(listener.clients))
    with pytest.raises(Refused, match="does not offer c: it offers b, a"):
        await run(pool, f"allow {waiting} c")
    assert await run(pool, f"allow {waiting} a") == f"Accepted {waiting} with a"
    await until(lambda: ours.is_open)
    assert ours.handshake.subprotocol == "a"
    late = pool.connect(ConnectOptions(listener.uris[0]))
    await until(lambda: len(listener.clients) == 2)
    await run(pool, f"reject {list(listener.clients)[1]} 429 slow down")
    await until(lambda: late.state is State.FAILED)
    assert late.failure is not None
    assert late.failure.status == 429


async def test_a_saved_listener_is_the_same_again(pool: ConnectionPool, tmp_path: Path) -> None:
    """What was saved by one command is begun by another, with an option of its own."""
    profiles = ProfileFile(tmp_path)
    listener = await begun(pool, "listen 0 --on '/a echo' --subprotocol a -H 'X-One: 1'")
    words = f"Saved listener {listener.id} as mock"
    assert await run(pool, f"save mock {listener.id}", profiles) == words
    answer = await run(pool, "listen mock --max-size 1KiB", profiles)
    again = pool.listeners[int(answer.removeprefix("Created listener with id "))]
    await until(lambda: again.state is ListenerState.LISTENING)
    assert again.options.behaviours == ("/a echo",)
    assert again.options.max_size == 1024
    ours = await connected(pool, again, "/a")
    assert ours.handshake.subprotocol == "a"
    assert ("X-One", "1") in ours.handshake.response_headers
