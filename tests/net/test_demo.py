"""The demonstration server: each endpoint does what it is for."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import islice

import cbor2
import msgpack
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.net_support import PATIENCE, reach, read_request, received, until
from wstui.core.close_codes import refuse_reason
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.net.demo import ENDPOINTS, DemoServer, samples
from wstui.net.pool import ConnectionPool


async def refused(url: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of a handshake that must fail."""
    client = connect(url)
    client.process_redirect = lambda exc: exc  # type: ignore[method-assign]
    with pytest.raises(InvalidStatus) as caught:
        await client
    response = caught.value.response
    return response.status_code, response.body.decode(), dict(response.headers.raw_items())


async def drained(client: ClientConnection) -> None:
    """Read till the end, which is an exception."""
    while True:
        await client.recv()


async def ponged(connection: Connection, count: int) -> None:
    """Wait until so many pongs came in; each entry is looked at once."""
    transcript, seen, number = connection.transcript, 0, 0

    def enough() -> bool:
        nonlocal seen, number
        for number in range(number, len(transcript)):  # noqa: B020
            entry = transcript.entry(number)
            seen += entry.kind is Kind.PONG and not entry.outgoing
        number = len(transcript)
        return seen >= count

    await until(enough)


async def test_echo() -> None:
    """/echo sends text and bytes back as what they came."""
    async with DemoServer() as demo, connect(demo.url("/echo")) as client:
        await client.send("grüß dich")
        assert await client.recv() == "grüß dich"
        await client.send(b"\x00\xff")
        assert await client.recv() == b"\x00\xff"


async def test_ticker() -> None:
    """/ticker sends JSON with rising numbers, and now and then an order book."""
    async with DemoServer() as demo, connect(demo.url("/ticker?rate=1000")) as client:
        ticks = [json.loads(await client.recv()) for _ in range(samples.SNAPSHOT_EVERY)]
    assert [tick["seq"] for tick in ticks] == list(range(1, len(ticks) + 1))
    assert {tick["type"] for tick in ticks} == {"tick", "snapshot"}


async def test_binary() -> None:
    """/binary sends PNG, gzip, MessagePack, CBOR and random bytes in turn, all valid."""
    async with DemoServer() as demo, connect(demo.url("/binary?rate=1000")) as client:
        image, packed, message, concise, noise = [await client.recv(decode=False) for _ in range(5)]
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    assert json.loads(gzip.decompress(packed).split(b"\n")[0])["seq"]
    assert msgpack.unpackb(message) == cbor2.loads(concise)
    assert noise


async def test_fragments() -> None:
    """/fragments sends messages in several frames."""
    async with DemoServer() as demo, connect(demo.url("/fragments?rate=100")) as client:
        parts = [part async for part in client.recv_streaming(decode=True)]
    assert len([part for part in parts if part]) == 4


async def test_only_one_endpoint_compresses() -> None:
    """/compressed agrees to permessage-deflate, and the others do not."""
    async with DemoServer() as demo:
        for path, agreed in (("/compressed", 1), ("/ticker", 0)):
            async with connect(demo.url(path)) as client:
                assert len(client.protocol.extensions) == agreed
                assert json.loads(await client.recv())


async def test_close() -> None:
    """/close closes with the code and the reason that one asks for."""
    async with DemoServer() as demo:
        client = await connect(demo.url("/close?code=4001&reason=bye&after=0"))
        assert "4001" in str(await client.recv())
        await client.wait_closed()
    assert (client.close_code, client.close_reason) == (4001, "bye")


async def test_drop() -> None:
    """/drop resets TCP without a close frame."""
    async with DemoServer() as demo:
        client = await connect(demo.url("/drop?after=0"))
        with pytest.raises(ConnectionClosed) as caught:
            await drained(client)
    assert caught.value.rcvd is None
    assert isinstance(caught.value.__cause__, ConnectionResetError)


async def test_silence() -> None:
    """/silence accepts TCP and the request, and never answers; it ends with the server."""
    async with DemoServer() as demo:
        reader, writer = await asyncio.open_connection("127.0.0.1", demo.port)
        writer.write(b"GET /silence HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n")
        await writer.drain()
        async with connect(demo.url("/echo")) as client:  # in the meantime others are served
            await client.send("x")
            await client.recv()
        assert not reader.at_eof()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await read_request(reader)
    writer.close()


@pytest.mark.parametrize("status", [200, 204, 301, 401, 404, 503, 599])
async def test_reject(status: int) -> None:
    """/reject answers with the status that one asks for, with headers and a body."""
    async with DemoServer() as demo:
        got, body, headers = await refused(demo.url(f"/reject?status={status}"))
    assert got == status
    assert ("asked for it" in body) == (status != 204)
    assert ("Location" in headers) == (status == 301)
    assert ("WWW-Authenticate" in headers) == (status == 401)


async def test_ping() -> None:
    """/ping sends pings at the interval that one asks for."""
    async with DemoServer() as demo, connect(demo.url("/ping?every=0.01")) as client:
        pings = asyncio.Event()
        send_pong = client.protocol.send_frame
        client.protocol.send_frame = lambda frame: (pings.set(), send_pong(frame))[1]  # type: ignore[method-assign,func-returns-value]
        async with asyncio.timeout(PATIENCE):
            await pings.wait()


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["chat.v1", "chat.v2"], "chat.v2"), (["x", "chat.v1"], "chat.v1"), (["x"], None)],
)
async def test_subprotocol(offered: list[str], chosen: str | None) -> None:
    """/subprotocol chooses the better of those that it knows."""
    names = [Subprotocol(name) for name in offered]
    async with DemoServer() as demo:
        async with connect(demo.url("/subprotocol"), subprotocols=names) as client:
            assert client.subprotocol == chosen
        async with connect(demo.url("/echo"), subprotocols=names) as client:
            assert client.subprotocol is None


