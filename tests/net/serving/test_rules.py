"""Handshakes that rules accept, reject, or leave to the user: what clients and the user see."""

from __future__ import annotations

import asyncio
import re
import shutil
from base64 import b64encode

import pytest

from tests.net_support import event_texts, reach, until
from tests.serving_support import listening
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.http import HttpOptions
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

REQUEST = (
    "GET {} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n"
)


async def answer(listener: Listener, path: str, headers: str = "", behind: bytes = b"") -> str:
    """All that a handshake gets, up to the end of TCP."""
    port = int(listener.addresses[0].rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST.format(path, headers).encode() + behind)
    try:
        async with asyncio.timeout(10):
            return (await reader.read()).decode()
    finally:
        writer.close()


async def connected(pool: ConnectionPool, options: ConnectOptions) -> Connection:
    """A connection that is open, or has failed."""
    connection = pool.connect(options)
    await reach(pool, connection, State.OPEN, State.FAILED)
    return connection


def rejected(listener: Listener) -> list[str]:
    """What the listener tells of those whom it rejected, without their ports."""
    texts = event_texts(listener.transcript, EventName.ERROR)
    return [re.sub(r" from 127\.0\.0\.1:\d+", "", text) for text in texts if "rejected" in text]


async def test_a_rejection_is_a_whole_http_response(pool: ConnectionPool) -> None:
    """Status, headers and body of the rule come whole, also to one who has sent frames already."""
    rule = "reject 401 path:/admin header='X-Why: a' header='Content-Type: text/x' body='who?\\n'"
    listener = await listening(pool, ListenOptions("0", rules=(rule, "reject 499 path:/odd")))
    text = await answer(listener, "/admin", behind=bytes(100_000))
    head, _, body = text.partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert lines[0] == "HTTP/1.1 401 Unauthorized"
    assert {"Connection: close", "Content-Length: 5", "X-Why: a", "Content-Type: text/x"} < set(
        lines
    )
    assert not any(line.lower().startswith("www-authenticate") for line in lines)
    assert body == "who?\n"
    odd = await answer(listener, "/odd")
    assert odd.startswith("HTTP/1.1 499 \r\n")
    assert odd.endswith("\r\n\r\n499\n")
    assert rejected(listener) == [
        f"rejected with 401: /admin, by rule 1: {rule}",
        "rejected with 499: /odd, by rule 2: reject 499 path:/odd",
    ]
    assert listener.tally.rejected == 2


async def test_our_own_client_shows_a_rejection_whole(pool: ConnectionPool) -> None:
    """Status, headers and body are in the failure of the connection."""
    listener = await listening(
        pool, ListenOptions("0", rules=("reject 429 header='Retry-After: 3' body='slow down'",))
    )
    ours = await connected(pool, ConnectOptions(listener.uris[0]))
    assert ours.failure is not None
    assert ours.failure.status == 429
    assert ("Retry-After", "3") in ours.failure.headers
    assert ours.failure.body == b"slow down"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")
async def test_curl_shows_a_rejection_whole(pool: ConnectionPool) -> None:
    """curl gets status, headers and body, of a handshake and of an ordinary request."""
    listener = await listening(
        pool, ListenOptions("0", rules=("reject 403 path:/no header='X-Why: a' body='go away'",))
    )
    for uri in (listener.uris[0], listener.uris[0].replace("ws:", "http:")):
        process = await asyncio.create_subprocess_exec(
            "curl", "-si", "-m", "10", f"{uri}/no", stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
        if process.returncode == 1:  # this curl speaks no ws://
            continue
        assert out.startswith(b"HTTP/1.1 403 Forbidden")
        assert b"\r\nX-Why: a\r\n" in out
        assert out.rstrip().endswith(b"go away") or uri.startswith("ws:")


async def test_a_redirect_leads_to_where_the_rule_says(pool: ConnectionPool) -> None:
    """A client that follows redirects arrives."""
    target = await listening(pool, ListenOptions("0"))
    rule = f"reject 307 path:/old header='Location: {target.uris[0]}/new'"
    listener = await listening(pool, ListenOptions("0", rules=(rule,)))
    ours = await connected(
        pool, ConnectOptions(f"{listener.uris[0]}/old", http=HttpOptions(redirects=1))
    )
    assert ours.is_open
    assert pool.connections[next(iter(target.clients))].path == "/new"


async def test_a_user_is_asked_for_and_let_in(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right password there is a challenge; what was sent is masked in the listener's
    transcript, and so is what the rule refers to."""
    monkeypatch.setenv("PASSWORD", "pa:ss wörd")
    rules = ("reject path:/admin* -basic:admin:${env:PASSWORD} body='it is not ${env:PASSWORD}'",)
    listener = await listening(pool, ListenOptions("0", rules=rules))
    refused = await connected(
        pool, ConnectOptions(f"{listener.uris[0]}/admin", http=HttpOptions(basic="admin:guess"))
    )
    assert refused.failure is not None
    assert refused.failure.status == 401
    challenges = [value for name, value in refused.failure.headers if name == "WWW-Authenticate"]
    assert challenges == ['Basic realm="wstui", charset="UTF-8"']
    assert refused.failure.body == "it is not pa:ss wörd".encode()
    right = HttpOptions(basic="admin:pa:ss wörd")
    let_in = await connected(pool, ConnectOptions(f"{listener.uris[0]}/admin", http=right))
    assert let_in.is_open
    event = listener.transcript.event(len(listener.transcript) - 1)
    assert event.text.endswith(f", by rule 1: {rules[0]}")
    request = str(event.detail["request"])
    assert request.startswith("GET /admin HTTP/1.1\r\n")
    assert "\r\nAuthorization: Basic •••\r\n" in request
    assert b64encode(b"admin:guess").decode() not in request


async def test_secrets_in_what_is_told_are_masked(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reference led to is shown nowhere, wherever a client sends it."""
    monkeypatch.setenv("TOKEN", "s3cret-token")
    rules = ("reject header:X-Token=${env:TOKEN}",)
    listener = await listening(pool, ListenOptions("0", rules=rules))
    await answer(listener, "/?s3cret-token", "X-Token: s3cret-token\r\nCookie: a=b\r\n")
    event = listener.transcript.event(len(listener.transcript) - 1)
    assert "403: /?••• from" in event.text
    assert "X-Token: •••" in str(event.detail["request"])
    assert "Cookie: •••" in str(event.detail["request"])
    assert "s3cret" not in str(event)


@pytest.mark.parametrize("header", ["header='X: ${env:MISSING}'", "header='X: ${env:BROKEN}'"])
async def test_a_listener_whose_secrets_are_not_to_be_had_fails(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    """It says what is missing, or cannot stand where it is wanted, and does not listen."""
    monkeypatch.delenv("MISSING", raising=False)
    monkeypatch.setenv("BROKEN", "a\nb")
    listener = await listening(pool, ListenOptions("0", rules=(f"reject {header}",)))
    assert listener.state is ListenerState.FAILED
    assert "no MISSING" in listener.failure or "BROKEN stands for" in listener.failure


async def test_headers_of_the_response_may_be_references(
    pool: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a listener's headers refer to is sent, and rules add theirs."""
    monkeypatch.setenv("ROLE", "admin")
    listener = await listening(
        pool,
        ListenOptions(
            "0",
            headers=(("X-Role", "${env:ROLE}"),),
            rules=("accept header='X-Too: ${env:ROLE}' header='Server: mine'",),
        ),
    )
    ours = await connected(pool, ConnectOptions(listener.uris[0]))
    headers = ours.handshake.response_headers
    assert ("X-Role", "admin") in headers
    assert ("X-Too", "admin") in headers
    assert [value for name, value in headers if name == "Server"] == ["mine"]


SUBPROTOCOLS = [
    # supported, offered, the rule's, agreed on
    ((), (), "", None),
    ((), ("a",), "", None),
    (("a",), (), "", None),
    (("b", "a"), ("a", "b"), "", "b"),
    (("a",), ("b",), "", None),
    (("a", "b"), ("b",), "", "b"),
    (("a", "b"), ("a", "b"), "subprotocol=b", "b"),
    ((), ("a", "b"), "subprotocol=b", "b"),
    (("a",), ("a",), "subprotocol=none", None),
    (("a",), ("a",), "subprotocol=b", None),
    ((), (), "subprotocol=b", None),
]


@pytest.mark.parametrize(
    ("supported", "offered", "words", "agreed"), SUBPROTOCOLS, ids=map(str, range(11))
)
async def test_subprotocols(
    pool: ConnectionPool,
    supported: tuple[str, ...],
    offered: tuple[str, ...],
    words: str,
    agreed: str | None,
) -> None:
    """Only what is offered is agreed on: what the rule says, or else the first that the listener
    supports."""
    listener = await listening(
        pool, ListenOptions("0", subprotocols=supported, rules=(f"accept {words}",))
    )
    ours = await connected(pool, ConnectOptions(listener.uris[0], subprotocols=offered))
    assert ours.is_open
    assert ours.handshake.subprotocol == agreed
    client = pool.connections[next(iter(listener.clients))]
    assert client.handshake.subprotocol == agreed
    notes = event_texts(client.transcript, EventName.NOTE)
    is_missed = words == "subprotocol=b" and "b" not in offered
    assert any("did not offer the subprotocol b" in note for note in notes) is is_missed


async def test_a_rule_by_the_number_of_clients(pool: ConnectionPool) -> None:
    """Who comes when there are too many is rejected, and let in when one has left."""
    listener = await listening(pool, ListenOptions("0", rules=("reject 503 clients>=1",)))
    options = ConnectOptions(listener.uris[0])
    first = await connected(pool, options)
    assert not (await connected(pool, options)).is_open
    pool.close(first.id)
    await until(lambda: listener.live == 0)
    assert (await connected(pool, options)).is_open


async def test_a_rule_that_asks_leaves_it_to_the_user(pool: ConnectionPool) -> None:
    """The handshake waits as long as the rule says."""
    listener = await listening(pool, ListenOptions("0", rules=("ask path:/s for 0.05s",)))
    waiting = await connected(pool, ConnectOptions(f"{listener.uris[0]}/s"))
    assert waiting.failure is not None
    assert waiting.failure.status == 503
    client = pool.connections[next(iter(listener.clients))]
    assert client.failure is not None
    assert "nobody decided within 0.05 s" in client.failure.message


async def test_ordinary_requests_get_what_the_rules_say(pool: ConnectionPool) -> None:
    """Rules hold for pages, too, but those about origins, which only handshakes tell."""
    listener = await listening(
        pool,
        ListenOptions("0", rules=("reject 403 -origin:https://a.example", "reject 404 -path:/")),
    )
    port = int(listener.addresses[0].rpartition(":")[2])
    for path, status in (("/", "200"), ("/x", "404")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(10):
            assert (await reader.read()).split(b" ", 2)[1].decode() == status
        writer.close()


async def test_a_flood_of_rejections_fills_no_transcript(pool: ConnectionPool) -> None:
    """Each is answered and counted; beyond a hundred a second they are told together."""
    listener = await listening(pool, ListenOptions("0", rules=("reject 403",)))
    for _ in range(6):
        answers = await asyncio.gather(*(answer(listener, "/") for _ in range(50)))
        assert all(text.startswith("HTTP/1.1 403 ") for text in answers)
    assert listener.tally.rejected == 300
    assert listener.tally.connections == 300
    assert not listener.clients
    pool.stop_listening(listener.id)
    events = listener.transcript.counts[Kind.EVENT]
    assert events < 300
