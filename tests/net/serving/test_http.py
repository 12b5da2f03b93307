"""Ordinary HTTP requests on the port of a listener."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import shutil
import socket
import urllib.request
from dataclasses import replace

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net.serving.http_client import (
    client_of,
    events,
    facts,
    http_client,
    http_listener,
    told,
)
from tests.net_support import accept, until
from wstui.core.entry import EventName
from wstui.net import pump
from wstui.net.serving import door, exchange, guests

CURL = shutil.which("curl")

HTML = "Accept: text/html,*/*;q=0.8"
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


async def test_a_browser_gets_the_page() -> None:
    """It is there at / and where a behaviour is, with a policy that lets it talk to nobody else."""
    async with http_client("/echo echo", "/a*b echo") as client:
        for path in ("/", "/echo?x=1"):
            response = await client.ask(f"GET {path} HTTP/1.1", HTML)
            assert response.status == 200
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            policy = response.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "connect-src 'self' ws://here wss://here;" in policy
            assert b'{"paths": ["/echo"]}' in response.body
            assert not re.search(rb"(src|href)=\"?(https?:)?//", response.body)
        assert (await client.ask("GET /other HTTP/1.1", HTML)).status == 426
        assert (await client.ask("GET / HTTP/1.1")).status == 200
        assert (await client.ask("GET /echo HTTP/1.1", "Accept: */*")).status == 426


async def test_without_the_page_a_path_needs_an_upgrade() -> None:
    """Where only WebSocket lives, 426 says so (RFC 9110 section 15.5.22)."""
    async with http_client(page=False) as client:
        response = await client.ask("GET / HTTP/1.1", HTML)
        assert response.status == 426
        assert response.headers["upgrade"] == "websocket"
        assert response.headers["connection"] == "upgrade"


async def test_a_hostile_host_is_not_repeated() -> None:
    """What is no host name does not get into the policy."""
    async with http_client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a;script-src(*)\r\n\r\n")
        response = await client.read()
        assert "script-src(*)" not in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST / HTTP/1.1", 405),
        ("DELETE /a HTTP/1.1", 405),
        ("TRACE / HTTP/1.1", 405),
        ("CONNECT example:443 HTTP/1.1", 405),
        ("OPTIONS / HTTP/1.1", 204),
        ("OPTIONS * HTTP/1.1", 204),
        ("BREW /pot HTTP/1.1", 501),
        ("GET * HTTP/1.1", 400),
        ("GET http://here/a HTTP/1.1", 426),
    ],
)
async def test_methods(line: str, status: int) -> None:
    """What cannot be done has its status, and the connection goes on."""
    async with http_client() as client:
        response = await client.ask(line)
        assert response.status == status
        assert (response.headers.get("allow") is not None) == (status in (405, 204))
        assert (await client.ask("GET / HTTP/1.1")).status == 200


async def test_each_answer_is_told() -> None:
    """A request is an event with what was asked and answered, and is counted."""
    async with http_client() as client:
        secret = "Authorization: Basic c2VjcmV0"
        await client.ask("GET /a?b=%20 HTTP/1.1", secret, "X-Odd:  ä")
        await client.ask("HEAD / HTTP/1.1")
        first, second = await told(client.listener, 2)
        assert first.name is EventName.NOTE
        assert first.detail["method"] == "GET"
        assert first.detail["target"] == "/a?b=%20"
        assert first.detail["status"] == 426
        assert first.detail["bytes"] == 68
        request = first.detail["request"]
        assert isinstance(request, str)
        assert "c2VjcmV0" not in request
        assert request.endswith(f"X-Odd:  {'ä'.encode().decode('latin-1')}\r\n\r\n")
        assert second.text.startswith("HEAD /: 200 OK, for ")
        assert client.listener.tally.requests == 2
        assert not client.listener.tally.dropped


async def test_requests_on_one_connection() -> None:
    """HEAD, bodies and requests sent ahead are answered in their order, on one connection."""
    async with http_client() as client:
        head = await client.ask("HEAD / HTTP/1.1")
        assert int(head.headers["content-length"]) > 1000
        assert (await client.ask("GET / HTTP/1.1", "Content-Length: 3", body=b"abc")).status == 200
        chunks = b"3;x=y\r\nabc\r\n0\r\nTrailer: a\r\n\r\n"
        response = await client.ask("GET / HTTP/1.1", "Transfer-Encoding: chunked", body=chunks)
        assert response.status == 200
        one = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
        client.send(b"".join(one % number for number in range(200)))
        for _ in range(200):
            assert (await client.read()).status == 426
        assert client.listener.tally.connections == 1
        targets = [target for (target,) in facts(await told(client.listener, 100), "target")]
        assert targets[3:50] == [f"/{number}" for number in range(47)]


async def test_a_request_that_comes_byte_by_byte() -> None:
    """How a request and its body are cut changes nothing."""
    async with http_client() as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = (
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        )
        for index in range(len(data)):
            client.send(data[index : index + 1])
            await asyncio.sleep(0)
        assert (await client.read()).status == 405
        assert b"426" in (await client.ask("GET /x HTTP/1.1", "Connection: close")).body
        assert await client.read_all() == b""


async def test_continue() -> None:
    """Who waits for it is told to go on, unless the answer is no anyway."""
    async with http_client() as client:
        expect = ("Expect: 100-continue", "Content-Length: 2")
        assert (await client.ask("GET / HTTP/1.1", *expect)).status == 100
        client.send(b"ab")
        assert (await client.read()).status == 200
        assert (await client.ask("GET / HTTP/1.1", "Expect: tea")).status == 417
        response = await client.ask("PUT / HTTP/1.1", *expect)
        assert response.status == 405
        assert response.headers["connection"] == "close"
        assert await client.read_all() == b""


async def test_bodies_are_bounded() -> None:
    """A body larger than the limit is not read to its end, whether it says so or not."""
    async with http_listener() as listener:
        async with client_of(listener) as client:
            response = await client.ask("GET / HTTP/1.1", f"Content-Length: {10**12}")
            assert response.status == 413
            assert await client.read_all() == b""
        async with client_of(listener) as client:
            chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
            response = await client.ask(
                "GET / HTTP/1.1",
                "Transfer-Encoding: chunked",
                body=chunk * (exchange.BODY_LIMIT // 0x10000 + 1),
            )
            assert response.status == 413
            await client.read_all()


async def test_a_body_that_breaks_the_rules() -> None:
    """A chunk without a size is answered with 400, and nothing behind it is a request."""
    async with http_client() as client:
        chunks = b"zz\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        response = await client.ask("GET / HTTP/1.1", "Transfer-Encoding: chunked", body=chunks)
        assert response.status == 400
        await client.read_all()
        assert client.listener.tally.requests == 1


async def test_http_1_0() -> None:
    """It is answered, and the connection ends behind it."""
    async with http_client() as client:
        client.send(b"GET /x HTTP/1.0\r\n\r\n")
        response = await client.read()
        assert response.status == 426
        assert "close" in response.headers["connection"]
        assert await client.read_all() == b""


async def test_a_client_that_ends_its_half_gets_its_answers() -> None:
    """What was asked before is answered."""
    async with http_client() as client:
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        client.writer.write_eof()
        assert (await client.read_all()).count(b"HTTP/1.1 426") == 2


async def test_a_client_that_ends_its_half_too_early() -> None:
    """A body that cannot come any more is not waited for, and it is told."""
    async with http_client() as client:
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
        client.writer.write_eof()
        assert await client.read_all() == b""
        assert "left before it was answered" in (await told(client.listener))[0].text


async def test_what_is_sent_ahead_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body and many requests behind it, all at once: read as far as needed, and in order."""
    monkeypatch.setattr(pump, "SLICE", 0.0)  # one step in each turn
    async with http_client(page=False) as client:
        first = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n" + bytes(500_000)
        client.send(first + b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 900)
        assert (await client.read()).status == 405
        for _ in range(900):
            assert (await client.read()).status == 426
        client.send(b"nonsense\r\n")
        assert (await client.read()).status == 400


