"""Through proxies: HTTP, HTTPS and SOCKS, what they are asked, and TLS behind them."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme

from tests.net_support import free_port, reach, read_request, tcp_server, until
from tests.proxy_support import (
    Asked,
    basic,
    greet,
    http_proxy,
    names,
    socks4_proxy,
    socks5_proxy,
    tls_server,
)
from wstui.core.connection import Connection, Failure, FailureKind, State, Step
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.proxy import ProxyOptions
from wstui.core.options.route import Address, Route
from wstui.net import dial
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this system trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    """TLS of a server with this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def through(proxy: str | ProxyOptions, uri: str, **options: object) -> Connection:
    """A connection to `greet` through a proxy, that was open once, its greeting received."""
    settings = ProxyOptions(proxy) if isinstance(proxy, str) else proxy
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, proxy=settings, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.OPEN, State.FAILED)
        assert connection.failure is None, connection.failure
        await until(lambda: connection.transcript.received > 0)
        pool.send(connection.id, b"hello")
        await reach(pool, connection, State.CLOSED)
    assert connection.close is not None
    assert connection.close.clean
    return connection


async def failed(
    proxy: str | ProxyOptions, uri: str = "ws://feed.example/", **options: object
) -> Failure:
    """Why a connection through a proxy fails."""
    settings = ProxyOptions(proxy) if isinstance(proxy, str) else proxy
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, proxy=settings, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    return connection.failure


def words(failure: Failure) -> str:
    """A failure as it is told."""
    return " ".join(explain(failure))


# HTTP


async def test_connect() -> None:
    """The proxy is asked for the server's name; steps, addresses and the proxy are kept."""
    asked = Asked()
    async with tcp_server(greet) as port, tcp_server(http_proxy(asked, port)) as proxy:
        connection = await through(
            f"http://127.0.0.1:{proxy}", "ws://feed.example/", user_agent="me"
        )
    assert asked.requests == [
        b"CONNECT feed.example:80 HTTP/1.1\r\nHost: feed.example:80\r\nUser-Agent: me\r\n\r\n"
    ]
    assert [step for step, _ in connection.steps] == [Step.TCP, Step.PROXY, Step.HTTP]
    assert connection.handshake.proxy == f"http://127.0.0.1:{proxy}"
    assert connection.handshake.remote == f"127.0.0.1:{proxy}"


async def test_where_to_behind_a_proxy() -> None:
    """The other address that is connected to is what the proxy is asked for."""
    asked = Asked()
    async with tcp_server(greet) as port, tcp_server(http_proxy(asked, port)) as proxy:
        await through(
            f"http://127.0.0.1:{proxy}",
            "ws://feed.example/",
            route=Route(connect_to=Address("::2", 99), local_address="127.0.0.1"),
        )
    assert asked.requests[0].startswith(b"CONNECT [::2]:99 HTTP/1.1\r\nHost: [::2]:99\r\n")


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_credentials(scheme: str, authority: trustme.CA) -> None:
    """User and password are told to the proxy, in UTF-8, and never to the server."""
    asked, requests = Asked(), []

    async def script(reader: Reader, writer: Writer) -> None:
        requests.append(await read_request(reader))

    context = server_tls(authority, "feed.example")
    server = tls_server(script, context) if scheme == "wss" else tcp_server(script)
    async with server as port, tcp_server(http_proxy(asked, port)) as proxy:
        settings = ProxyOptions(f"127.0.0.1:{proxy}", "me", "pä:ss")
        await failed(settings, f"{scheme}://feed.example/")
    assert basic("me", "pä:ss") in asked.requests[0]
    assert b"Proxy-" not in requests[0]


async def test_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password may be a reference, in the proxy's uri or beside it, whatever signs it holds."""
    asked = Asked()
    monkeypatch.setenv("PROXY_SECRET", "s:e/cr@t%41")
    async with tcp_server(greet) as port, tcp_server(http_proxy(asked, port)) as proxy:
        place = f"127.0.0.1:{proxy}"
        for options in (
            ProxyOptions(f"http://me:${{env:PROXY_SECRET}}@{place}"),
            ProxyOptions(f"http://{place}", "me", "${env:PROXY_SECRET}"),
        ):
            connection = await through(options, "ws://feed.example/")
            assert connection.handshake.proxy == f"http://{place}"
    assert [basic("me", "s:e/cr@t%41") in request for request in asked.requests] == [True, True]


