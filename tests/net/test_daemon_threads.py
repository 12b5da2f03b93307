"""Threads that hold up nobody."""

from __future__ import annotations

import asyncio
import socket
from threading import Event
from unittest.mock import patch

import pytest

from wstui.core.options.connect import ConnectOptions
from wstui.net.daemon_threads import DaemonThreads
from wstui.net.pool import ConnectionPool


def test_leaving_while_a_name_is_looked_up() -> None:
    """The loop ends at once, though a look-up goes on for as long as it likes."""
    asked, answered = Event(), Event()

    def look_up(*args: object, **options: object) -> list[object]:
        asked.set()
        answered.wait()
        return []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonThreads())
        async with ConnectionPool() as pool:
            pool.connect(ConnectOptions("ws://slow.example/", open_timeout=None))
            while not asked.is_set():  # noqa: ASYNC110 (a thread sets it)
                await asyncio.sleep(0)

    with patch.object(socket, "getaddrinfo", look_up):
        asyncio.run(run())
    assert not answered.is_set()
    answered.set()


def test_results_and_errors() -> None:
    """What a call returns or raises comes to whoever waits; a cancelled call is not begun."""
    threads = DaemonThreads()
    assert threads.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result()