async def test_the_number_of_requests_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one says so, and the connection ends."""
    monkeypatch.setattr(door, "MOST_REQUESTS", 2)
    async with http_client() as client:
        assert "connection" not in (await client.ask("GET / HTTP/1.1")).headers
        assert (await client.ask("GET / HTTP/1.1")).headers["connection"] == "close"
        assert await client.read_all() == b""


async def test_an_idle_connection_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks nothing further is let go without a word."""
    monkeypatch.setattr(door, "IDLE", 0.01)
    async with http_client() as client:
        await client.ask("GET / HTTP/1.1")
        assert await client.read_all() == b""
        assert len(events(client.listener)) == 1


async def test_a_later_request_has_a_deadline_too() -> None:
    """The second request on a connection that does not come to its end is answered with 408."""
    async with http_client() as client:
        await client.ask("GET / HTTP/1.1")
        listener = client.listener
        listener.options = replace(listener.options, open_timeout=0.01)
        client.send(b"GET / HT")
        assert (await client.read()).status == 408
        assert await client.read_all() == b""


async def test_a_body_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not come is answered with 408."""
    monkeypatch.setattr(door, "BODY_TIME", 0.01)
    async with http_client() as client:
        assert (await client.ask("GET / HTTP/1.1", "Content-Length: 5", body=b"a")).status == 408
        assert await client.read_all() == b""
        assert "was not whole within" in events(client.listener)[0].text


async def test_who_takes_no_answer_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests sent ahead without reading the answers are not answered for ever."""
    monkeypatch.setattr(door, "STALL", 0.05)
    async with http_client() as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        # So that the system does not take all of the answers for us.
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 10_000)
        await until(lambda: client.listener.tally.dropped == 1)
        assert client.listener.tally.requests < 1000
        assert "took nothing of the answer" in events(client.listener)[-1].text


