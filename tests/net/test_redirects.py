"""Redirects that are followed: what is asked at each place, and what is known of the way."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import trustme

from tests.net_support import (
    accept,
    close_frame,
    event_texts,
    free_port,
    reach,
    read_frame,
    read_request,
    tcp_server,
)
from wstui.core.connection import Connection, FailureKind, State
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.http import HttpOptions
from wstui.core.options.tls import TlsOptions
from wstui.core.options.upkeep import Upkeep
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

both_versions = pytest.mark.parametrize("version", ["1.0", "1.1"])


def pointing(location: str, version: str = "1.1", status: int = 302) -> bytes:
    """A response that points to `location`."""
    return (
        f"HTTP/{version} {status} Found\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nno"
    ).encode()


@asynccontextmanager
async def site(pages: Callable[[str], bytes | None], asked: list[bytes]) -> AsyncIterator[int]:
    """A server that answers with the page of a path, or as a WebSocket server where it is None."""

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        asked.append(request)
        page = pages(request.split()[1].decode())
        if page is not None:
            writer.write(page)
            return
        writer.write(accept(request) + close_frame())
        await read_frame(reader)

    async with tcp_server(script) as port:
        yield port


async def end(uri: str, **options: object) -> Connection:
    """Connect, and wait till it is over."""
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.CLOSED, State.FAILED)
    return connection


@both_versions
async def test_two_hops(version: str) -> None:
    """Each hop is followed and recorded: in the transcript, in the handshake, and as bytes."""
    asked: list[bytes] = []
    pages = {"/": pointing("/one?x", version), "/one?x": pointing("two", version, 308)}
    async with site(pages.get, asked) as port:
        uri = f"ws://127.0.0.1:{port}"
        connection = await end(f"{uri}/", http=HttpOptions(redirects=5, bearer="t"))
    assert connection.state is State.CLOSED
    assert [request.split()[1] for request in asked] == [b"/", b"/one?x", b"/two"]
    assert all(b"\r\nAuthorization: Bearer t\r\n" in request for request in asked)
    handshake = connection.handshake
    assert handshake.path == "/two"
    assert [hop.status for hop in handshake.redirects] == [302, 308]
    assert [hop.location for hop in handshake.redirects] == ["/one?x", "two"]
    assert [hop.target for hop in handshake.redirects] == [f"{uri}/one?x", f"{uri}/two"]
    assert [hop.raw_request for hop in handshake.redirects] == asked[:2]
    assert handshake.redirects[0].raw_response.endswith(b"\r\n\r\n")
    assert handshake.raw_request == asked[2]
    assert event_texts(connection.transcript, "redirect") == [
        f"302 Found → {uri}/one?x",
        f"308 Found → {uri}/two",
    ]
    assert connection.options.uri == f"{uri}/"


async def test_credentials_stay() -> None:
    """Another port is another origin: credentials do not go there, other headers do."""
    asked: list[bytes] = []
    async with site(lambda path: None, asked) as port:
        there = f"http://127.0.0.1:{port}/new"
        async with site(lambda path: pointing(there), asked) as first:
            connection = await end(
                f"ws://127.0.0.1:{first}/",
                headers=(("Cookie", "a=b"), ("X-Mine", "c")),
                http=HttpOptions(redirects=1, basic="me:secret"),
            )
    assert connection.state is State.CLOSED
    assert b"Cookie: a=b" in asked[0]
    assert b"Authorization" in asked[0]
    assert b"Cookie" not in asked[1]
    assert b"Authorization" not in asked[1]
    assert b"X-Mine: c" in asked[1]
    assert connection.handshake.redirects[0].dropped == ("Cookie", "the user")
    assert event_texts(connection.transcript, "redirect")[0].endswith("without Cookie, the user")


@pytest.mark.parametrize("far", [True, False], ids=["other", "same"])
async def test_secrets_stay(far: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What references stand for goes to no other origin: in no header, and in no message."""
    monkeypatch.setenv("WSTUI_TEST_TOKEN", "tok-8f2")
    asked: list[bytes] = []
    heard: list[bytes] = []

    async def target(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        asked.append(request)
        if request.startswith(b"GET / "):
            writer.write(pointing("/new"))
            return
        writer.write(accept(request))
        while len(heard) < (1 if far else 2):
            heard.append((await read_frame(reader))[1])
        writer.write(close_frame())
        await read_frame(reader)

    async with tcp_server(target) as port:
        there = f"http://127.0.0.1:{port}/new"
        async with site(lambda path: pointing(there), asked) as first:
            connection = await end(
                f"ws://127.0.0.1:{first if far else port}/",
                headers=(("X-Key", "k ${env:WSTUI_TEST_TOKEN}"), ("X-Mine", "c")),
                on_connect=('{"auth":"${env:WSTUI_TEST_TOKEN}"}', "hello"),
                upkeep=Upkeep(heartbeat="${env:WSTUI_TEST_TOKEN}", heartbeat_interval=1.0),
                http=HttpOptions(redirects=1),
            )
    assert connection.state is State.CLOSED
    assert b"tok-8f2" in asked[0]
    assert b"X-Mine: c" in asked[1]
    assert (b"tok-8f2" in asked[1]) is not far
    assert heard == [b"hello"] if far else [b'{"auth":"tok-8f2"}', b"hello"]
    assert bool(connection.resolved.upkeep.heartbeat) is not far
    (text,) = event_texts(connection.transcript, "redirect")
    words = "X-Key, messages on connect with secrets, the heartbeat"
    assert text.endswith(f" · without {words}") is far


async def test_endless_redirects() -> None:
    """At the limit it ends, and the failure has all that were followed."""
    asked: list[bytes] = []
    async with site(lambda path: pointing(f"{path}x"), asked) as port:
        connection = await end(f"ws://127.0.0.1:{port}/", http=HttpOptions(redirects=3))
    failure = connection.failure
    assert failure is not None
    assert (failure.kind, failure.status) == (FailureKind.REDIRECT, 302)
    assert len(asked) == 4
    assert len(failure.redirects) == 3
    assert failure.raw_request == asked[3]
    assert "3 redirects were followed" in failure.message
    assert failure.body == b"no"


async def test_a_redirect_to_nowhere() -> None:
    """The failure after a redirect is that of the last place, not of the first."""
    port = free_port()
    asked: list[bytes] = []
    async with site(lambda path: pointing(f"ws://127.0.0.1:{port}/"), asked) as first:
        connection = await end(f"ws://127.0.0.1:{first}/", http=HttpOptions(redirects=1))
    failure = connection.failure
    assert failure is not None
    assert (failure.kind, failure.port) == (FailureKind.REFUSED, port)
    assert (failure.raw_request, failure.raw_response, failure.status) == (b"", b"", None)
    assert len(failure.redirects) == 1


@pytest.mark.parametrize("location", ["", "ftp://x/", "ws://127.0.0.1:0/"])
async def test_useless_locations(location: str) -> None:
    """A place where no WebSocket can be is not followed."""
    asked: list[bytes] = []
    async with site(lambda path: pointing(location) if path == "/" else None, asked) as port:
        connection = await end(f"ws://127.0.0.1:{port}/", http=HttpOptions(redirects=1))
    if location:
        assert connection.failure is not None
        assert connection.failure.kind is FailureKind.REDIRECT
        assert len(asked) == 1
    else:  # an empty reference is the same place again
        assert connection.failure is not None
        assert len(asked) == 2


async def test_from_plain_to_tls_and_back() -> None:
    """To TLS is followed, with its check; back to plain text only where that was allowed."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    asked: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        asked.append(request)
        writer.write(pointing(f"http://127.0.0.1:{plain}/end"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(script, "127.0.0.1", 0, ssl=context)
    secure = server.sockets[0].getsockname()[1]
    page = pointing(f"https://127.0.0.1:{secure}/tls")
    async with server, site(lambda path: None if path == "/end" else page, asked) as plain:
        pem = authority.cert_pem.bytes().decode()
        for allowed in (False, True):
            connection = await end(
                f"ws://127.0.0.1:{plain}/",
                http=HttpOptions(redirects=2, to_plain=allowed),
                tls=TlsOptions(trust=pem),
            )
            if allowed:
                assert connection.handshake.path == "/end"
            else:
                assert connection.failure is not None
                assert connection.failure.kind is FailureKind.REDIRECT
                assert "from wss" in connection.failure.message
            assert len(connection.redirects) == 1 + allowed


async def test_not_followed_by_default() -> None:
    """Without the option a redirect is told, and how to follow it."""
    asked: list[bytes] = []
    async with site(lambda path: pointing("/new"), asked) as port:
        connection = await end(f"ws://127.0.0.1:{port}/")
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.STATUS
    assert len(asked) == 1
