"""Listeners of a real pool on loopback, for tests."""

from __future__ import annotations

from tests.net_support import until
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


async def listening(pool: ConnectionPool, options: ListenOptions) -> Listener:
    """A listener that listens, or has failed."""
    listener = pool.listen(options)
    await until(lambda: listener.state is not ListenerState.STARTING)
    return listener
