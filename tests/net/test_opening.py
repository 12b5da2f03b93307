"""Opening: what is asked, what comes of it, and what is known when it fails."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from tests.net_support import (
    PATIENCE,
    accept,
    close_frame,
    event_texts,
    frame,
    reach,
    read_frame,
    read_request,
    rows,
    tcp_server,
    until,
    websocket_server,
)
from wstui.core.connection import Connection, Failure, FailureKind, State, Step
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.tls import TlsOptions
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool
from wstui.net.request import USER_AGENT

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def fail(uri: str, **options: object) -> Failure:
    """Connect, expect that to fail, and tell why."""
    async with ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(uri, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert len(event_texts(connection.transcript, "failed")) == 1
    return connection.failure


async def answered(answer: bytes, **options: object) -> Failure:
    """The failure that a server's `answer` to the handshake request leads to."""

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(answer)

    async with tcp_server(script) as port:
        return await fail(f"ws://127.0.0.1:{port}/path", **options)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that nobody trusts yet."""
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """TLS of a server named localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


async def test_the_request() -> None:
    """Path, headers, origin, subprotocols and user agent are sent as the options say."""
    requests: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        requests.append(await read_request(reader))
        writer.write(accept(requests[0], "Sec-WebSocket-Protocol: chat.v1\r\nX-Hi: there\r\n"))
        writer.write(close_frame())
        await read_frame(reader)

    async with tcp_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(
            f"ws://127.0.0.1:{port}/chat?room=1",
            headers=(("X-One", "1"), ("X-Two", "a"), ("X-Two", "b")),
            subprotocols=("chat.v2", "chat.v1"),
            origin="http://example.com",
            deflate=UNCOMPRESSED,
        )
        connection = pool.connect(options)
        await reach(pool, connection, State.CLOSED)
    lines = requests[0].decode().split("\r\n")
    assert lines[0] == "GET /chat?room=1 HTTP/1.1"
    for line in (
        "X-One: 1",
        "X-Two: a",
        "X-Two: b",
        "Origin: http://example.com",
        f"User-Agent: {USER_AGENT}",
        "Sec-WebSocket-Protocol: chat.v2, chat.v1",
    ):
        assert line in lines
    assert "Sec-WebSocket-Extensions" not in requests[0].decode()
    handshake = connection.handshake
    assert handshake.status == 101
    assert handshake.subprotocol == "chat.v1"
    assert ("X-Hi", "there") in handshake.response_headers
    assert ("X-One", "1") in handshake.request_headers
    assert handshake.path == "/chat?room=1"
    assert handshake.remote == f"127.0.0.1:{port}"
    assert "subprotocol chat.v1" in event_texts(connection.transcript, "open")[0]


async def test_ids_count_from_zero() -> None:
    """Every connection gets the next id, failed ones too; bad options use up none."""
    async with ConnectionPool() as pool:
        assert pool.connect(ConnectOptions("ws://127.0.0.1:1")).id == 0
        with pytest.raises(Refused):
            pool.connect(ConnectOptions("not a websocket uri"))
        assert pool.connect(ConnectOptions("ws://127.0.0.1:1")).id == 1
        assert list(pool.connections) == [0, 1]
        pool.remove(0)
        assert pool.connect(ConnectOptions("ws://127.0.0.1:1")).id == 2
        assert list(pool.connections) == [1, 2]


async def test_no_handshake_response() -> None:
    """A server that accepts TCP and says nothing fails the connection after the time-out."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with tcp_server(script) as port:
        failure = await fail(f"ws://127.0.0.1:{port}", open_timeout=0.05)
        over.set()
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.step is Step.HTTP
    assert failure.timeout == 0.05


async def test_half_a_response() -> None:
    """A server that stops in the middle of its response headers times out, too."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgra")
        await over.wait()

    async with tcp_server(script) as port:
        failure = await fail(f"ws://127.0.0.1:{port}", open_timeout=0.05)
        over.set()
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.status == 101


