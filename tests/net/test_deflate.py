"""permessage-deflate follows what was agreed on: all four parameters, both ways, both paths."""

from __future__ import annotations

import asyncio
import random
import zlib
from itertools import product

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

from tests.net_support import (
    entries,
    frame,
    reach,
    read_frame,
    received,
    rows,
    websocket_server,
)
from wstui.core.connection import Connection, FailureKind, State
from wstui.core.entry import Kind
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import ANY, Deflate
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

both_paths = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])

BLOCK = random.Random(7).randbytes(400)
MESSAGES = [
    b"short",
    BLOCK,
    BLOCK,  # the same again: much smaller where messages may refer back
    BLOCK + bytes(600) + BLOCK,  # refers back 1,000 bytes
    random.Random(8).randbytes(20_000) + BLOCK,
    bytes(100_000),
]


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


async def converse(
    deflate: Deflate, factory: ServerPerMessageDeflateFactory, fast: bool
) -> Connection:
    """Send all messages to a server that echoes them."""
    async with (
        serve(echo, "127.0.0.1", 0, compression=None, extensions=[factory]) as server,
        ConnectionPool() as pool,
    ):
        port = next(iter(server.sockets)).getsockname()[1]
        options = ConnectOptions(f"ws://127.0.0.1:{port}/", deflate=deflate, fast=fast)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN, State.FAILED)
        assert connection.failure is None
        for message in MESSAGES:
            pool.send(connection.id, message, Kind.BINARY)
        await received(connection, len(MESSAGES))
        pool.close(connection.id)
        await reach(pool, connection, State.CLOSED)
    found = rows(connection.transcript)
    assert [payload for kind, out, payload in found if kind is Kind.BINARY and not out] == MESSAGES
    return connection


def sizes(connection: Connection, *, outgoing: bool) -> list[int]:
    """Bytes on the wire of each message one way."""
    return [
        entry.wire
        for entry in entries(connection.transcript, Kind.BINARY)
        if entry.outgoing is outgoing
    ]


@both_paths
@pytest.mark.parametrize(("server_alone", "client_alone"), list(product([False, True], repeat=2)))
async def test_context_takeover(server_alone: bool, client_alone: bool, fast: bool) -> None:
    """Each side refers back to earlier messages, or does not, as was agreed on."""
    deflate = Deflate(True, server_alone, client_alone)
    connection = await converse(deflate, ServerPerMessageDeflateFactory(), fast)
    (agreed,) = connection.handshake.extensions
    assert ("server_no_context_takeover" in agreed) is server_alone
    assert ("client_no_context_takeover" in agreed) is client_alone
    for outgoing, alone in ((True, client_alone), (False, server_alone)):
        _, first, again, *_ = sizes(connection, outgoing=outgoing)
        assert first > len(BLOCK)
        assert (again > len(BLOCK)) is alone


@both_paths
@pytest.mark.parametrize("bits", range(9, 16))
async def test_windows(bits: int, fast: bool) -> None:
    """Windows of 9 to 15 bits are offered, agreed on and kept, by each side."""
    deflate = Deflate(True, True, True, bits, bits)
    factory = ServerPerMessageDeflateFactory(client_max_window_bits=bits)
    connection = await converse(deflate, factory, fast)
    (agreed,) = connection.handshake.extensions
    assert f"server_max_window_bits={bits}" in agreed
    assert f"client_max_window_bits={bits}" in agreed
    for outgoing in (False, True):
        twice = sizes(connection, outgoing=outgoing)[3]
        # The second block is 1,000 bytes behind the first; zlib looks back 262 less than it might.
        assert (twice > 2 * len(BLOCK)) is (bits < 11)


@both_paths
@pytest.mark.parametrize("bits", [8, 9, 12, None])
async def test_the_server_chooses_the_clients_window(bits: int | None, fast: bool) -> None:
    """Offered without a value, the server's choice is kept, also one that zlib cannot make."""
    factory = ServerPerMessageDeflateFactory(client_max_window_bits=bits)
    connection = await converse(Deflate(client_max_window_bits=ANY), factory, fast)
    (agreed,) = connection.handshake.extensions
    assert (f"client_max_window_bits={bits}" in agreed) is (bits is not None)
    data = entries(connection.transcript, Kind.BINARY)
    assert all(entry.compressed is (bits != 8) for entry in data if entry.outgoing)
    assert all(entry.compressed for entry in data if not entry.outgoing)


@both_paths
async def test_a_client_window_of_8(fast: bool) -> None:
    """With 8 bits of our own, what is sent stays uncompressed, and all goes well."""
    factory = ServerPerMessageDeflateFactory(client_max_window_bits=15)
    connection = await converse(Deflate(client_max_window_bits=8), factory, fast)
    (agreed,) = connection.handshake.extensions
    assert "client_max_window_bits=8" in agreed
    data = entries(connection.transcript, Kind.BINARY)
    assert not any(entry.compressed for entry in data if entry.outgoing)


@both_paths
async def test_a_server_window_of_8(fast: bool) -> None:
    """A server that agrees to 8 bits, for which zlib looks back 250 bytes, is understood."""
    squeeze = zlib.compressobj(wbits=-9)
    message = BLOCK[:200] * 3
    data = (squeeze.compress(message) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]
    assert len(data) < len(message)

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.BINARY, data, rsv=0x40) + frame(Kind.CLOSE))
        await read_frame(reader)

    headers = "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n"
    async with websocket_server(script, headers) as port, ConnectionPool() as pool:
        options = ConnectOptions(
            f"ws://127.0.0.1:{port}/", deflate=Deflate(server_max_window_bits=8), fast=fast
        )
        connection = pool.connect(options)
        await reach(pool, connection, State.CLOSED)
    assert rows(connection.transcript)[0][2] == message


@pytest.mark.parametrize(
    ("deflate", "answer"),
    [
        (Deflate(server_no_context_takeover=True), ""),
        (Deflate(server_max_window_bits=10), ""),
        (Deflate(server_max_window_bits=10), "; server_max_window_bits=11"),
        (Deflate(client_max_window_bits=None), "; client_max_window_bits=10"),
        (Deflate(client_max_window_bits=10), "; client_max_window_bits=11"),
        (Deflate(client_max_window_bits=8), "; client_max_window_bits=9"),
        (Deflate(), "; client_max_window_bits"),
        (Deflate(), "; mystery"),
        (Deflate(offer=False), ""),
    ],
)
async def test_wrong_agreements(deflate: Deflate, answer: str) -> None:
    """What does not follow from the offer fails, and the failure knows both sides."""
    headers = f"Sec-WebSocket-Extensions: permessage-deflate{answer}\r\n"

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with websocket_server(script, headers) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/", deflate=deflate))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.HANDSHAKE
    assert explain(connection.failure).sentence.startswith("The server agreed to ")
