"""Where a connection leads to: other addresses, IP versions, local addresses, Unix sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.net_support import free_port, reach, read_request, tcp_server, until
from tests.proxy_support import greet, names
from wstui.core.connection import Connection, Failure, FailureKind, State, Step
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.route import Address, Route
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")


async def opened(uri: str, route: Route) -> Connection:
    """A connection to `greet` that was open once."""
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, route=route))
        await reach(pool, connection, State.OPEN, State.FAILED)
        assert connection.failure is None, connection.failure
        await until(lambda: connection.transcript.received > 0)
    return connection


async def failed(uri: str, route: Route, **options: object) -> Failure:
    """Why a connection that must fail does."""
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, route=route, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    return connection.failure


def words(failure: Failure) -> str:
    """A failure as it is told."""
    return " ".join(explain(failure))


@asynccontextmanager
async def ipv6_server() -> AsyncIterator[int]:
    """A server on ::1."""
    try:
        server = await asyncio.start_server(greet, "::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine's loopback")
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_another_address() -> None:
    """Host and port connected to are others; the request still names the uri's."""
    requests = []

    async def script(reader: Reader, writer: Writer) -> None:
        requests.append(await read_request(reader))

    async with tcp_server(script) as port:
        route = Route(connect_to=Address("127.0.0.1", port))
        failure = await failed("ws://no.such.name:81/x", route)
    assert b"\r\nHost: no.such.name:81\r\n" in requests[0]
    assert failure.kind is FailureKind.ENDED


async def test_another_port_or_host_alone() -> None:
    """What of host and port is not given stays the uri's; the facts tell where it led to."""
    async with tcp_server(greet) as port:
        connection = await opened("ws://127.0.0.1:1/", Route(connect_to=Address("", port)))
        assert connection.handshake.remote == f"127.0.0.1:{port}"
        assert connection.handshake.local.startswith("127.0.0.1:")
        await opened(f"ws://no.such.name:{port}/", Route(connect_to=Address("127.0.0.1", None)))


async def test_nothing_at_the_other_address() -> None:
    """A failure names the address that was connected to."""
    port = free_port()
    failure = await failed("ws://feed.example/", Route(connect_to=Address("127.0.0.1", port)))
    assert failure.kind is FailureKind.REFUSED
    assert f"127.0.0.1:{port}" in words(failure)


async def test_the_look_up_is_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up in a step of its own, and all its addresses are kept."""
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", names({"feed.example": "127.0.0.1"}))
    async with tcp_server(greet) as port:
        connection = await opened(f"ws://feed.example:{port}/", Route())
        assert [step for step, _ in connection.steps] == [Step.NAME, Step.TCP, Step.HTTP]
        assert connection.handshake.addresses == ("127.0.0.1",)
        literal = await opened(f"ws://127.0.0.1:{port}/", Route())
    assert [step for step, _ in literal.steps] == [Step.TCP, Step.HTTP]
    assert literal.handshake.addresses == ()


async def test_the_second_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that refuses does not keep the next one from being tried."""

    async def getaddrinfo(host: str, port: int, **kwargs: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))
            for place in ("127.0.0.2", "127.0.0.1", "127.0.0.1")
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    async with tcp_server(greet) as port:
        connection = await opened(f"ws://feed.example:{port}/", Route())
    assert connection.handshake.addresses == ("127.0.0.2", "127.0.0.1")
    assert connection.handshake.remote == f"127.0.0.1:{port}"


