"""The opening handshake is kept as it went over the wire, also when it came to nothing."""

from __future__ import annotations

import asyncio

from tests.net_support import (
    accept,
    close_frame,
    frame,
    reach,
    read_frame,
    read_request,
    tcp_server,
)
from wstui.core.connection import RAW_LIMIT, Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def ask(
    answer: bytes, *, accepts: bool = False, wait: bool = False
) -> tuple[Connection, bytes]:
    """Connect to a server that gives `answer`; the connection at its end, and what was asked."""
    requests: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        requests.append(await read_request(reader))
        writer.write(accept(requests[0]) + answer if accepts else answer)
        if accepts:
            await read_frame(reader)
        if wait:
            await reader.read()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(f"ws://127.0.0.1:{port}/a?b", open_timeout=0.2 if wait else 10)
        connection = pool.connect(options)
        await reach(pool, connection, State.CLOSED, State.FAILED)
    return connection, requests[0]


async def test_of_an_open_connection() -> None:
    """Request and response are kept byte for byte, without the frames right behind them."""
    connection, request = await ask(frame(Kind.TEXT, b"hi") + close_frame(), accepts=True)
    handshake = connection.handshake
    assert handshake.raw_request == request
    assert handshake.raw_response == accept(request)


async def test_of_a_refusal() -> None:
    """A refused request and its response, with the body, are kept with the failure."""
    answer = b"HTTP/1.1 404 Not  Found\r\nserver:x\r\nContent-Length: 4\r\n\r\ngone"
    connection, request = await ask(answer)
    assert connection.failure is not None
    assert connection.failure.raw_request == request
    assert connection.failure.raw_response == answer


async def test_of_half_a_response() -> None:
    """What came of a response before the time-out is kept."""
    connection, request = await ask(b"HTTP/1.1 101 Sw", wait=True)
    assert connection.failure is not None
    assert connection.failure.raw_request == request
    assert connection.failure.raw_response == b"HTTP/1.1 101 Sw"


async def test_of_what_does_not_end() -> None:
    """Of a response that does not end only a bounded part is kept."""
    connection, _ = await ask(b"HTTP/1.1 500 X\r\n" + b"X-Long: 1234567890\r\n" * 20_000)
    assert connection.failure is not None
    assert 0 < len(connection.failure.raw_response) <= RAW_LIMIT


async def test_without_a_request() -> None:
    """Where nothing listens nothing was asked."""
    async with tcp_server(lambda reader, writer: asyncio.sleep(0)) as port:
        pass
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/"))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert (connection.failure.raw_request, connection.failure.raw_response) == (b"", b"")