async def test_no_tls_handshake() -> None:
    """A server that never answers our TLS hello times out in that step."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with tcp_server(script) as port:
        failure = await fail(f"wss://127.0.0.1:{port}", open_timeout=0.1)
        over.set()
    assert (failure.kind, failure.step) == (FailureKind.TIMEOUT, Step.TLS)


async def test_status_with_headers_and_body() -> None:
    """A refusal keeps the status, the headers in order, and the body."""
    failure = await answered(
        b"HTTP/1.1 404 Not Found\r\nServer: x\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
        b"Content-Length: 4\r\n\r\ngone"
    )
    assert failure.kind is FailureKind.STATUS
    assert (failure.status, failure.status_text) == (404, "Not Found")
    assert failure.headers[:3] == (("Server", "x"), ("Set-Cookie", "a"), ("Set-Cookie", "b"))
    assert failure.body == b"gone"


@pytest.mark.parametrize("status", [200, 301, 401, 503])
async def test_other_statuses(status: int) -> None:
    """Any status but 101 is told as it is; redirects are not followed."""
    failure = await answered(
        f"HTTP/1.1 {status} Words\r\nLocation: ws://127.0.0.1:1/\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    assert (failure.kind, failure.status) == (FailureKind.STATUS, status)


async def test_large_body_is_cut() -> None:
    """Of a large body the first 64 KiB are kept, and the rest is not waited for."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 200_000)
        await over.wait()

    async with tcp_server(script) as port:
        failure = await fail(f"ws://127.0.0.1:{port}", open_timeout=PATIENCE)
        over.set()
    assert (failure.kind, failure.status) == (FailureKind.STATUS, 500)
    assert failure.body == b"x" * 65536


async def test_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal whose body does not end is told after a short while, not at the time-out."""
    monkeypatch.setattr("wstui.net.client_wire.BODY_TIME", 0.05)
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await over.wait()

    async with tcp_server(script) as port:
        failure = await fail(f"ws://127.0.0.1:{port}", open_timeout=PATIENCE)
        over.set()
    assert (failure.kind, failure.status) == (FailureKind.STATUS, 200)
    assert b"abc" in failure.body


async def test_old_http() -> None:
    """A refusal in HTTP/1.0, which the library does not parse, still tells its status."""
    failure = await answered(b"HTTP/1.0 403 Forbidden\r\nX: y\r\n\r\nno")
    assert (failure.kind, failure.status) == (FailureKind.STATUS, 403)
    assert failure.headers == (("X", "y"),)


async def test_not_http() -> None:
    """A server that greets in another protocol is told with its first bytes."""
    failure = await answered(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert failure.kind is FailureKind.NOT_HTTP
    assert failure.body.startswith(b"SSH-2.0")


async def test_ended_without_a_word() -> None:
    """A server that ends TCP without an answer is told as that."""
    failure = await answered(b"")
    assert failure.kind is FailureKind.ENDED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x"), "Sec-WebSocket-Accept"),
        ((b"Upgrade: websocket\r\n", b""), "Upgrade"),
        ((b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: nope\r\n\r\n"), "subprotocol"),
        ((b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: x-foo\r\n\r\n"), "x-foo"),
    ],
    ids=["accept", "upgrade", "subprotocol", "extension"],
)
async def test_wrong_handshakes(change: tuple[bytes, bytes], words: str) -> None:
    """A 101 response that breaks the handshake's rules says which."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(accept(await read_request(reader)).replace(*change))

    async with tcp_server(script) as port:
        failure = await fail(f"ws://127.0.0.1:{port}")
    assert failure.kind is FailureKind.HANDSHAKE
    assert words in failure.message


async def test_nothing_listens() -> None:
    """A port with nothing on it refuses, whether one or several addresses were tried."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            failure = await fail(f"ws://{host}:{port}")
            assert (failure.kind, failure.host, failure.port) == (FailureKind.REFUSED, host, port)


async def test_unknown_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve is told as that."""

    async def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    failure = await fail("ws://no-such-host.invalid/")
    assert (failure.kind, failure.host) == (FailureKind.NAME, "no-such-host.invalid")


async def test_label_too_long() -> None:
    """A host name that cannot exist fails as a name, not as a bug."""
    failure = await fail(f"ws://{'a' * 70}.invalid/")
    assert failure.kind is FailureKind.NAME


async def test_untrusted_certificate(server_tls: ssl.SSLContext) -> None:
    """A certificate from an unknown authority fails, naming the check that failed."""
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0, ssl=server_tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        failure = await fail(f"wss://localhost:{port}")
    assert failure.kind is FailureKind.CERTIFICATE
    assert "issuer certificate" in failure.message or "self-signed" in failure.message