async def test_tls_through_a_proxy(authority: trustme.CA) -> None:
    """TLS to the server is one step more, and checks the server's name, not the proxy's."""
    asked = Asked()
    context = server_tls(authority, "feed.example")
    async with tls_server(greet, context) as port, tcp_server(http_proxy(asked, port)) as proxy:
        connection = await through(f"http://127.0.0.1:{proxy}", "wss://feed.example/")
        assert asked.requests[0].startswith(b"CONNECT feed.example:443 ")
        wrong = await failed(f"http://127.0.0.1:{proxy}", "wss://other.example/")
    steps = [Step.TCP, Step.PROXY, Step.TLS, Step.HTTP]
    assert [step for step, _ in connection.steps] == steps
    assert connection.handshake.tls
    assert (wrong.kind, wrong.at_proxy) == (FailureKind.CERTIFICATE, False)
    assert "other.example" in words(wrong)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_an_https_proxy(scheme: str, authority: trustme.CA) -> None:
    """The dialogue with an https proxy is encrypted, TLS to the server inside of it."""
    asked = Asked()
    context = server_tls(authority, "feed.example")
    server = tls_server(greet, context) if scheme == "wss" else tcp_server(greet)
    async with (
        server as port,
        tls_server(http_proxy(asked, port), server_tls(authority, "localhost")) as proxy,
    ):
        connection = await through(f"https://localhost:{proxy}", f"{scheme}://feed.example/")
    inner = [Step.TLS, Step.HTTP] if scheme == "wss" else [Step.HTTP]
    steps = [Step.NAME, Step.TCP, Step.PROXY_TLS, Step.PROXY, *inner]
    assert [step for step, _ in connection.steps] == steps
    assert len(asked.requests) == 1


async def test_tls_of_the_proxy(authority: trustme.CA) -> None:
    """An https proxy that is not who it should be is not told anything, unless that is wanted."""
    asked = Asked()
    context = server_tls(authority, "other.example")
    async with tcp_server(greet) as port, tls_server(http_proxy(asked, port), context) as proxy:
        uri = f"https://localhost:{proxy}"
        failure = await failed(uri)
        assert (failure.kind, failure.at_proxy) == (FailureKind.CERTIFICATE, True)
        assert failure.step is Step.PROXY_TLS
        assert "--proxy-insecure" in words(failure)
        assert asked.requests == []
        await through(ProxyOptions(uri, trust="NONE"), "ws://feed.example/")


async def test_https_to_a_plain_proxy() -> None:
    """A proxy that speaks plain HTTP is recognised."""
    async with tcp_server(http_proxy(Asked(), 1)) as proxy:
        failure = await failed(f"https://127.0.0.1:{proxy}", open_timeout=0.1)
        assert failure.step is Step.PROXY_TLS  # it waits for the end of a request

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with tcp_server(script) as proxy:
        failure = await failed(f"https://127.0.0.1:{proxy}")
    assert failure.kind is FailureKind.TLS_TO_PLAIN
    assert "write it as http://" in words(failure)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_bytes_right_behind_the_answer(scheme: str, authority: trustme.CA) -> None:
    """What a server says before it is asked comes in the proxy's own segment, and is not lost."""

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n")
        await writer.drain()
        await read_request(reader)
        writer.write(b"bye")

    context = server_tls(authority, "localhost")
    proxy = tls_server(script, context) if scheme == "https" else tcp_server(script)
    async with proxy as port:
        failure = await failed(f"{scheme}://localhost:{port}")
        assert (failure.kind, failure.status) == (FailureKind.STATUS, 403)
        assert (failure.body, failure.at_proxy) == (b"bye", False)
        assert f"through the proxy {scheme}://localhost:{port}" in words(failure)
        early = await failed(f"{scheme}://localhost:{port}", "wss://feed.example/")
    assert early.kind is FailureKind.TLS_TO_PLAIN
    assert early.body.startswith(b"HTTP/1.1 403 No")


# SOCKS


