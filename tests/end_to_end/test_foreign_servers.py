"""Against servers that nobody here wrote: aiohttp, wsproto, npm's ws and socket.io, nginx."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import trustme
import wsproto
import wsproto.events as events
from aiohttp import WSMsgType, web

from tests.net_support import (
    entries,
    free_port,
    listens,
    reach,
    received,
    rows,
    tcp_server,
    until,
)
from wstui.core.connection import CloseFrame, Connection, Failure, FailureKind, State
from wstui.core.entry import Kind
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import Deflate
from wstui.core.options.http import HttpOptions
from wstui.core.options.tls import TlsOptions
from wstui.net.pool import ConnectionPool

FAST = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])


async def opened(pool: ConnectionPool, options: ConnectOptions) -> Connection:
    """An open connection."""
    connection = pool.connect(options)
    await reach(pool, connection, State.OPEN, State.FAILED)
    assert connection.failure is None, connection.failure
    return connection


async def failed(options: ConnectOptions) -> Failure:
    """Why a connection that must fail does."""
    async with ConnectionPool() as pool:
        connection = pool.connect(options)
        await reach(pool, connection, State.FAILED)
        assert connection.failure is not None
        return connection.failure


def incoming(connection: Connection, kind: Kind = Kind.TEXT) -> list[bytes]:
    """Payloads of what was received."""
    return [payload for found, outgoing, payload in rows(connection.transcript)
            if found is kind and not outgoing]  # fmt: skip


# aiohttp


async def echo(request: web.Request) -> web.WebSocketResponse:
    """An echo that closes on request, written with aiohttp."""
    peer = web.WebSocketResponse(protocols=("chat.v2",), compress=request.path == "/deflate")
    await peer.prepare(request)
    async for message in peer:
        if message.data == "close":
            await peer.close(code=4001, message=b"bye")
        elif message.data == "ping":
            await peer.ping(b"from aiohttp")
        elif message.type is WSMsgType.TEXT:
            await peer.send_str(message.data)
        else:
            await peer.send_bytes(message.data)
    return peer


@asynccontextmanager
async def aiohttp_server() -> AsyncIterator[int]:
    """The echo, and a page."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()

    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound("/echo")

    app.add_routes([web.get("/echo", echo), web.get("/deflate", echo), web.get("/page", page)])
    app.add_routes([web.get("/moved", moved)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@FAST
@pytest.mark.parametrize("path", ["/echo", "/deflate"])
async def test_aiohttp(fast: bool, path: str) -> None:
    """Text, bytes, pings, a subprotocol, compression and a close by code work with aiohttp."""
    async with aiohttp_server() as port, ConnectionPool() as pool:
        options = ConnectOptions(
            f"ws://127.0.0.1:{port}{path}", subprotocols=("chat.v1", "chat.v2"), fast=fast
        )
        connection = await opened(pool, options)
        assert connection.handshake.subprotocol == "chat.v2"
        assert bool(connection.handshake.extensions) == (path == "/deflate")
        pool.send(connection.id, "grüß dich".encode())
        pool.send(connection.id, bytes(range(256)) * 300, Kind.BINARY)
        await received(connection, 2)
        pool.send(connection.id, b"ping")
        await until(lambda: bool(incoming(connection, Kind.PING)))
        pool.send(connection.id, b"close")
        await reach(pool, connection, State.CLOSED)
    assert incoming(connection) == ["grüß dich".encode()]
    assert incoming(connection, Kind.BINARY) == [bytes(range(256)) * 300]
    assert incoming(connection, Kind.PING) == [b"from aiohttp"]
    assert entries(connection.transcript, Kind.BINARY)[-1].compressed == (path == "/deflate")
    record = connection.close
    assert record is not None
    assert (record.received, record.by_us, record.clean) == (CloseFrame(4001, "bye"), False, True)


OFFERS = (
    Deflate(server_no_context_takeover=True),
    Deflate(client_no_context_takeover=True),
    Deflate(server_max_window_bits=9),
    Deflate(client_max_window_bits=8),
    Deflate(client_max_window_bits=9),
    Deflate(True, True, True, 15, 15),
    Deflate(client_max_window_bits=None),
)


async def talk_compressed(uri: str, deflate: Deflate, fast: bool) -> Connection:
    """Send the same message three times, and one that refers far back, to an echo."""
    random = Random(1).randbytes(3000)
    messages = [random, random, random, random * 2 + bytes(100_000)]
    async with ConnectionPool() as pool:
        options = ConnectOptions(uri, subprotocols=("chat.v2",), deflate=deflate, fast=fast)
        connection = await opened(pool, options)
        for message in messages:
            pool.send(connection.id, message, Kind.BINARY)
        await received(connection, len(messages))
        pool.drop(connection.id)
    assert incoming(connection, Kind.BINARY) == messages
    return connection


@FAST
@pytest.mark.parametrize(
    "deflate", [offer for offer in OFFERS if offer.server_max_window_bits != 15]
)
async def test_aiohttp_deflate(fast: bool, deflate: Deflate) -> None:
    """Messages come back from aiohttp with each parameter of compression."""
    async with aiohttp_server() as port:
        await talk_compressed(f"ws://127.0.0.1:{port}/deflate", deflate, fast)


async def test_aiohttp_redirect() -> None:
    """A redirect of aiohttp is followed, and the connection is open at its end."""
    async with aiohttp_server() as port, ConnectionPool() as pool:
        http = HttpOptions(redirects=1)
        connection = await opened(pool, ConnectOptions(f"ws://127.0.0.1:{port}/moved", http=http))
        assert connection.handshake.path == "/echo"
        (redirect,) = connection.handshake.redirects
        pool.drop(connection.id)
    assert (redirect.status, redirect.location) == (302, "/echo")


async def test_aiohttp_forgets_a_window() -> None:
    """aiohttp leaves out a window of 15 bits that was asked for, which RFC 7692 does not allow."""
    async with aiohttp_server() as port:
        deflate = Deflate(server_max_window_bits=15)
        failure = await failed(ConnectOptions(f"ws://127.0.0.1:{port}/deflate", deflate=deflate))
    assert "without server_max_window_bits, which was asked for" in explain(failure).sentence


async def test_aiohttp_page() -> None:
    """A page and a missing path of aiohttp fail with their status."""
    async with aiohttp_server() as port:
        page = await failed(ConnectOptions(f"ws://127.0.0.1:{port}/page"))
        missing = await failed(ConnectOptions(f"ws://127.0.0.1:{port}/nowhere"))
    assert (page.kind, page.status, page.body) == (FailureKind.STATUS, 200, b"hello")
    assert (missing.kind, missing.status) == (FailureKind.STATUS, 404)


# wsproto


async def wsproto_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An echo written with wsproto."""
    protocol = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    while True:
        data = await reader.read(65536)
        protocol.receive_data(data or None)
        for event in protocol.events():
            answer: events.Event | None = None
            if isinstance(event, events.Request):
                answer = events.AcceptConnection()
            elif isinstance(event, events.TextMessage):
                answer = events.TextMessage(data=event.data, message_finished=False)
                writer.write(protocol.send(answer))
                answer = events.TextMessage(data="!", message_finished=True)
            elif isinstance(event, events.Ping | events.CloseConnection):
                answer = event.response()
            if answer is not None:
                writer.write(protocol.send(answer))
            if isinstance(event, events.CloseConnection):
                return


@FAST
async def test_wsproto(fast: bool) -> None:
    """Fragments, pings and our close work with wsproto."""
    async with tcp_server(wsproto_echo) as port, ConnectionPool() as pool:
        connection = await opened(pool, ConnectOptions(f"ws://127.0.0.1:{port}/", fast=fast))
        pool.send(connection.id, b"hello")
        pool.ping(connection.id, b"p")
        await received(connection, 1)
        await until(lambda: connection.rtt is not None)
        pool.close(connection.id, 3000, "done")
        await reach(pool, connection, State.CLOSED)
    assert incoming(connection) == [b"hello!"]
    number = entries(connection.transcript, Kind.TEXT)[-1].number
    assert len(connection.transcript.fragments(number)) == 2
    assert connection.close is not None
    assert connection.close.received == CloseFrame(3000, "done")
    assert connection.close.clean


# npm's ws and socket.io


@pytest.fixture(scope="module")
def node_ports() -> Iterator[tuple[int, int]]:
    """Ports of a server written with `ws` and of one written with `socket.io`."""
    folder = os.environ.get("WSTUI_NODE_MODULES")
    if folder is None or shutil.which("node") is None:
        pytest.skip("node, or WSTUI_NODE_MODULES with the packages ws and socket.io, is missing")
    modules = Path(folder) / "node_modules"
    if not (modules / "ws").is_dir() or not (modules / "socket.io").is_dir():
        pytest.skip("the npm packages ws and socket.io are not installed")
    process = subprocess.Popen(
        ["node", str(Path(__file__).with_name("ws_server.js"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "NODE_PATH": str(modules)},
    )
    assert process.stdout is not None
    plain, io = process.stdout.readline().split()
    yield int(plain), int(io)
    process.communicate(timeout=10)


@FAST
async def test_npm_ws(fast: bool, node_ports: tuple[int, int]) -> None:
    """Compression with context takeover, fragments, pings and a close work with npm's ws."""
    async with ConnectionPool() as pool:
        options = ConnectOptions(
            f"ws://127.0.0.1:{node_ports[0]}/", subprotocols=("chat.v2",), fast=fast
        )
        connection = await opened(pool, options)
        assert connection.handshake.subprotocol == "chat.v2"
        assert connection.handshake.extensions == ("permessage-deflate",)
        for _ in range(3):
            pool.send(connection.id, b"the same again " * 20)
        pool.send(connection.id, b"\x00\xff" * 40_000, Kind.BINARY)
        pool.send(connection.id, b"fragments")
        await received(connection, 5)
        pool.send(connection.id, b"ping")
        await until(lambda: bool(incoming(connection, Kind.PING)))
        pool.send(connection.id, b"close")
        await reach(pool, connection, State.CLOSED)
    assert incoming(connection) == [b"the same again " * 20] * 3 + [b"one two three"]
    assert incoming(connection, Kind.BINARY) == [b"\x00\xff" * 40_000]
    found = [entry for entry in entries(connection.transcript, Kind.TEXT) if not entry.outgoing]
    assert all(entry.compressed for entry in found)
    assert found[2].wire < found[0].wire < found[0].size
    assert connection.close is not None
    assert connection.close.received == CloseFrame(4001, "bye")


@FAST
@pytest.mark.parametrize("deflate", [*OFFERS, Deflate(server_max_window_bits=8)])
async def test_npm_ws_deflate(fast: bool, deflate: Deflate, node_ports: tuple[int, int]) -> None:
    """npm's ws agrees to each parameter of compression, and each side keeps to it."""
    uri = f"ws://127.0.0.1:{node_ports[0]}/"
    connection = await talk_compressed(uri, deflate, fast)
    (agreed,) = connection.handshake.extensions
    for name, value in deflate.parameters:
        if value is not None or name.endswith("takeover"):
            assert (name if value is None else f"{name}={value}") in agreed
    data = entries(connection.transcript, Kind.BINARY)
    again = {entry.outgoing: entry.wire for entry in data[2:] if entry.size == 3000}
    for outgoing, alone, bits in (
        (True, deflate.client_no_context_takeover, deflate.client_max_window_bits),
        (False, deflate.server_no_context_takeover, deflate.server_max_window_bits),
    ):
        # What was sent before is 3,000 bytes back.
        assert (again[outgoing] > 2900) is (alone or bits in (8, 9))


async def test_socket_io(node_ports: tuple[int, int]) -> None:
    """Engine.IO's open packet, Socket.IO's connect, an event and its answer are all seen."""
    uri = f"ws://127.0.0.1:{node_ports[1]}/socket.io/?EIO=4&transport=websocket"
    async with ConnectionPool() as pool:
        connection = await opened(pool, ConnectOptions(uri))
        await received(connection, 1)
        pool.send(connection.id, b"40")
        await until(lambda: any(text.startswith(b"40{") for text in incoming(connection)))
        pool.send(connection.id, b'42["hello","world"]')
        await until(lambda: b'42["echo","world"]' in incoming(connection))
        await until(lambda: b"2" in incoming(connection))  # its own heartbeat, as a message
        pool.close(connection.id, 1000)
        await reach(pool, connection, State.CLOSED)
    assert incoming(connection)[0].startswith(b'0{"sid":')


# nginx

CONFIG = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/chain.pem;
    ssl_certificate_key {folder}/key.pem;
    {more}
    location /echo {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
    }}
  }}
}}
"""


@asynccontextmanager
async def nginx(folder: Path, upstream: int, more: str = "") -> AsyncIterator[int]:
    """nginx with TLS before an upstream. The authority's certificate is in ``ca.pem``, one that it
    issued to a client, with its key, in ``client.pem``. `more` are directives for the server."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    client = authority.issue_cert("client@example.org")
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "chain.pem"), append=True)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, upstream=upstream, more=more))
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(config), "-e", str(folder / "error.log"), "-g", "user root;"
    )
    try:
        await until(lambda: listens(port) or process.returncode is not None)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def test_nginx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS through nginx to aiohttp works; what nginx refuses is explained."""
    async with aiohttp_server() as upstream, nginx(tmp_path, upstream) as port:
        unknown = await failed(ConnectOptions(f"wss://localhost:{port}/echo"))
        plain = await failed(ConnectOptions(f"ws://localhost:{port}/echo"))
        swapped = await failed(ConnectOptions(f"wss://localhost:{upstream}/echo"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        wrong_name = await failed(ConnectOptions(f"wss://127.0.0.1:{port}/echo"))
        missing = await failed(ConnectOptions(f"wss://localhost:{port}/nowhere"))
        async with ConnectionPool() as pool:
            connection = await opened(pool, ConnectOptions(f"wss://localhost:{port}/echo"))
            pool.send(connection.id, b"through nginx")
            await received(connection, 1)
            pool.close(connection.id, 4001, "bye")
            await reach(pool, connection, State.CLOSED)
    assert unknown.kind is FailureKind.CERTIFICATE
    assert plain.kind is FailureKind.PLAIN_TO_TLS
    assert swapped.kind in (FailureKind.TLS_TO_PLAIN, FailureKind.TLS)
    assert wrong_name.kind is FailureKind.CERTIFICATE
    assert (missing.kind, missing.status) == (FailureKind.STATUS, 404)
    assert any(name == "Server" and "nginx" in value for name, value in missing.headers)
    assert incoming(connection) == [b"through nginx"]
    assert connection.handshake.tls is not None
    assert connection.handshake.tls.version.startswith("TLSv1.")
    assert connection.close is not None
    assert connection.close.clean


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_nginx_with_client_certificates(tmp_path: Path, version: str) -> None:
    """nginx lets the holder of a certificate in; what others lack is explained."""
    stranger = trustme.CA().issue_cert("stranger@example.org")
    stranger.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "stranger.pem"))
    wants = f"ssl_client_certificate {tmp_path}/ca.pem; ssl_verify_client on;"
    trust = TlsOptions(trust=str(tmp_path / "ca.pem"))
    more = f"{wants} ssl_protocols {version};"
    async with aiohttp_server() as upstream, nginx(tmp_path, upstream, more) as port:
        options = ConnectOptions(f"wss://localhost:{port}/echo", tls=trust)
        nobody = await failed(options)
        other = replace(trust, certificate=str(tmp_path / "stranger.pem"))
        unknown = await failed(replace(options, tls=other))
        known = replace(trust, certificate=str(tmp_path / "client.pem"))
        async with ConnectionPool() as pool:
            connection = await opened(pool, replace(options, tls=known))
            pool.send(connection.id, b"let me in")
            await received(connection, 1)
            pool.close(connection.id)
            await reach(pool, connection, State.CLOSED)
    assert incoming(connection) == [b"let me in"]
    assert connection.handshake.tls is not None
    assert connection.handshake.tls.version == version
    for failure in (nobody, unknown):
        assert (failure.kind, failure.status) == (FailureKind.STATUS, 400)
        assert "--cert" in explain(failure).hint
