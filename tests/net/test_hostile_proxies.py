"""Proxies that mean no good, or know no better: bounds, deadlines, and the truth of what came."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.net_support import PATIENCE, reach, read_request, tcp_server
from tests.wire_support import FakeTransport
from wstui.core.connection import Failure, FailureKind, State, Step
from wstui.core.explain.failures import explain
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.proxy import ProxyOptions
from wstui.net import http_proxy
from wstui.net.failures import BODY_LIMIT, DialogueFailed
from wstui.net.http_proxy import HEAD_LIMIT, ConnectDialogue
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def answered(
    *parts: bytes, scheme: str = "http", ends: bool = True, uri: str = "ws://h/", **options: object
) -> Failure:
    """The failure that a proxy's answer leads to, sent in parts; then TCP ends, or nothing more
    happens."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await (read_request(reader) if scheme == "http" else reader.read(100))
        for part in parts:
            writer.write(part)
            await writer.drain()
        if not ends:
            await over.wait()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        settings = ProxyOptions(f"{scheme}://127.0.0.1:{port}")
        connection = pool.connect(ConnectOptions(uri, proxy=settings, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.FAILED)
        over.set()
    failure = connection.failure
    assert failure is not None
    assert (failure.at_proxy, failure.port) == (True, port)
    assert failure.step is Step.PROXY
    return failure


def words(failure: Failure) -> str:
    """A failure as it is told."""
    return " ".join(explain(failure))


async def test_wants_credentials() -> None:
    """A proxy that wants to know who asks is told with its whole answer."""
    failure = await answered(
        b'HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 2\r\n\r\nno',
        ends=False,
    )
    assert (failure.kind, failure.status) == (FailureKind.PROXY_AUTH, 407)
    assert failure.headers[0] == ("Proxy-Authenticate", 'Basic realm="x"')
    assert failure.body == b"no"
    assert "--proxy-user" in words(failure)
    other = await answered(b"HTTP/1.0 407 Who\r\nproxy-authenticate: Negotiate\r\n\r\n")
    assert "asks for Negotiate" in words(other)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(403, "some ports"), (400, "no CONNECT"), (502, "seen from the proxy"), (302, "body")],
)
async def test_other_statuses(status: int, hint: str) -> None:
    """A refusal keeps status, headers and body; a hint says what it usually means."""
    failure = await answered(f"HTTP/1.1 {status} Words\r\nX: y\r\n\r\nbecause".encode())
    assert (failure.kind, failure.status) == (FailureKind.PROXY_STATUS, status)
    assert (failure.status_text, failure.headers) == ("Words", (("X", "y"),))
    assert failure.body == b"because"
    assert hint in words(failure)


async def test_large_body_is_cut() -> None:
    """Of a refusal's body the first 64 KiB are kept, and the rest is not waited for."""
    failure = await answered(
        b"HTTP/1.1 500 Oops\r\nContent-Length: 9999999\r\n\r\n" + b"x" * 200_000,
        ends=False,
        open_timeout=None,
    )
    assert failure.body == b"x" * BODY_LIMIT


async def test_chunked_body() -> None:
    """A refusal in chunks ends with the last one."""
    failure = await answered(
        b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"0\r\n\r\n",
        ends=False,
        open_timeout=None,
    )
    assert b"abc" in failure.body


async def test_body_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal whose body does not end is told after a short while, not at the time-out."""
    monkeypatch.setattr(http_proxy, "BODY_TIME", 0.05)
    failure = await answered(b"HTTP/1.1 403 No\r\n\r\nhalf", ends=False, open_timeout=None)
    assert (failure.status, failure.body) == (403, b"half")


@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks4a"])
async def test_silence(scheme: str) -> None:
    """A proxy that says nothing fails the connection in the dialogue's step, in time."""
    failure = await answered(scheme=scheme, ends=False, open_timeout=0.05)
    assert failure.kind is FailureKind.TIMEOUT
    assert "did not answer within 0.05 s" in words(failure)


