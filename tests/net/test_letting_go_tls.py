"""Letting go and receiving less over TLS, where the transport can do less."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.net_support import (
    Script,
    accept,
    close_frame,
    frame,
    reach,
    read_frame,
    read_request,
    received,
    until,
)
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.core.options.upkeep import Upkeep
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool


@asynccontextmanager
async def secure(
    pool: ConnectionPool, script: Script, upkeep: Upkeep | None = None
) -> AsyncIterator[Connection]:
    """An open connection over TLS to a server that runs `script`."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept(await read_request(reader)))
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    tls = TlsOptions(trust=authority.cert_pem.bytes().decode())
    options = ConnectOptions(f"wss://localhost:{port}/", tls=tls, upkeep=upkeep or Upkeep())
    connection = pool.connect(options)
    await reach(pool, connection, State.OPEN, State.FAILED)
    assert connection.failure is None
    try:
        yield connection
    finally:
        server.close()


async def test_a_half_close_is_refused_in_words() -> None:
    """TLS ends both directions together, which is said; the connection goes on."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(close_frame())

    async with ConnectionPool() as pool, secure(pool, script) as connection:
        with pytest.raises(Refused, match="TLS cannot end one direction alone"):
            pool.end_sending(connection.id)
        pool.close(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert connection.half_ended is None


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "reset"])
async def test_drops_reach_the_peer(reset: bool) -> None:
    """A peer meets the end of TCP below TLS as what it is."""
    seen: list[str] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen.append("end" if await reader.read() == b"" else "bytes")
        except ConnectionResetError:
            seen.append("reset")

    async with ConnectionPool() as pool, secure(pool, script) as connection:
        pool.drop(connection.id, reset=reset)
        await reach(pool, connection, State.CLOSED)
        await until(lambda: bool(seen))
    assert seen == ["reset" if reset else "end"]


async def test_pauses_and_slow_reading() -> None:
    """Both hold over TLS, too, and everything comes in the end."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        for _ in range(60):
            writer.write(frame(Kind.BINARY, bytes(1000)))
        await read_frame(reader)
        writer.write(close_frame())

    rate = 200_000
    slow = Upkeep(read_rate=rate)
    async with ConnectionPool() as pool, secure(pool, script, slow) as connection:
        loop = asyncio.get_running_loop()
        pool.pause(connection.id)
        begun = loop.time()
        pool.send(connection.id, b"go")
        pool.read_on(connection.id)
        await received(connection, 60)
        assert loop.time() - begun >= (60_000 - 2 * rate * 0.1) / rate
        pool.pause(connection.id)
        pool.send(connection.id, b"end")
        pool.read_on(connection.id)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean
