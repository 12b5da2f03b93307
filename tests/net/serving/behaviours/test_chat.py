"""A listener with a chat room."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import websocket

from tests.behaviour_support import came, joined
from tests.net_support import PATIENCE, until
from tests.serving_support import listening
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

CHAT = ListenOptions("0", behaviours=("/chat chat",), subprotocols=("chat.json",))


def heard(connection: Connection) -> list[str]:
    """The lines that a client was told, without its welcome."""
    return [message.decode() for message in came(connection)][1:]


def told(connection: Connection) -> list[dict[str, Any]]:
    """The same of one that speaks JSON."""
    return [json.loads(line) for line in heard(connection)]


async def test_clients_talk_by_plain_lines(pool: ConnectionPool) -> None:
    """Names, joins, words and leaves reach all, in the same order."""
    listener = await listening(pool, CHAT)
    ada, _ = await joined(pool, listener, "/chat?name=ada")
    bob, _ = await joined(pool, listener, "/chat")
    await until(lambda: "* guest-1 joined" in heard(ada))
    pool.send(bob.id, b"/name bob")
    pool.send(bob.id, b"hello")
    await until(lambda: "bob: hello" in heard(ada))
    pool.send(ada.id, b"/who")
    pool.close(bob.id)
    await until(lambda: "* bob left" in heard(ada))
    assert sorted(heard(ada)) == sorted(
        [
            "* ada joined",
            "* guest-1 joined",
            "* guest-1 is now bob",
            "bob: hello",
            "* here: ada, bob",
            "* bob left",
        ]
    )
    assert heard(bob)[:3] == ["* guest-1 joined", "* guest-1 is now bob", "bob: hello"]


async def test_those_who_speak_json_are_told_the_same_in_json(pool: ConnectionPool) -> None:
    """By ?format=json, by a subprotocol, or from their first object on."""
    listener = await listening(pool, CHAT)
    ada, _ = await joined(pool, listener, "/chat?name=ada&format=json")
    bob, _ = await joined(pool, listener, "/chat?name=bob", subprotocols=("chat.json",))
    eve, _ = await joined(pool, listener, "/chat?name=eve")
    pool.send(eve.id, b'{"type":"say","text":"hi"}')
    await until(lambda: all(b'"said"' in b"".join(came(one)) for one in (ada, bob, eve)))
    for one in (ada, bob, eve):
        said = json.loads(came(one)[-1])
        assert (said["type"], said["from"], said["text"]) == ("said", "eve", "hi")
    assert [one["type"] for one in told(ada)] == ["joined"] * 3 + ["said"]
    assert came(eve)[1] == b"* eve joined"
    pool.send(ada.id, b"\x00", Kind.BINARY)
    await until(lambda: told(ada)[-1]["type"] == "error")


async def test_foreign_clients_chat(pool: ConnectionPool) -> None:
    """aiohttp in JSON with websocket-client in plain text."""
    listener = await listening(pool, CHAT)
    uri = f"{listener.uris[0]}/chat"
    blocking = await asyncio.to_thread(
        websocket.create_connection, f"{uri}?name=bob", timeout=PATIENCE
    )
    for line in ("* you are bob; nobody is with you; /help tells more", "* bob joined"):
        assert await asyncio.to_thread(blocking.recv) == line
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{uri}?name=ada".replace("ws", "http", 1)) as theirs,
    ):
        assert await asyncio.to_thread(blocking.recv) == "* ada joined"
        await theirs.send_json({"type": "say", "text": "hi bob"})
        assert await asyncio.to_thread(blocking.recv) == "ada: hi bob"
    assert await asyncio.to_thread(blocking.recv) == "* ada left"
    await asyncio.to_thread(blocking.close)


async def test_a_crowd_says_everything_to_everybody_in_one_order(pool: ConnectionPool) -> None:
    """Nothing is lost, whoever talks at the same time."""
    listener = await listening(pool, CHAT)
    clients = [(await joined(pool, listener, f"/chat?name=n{n}"))[0] for n in range(8)]
    for number in range(400):
        pool.send(clients[number % 8].id, b"%d" % number)
    words = [f"n{number % 8}: {number}" for number in range(400)]

    def said(one: Connection) -> list[str]:
        return [line for line in heard(one) if ":" in line]

    await until(lambda: all(one.transcript.received >= 400 for one in clients))
    await until(lambda: all(len(said(one)) == 400 for one in clients))
    assert sorted(said(clients[0])) == sorted(words)
    assert all(said(one) == said(clients[0]) for one in clients)