@pytest.mark.parametrize(
    ("scheme", "asked_for"),
    [("socks5h", "feed.example"), ("socks5", "127.0.0.9"), ("socks4a", "feed.example"),
     ("socks4", "127.0.0.9")],
)  # fmt: skip
async def test_socks(monkeypatch: pytest.MonkeyPatch, scheme: str, asked_for: str) -> None:
    """With h and 4a the proxy looks names up, without them this side does."""
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", names({"feed.example": "127.0.0.9"}))
    asked = Asked()
    kind = socks5_proxy if scheme.startswith("socks5") else socks4_proxy
    async with tcp_server(greet) as port, tcp_server(kind(asked, port)) as proxy:
        connection = await through(f"{scheme}://127.0.0.1:{proxy}", "ws://feed.example/")
    assert asked.targets == [(asked_for, 80)]
    looked_up = [] if asked_for == "feed.example" else [Step.NAME]
    steps = [*looked_up, Step.TCP, Step.PROXY, Step.HTTP]
    assert [step for step, _ in connection.steps] == steps
    assert connection.handshake.proxy == f"{scheme}://127.0.0.1:{proxy}"


async def test_socks_credentials_and_tls(authority: trustme.CA) -> None:
    """User and password are told to a SOCKS5 proxy; TLS goes through it."""
    asked = Asked()
    context = server_tls(authority, "feed.example")
    async with (
        tls_server(greet, context) as port,
        tcp_server(socks5_proxy(asked, port, password="secret")) as proxy,
    ):
        place = f"127.0.0.1:{proxy}"
        await through(f"socks5h://me:secret@{place}", "wss://feed.example/")
        wrong = await failed(ProxyOptions(f"socks5h://{place}", "me", "guess"))
        nobody = await failed(f"socks5h://{place}")
    assert asked.credentials == [("me", "secret"), ("me", "guess")]
    assert asked.targets == [("feed.example", 443)]
    for failure in (wrong, nobody):
        assert (failure.kind, failure.step) == (FailureKind.PROXY_AUTH, Step.PROXY)
        assert "--proxy-user" in words(failure)


async def test_socks4_user() -> None:
    """A SOCKS4 proxy is told a user, and refuses in its own numbers."""
    asked = Asked()
    async with tcp_server(greet) as port:
        async with tcp_server(socks4_proxy(asked, port)) as proxy:
            await through(f"socks4a://me@127.0.0.1:{proxy}", "ws://feed.example/")
        async with tcp_server(socks4_proxy(asked, port, reply=0x5B)) as proxy:
            refused = await failed(f"socks4a://127.0.0.1:{proxy}")
        async with tcp_server(socks4_proxy(asked, port, reply=0x5D)) as proxy:
            unknown = await failed(f"socks4a://127.0.0.1:{proxy}")
    assert asked.credentials[0] == ("me", "")
    assert refused.kind is FailureKind.PROXY_REPLY
    assert "(reply 91)" in words(refused)
    assert unknown.kind is FailureKind.PROXY_AUTH


@pytest.mark.parametrize(
    ("reply", "about"),
    [(1, "failure"), (2, "not allowed"), (3, "unreachable"), (4, "unreachable"),
     (5, "refused"), (6, "TTL"), (7, "not supported"), (8, "-4")],
)  # fmt: skip
async def test_socks5_replies(reply: int, about: str) -> None:
    """A SOCKS5 proxy's numbers are told in words."""
    async with tcp_server(socks5_proxy(Asked(), 1, reply=reply)) as proxy:
        failure = await failed(f"socks5h://127.0.0.1:{proxy}")
    assert failure.kind is FailureKind.PROXY_REPLY
    assert f"(reply {reply})" in words(failure)
    assert about in words(failure)


async def test_socks4_and_ipv6() -> None:
    """SOCKS4 has no room for an IPv6 address, which is said before anything is asked."""
    asked = Asked()
    async with tcp_server(socks4_proxy(asked, 1)) as proxy:
        for scheme in ("socks4", "socks4a"):
            failure = await failed(f"{scheme}://127.0.0.1:{proxy}", "ws://[::1]:9/")
            assert failure.kind is FailureKind.PROXY_REPLY
            assert "no IPv6" in words(failure)
    assert asked.targets == []


