"""The conversations in the pictures: believable, fixed, and the same each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

import msgpack

from tests.ui_support import FakePool
from wstui.core.connection import (
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
    Step,
)
from wstui.core.entry import EventName, Fragment, Kind, LocalEvent
from wstui.core.explain import explain
from wstui.core.options import ConnectOptions
from wstui.core.tls_facts import TlsFacts
from wstui.core.tls_options import TlsOptions
from wstui.net.demo.samples import png

FEED = 1
"""Id of the connection that the pictures show."""

PRICES = {"BTC-EUR": 58210.4, "ETH-EUR": 3120.05, "SOL-EUR": 151.22}


def tick(random: Random, seq: int) -> bytes:
    """One trade."""
    symbol = random.choice(list(PRICES))
    body = {
        "type": "tick",
        "symbol": symbol,
        "price": round(PRICES[symbol] * (1 + random.uniform(-2e-4, 2e-4)), 2),
        "size": round(random.expovariate(2) + 0.01, 4),
        "side": random.choice(["buy", "sell"]),
        "seq": seq,
    }
    return json.dumps(body, separators=(",", ":")).encode()


def snapshot(random: Random) -> bytes:
    """An order book."""
    book = {
        side: [[round(58210 + step * sign / 2, 1), round(random.random() * 3, 3)]
               for step in range(1, 12)]
        for side, sign in (("bids", -1), ("asks", 1))
    }  # fmt: skip
    return json.dumps(
        {"type": "snapshot", "symbol": "BTC-EUR", **book}, separators=(",", ":")
    ).encode()


def furnished(pool: FakePool, beat: Callable[[], None]) -> None:
    """Five connections in different states; `beat` is called once a second of their time."""
    random = Random(5)
    echo = pool.connect(ConnectOptions("ws://localhost:9002/echo"))
    echo.handshake = Handshake(path="/echo")
    echo.rtt = 0.0003
    feed = pool.connect(ConnectOptions("wss://feed.example/ticks"))
    feed.handshake = Handshake(
        path="/ticks",
        subprotocol="chat.v2",
        extensions=("permessage-deflate",),
        tls=TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256),
    )
    pool.connects_as = State.CONNECTING
    slow = pool.connect(ConnectOptions("wss://10.0.0.7:8443/", tls=TlsOptions(trust="NONE")))
    slow.step = Step.TLS
    pool.connects_as = State.OPEN
    games = pool.connect(ConnectOptions("ws://localhost:9050/lobby"))
    lost = pool.connect(ConnectOptions("ws://localhost:9051/nowhere"))
    fail(pool, lost)
    for second in range(12):
        for _ in range(3 + (second * 7) % 11):
            pool.now += 0.021 + random.random() / 40
            seq = 88_000 + len(feed.transcript)
            payload = tick(random, seq)
            wire = len(payload) // 4
            feed.transcript.append(Kind.TEXT, payload, pool.now, compressed=True, wire=wire)
        for _ in range(4):
            echo.transcript.append(Kind.TEXT, b"hello", pool.now, outgoing=True)
            echo.transcript.append(Kind.TEXT, b"hello", pool.now + 0.0003)
        games.transcript.append(Kind.TEXT, b'{"move":"e2e4"}', pool.now)
        pool.now = pool.now // 1 + 1.0
        beat()
    pool.close(games.id, 4001, "bye")
    slow.created = pool.now - 1.2
    finale(feed, random, pool)


def finale(feed: Connection, random: Random, pool: FakePool) -> None:
    """The last rows of the feed: something of everything."""
    transcript = feed.transcript

    def after(seconds: float) -> float:
        pool.now += seconds
        return pool.now

    def ticks(count: int) -> None:
        for _ in range(count):
            payload = tick(random, 88_000 + len(transcript))
            wire = len(payload) // 4
            transcript.append(Kind.TEXT, payload, after(0.032), compressed=True, wire=wire)

    ticks(2)
    transcript.append(
        Kind.TEXT, b'{"op":"subscribe","channel":"book","depth":10}', after(0.087), outgoing=True
    )
    transcript.append(Kind.TEXT, b'{"type":"subscribed","channel":"book","depth":10}', after(0.024))
    transcript.append(Kind.TEXT, snapshot(random), after(0.001), compressed=True, wire=190)
    transcript.append(Kind.PING, b"\0\0\0\x1f", after(0.108), outgoing=True)
    transcript.append(Kind.PONG, b"\0\0\0\x1f", after(0.0231), rtt=0.0231)
    feed.rtt = 0.0231
    ticks(3)
    history = b'{"type":"history","items":[{"t":1763719200,"o":58000.1,"h":58211.4}]}' * 60
    size = len(history) // 16 + 1
    parts = [history[at : at + size] for at in range(0, len(history), size)]
    fragments = [
        Fragment(
            after(0.002),
            0 if index else Kind.TEXT,
            index == len(parts) - 1,
            False,
            False,
            len(part),
            len(part) + 4,
        )
        for index, part in enumerate(parts)
    ]
    transcript.append(Kind.TEXT, history, pool.now, fragments=fragments)

    transcript.append(Kind.BINARY, png(), after(0.365))
    packed = msgpack.packb({"type": "tick", "price": 58213.9, "seq": 88122})
    transcript.append(Kind.BINARY, packed, after(0.359))
    ticks(3)


def fail(pool: FakePool, connection: Connection) -> None:
    """Let a connection fail with an HTTP status."""
    connection.opened = None
    connection.failure = Failure(
        FailureKind.STATUS,
        host="localhost",
        port=9051,
        status=404,
        status_text="Not Found",
        headers=(("Server", "nginx/1.22.1"), ("Content-Type", "text/html")),
        body=b"<html><h1>Nothing is here.</h1></html>",
    )
    words = explain(connection.failure)
    event = LocalEvent(EventName.FAILED, f"{words.title}: {words.sentence}")
    number = connection.transcript.append_event(event, pool.now)
    connection.remember(number, connection.failure)
    pool.become(connection, State.FAILED)