async def test_a_look_up_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer is what the time-out names."""

    async def getaddrinfo(*args: object, **kwargs: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    failure = await failed("ws://feed.example/", Route(), open_timeout=0.05)
    assert (failure.kind, failure.step) == (FailureKind.TIMEOUT, Step.NAME)
    assert "feed.example was not looked up" in words(failure)


async def test_ipv6() -> None:
    """An IPv6 server is reached, also as the only version wanted, and told with brackets."""
    async with ipv6_server() as port:
        connection = await opened(f"ws://[::1]:{port}/", Route(ip="6"))
        assert connection.handshake.remote == f"[::1]:{port}"
        failure = await failed(f"ws://[::1]:{port}/", Route(ip="4"))
    assert failure.kind is FailureKind.NAME
    assert "IPv4" in words(failure)


async def test_ip_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only addresses of the wanted version, or of the local address's, are asked for."""
    asked = []

    async def getaddrinfo(*args: object, family: int, **kwargs: object) -> None:
        asked.append(family)
        raise socket.gaierror(socket.EAI_NONAME, "nobody")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    for route, version in (
        (Route(), ""),
        (Route(ip="4"), "IPv4"),
        (Route(ip="6"), "IPv6"),
        (Route(local_address="::1"), "IPv6"),
    ):
        failure = await failed("ws://feed.example/", route)
        assert failure.kind is FailureKind.NAME
        assert version in words(failure)
    assert asked == [socket.AF_UNSPEC, socket.AF_INET, socket.AF_INET6, socket.AF_INET6]


async def test_local_address() -> None:
    """A connection comes from the address that was chosen for it."""
    async with tcp_server(greet) as port:
        connection = await opened(f"ws://127.0.0.1:{port}/", Route(local_address="127.0.0.1"))
    assert connection.handshake.local.startswith("127.0.0.1:")


async def test_a_local_address_of_nobody() -> None:
    """An address that this machine does not have is told as that, not as the server's fault."""
    failure = await failed("ws://127.0.0.1:1/", Route(local_address="192.0.2.1"))
    assert failure.kind is FailureKind.LOCAL_ADDRESS
    assert "cannot connect from 192.0.2.1" in words(failure)


async def test_socket_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keepalive and no-delay are as wanted on the socket, from its first byte on."""
    found: list[tuple[int, int]] = []
    async with tcp_server(greet) as port, ConnectionPool() as pool:
        for route in (Route(), Route(keepalive=30.0, no_delay=False)):
            connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}/", route=route))
            await reach(pool, connection, State.OPEN)
            wire = pool._clients[connection.id].wire
            assert wire is not None
            sock = wire.transport.get_extra_info("socket")
            found.append(
                (
                    sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                    sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
                )
            )
            if route.keepalive and hasattr(socket, "TCP_KEEPIDLE"):
                idle = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
                assert idle == 30
    assert [(bool(alive), bool(at_once)) for alive, at_once in found] == [
        (False, True),
        (True, False),
    ]


# Unix sockets


@needs_unix
async def test_unix_socket(tmp_path: Path) -> None:
    """A server behind a Unix socket is reached; the request names the uri's host."""
    path = str(tmp_path / "a server.sock")
    server = await asyncio.start_unix_server(greet, path)
    async with server:
        connection = await opened("ws://feed.example/", Route(unix_socket=path))
    assert [step for step, _ in connection.steps] == [Step.UNIX, Step.HTTP]
    assert connection.handshake.remote == path
    assert ("Host", "feed.example") in connection.handshake.request_headers


@needs_unix
@pytest.mark.skipif(not Path("/proc").exists(), reason="only Linux has abstract sockets")
async def test_abstract_socket(tmp_path: Path) -> None:
    """A socket without a file is written with an @."""
    name = f"{tmp_path.name}-wstui"
    server = await asyncio.start_unix_server(greet, f"\0{name}")
    async with server:
        connection = await opened("ws://localhost/", Route(unix_socket=f"@{name}"))
    assert connection.handshake.remote == f"@{name}"


@needs_unix
async def test_no_unix_socket(tmp_path: Path) -> None:
    """What stands in the way of a Unix socket is said."""
    path = tmp_path / "socket"
    failure = await failed("ws://x/", Route(unix_socket=str(path)))
    assert (failure.kind, failure.host) == (FailureKind.UNIX, str(path))
    assert "Check the path" in words(failure)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
    failure = await failed("ws://x/", Route(unix_socket=str(path)))
    assert "no server listens" in words(failure)
    failure = await failed("ws://x/", Route(unix_socket="x" * 300))
    assert "too long" in words(failure)


async def test_a_system_without_unix_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are none, that is said."""
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    failure = await failed("ws://x/", Route(unix_socket="/tmp/x"))
    assert failure.kind is FailureKind.UNIX
    assert "no Unix sockets on this system" in words(failure)