async def test_bytes_right_behind_a_socks_answer() -> None:
    """A SOCKS dialogue reads not a byte too much."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(3)
        writer.write(b"\5\0")
        await reader.read(100)
        writer.write(b"\5\0\0\1" + bytes(6) + b"SSH-2.0-early\r\n")
        await read_request(reader)

    async with tcp_server(script) as proxy:
        failure = await failed(f"socks5h://127.0.0.1:{proxy}")
    assert (failure.kind, failure.body) == (FailureKind.NOT_HTTP, b"SSH-2.0-early\r\n")


# The system's


async def test_the_system_s_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used, but not for this machine, nor for what NO_PROXY holds."""
    asked = Asked()
    async with tcp_server(greet) as port, tcp_server(http_proxy(asked, port)) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ws_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("all_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("no_proxy", "127.8.0.0/16")
        connection = await through(ProxyOptions(), "ws://feed.example/")
        assert connection.handshake.proxy == f"http://127.0.0.1:{proxy}"
        direct = await through(ProxyOptions(), f"ws://127.0.0.1:{port}/")
        assert direct.handshake.proxy == ""
        told = ProxyOptions(loopback=True)
        local = await through(told, f"ws://127.0.0.1:{port}/")
        assert local.handshake.proxy
        exempt = await failed(told, f"ws://127.8.0.1:{port}/")
        assert (exempt.kind, exempt.proxy) == (FailureKind.REFUSED, "")
        none = ProxyOptions("none", loopback=True)
        assert (await through(none, f"ws://127.0.0.1:{port}/")).handshake.proxy == ""
    assert len(asked.requests) == 2


async def test_a_bad_proxy_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails the connection before anything goes out, and says where it comes from."""
    monkeypatch.setenv("ws_proxy", "gopher://u:secret@p")
    failure = await failed(ProxyOptions())
    assert failure.kind is FailureKind.OPTIONS
    assert "system's proxy for ws" in words(failure)
    assert "secret" not in words(failure)


@pytest.mark.parametrize("bypassed", [True, False])
async def test_systems_with_settings(monkeypatch: pytest.MonkeyPatch, bypassed: bool) -> None:
    """Where the system itself has settings for proxies, it is also asked for its exceptions."""
    monkeypatch.setattr(dial, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setattr("urllib.request.getproxies", lambda: {"https": "http://p:1"})
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda host: bypassed)
    found = await dial.system_proxies("feed.example")
    assert found == ({} if bypassed else {"https": "http://p:1"})


# Not reached


async def test_no_proxy_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the proxy could not be reached is not told as if it were the server."""
    refused = await failed(f"http://127.0.0.1:{free_port()}")
    assert (refused.kind, refused.at_proxy) == (FailureKind.REFUSED, True)
    assert "where the proxy should be" in words(refused)
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names({}))
    for scheme in ("http", "socks5h"):
        unknown = await failed(f"{scheme}://no.such.proxy:1")
        assert (unknown.kind, unknown.host) == (FailureKind.NAME, "no.such.proxy")
        assert "name of the proxy" in words(unknown)
    server = await failed("socks5://127.0.0.1:1")
    assert (server.kind, server.at_proxy) == (FailureKind.NAME, False)
    assert "feed.example does not resolve" in words(server)


@pytest.mark.parametrize("after", ["tcp", "proxy"])
async def test_giving_up(after: str) -> None:
    """Dropping a connection in the middle of the dialogue ends TCP with the proxy."""
    ended = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        if after == "proxy":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while await reader.read(1000):
            pass
        ended.set()

    async with tcp_server(script) as proxy, ConnectionPool() as pool:
        uri = "wss://feed.example/" if after == "proxy" else "ws://feed.example/"
        settings = ProxyOptions(f"127.0.0.1:{proxy}")
        connection = pool.connect(ConnectOptions(uri, proxy=settings))
        step = Step.TLS if after == "proxy" else Step.PROXY
        await until(lambda: connection.step is step)
        pool.drop(connection.id)
        assert connection.state is State.FAILED
        async with asyncio.timeout(10):
            try:
                await ended.wait()
            except TimeoutError:  # pragma: no cover
                pytest.fail("TCP to the proxy is still there")
