"""The opening request as it reaches a server, and answers that are taken all the same."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from time import time

import pytest

from tests.net_support import (
    accept,
    close_frame,
    event_texts,
    reach,
    read_frame,
    read_request,
    tcp_server,
)
from wstui.core.connection import Connection, FailureKind, State
from wstui.core.handshake.negotiation import accept_for
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED, Deflate
from wstui.core.options.http import HttpOptions
from wstui.net.pool import ConnectionPool
from wstui.net.request import USER_AGENT

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def ask(
    path: str = "/", *, answer: str = "", host: str = "127.0.0.1", **options: object
) -> tuple[Connection, bytes]:
    """Connect to a server that adds `answer` to its response; the end, and what was asked."""
    requests: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        requests.append(request)
        if b"Sec-WebSocket-Key" not in request:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(accept(request, answer) + close_frame())
        await read_frame(reader)

    async with tcp_server(script) as port, ConnectionPool() as pool:
        uri = f"ws://{host}:{port}{path}"
        connection = pool.connect(ConnectOptions(uri, **options))  # type: ignore[arg-type]
        await reach(pool, connection, State.CLOSED, State.FAILED)
    return connection, requests[0].replace(f":{port}".encode(), b":PORT") if requests else b""


async def test_every_byte() -> None:
    """The request is what the options say, byte for byte."""
    connection, request = await ask(
        "//a/../b?x={y}|%zz&ü",
        host="u:p%40@127.0.0.1",
        headers=(("x-ONE", "1"), ("X-Two", ""), ("x-one", "caf\xe9"), ("User-Agent", "")),
        subprotocols=("b", "a"),
        origin="http://o",
        http=HttpOptions(cookies=("a=b", "c=d")),
        deflate=Deflate(True, True, True, 10, 12),
    )
    key = re.search(rb"Sec-WebSocket-Key: (\S{24})\r\n", request)
    assert key is not None
    assert request.replace(key[1], b"KEY") == (
        b"GET //a/../b?x={y}|%zz&%C3%BC HTTP/1.1\r\n"
        b"Host: 127.0.0.1:PORT\r\n"
        b"Connection: Upgrade\r\n"
        b"Upgrade: websocket\r\n"
        b"Sec-WebSocket-Key: KEY\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
        b" client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=12\r\n"
        b"Sec-WebSocket-Protocol: b, a\r\n"
        b"Origin: http://o\r\n"
        b"Authorization: Basic dTpwQA==\r\n"
        b"Cookie: a=b; c=d\r\n"
        b"x-ONE: 1\r\n"
        b"X-Two: \r\n"
        b"x-one: caf\xe9\r\n"
        b"\r\n"
    )
    assert connection.handshake.path == "//a/../b?x={y}|%zz&%C3%BC"


async def test_usual_request() -> None:
    """Without options little is sent."""
    _, request = await ask(deflate=UNCOMPRESSED)
    lines = request.decode().split("\r\n")
    assert lines[0] == "GET / HTTP/1.1"
    assert [line.partition(":")[0] for line in lines[1:-2]] == [
        "Host",
        "Connection",
        "Upgrade",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Version",
        "User-Agent",
    ]
    assert f"User-Agent: {USER_AGENT}" in lines


async def test_a_key_of_ones_own() -> None:
    """A key that the user gives is the one that the server has to answer."""
    connection, _ = await ask(
        headers=(("Sec-WebSocket-Key", "mine"),), http=HttpOptions(break_handshake=True)
    )
    assert connection.failure is None
    accepted = dict(connection.handshake.response_headers)["Sec-WebSocket-Accept"]
    assert accepted == accept_for("mine")
    assert connection.handshake.changed == ("Sec-WebSocket-Key: mine",)
    (note,) = event_texts(connection.transcript, "note")
    assert note == "Handshake changed on purpose: Sec-WebSocket-Key: mine"


async def test_a_changed_handshake_is_noted_when_it_fails() -> None:
    """The transcript says what was changed before it says what came of it."""
    connection, request = await ask(
        headers=(("Sec-WebSocket-Key", ""), ("Connection", "close")),
        http=HttpOptions(break_handshake=True),
    )
    assert b"Sec-WebSocket-Key" not in request
    assert request.count(b"Connection: close\r\n") == 1
    assert connection.failure is not None
    (note,) = event_texts(connection.transcript, "note")
    assert note.endswith(": Connection: close, no Sec-WebSocket-Key")


@pytest.mark.parametrize(
    ("headers", "offers", "chosen", "ours"),
    [
        ((), ("a",), "b", False),
        ((), (), "b", False),
        ((), ("a", "b"), "b", True),
        ((), ("a",), "b, c", False),
        ((("Sec-WebSocket-Protocol", "a, b"),), (), "b", True),
    ],
)
async def test_any_subprotocol(
    headers: tuple[tuple[str, str], ...], offers: tuple[str, ...], chosen: str, ours: bool
) -> None:
    """A subprotocol that was not offered is accepted where that was wanted, and told of."""
    connection, _ = await ask(
        answer=f"Sec-WebSocket-Protocol: {chosen}\r\n",
        headers=headers,
        subprotocols=offers,
        http=HttpOptions(any_subprotocol=True, break_handshake=bool(headers)),
    )
    assert connection.state is State.CLOSED
    assert connection.handshake.subprotocol == chosen
    assert connection.handshake.is_subprotocol_ours is ours
    notes = [text for text in event_texts(connection.transcript, "note") if "not offered" in text]
    assert len(notes) == (not ours)


async def test_an_offer_taken_away_cannot_be_agreed_to() -> None:
    """Compression that was not offered is refused when the server agrees to it all the same."""
    connection, _ = await ask(
        answer="Sec-WebSocket-Extensions: permessage-deflate\r\n",
        headers=(("Sec-WebSocket-Extensions", ""),),
        http=HttpOptions(break_handshake=True),
    )
    assert connection.failure is not None
    assert connection.failure.kind is FailureKind.HANDSHAKE


async def test_secrets_are_masked_in_base64_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password out of a reference is sent, and in what is kept it is masked in each spelling."""
    monkeypatch.setenv("WSTUI_TEST_PASSWORD", "a-long-password")
    connection, request = await ask(http=HttpOptions(basic="me:${env:WSTUI_TEST_PASSWORD}"))
    secret = b"bWU6YS1sb25nLXBhc3N3b3Jk"
    assert b"Authorization: Basic " + secret in request
    assert secret not in connection.handshake.raw_request
    assert secret.decode() not in dict(connection.handshake.request_headers)["Authorization"]


