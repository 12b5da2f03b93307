"""Handshakes that wait for the user's decision, over real sockets."""

from __future__ import annotations

import pytest

from tests.net_support import until
from tests.serving_support import listening
from wstui.core.connection import Connection, FailureKind, State, Step
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import Refused
from wstui.core.sending.raw_frame import parse_frame
from wstui.core.serving.request import Accept, Reject
from wstui.core.serving.verdict import request_of, who_waits
from wstui.net.pool import ConnectionPool


async def waiting(pool: ConnectionPool) -> tuple[Connection, Connection]:
    """A connection of ours, and that of the listener which waits to be accepted."""
    options = ListenOptions("0", subprotocols=("chat.v1",), rules=("ask",))
    listener = await listening(pool, options)
    subprotocols = ("chat.v2", "chat.v1")
    ours = pool.connect(ConnectOptions(f"{listener.uris[0]}/chat?a=1", subprotocols=subprotocols))
    await until(lambda: bool(listener.clients))
    return ours, pool.connections[next(iter(listener.clients))]


async def test_what_is_asked_is_known_while_it_waits(pool: ConnectionPool) -> None:
    """The whole request and the time that is left are there for the screen."""
    _, client = await waiting(pool)
    assert client.step is Step.DECISION
    assert client.decide_by is not None
    assert client.decide_by - client.steps[-1][1] == pytest.approx(60.0)
    assert client.handshake.is_served
    assert client.handshake.status is None
    request = request_of(client)
    assert request.target == "/chat?a=1"
    assert request.subprotocols == ["chat.v2", "chat.v1"]
    assert request.raw.startswith(b"GET /chat?a=1 HTTP/1.1\r\n")
    assert request.raw.endswith(b"\r\n\r\n")
    assert who_waits(pool.connections.values()) == [client]


async def test_accepting_with_words_of_our_own(pool: ConnectionPool) -> None:
    """The chosen subprotocol and the added headers are in the response."""
    ours, client = await waiting(pool)
    pool.decide(client.id, Accept("chat.v2", (("X-Room", "7"),)))
    await until(lambda: ours.is_open)
    assert client.is_open
    assert client.decide_by is None
    assert ours.handshake.subprotocol == client.handshake.subprotocol == "chat.v2"
    assert ("X-Room", "7") in ours.handshake.response_headers
    assert client.handshake.raw_response.startswith(b"HTTP/1.1 101 ")
    with pytest.raises(Refused, match="does not wait"):
        pool.decide(client.id, Accept())


async def test_rejecting_tells_both_sides_the_same(pool: ConnectionPool) -> None:
    """What was answered is what came, and it is kept with the failed connection."""
    ours, client = await waiting(pool)
    pool.decide(client.id, Reject(429, (("Retry-After", "5"),), "Slow down"))
    await until(lambda: ours.failure is not None)
    assert ours.failure is not None
    assert (ours.failure.status, ours.failure.body) == (429, b"Slow down")
    failure = client.failure
    assert failure is not None
    assert failure.kind is FailureKind.REJECTED
    assert (failure.status, failure.body) == (429, b"Slow down")
    assert failure.raw_response == ours.failure.raw_response
    assert failure.raw_request == client.handshake.raw_request
    assert ("Retry-After", "5") in failure.headers
    assert client.decide_by is None
    assert client.attempts[len(client.transcript) - 1] is failure


async def test_a_client_that_leaves_waits_no_longer(pool: ConnectionPool) -> None:
    """TCP that ends is told, and nobody is asked about it any more."""
    ours, client = await waiting(pool)
    pool.drop(ours.id)
    await until(lambda: client.state is State.FAILED)
    assert client.failure is not None
    assert client.failure.status is None
    assert "left before" in client.failure.message
    assert not who_waits(pool.connections.values())


async def test_stopping_the_listener_ends_what_waits(pool: ConnectionPool) -> None:
    """A listener that ends leaves nobody waiting."""
    ours, client = await waiting(pool)
    assert client.peer is not None
    pool.stop_listening(client.peer.listener)
    await until(lambda: client.state is State.FAILED)
    await until(lambda: ours.failure is not None)
    assert client.decide_by is None


async def test_raw_frames_of_a_server_have_no_mask(pool: ConnectionPool) -> None:
    """A frame without a word on its mask is what RFC 6455 wants of each side."""
    ours, client = await waiting(pool)
    pool.decide(client.id, Accept())
    await until(lambda: ours.is_open)
    await pool.send_raw([ours.id, client.id], parse_frame("text 48 69"))
    await until(lambda: ours.transcript.received == client.transcript.received == 1)
    for one, masked in ((ours, True), (client, False)):
        sent = [n for n in range(len(one.transcript)) if one.transcript.entry(n).outgoing]
        assert one.transcript.fragments(sent[0])[0].masked is masked