@pytest.mark.parametrize(("kind", "type_"), [("text", str), ("binary", bytes)])
async def test_big(kind: str, type_: type) -> None:
    """/big sends one message of the size that one asks for."""
    async with (
        DemoServer() as demo,
        connect(demo.url(f"/big?size=3MiB&kind={kind}"), max_size=None) as client,
    ):
        message = await client.recv()
        assert isinstance(message, type_)
        assert len(message) == 3 << 20


@pytest.mark.parametrize("rate", ["0", "500"])
async def test_flood(rate: str) -> None:
    """/flood sends messages of the given size without end, and answers a close all the same."""
    async with DemoServer() as demo, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(demo.url(f"/flood?size=50&rate={rate}")))
        await received(connection, 200)
        assert connection.transcript.entry(5).size == 50
        pool.close(connection.id, 1000)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean


async def test_hostile() -> None:
    """/hostile sends its whole repertoire, and a hostile close reason on request."""
    async with DemoServer() as demo:
        client = await connect(demo.url("/hostile?rate=1000"))
        assert client.response is not None
        assert "\x9b" in client.response.headers["X-Hostile"]
        for payload in samples.HOSTILE:
            assert await client.recv() == payload
        await client.send("close")
        with pytest.raises(ConnectionClosed):
            await drained(client)
    assert (client.close_code, client.close_reason) == (4002, samples.HOSTILE_REASON)
    assert refuse_reason(samples.HOSTILE_REASON) is None


async def test_index() -> None:
    """/ lists all endpoints, to a WebSocket and to a browser."""
    async with DemoServer() as demo:
        async with connect(demo.url()) as client:
            text = str(await client.recv())
        reader, writer = await asyncio.open_connection("127.0.0.1", demo.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        page = (await reader.read()).decode()
        writer.close()
    assert page.startswith("HTTP/1.1 200")
    for path in ENDPOINTS:
        assert path in text
        assert path in page


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "/ticker"),
        ("/ticker?rate=fast", 400, "rate='fast'"),
        ("/ticker?speed=1", 400, "no parameter 'speed'"),
        ("/ticker?rate=nan", 400, "from 0.01"),
        ("/close?code=1006", 400, "never on the wire"),
        ("/close?code=x", 400, "no close code"),
        ("/close?reason=" + "x" * 124, 400, "at most 123"),
        ("/big?size=1GiB", 400, "At most"),
        ("/big?kind=odd", 400, "text or binary"),
        ("/reject?status=700", 400, "from 200"),
        ("/reject?status=200.5", 400, "whole number"),
    ],
)
async def test_bad_requests(path: str, status: int, words: str) -> None:
    """An unknown path or a bad value is refused with a body that helps."""
    async with DemoServer() as demo:
        got, body, _ = await refused(demo.url(path))
    assert got == status
    assert words in body


async def test_it_ends_with_clients_connected() -> None:
    """Leaving the server ends all its clients, busy ones too."""
    async with ConnectionPool() as pool:
        async with DemoServer() as demo:
            paths = ("/flood", "/echo", "/hostile")
            made = [pool.connect(ConnectOptions(demo.url(path))) for path in paths]
            for connection in made:
                await reach(pool, connection, State.OPEN)
        for connection in made:
            await reach(pool, connection, State.CLOSED)


async def test_it_ends_at_once() -> None:
    """Neither a client that asks for nothing nor one whose endpoint sleeps holds up the end."""
    slow = ("/close?after=3600", "/drop?after=3600", "/ticker?rate=0.01", "/hostile?rate=0.01")
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as clients, DemoServer() as demo:
        _, writer = await asyncio.open_connection("127.0.0.1", demo.port)
        clients.callback(writer.close)
        for path in slow:
            client = connect(demo.url(path), ping_interval=None)
            await (await clients.enter_async_context(client)).recv()


@pytest.mark.parametrize(
    "path", ["/ticker", "/binary", "/fragments", "/close?after=60", "/ping", "/flood?rate=5"]
)
async def test_what_nobody_reads(path: str) -> None:
    """A feed that wants nothing still takes what it is sent, and answers pings and a close."""
    async with DemoServer() as demo, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(demo.url(path)))
        await reach(pool, connection, State.OPEN)
        for _ in range(100):
            pool.send(connection.id, b"x" * 1000, Kind.BINARY)
        pool.ping(connection.id)
        await ponged(connection, 1)
        pool.close(connection.id, 1000)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean


@pytest.mark.parametrize("path", ["/big?size=8MiB", "/flood?size=1MiB", "/flood?size=100"])
async def test_pings_amid_large_frames(path: str) -> None:
    """The answer to a ping never lands inside a frame."""
    async with DemoServer() as demo, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(demo.url(path), max_size=None))
        await reach(pool, connection, State.OPEN)
        for _ in range(20):
            pool.ping(connection.id)
            await asyncio.sleep(0)
        await ponged(connection, 20)
        pool.close(connection.id, 1000)
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean


@pytest.mark.parametrize("make", [samples.ticks, samples.binaries])
def test_samples_are_the_same_each_time(make: Callable[[], object]) -> None:
    """The samples do not change from run to run."""
    assert list(islice(make(), 30)) == list(islice(make(), 30))  # type: ignore[call-overload]
