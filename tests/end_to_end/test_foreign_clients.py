"""A listener against clients of others: aiohttp, websocket-client, wsproto, npm's ws."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import websocket
import wsproto
import wsproto.events as events
from wsproto.extensions import PerMessageDeflate

from tests.net_support import PATIENCE, until
from tests.serving_support import listening
from wstui.core.connection import CloseFrame, Connection, State
from wstui.core.listener import Listener
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool

FAST = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])
LONG = "x" * 100_000


@asynccontextmanager
async def echoing(fast: bool) -> AsyncIterator[tuple[ConnectionPool, Listener]]:
    """A listener that echoes, and speaks chat.v2."""
    options = ListenOptions(
        "0", behaviours=("echo",), subprotocols=("chat.v3", "chat.v2"), fast=fast
    )
    async with ConnectionPool() as pool, asyncio.timeout(PATIENCE):
        yield pool, await listening(pool, options)


async def ended(pool: ConnectionPool, listener: Listener) -> Connection:
    """The client of a listener, when it has ended."""
    await until(lambda: bool(listener.clients))
    client = pool.connections[next(iter(listener.clients))]
    await until(lambda: client.state is State.CLOSED)
    return client


def is_clean(client: Connection, code: int, reason: str) -> bool:
    """Whether the client closed like that, and all went well."""
    close = client.close
    return close is not None and close.clean and close.received == CloseFrame(code, reason)


@FAST
@pytest.mark.parametrize("compress", [0, 15, 9])
async def test_aiohttp(fast: bool, compress: int) -> None:
    """aiohttp gets its echoes, compressed or not, a subprotocol, pongs, and its close answered."""
    async with echoing(fast) as (pool, listener), aiohttp.ClientSession() as session:
        uri = listener.uris[0].replace("ws", "http", 1)
        async with session.ws_connect(
            uri, protocols=("chat.v1", "chat.v2"), compress=compress, origin="https://a.example"
        ) as client:
            assert client.protocol == "chat.v2"
            assert bool(client.compress) is bool(compress)
            for text in ("grüß dich", "", LONG):
                await client.send_str(text)
                assert await client.receive_str() == text
            await client.send_bytes(b"\x00\xff")
            assert await client.receive_bytes() == b"\x00\xff"
            await client.ping(b"there?")
            await client.send_str("behind the ping")
            assert await client.receive_str() == "behind the ping"
            await client.close(code=4001, message=b"bye")
        ours = await ended(pool, listener)
        assert is_clean(ours, 4001, "bye")
        assert ours.options.origin == "https://a.example"
        assert ours.handshake.subprotocol == "chat.v2"


@FAST
async def test_websocket_client(fast: bool) -> None:
    """websocket-client, which blocks, gets its echoes, also of fragments, and its pong."""

    def talk(uri: str) -> list[Any]:
        client = websocket.create_connection(uri, timeout=PATIENCE, subprotocols=["chat.v2"])
        came: list[Any] = [client.getsubprotocol()]
        client.send("grüß dich")
        came.append(client.recv())
        client.send_binary(bytes(70_000))
        came.append(client.recv())
        abnf = websocket.ABNF
        client.send_frame(abnf.create_frame("one ", abnf.OPCODE_TEXT, 0))
        client.send_frame(abnf.create_frame("two", abnf.OPCODE_CONT, 1))
        came.append(client.recv())
        client.ping("there?")
        came.append(client.recv_data_frame(control_frame=True)[1].data)
        client.close(4001, b"bye")
        return came

    async with echoing(fast) as (pool, listener):
        came = await asyncio.to_thread(talk, listener.uris[0])
        assert came == ["chat.v2", "grüß dich", bytes(70_000), "one two", b"there?"]
        assert is_clean(await ended(pool, listener), 4001, "bye")


def talk_by_wsproto(port: int) -> list[Any]:
    """What a client written with wsproto gets from a listener; its close code last."""
    client = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    came: list[Any] = []
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as sock:
        request = events.Request(
            host="localhost", target="/", extensions=[PerMessageDeflate()], subprotocols=["chat.v3"]
        )
        sock.sendall(client.send(request))
        text = ""
        while data := sock.recv(65536):
            client.receive_data(data)
            for event in client.events():
                if isinstance(event, events.AcceptConnection):
                    came.append((event.subprotocol, [one.name for one in event.extensions]))
                    sock.sendall(client.send(events.TextMessage("one ", message_finished=False)))
                    sock.sendall(client.send(events.Ping(b"between")))
                    sock.sendall(client.send(events.TextMessage("two " * 5000)))
                elif isinstance(event, events.Pong):
                    came.append(bytes(event.payload))
                elif isinstance(event, events.TextMessage):
                    text += event.data
                    if event.message_finished:
                        came.append(text)
                        sock.sendall(client.send(events.CloseConnection(4001, "bye")))
                elif isinstance(event, events.CloseConnection):
                    came.append(event.code)
    return came


@FAST
async def test_wsproto(fast: bool) -> None:
    """wsproto gets its compressed fragments echoed as one message, and the pong before that."""
    async with echoing(fast) as (pool, listener):
        port = int(listener.addresses[0].rpartition(":")[2])
        came = await asyncio.to_thread(talk_by_wsproto, port)
        assert came == [
            ("chat.v3", ["permessage-deflate"]),
            b"between",
            "one " + "two " * 5000,
            4001,
        ]
        assert is_clean(await ended(pool, listener), 4001, "bye")


NODE = shutil.which("node")
NODE_MODULES = os.environ.get("WSTUI_NODE_MODULES", "")


@FAST
@pytest.mark.skipif(NODE is None, reason="needs node")
@pytest.mark.skipif(not NODE_MODULES, reason="needs WSTUI_NODE_MODULES, a folder with npm's ws")
async def test_npm_ws(fast: bool) -> None:
    """npm's ws gets its echoes, compressed, its pong, the subprotocol, and its close answered."""
    async with echoing(fast) as (pool, listener):
        process = await asyncio.create_subprocess_exec(
            str(NODE),
            str(Path(__file__).with_name("ws_client.js")),
            listener.uris[0],
            env={**os.environ, "NODE_PATH": str(Path(NODE_MODULES) / "node_modules")},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        told = json.loads(output)
        assert told["came"] == ["grüß dich", "00ff01", "one two", LONG]
        assert (told["pong"], told["protocol"]) == ("are you there", "chat.v2")
        assert (told["code"], told["reason"]) == (4001, "bye")
        assert "permessage-deflate" in told["extensions"]
        ours = await ended(pool, listener)
        assert is_clean(ours, 4001, "bye")
        assert ours.options.headers == (("X-Color", "green"),)
        assert ours.options.origin == "https://app.example"