async def test_an_upgrade_behind_a_request() -> None:
    """A connection that carried ordinary requests may become a WebSocket connection."""
    async with http_client("echo") as client:
        await client.ask("GET / HTTP/1.1", HTML)
        request = "\r\n".join(["GET /chat HTTP/1.1", "Host: here", *UPGRADE, "", ""]).encode()
        client.send(request + bytes.fromhex("8182 00000000 6869"))
        response = await client.read(has_body=False)
        assert response.status == 101
        assert response.headers["sec-websocket-accept"].encode() in accept(request).lower()
        assert await client.reader.readexactly(4) == b"\x81\x02hi"
        assert client.listener.tally.accepted == 1


async def test_a_flood_is_counted_and_not_told_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind the hundredth event within a second there is one that counts the others."""
    monkeypatch.setattr(guests, "MOST", 3)
    async with http_client() as client:
        for _ in range(10):
            await client.ask("GET /x HTTP/1.1")
        assert len(events(client.listener)) <= 6
        assert client.listener.tally.requests == 10
    texts = [event.text for event in events(client.listener)]
    assert any("more within this second" in text for text in texts)


async def test_foreign_clients() -> None:
    """aiohttp and urllib, which are not ours, get what they ask for."""
    async with http_listener("/echo echo") as listener:
        uri = listener.uris[0].replace("ws", "http", 1)

        def ask() -> bytes:
            with urllib.request.urlopen(uri, timeout=10) as response:
                return bytes(response.read())

        assert b"<title>" in await asyncio.to_thread(ask)
        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                async with session.get(f"{uri}/echo") as answer:
                    assert answer.status == 426
            async with session.post(uri, data=b"x" * 100_000) as answer:
                assert answer.status == 405
            async with session.post(uri, json={"a": 1}, expect100=True) as answer:
                assert answer.status == 405
            async with session.ws_connect(f"{uri}/echo") as spoken:
                await spoken.send_str("hi")
                assert (await spoken.receive()).data == "hi"
        assert listener.tally.requests == 6


@pytest.mark.skipif(CURL is None, reason="no curl: install the package curl")
async def test_curl() -> None:
    """curl asks twice on one connection, waits for 100, and is told that HTTP/2 is not spoken."""
    assert CURL is not None
    async with http_listener() as listener:
        uri = listener.uris[0].replace("ws", "http", 1)
        wanted = "%{http_code} %{num_connects} "
        answers = ("-s", "-w", wanted)
        nowhere = ("-o", os.devnull)
        assert await curl(*answers, *nowhere, uri, *nowhere, uri) == "200 1 200 0 "
        assert await curl(*answers, *nowhere, "-I", uri) == "200 1 "
        expect = ("-H", "Expect: 100-continue", "-d", "x" * 2000, "-X", "GET")
        assert await curl(*answers, *nowhere, *expect, uri) == "200 1 "
        assert await curl("-s", "--http2-prior-knowledge", uri) == ""
        assert [event.detail.get("kind") for event in events(listener)][-1] == "http2"


async def curl(*arguments: str) -> str:
    """What curl writes."""
    assert CURL is not None
    process = await asyncio.create_subprocess_exec(
        CURL, "--noproxy", "*", "-m", "20", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()


HEADS = st.lists(
    st.sampled_from(
        [
            b"GET / HTTP/1.1\r\n",
            b"GET /%2e%2e/x HTTP/1.1\r\n",
            b"POST /x HTTP/1.0\r\n",
            b"OPTIONS * HTTP/1.1\r\n",
            b"Host: x\r\n",
            b"Upgrade: websocket\r\n",
            b"Connection: Upgrade\r\n",
            b"Connection: close\r\n",
            b"Sec-WebSocket-Version: 13\r\n",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            b"Sec-WebSocket-Extensions: permessage-deflate; x\r\n",
            b"Content-Length: 4\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Range: bytes=0-\r\n",
            b"Accept: text/html\r\n",
            b"\r\n",
            b"4\r\nabcd\r\n0\r\n\r\n",
        ]
    )
    | st.binary(max_size=12),
    max_size=14,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(HEADS, min_size=20, max_size=20))
def test_whatever_comes_the_loop_lives_and_nobody_hangs(heads: list[list[bytes]]) -> None:
    """No bytes lead to an exception, to a connection that stays, or to a file left open."""
    asyncio.run(fuzz([b"".join(head) for head in heads]))


async def fuzz(heads: list[bytes]) -> None:
    """Send each of these on a connection of its own, and see all of them end."""
    wrong: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: wrong.append(context))
    async with http_listener("/echo echo") as listener:

        async def send(data: bytes) -> None:
            async with client_of(listener) as client:
                client.send(data)
                client.writer.write_eof()
                await client.read_all()

        await asyncio.gather(*map(send, heads), return_exceptions=True)
        json.dumps([event.text for event in events(listener)])
    gc.collect()
    assert not wrong
