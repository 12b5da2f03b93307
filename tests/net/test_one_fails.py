"""What fails for one connection, or never comes, costs nothing to others and to later ones."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.net_support import (
    PATIENCE,
    accept,
    free_port,
    reach,
    read_request,
    until,
    websocket_server,
)
from tests.wire_support import FakeTransport
from wstui.core.backoff import Reconnect
from wstui.core.connection import Connection, FailureKind, State
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.http import HttpOptions
from wstui.core.options.route import Route
from wstui.core.options.tls import TlsOptions
from wstui.core.ports import Refused
from wstui.net.governor import Governor
from wstui.net.pool import ConnectionPool
from wstui.net.pump import Pump
from wstui.net.tls import TlsContexts, TlsSettingError


class Failing:
    """Who has something to send, and fails at it, or not."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.steps = 0

    def step(self) -> bool:
        self.steps += 1
        if self.fails:
            raise RuntimeError("sending")
        return False


@pytest.fixture
async def told() -> list[str]:
    """What the loop is told of errors that nobody caught."""
    found: list[str] = []

    def note(_: object, context: dict[str, Any]) -> None:
        found.append(str(context.get("exception")))

    asyncio.get_running_loop().set_exception_handler(note)
    return found


async def test_sending_goes_on_when_one_fails(told: list[str]) -> None:
    """The others get their turn, also those that come later."""
    pump = Pump()
    first, second, third = Failing(fails=True), Failing(fails=False), Failing(fails=False)
    pump.wake(first)
    pump.wake(second)
    await until(lambda: second.steps == 1)
    pump.wake(third)
    await until(lambda: third.steps == 1)
    assert told == ["sending"]


async def test_receiving_goes_on_when_one_fails(told: list[str]) -> None:
    """What was kept of others is dealt with, and they are read again; the one at fault ends."""
    governor = Governor()
    broken, fine = FakeTransport(), FakeTransport()

    def work() -> bool:
        raise RuntimeError("receiving")

    for transport, kept in ((broken, work), (fine, lambda: True)):
        begun = governor.begin()
        governor.later(kept)
        governor.end(begun, 1, transport)
    assert (broken.reading, fine.reading) == (False, False)
    await until(lambda: fine.reading)
    assert (broken.closed, fine.closed) == (True, False)
    assert told == ["receiving"]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
async def test_a_cookie_file_that_never_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that nobody writes to does not hold up a connection for ever."""
    monkeypatch.setattr("wstui.net.request.FILE_TIME", 0.05)
    pipe = tmp_path / "jar"
    os.mkfifo(pipe)
    options = ConnectOptions("ws://127.0.0.1:9/", http=HttpOptions(cookie_file=str(pipe)))
    try:
        async with ConnectionPool() as pool:
            connection = pool.connect(options)
            await reach(pool, connection, State.FAILED)
    finally:
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # lets the thread go
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.OPTIONS
    assert "did not come within 0.05 s" in connection.failure.message


async def test_many_wait_no_longer_than_one_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """All who want the same files that never come give up at the same time."""
    over = threading.Event()
    monkeypatch.setattr("wstui.net.tls.FILE_TIME", 0.5)
    monkeypatch.setattr("wstui.net.tls.stamp_files", lambda options: over.wait(PATIENCE))
    contexts, options = TlsContexts(), TlsOptions(trust="/far/away.pem")
    begun = monotonic()
    try:
        every = (contexts.get(options) for _ in range(20))
        found = await asyncio.gather(*every, return_exceptions=True)
    finally:
        over.set()
    assert all(isinstance(one, TlsSettingError) for one in found)
    assert monotonic() - begun < 5.0  # one after the other they would take ten seconds


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
async def test_a_drop_that_was_refused_is_no_wish_to_end(tmp_path: Path) -> None:
    """What has no reset stays open, and is opened again when it ends later."""
    path = str(tmp_path / "socket")
    server = await asyncio.start_unix_server(_serve_until_told, path)
    async with server, ConnectionPool() as pool:
        options = ConnectOptions(
            "ws://localhost/",
            route=Route(unix_socket=path),
            reconnect=Reconnect(True, first=0.001, cap=0.001),
        )
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        with pytest.raises(Refused, match="reset"):
            pool.drop(connection.id, reset=True)
        pool.send(connection.id, b"end it")
        await reach(pool, connection, State.WAITING)


async def _serve_until_told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(accept(await read_request(reader)))
    await reader.readexactly(2)
    writer.transport.abort()


async def test_nothing_is_kept_alive_that_ended_at_once() -> None:
    """What is dropped by somebody who hears that it is open leaves no task behind."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with websocket_server(script) as port, ConnectionPool() as pool:

        def drop(connection: Connection) -> None:
            if connection.is_open:
                pool.drop(connection.id)

        pool.subscribe(drop)
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/"))
        await reach(pool, connection, State.CLOSED)
        await until(lambda: not pool._tasks)
        assert not [task for task in asyncio.all_tasks() if "keepalive" in repr(task.get_coro())]


async def test_a_failure_that_cannot_be_told_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in telling of it does not leave a connection opening for ever."""
    monkeypatch.setattr("wstui.net.client.classify", lambda *_: 1 // 0)
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{free_port()}/"))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert "telling of it failed" in connection.failure.message
