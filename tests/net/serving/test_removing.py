"""Removing clients that live, and listeners with many of them."""

from __future__ import annotations

import asyncio

import pytest

from tests.net_support import until
from tests.serving_support import listening
from wstui.core.connection import Connection
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.net import several
from wstui.net.pool import ConnectionPool
from wstui.net.serving import listening as listening_module


async def connected(pool: ConnectionPool, listener: Listener, count: int) -> list[Connection]:
    """So many more clients, all open."""
    before = listener.live
    ours = [pool.connect(ConnectOptions(listener.uris[0])) for _ in range(count)]
    await until(lambda: all(one.is_open for one in ours) and listener.live == before + count)
    return ours


async def test_a_client_that_is_removed_while_it_lives_is_not_kept(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts no more among those that ended, of whom the oldest are forgotten."""
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    monkeypatch.setattr(listening_module, "KEPT", 1)
    listener = await listening(pool, ListenOptions("0"))
    await connected(pool, listener, 1)
    pool.remove(next(iter(listener.clients)))
    await until(lambda: listener.live == 0)
    for one in await connected(pool, listener, 3):
        pool.close(one.id)
    await until(lambda: listener.live == 0)
    assert len(listener.clients) == 1
    assert not failed


async def test_a_listener_with_many_clients_is_removed_in_slices(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends at once; the loop has its turns before all clients are gone, and it with them."""
    monkeypatch.setattr(several, "SLICE_TIME", 0.0)  # one client in each turn
    listener = await listening(pool, ListenOptions("0"))
    ours = await connected(pool, listener, 5)
    pool.remove(listener.id)
    pool.remove(listener.id)
    assert listener.state is ListenerState.STOPPED
    assert len(listener.clients) == 5
    left: set[int] = set()
    while listener.id in pool.listeners:
        left.add(len(listener.clients))
        await asyncio.sleep(0)
    assert {1, 2, 3, 4} <= left
    assert list(pool.connections) == [one.id for one in ours]
    await until(lambda: not listener.live)
