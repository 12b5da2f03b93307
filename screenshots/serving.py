"""The listener in the pictures, its clients, and who came besides."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from screenshots.scenes import tick
from tests.ui_support import FakePool
from wstui.core.connection import Connection, State
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.listener import Listener
from wstui.core.options.listen import ListenOptions

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0"
HEADERS = (
    ("Host", "localhost:9002"),
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("User-Agent", BROWSER),
    ("Origin", "https://app.example"),
    ("Cookie", "session=5d41402abc4b2a76"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
)


def listening(pool: FakePool, beat: Callable[[], None]) -> Listener:
    """A listener with clients on three paths; `beat` is called once a second of their time."""
    random = Random(7)
    options = ListenOptions(
        "127.0.0.1:9002",
        behaviours=("/chat chat", "/ticks push ticks.txt", "* echo"),
        subprotocols=("chat.v2",),
    )
    listener = pool.listen(options)
    say(pool, listener, EventName.OPEN, "listening on 127.0.0.1:9002")
    paths = ("/chat", "/chat", "/ticks", "/echo")
    clients = [
        pool.accept(listener, path, f"127.0.0.1:{53412 + 2 * number}", headers=HEADERS)
        for number, path in enumerate(paths)
    ]
    for second in range(8):
        for client, path in zip(clients, paths, strict=True):
            talk(client, path, random, pool)
        pool.now = pool.now // 1 + 1.0
        if second == 3:
            strangers(pool, listener)
        beat()
    pool.close(clients[1].id, 4001, "bye")
    listener.live -= 1
    pool.now += 0.4
    return listener


def talk(client: Connection, path: str, random: Random, pool: FakePool) -> None:
    """What passes between a client and the listener within a second."""
    transcript = client.transcript
    if path == "/chat":
        said = {"type": "say", "text": random.choice(["hello", "who is there?", "seen the feed?"])}
        text = json.dumps(said).encode()
        transcript.append(Kind.TEXT, text, pool.now)
        transcript.append(Kind.TEXT, text, pool.now + 0.0004, outgoing=True)
    elif path == "/ticks":
        for number in range(9):
            payload = tick(random, len(transcript))
            transcript.append(Kind.TEXT, payload, pool.now + number / 10, outgoing=True)
    else:
        transcript.append(Kind.BINARY, random.randbytes(24), pool.now)
        transcript.append(Kind.BINARY, random.randbytes(24), pool.now + 0.0002, outgoing=True)


def strangers(pool: FakePool, listener: Listener) -> None:
    """Who came to a listener and was no client."""
    rows = [
        (EventName.NOTE, "GET / from 127.0.0.1:53420: 200 OK, 11.4 KiB"),
        (
            EventName.ERROR,
            "rejected with 404: /admin from 127.0.0.1:53422, by rule 1: reject 404 path:/admin",
        ),
        (EventName.ERROR, "dropped 127.0.0.1:53426: it speaks TLS, and this port does not"),
    ]
    for name, words in rows:
        pool.now += 0.31
        say(pool, listener, name, words)
    listener.tally.requests = listener.tally.rejected = listener.tally.dropped = 1


def say(pool: FakePool, listener: Listener, name: EventName, words: str) -> None:
    """Record an event of a listener."""
    listener.transcript.append_event(LocalEvent(name, words), pool.now)


def knock(pool: FakePool, listener: Listener) -> Connection:
    """A client asks to come in, and waits."""
    return pool.accept(listener, "/admin?room=7", "127.0.0.1:53430", State.CONNECTING, HEADERS)