async def tls_echo(reader: Reader, writer: Writer) -> None:
    """Accept, echo one message, close."""
    writer.write(accept(await read_request(reader)))
    _, payload = await read_frame(reader)
    writer.write(frame(Kind.TEXT, payload) + close_frame())
    await read_frame(reader)
    writer.close()


async def talk(pool: ConnectionPool, options: ConnectOptions) -> Connection:
    """Send one message and wait for the end."""
    connection = pool.connect(options)
    await reach(pool, connection, State.OPEN, State.FAILED)
    assert connection.failure is None
    pool.send(connection.id, b"over TLS")
    await reach(pool, connection, State.CLOSED)
    return connection


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
async def test_tls(
    server_tls: ssl.SSLContext,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fast: bool,
) -> None:
    """A certificate that the system trusts is accepted, and version and cipher are told."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = await asyncio.start_server(tls_echo, "127.0.0.1", 0, ssl=server_tls)
    async with server, ConnectionPool() as pool:
        port = server.sockets[0].getsockname()[1]
        connection = await talk(pool, ConnectOptions(f"wss://localhost:{port}", fast=fast))
    assert connection.handshake.tls is not None
    assert connection.handshake.tls.version.startswith("TLSv1.")
    assert not connection.insecure
    assert rows(connection.transcript)[:2] == [
        (Kind.TEXT, True, b"over TLS"),
        (Kind.TEXT, False, b"over TLS"),
    ]


async def test_verification_off(server_tls: ssl.SSLContext) -> None:
    """With verification off any certificate is accepted, and the connection says so."""
    server = await asyncio.start_server(tls_echo, "127.0.0.1", 0, ssl=server_tls)
    async with server, ConnectionPool() as pool:
        port = server.sockets[0].getsockname()[1]
        connection = await talk(
            pool, ConnectOptions(f"wss://127.0.0.1:{port}", tls=TlsOptions(trust="NONE"))
        )
    assert connection.insecure


async def test_plain_text_to_a_tls_port(server_tls: ssl.SSLContext) -> None:
    """ws:// to a port that speaks TLS is recognised by the TLS alert that comes back."""
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0, ssl=server_tls)
    async with server:
        failure = await fail(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert failure.kind in (FailureKind.PLAIN_TO_TLS, FailureKind.ENDED)
    alert = await answered(b"\x15\x03\x01\x00\x02\x02\x46")
    assert alert.kind is FailureKind.PLAIN_TO_TLS
    nginx = await answered(
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 55\r\n\r\n"
        b"<center>The plain HTTP request was sent to HTTPS port</c"
    )
    assert nginx.kind is FailureKind.PLAIN_TO_TLS


async def test_tls_to_a_plain_port() -> None:
    """wss:// to a port that speaks plain HTTP is recognised."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with tcp_server(script) as port:
        failure = await fail(f"wss://127.0.0.1:{port}")
    assert failure.kind is FailureKind.TLS_TO_PLAIN


async def test_giving_up() -> None:
    """Closing or dropping a connection that is still opening gives it up."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        for end in (pool.close, pool.drop):
            connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}"))
            end(connection.id)
            assert connection.state is State.FAILED
            assert connection.failure is not None
            assert connection.failure.kind is FailureKind.CANCELLED
        later = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}"))
        await until(lambda: later.step is Step.HTTP)
        pool.close(later.id)
        over.set()
    assert later.state is State.FAILED


async def test_the_first_message_may_come_with_the_response() -> None:
    """Frames in the response's own segment are recorded behind the open event."""

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        writer.write(accept(request) + frame(Kind.TEXT, b"welcome") + close_frame())
        await read_frame(reader)

    async with tcp_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}"))
        await reach(pool, connection, State.CLOSED)
    kinds = [row[0] for row in rows(connection.transcript, events=True)]
    assert kinds[:3] == [Kind.EVENT, Kind.EVENT, Kind.TEXT]


async def test_leaving_with_everything_open() -> None:
    """Leaving the pool ends what is open or opening, and nothing stays behind."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with websocket_server(script) as port, tcp_server(script) as silent:
        async with ConnectionPool() as pool:
            opened = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}"))
            opening = pool.connect(ConnectOptions(f"ws://127.0.0.1:{silent}"))
            await reach(pool, opened, State.OPEN)
        over.set()
    assert (opened.state, opening.state) == (State.CLOSED, State.FAILED)