async def test_half_an_answer() -> None:
    """What had come when the time was over is kept."""
    part = b"HTTP/1.1 200 OK\r\nX-Half: yes\r\nX"
    failure = await answered(part, ends=False, open_timeout=0.05)
    assert (failure.kind, failure.status) == (FailureKind.TIMEOUT, 200)
    assert ("X-Half", "yes") in failure.headers
    assert "began an answer" in words(failure)
    ended = await answered(part)
    assert (ended.kind, ended.status) == (FailureKind.PROXY_ANSWER, 200)
    assert "ended in the middle" in words(ended)


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_reset(scheme: str) -> None:
    """A proxy that resets TCP in the middle of the dialogue is told as that."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with tcp_server(script) as port, ConnectionPool() as pool:
        settings = ProxyOptions(f"{scheme}://127.0.0.1:{port}")
        connection = pool.connect(ConnectOptions("ws://h/", proxy=settings))
        await reach(pool, connection, State.FAILED)
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.PROXY_ANSWER
    assert "the peer reset TCP" in words(connection.failure)


async def test_no_answer() -> None:
    """A proxy that ends TCP without a word is told as that."""
    failure = await answered()
    assert failure.kind is FailureKind.PROXY_ANSWER
    assert "ended the connection" in words(failure)


@pytest.mark.parametrize(
    ("garbage", "hint"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "Is it a proxy"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "write it as https://"),
        (b"\x05\xff", "socks5h://"),
        (b"HTTP/1.1 OK\r\n\r\n", "Is it a proxy"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "Is it a proxy"),
        (b"\r\n\r\n", "Is it a proxy"),
    ],
)
async def test_garbage(garbage: bytes, hint: str) -> None:
    """What is no HTTP is told at once with its first bytes, and recognised where possible."""
    failure = await answered(garbage, ends=False, open_timeout=None)
    assert (failure.kind, failure.body) == (FailureKind.PROXY_ANSWER, garbage)
    assert hint in words(failure)


async def test_endless_headers() -> None:
    """Headers that never end fail the connection soon, and little of them is kept."""
    flood = b"X-Flood: yes\r\n" * 5000
    failure = await answered(b"HTTP/1.1 200 OK\r\n", *[flood] * 20, ends=False, open_timeout=None)
    assert failure.kind is FailureKind.PROXY_ANSWER
    assert "headers do not end" in words(failure)
    assert len(failure.headers) * len("X-Flood: yes\r\n") < 2 * (HEAD_LIMIT + BODY_LIMIT)


async def test_endless_interim_answers() -> None:
    """Answers that only say that there will be one end somewhere, too."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" * 1000
    failure = await answered(*[interim] * 10, ends=False, open_timeout=None)
    assert failure.kind is FailureKind.PROXY_ANSWER


@pytest.mark.parametrize("scheme", ["socks5h", "socks4a"])
@pytest.mark.parametrize(
    "garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 100, b"\5\3", b"\5", b""]
)
async def test_socks_garbage(scheme: str, garbage: bytes) -> None:
    """What is no SOCKS is told as that, whatever it is."""
    failure = await answered(garbage, scheme=scheme)
    assert failure.kind is FailureKind.PROXY_ANSWER
    assert words(failure)


@pytest.mark.parametrize(
    "behind", [b"\5\7\0\1", b"\5\x63\0\1", b"\5\0\7\1", b"\5\0\0\x09", b"\5\0\0"]
)
async def test_socks_answers_that_break_the_rules(behind: bytes) -> None:
    """Wrong bytes in the second half of the dialogue fail the connection, too."""
    failure = await answered(b"\5\0", behind, scheme="socks5h")
    assert failure.kind in (FailureKind.PROXY_ANSWER, FailureKind.PROXY_REPLY)


async def test_an_http_proxy_asked_in_socks() -> None:
    """It is recognised by its first letter."""
    failure = await answered(b"HTTP/1.1 400 Bad Request\r\n\r\n", scheme="socks5h")
    assert "write it as http://" in words(failure)


async def test_an_answer_byte_by_byte() -> None:
    """A 407 in single bytes, its lines ended by line feeds alone, is the same answer."""
    text = b"HTTP/1.1 103 Early\nX: y\n\nHTTP/1.1 407 Who\nContent-Length: 3\n\nabc"
    failure = await answered(*[bytes((byte,)) for byte in text], ends=False, open_timeout=PATIENCE)
    assert (failure.kind, failure.body) == (FailureKind.PROXY_AUTH, b"abc")


def feed(parts: Sequence[bytes]) -> tuple[str, bytes, bytes]:
    """What comes of a dialogue in which these bytes come and TCP ends: the kind of failure, what
    was heard, and what came behind it."""

    async def run() -> tuple[str, bytes, bytes]:
        heard = bytearray()
        dialogue = ConnectDialogue(heard)
        dialogue.connection_made(FakeTransport())
        for part in parts:
            dialogue.data_received(part)
        dialogue.connection_lost(None)
        try:
            await dialogue.answered()
        except DialogueFailed as failed:
            return failed.kind, bytes(heard), b""
        return "", bytes(heard), bytes(dialogue.behind)

    return asyncio.run(run())


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 ",
        b"200",
        b"407",
        b"100",
        b" OK",
        b"\r\n",
        b"\n",
        b"Content-Length: 1",
        b"x",
        b"\0",
    ]
)


@given(st.lists(PIECES, max_size=20), st.integers(1, 50))
def test_any_answer_in_any_pieces(pieces: list[bytes], cut: int) -> None:
    """However an answer is cut, the same comes of it, and what came behind it is all there."""
    text = b"".join(pieces)
    whole = feed([text] if text else [])
    parts = [text[:cut], text[cut:]]
    cut_up = feed([part for part in parts if part])
    assert whole[0] == cut_up[0] or whole[1].startswith(cut_up[1])
    if not whole[0]:
        assert cut_up[2] == whole[2]
        assert text.endswith(whole[1] + whole[2])
