"""Ordinary requests over TLS, and over a Unix socket."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.net.serving.http_client import Client, events
from tests.net_support import until
from tests.serving_support import listening
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_tls import ListenTls
from wstui.core.options.pages import Pages
from wstui.net.pool import ConnectionPool

OPEN = ssl.create_default_context()
OPEN.check_hostname = False
OPEN.verify_mode = ssl.CERT_NONE


async def test_requests_over_tls(pool: ConnectionPool, tmp_path: Path) -> None:
    """Pages and large files come over TLS, many requests on a connection."""
    data = hashlib.shake_128(b"x").digest(3 << 20)
    (tmp_path / "large").write_bytes(data)
    options = ListenOptions("0", tls=ListenTls(self_signed=True), pages=Pages(root=str(tmp_path)))
    listener = await listening(pool, options)
    uri = listener.uris[0].replace("wss", "https")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=OPEN)) as session:
        for _ in range(3):
            async with session.get(uri) as answer:
                assert answer.status == 200
                assert b"<title>" in await answer.read()
            async with session.get(f"{uri}/large") as answer:
                assert await answer.read() == data
        async with session.ws_connect(uri.replace("https", "wss")) as socket:
            await socket.close()
    assert listener.tally.requests == 6
    assert listener.tally.accepted == 1


@pytest.mark.parametrize("data", [b"\0\1\2\3", b"GET / HTTP/9.9\r\n", b"GET / HT"])
async def test_garbage_over_tls(pool: ConnectionPool, data: bytes) -> None:
    """It is told and dropped as over plain TCP."""
    options = ListenOptions("0", tls=ListenTls(self_signed=True))
    listener = await listening(pool, options)
    host, _, port = listener.addresses[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=OPEN)
    client = Client(listener, reader, writer)
    client.send(data)
    if data.endswith(b"HT"):
        writer.close()
    else:
        assert (await client.read_all()).startswith(b"HTTP/1.1 ")
        writer.close()
    await until(lambda: listener.tally.dropped == 1)
    assert data[:4].hex(" ") in events(listener)[-1].text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no Unix sockets in asyncio there")
async def test_requests_over_a_unix_socket(pool: ConnectionPool, tmp_path: Path) -> None:
    """A page comes over a Unix socket, and the entry says who asked."""
    path = str(tmp_path / "s")
    listener = await listening(pool, ListenOptions(f"unix:{path}"))
    connector = aiohttp.UnixConnector(path)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://localhost/") as answer,
    ):
        assert answer.status == 200
    assert events(listener)[-1].text.endswith(", for unix 1")