JAR = """# Netscape HTTP Cookie File
127.0.0.1\tFALSE\t/\tFALSE\t0\troot\tr
127.0.0.1\tFALSE\t/deep\tFALSE\t{later}\tdeep\td\xe9
127.0.0.1\tFALSE\t/\tTRUE\t0\tsecure\ts
127.0.0.1\tFALSE\t/\tFALSE\t1\texpired\te
example.com\tTRUE\t/\tFALSE\t0\tforeign\tf
"""


async def test_cookie_file(tmp_path: Path) -> None:
    """Cookies of a file that fit are sent before those that were typed."""
    jar = tmp_path / "jar.txt"
    jar.write_bytes(JAR.format(later=int(time()) + 1000).encode("latin-1"))
    http = HttpOptions(cookies=("typed=t",), cookie_file=str(jar))
    _, request = await ask("/deep/er?x", http=http)
    assert b"\r\nCookie: deep=d\xe9; root=r; typed=t\r\n" in request
    _, request = await ask("/", http=HttpOptions(cookie_file=str(jar)))
    assert b"\r\nCookie: root=r\r\n" in request
    _, request = await ask("/", host="localhost", http=HttpOptions(cookie_file=str(jar)))
    assert b"Cookie" not in request


async def test_wrong_cookie_files(tmp_path: Path) -> None:
    """A cookie file that cannot be used is named, with the line; nothing reaches the network."""
    jar = tmp_path / "jar.txt"
    jar.write_text("# fine\nnot a cookie\n")
    for path, words in (
        (jar, f"{jar}, line 2: it has 1 fields"),
        (tmp_path / "none", f"{tmp_path / 'none'} cannot be read: No such file"),
        (tmp_path, f"{tmp_path} cannot be read"),
    ):
        connection, request = await ask(http=HttpOptions(cookie_file=str(path)))
        assert request == b""
        assert connection.failure is not None
        assert connection.failure.kind is FailureKind.OPTIONS
        assert words in connection.failure.message
