"""Connections whose handshake is worth a look, without a network."""

from __future__ import annotations

from tests.ui_support import START, FakePool
from wstui.core.connection import Connection, Failure, FailureKind, Handshake, State, Step
from wstui.core.handshake.http_head import read_headers
from wstui.core.handshake.tls_facts import DAY, CertificateFacts, TlsFacts
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import build_options

REQUEST = b"""\
GET /ticks HTTP/1.1
Host: feed.example
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
Sec-WebSocket-Protocol: chat.v2, chat.v1
Origin: https://feed.example
Authorization: Bearer secret-token
User-Agent: wstui

""".replace(b"\n", b"\r\n")

RESPONSE = b"""\
HTTP/1.1 101 Switching Protocols
Server: nginx [/x]
Connection: upgrade
Upgrade: websocket
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
Sec-WebSocket-Protocol: chat.v2
Set-Cookie: session=secret-cookie; Secure

""".replace(b"\n", b"\r\n")

CHAIN = (
    CertificateFacts(
        "ab" * 32,
        "CN=feed.example",
        "CN=R11,O=Let's Encrypt,C=US",
        ("feed.example", "*.feed.example"),
        begins=START - 40 * DAY,
        ends=START + 50 * DAY,
        key="EC secp256r1",
    ),
    CertificateFacts(
        "cd" * 32,
        "CN=R11,O=Let's Encrypt,C=US",
        "CN=ISRG Root X1,O=Internet Security Research Group,C=US",
        begins=START - 400 * DAY,
        ends=START + 500 * DAY,
        key="RSA",
        key_bits=2048,
    ),
)


def opened(pool: FakePool) -> Connection:
    """A connection over TLS that is open, with secrets in its headers."""
    flags = [("--subprotocol", "chat.v2,chat.v1"), ("-H", "Authorization: Bearer secret-token")]
    flags.append(("--origin", "https://feed.example"))
    connection = pool.connect(build_options("wss://feed.example/ticks", flags))
    connection.steps = [
        (Step.NAME, START),
        (Step.TCP, START + 0.012),
        (Step.TLS, START + 0.033),
        (Step.HTTP, START + 0.067),
    ]
    connection.opened = START + 0.084
    connection.handshake = Handshake(
        path="/ticks",
        request_headers=read_headers(REQUEST),
        status=101,
        status_text="Switching Protocols",
        response_headers=read_headers(RESPONSE),
        subprotocol="chat.v2",
        raw_request=REQUEST,
        raw_response=RESPONSE,
        tls=TlsFacts(
            version="TLSv1.3",
            cipher="TLS_AES_256_GCM_SHA384",
            bits=256,
            server_name="feed.example",
            sni=True,
            chain=CHAIN,
            trusts="the system's trust store",
        ),
        remote="192.0.2.7:443",
        local="192.0.2.1:52114",
        addresses=("192.0.2.7", "2001:db8::7"),
    )
    return connection


def refused(pool: FakePool) -> Connection:
    """A connection that was answered with 404."""
    pool.connects_as = State.FAILED
    connection = pool.connect(ConnectOptions("ws://localhost:9051/nowhere"))
    connection.steps = [(Step.TCP, START), (Step.HTTP, START + 0.0006)]
    connection.ended = START + 0.0042
    connection.failure = Failure(
        FailureKind.STATUS,
        host="localhost",
        port=9051,
        status=404,
        status_text="Not Found",
        headers=(("Server", "nginx [/x]"),),
        body=b"<html>[red]Nothing is here.[/x]\x1b[2J</html>",
        raw_request=b"GET /nowhere HTTP/1.1\r\nHost: localhost:9051\r\n\r\n",
        raw_response=b"HTTP/1.1 404 Not Found\r\nServer: nginx [/x]\r\n\r\n"
        b"<html>[red]Nothing is here.[/x]\x1b[2J</html>",
    )
    pool.connects_as = State.OPEN
    return connection


def opening(pool: FakePool) -> Connection:
    """A connection that waits for TLS."""
    pool.connects_as = State.CONNECTING
    connection = pool.connect(ConnectOptions("wss://192.0.2.9:8443/"))
    connection.step = Step.TLS
    connection.steps = [(Step.TCP, START), (Step.TLS, START + 0.6)]
    pool.connects_as = State.OPEN
    return connection
