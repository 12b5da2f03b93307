"""What is no HTTP request on the port of a listener: told clearly, and dropped by a deadline."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from tests.net.serving.http_client import client_of, events, http_client, http_listener, told
from tests.net_support import until
from tests.serving_support import listening
from wstui.core.entry import EventName
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool


@pytest.mark.parametrize(
    ("data", "kind", "words", "answer"),
    [
        pytest.param(b"\0\1\2\3", "garbage", "no HTTP", b"HTTP/1.1 400", id="bytes"),
        pytest.param(b"hello there\r\n", "garbage", "no HTTP", b"HTTP/1.1 400", id="words"),
        pytest.param(b"GET /\r\n\r\n", "request", "no HTTP", b"HTTP/1.1 400", id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/3.0\r\n", "request", "HTTP/3.0", b"HTTP/1.1 505", id="HTTP/3"),
        pytest.param(b"\x05\x01\x00", "socks5", "SOCKS5", b"\x05\xff", id="SOCKS5"),
        pytest.param(b"\x04\x01\0P\1\2\3\4\0", "socks4", "SOCKS4", b"\0\x5b", id="SOCKS4"),
        pytest.param(b"SSH-2.0-x\r\n", "ssh", "SSH", b"", id="SSH"),
        pytest.param(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2", "HTTP/2", b"\0\0\0\4", id="HTTP/2"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 99_999,
            "request",
            "more than 8,190 bytes",
            b"HTTP/1.1 431",
            id="long header",
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 9999,
            "request",
            "more than 100 headers",
            b"HTTP/1.1 431",
            id="many headers",
        ),
    ],
)
async def test_what_is_no_request_is_told(
    data: bytes, kind: str, words: str, answer: bytes
) -> None:
    """Its kind, its first bytes and what it is are an entry; it gets an answer it understands."""
    async with http_client() as client:
        client.send(data)
        assert (await client.read_all()).startswith(answer)
        (event,) = await told(client.listener)
        assert event.name is EventName.ERROR
        assert event.detail["kind"] == kind
        assert words in event.text
        assert str(event.detail["first"]).startswith(data[:4].hex(" "))
        assert client.listener.tally.dropped == 1
        assert not client.listener.tally.rejected


async def test_tls_on_a_plain_port() -> None:
    """A TLS client is told by an alert, and the entry says what the listener would need."""
    async with http_listener() as listener:
        host, _, port = listener.addresses[0].rpartition(":")
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLError, match=r"(?i)alert.handshake.failure"):
            await asyncio.open_connection(host, int(port), ssl=context)
        (event,) = await told(listener)
        assert event.detail["kind"] == "tls"
        assert "--cert or --self-signed" in event.text


async def test_a_wss_client_of_ours_fails_clearly() -> None:
    """Our own client says that the other side speaks no TLS."""
    async with ConnectionPool() as pool:
        listener = await listening(pool, ListenOptions("0"))
        ours = pool.connect(ConnectOptions(listener.uris[0].replace("ws:", "wss:")))
        await until(lambda: ours.failure is not None)
        assert listener.tally.dropped == 1


async def test_silence_is_dropped() -> None:
    """Who connects and says nothing is dropped when the time is over."""
    async with http_client(open_timeout=0.01) as client:
        assert await client.read_all() == b""
        (event,) = await told(client.listener)
        assert event.detail["kind"] == "silence"
        assert "said nothing within 0.01 s" in event.text


async def test_leaving_without_a_word_is_told() -> None:
    """A port that is only looked at is an entry, and no error."""
    async with http_listener() as listener:
        async with client_of(listener):
            pass
        (event,) = await told(listener)
        assert event.name is EventName.NOTE
        assert "left without a word" in event.text
        assert not listener.tally.dropped


async def test_leaving_within_a_request_is_told() -> None:
    """What had come is in the entry."""
    async with http_listener() as listener:
        async with client_of(listener) as client:
            client.send(b"GET / HT")
        (event,) = await told(listener)
        assert event.detail["kind"] == "left"
        assert event.detail["first"] == b"GET / HT".hex(" ")


async def test_slow_headers_have_one_deadline_for_all() -> None:
    """A byte now and then gives nobody more time."""
    async with http_client(open_timeout=0.5) as client:
        answer = asyncio.get_running_loop().create_task(client.read_all(), name="answer")
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n")

        def is_answered() -> bool:
            client.send(b"A")
            return answer.done()

        await until(is_answered)
        assert (await answer).startswith(b"HTTP/1.1 408")
        (event,) = await told(client.listener)
        assert event.detail["kind"] == "slow"
        assert event.detail["status"] == 408


async def test_an_answer_survives_what_still_comes() -> None:
    """The client goes on sending: TCP is not reset before the answer is there."""
    async with http_client() as client:
        client.send(b"nonsense \r\n" + bytes(1 << 20))
        assert (await client.read_all()).startswith(b"HTTP/1.1 400")


async def test_smuggled_requests_are_no_requests() -> None:
    """What hides behind an unclear body is never answered."""
    hidden = b"0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\n"
    async with http_listener() as listener:
        for lines in (
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 5\r\nContent-Length: 6\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            b"Transfer-Encoding : chunked\r\n",
            b"X: y\r\n Transfer-Encoding: chunked\r\n",
            b"X: y\nTransfer-Encoding: chunked\r\n",
        ):
            async with client_of(listener) as client:
                client.send(head + lines + b"\r\n" + hidden)
                answers = await client.read_all()
                assert answers.count(b"HTTP/1.1 ") == 1
        assert not listener.tally.requests


async def test_a_body_behind_a_handshake_is_no_message() -> None:
    """A handshake that announces a body is not accepted."""
    request = (
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    async with http_listener() as listener:
        for line in (b"Content-Length: 2\r\n", b"Transfer-Encoding: chunked\r\n"):
            async with client_of(listener) as client:
                client.send(request + line + b"\r\nab")
                assert (await client.read_all()).startswith(b"HTTP/1.1 400")
        assert not listener.tally.accepted
        assert len(events(listener)) == 2


async def test_many_strangers_at_once() -> None:
    """A crowd of them takes nothing from a client."""
    async with ConnectionPool() as pool:
        listener = await listening(pool, ListenOptions("0", behaviours=("echo",)))

        async def bother() -> None:
            async with client_of(listener) as client:
                client.send(b"\x16\x03\x01\x02\x00")
                await client.read_all()

        ours = pool.connect(ConnectOptions(listener.uris[0]))
        await asyncio.gather(*(bother() for _ in range(200)))
        await until(lambda: ours.is_open)
        pool.send(ours.id, b"hello")
        await until(lambda: ours.transcript.received == 1)
        assert listener.tally.dropped == 200
        assert len(events(listener)) < 200
