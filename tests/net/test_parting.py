"""What connections leave behind."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.net_support import until
from tests.serving_support import listening
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is not freed by itself stays."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def outlived(kind: str, fast: bool, pool: ConnectionPool) -> list[weakref.ref[object]]:
    """What stands behind two connections, one of each side, that ended and were removed."""
    options = ListenOptions("0", behaviours=(kind,), fast=fast)
    listener = await listening(pool, options)
    ours = pool.connect(ConnectOptions(listener.uris[0], fast=fast))
    await until(lambda: ours.is_open and bool(listener.clients))
    client = pool.connections[next(iter(listener.clients))]
    pool.send(ours.id, b"hello")
    pool.send(client.id, b"hello")
    await until(lambda: client.transcript.received > 0 and ours.transcript.received > 0)
    pool.close(ours.id)
    await until(lambda: not ours.is_live and not client.is_live)
    kept: list[weakref.ref[object]] = []
    for one in (ours, client):
        kept += [weakref.ref(pool._clients[one.id]), weakref.ref(one.transcript)]
        pool.remove(one.id)
    return kept


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
@pytest.mark.parametrize("kind", ["silent", "echo", "chat", "broadcast"])
async def test_connections_that_ended_and_were_removed_free_their_memory(
    fast: bool, kind: str
) -> None:
    """Nothing of a removed connection, of either side, waits for the garbage collector, which a
    live screen can hardly afford."""
    async with ConnectionPool() as pool:
        kept = await outlived(kind, fast, pool)
        await until(lambda: all(one() is None for one in kept), patience=5)
