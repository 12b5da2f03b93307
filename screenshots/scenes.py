"""The conversations in the pictures: believable, fixed, and the same each time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from random import Random

import msgpack

from tests.handshake_support import opened
from tests.ui_support import FakePool
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
    Step,
)
from wstui.core.entry import EventName, Fragment, Kind, LocalEvent
from wstui.core.explain.failures import explain
from wstui.core.gap import gap_event
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.core.profiles import Book
from wstui.net.demo.samples import png

FEED = 1
"""Id of the connection that the pictures show."""

SAVED = Book(
    {
        "prod/ticks": ConnectOptions("wss://feed.example/ticks"),
        "prod/orders": ConnectOptions("wss://${env:ORDERS_HOST}/v2"),
        "local/lobby": ConnectOptions("ws://localhost:9050/lobby"),
    }
)
"""Profiles in the sidebar."""

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
    feed = opened(pool)
    agreed = "permessage-deflate; server_no_context_takeover"
    before = b"Sec-WebSocket-Protocol"
    feed.handshake = replace(
        feed.handshake,
        extensions=(agreed,),
        raw_response=feed.handshake.raw_response.replace(
            before, b"Sec-WebSocket-Extensions: %s\r\n%s" % (agreed.encode(), before)
        ),
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


def lose(pool: FakePool) -> None:
    """The feed went away twice: it came back the first time, and is waited for now."""
    feed = pool.connections[FEED]
    restart = CloseFrame(1012, "deploy of 12:00")
    why = "The peer closed with 1012 deploy of 12:00, clean."
    for attempt, seconds in ((1, 0.8), (2, 1.3)):
        words = f"attempt {attempt} in {seconds} s · {why}"
        feed.transcript.append_event(LocalEvent(EventName.WAITING, words), pool.now)
        pool.now += seconds
    again = replace(
        feed.handshake,
        subprotocol="chat.v1",
        remote="192.0.2.8:443",
        response_headers=(("Server", "nginx/1.25.4"),),
    )
    feed.transcript.append_event(gap_event(2.1, why, 2, feed.handshake, again), pool.now)
    feed.handshake = again
    random = Random(6)
    for seq in range(9):
        pool.now += 0.04
        feed.transcript.append(Kind.TEXT, tick(random, 88_200 + seq), pool.now)
    feed.transcript.append(Kind.CLOSE, b"\x03\xf4deploy of 12:00", pool.now)
    feed.transcript.append(Kind.CLOSE, b"\x03\xf4deploy of 12:00", pool.now, outgoing=True)
    feed.close = CloseRecord(restart, restart, by_us=False, clean=True)
    event = LocalEvent(EventName.WAITING, f"attempt 1 in 0.9 s · {why}")
    feed.transcript.append_event(event, pool.now)
    pool.now += 0.9
    event = LocalEvent(EventName.WAITING, "attempt 2 in 1.8 s · Connection refused")
    feed.transcript.append_event(event, pool.now)
    pool.now += 1.8
    event = LocalEvent(EventName.WAITING, "attempt 3 in 3.6 s · Connection refused")
    feed.transcript.append_event(event, pool.now)
    pool.wait(feed, 3.6, attempt=3)


def busy(pool: FakePool) -> Connection:
    """A connection on which much has come and gone for a minute."""
    random = Random(1)
    connection = pool.connect(ConnectOptions("wss://feed.example/book"))
    begun = pool.now
    for turn in range(40):
        connection.round_trips.add(0.02 + turn * 7 % 11 / 1000)
    while pool.now < begun + 64:
        pool.now += random.expovariate(40 + 30 * (int(pool.now) % 17) / 17)
        size = int(random.lognormvariate(4.8, 0.9))
        connection.transcript.append(
            Kind.TEXT, b"x" * size, pool.now, compressed=True, wire=size // 3 + 2
        )
        if random.random() < 0.1:
            connection.transcript.append(Kind.TEXT, b"y" * 20, pool.now, outgoing=True)
    return connection


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
