"""`wstui listen --no-ui`, as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp
import pytest

from wstui.core.ndjson_events import EVENTS

PATIENCE = 30.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is ended by POSIX signals")


class Process:
    """A headless listener and what it has told."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    async def next(self, event: str, **fields: object) -> dict[str, Any]:
        """The next line that tells of `event`."""
        assert self.process.stdout is not None
        while True:
            data = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert data, f"it ended before {event}: {self.told}"
            line: dict[str, Any] = json.loads(data)
            self.told.append(line)
            if line["event"] == event and fields.items() <= line.items():
                return line

    async def end(self, number: int) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        assert self.process.stdout is not None
        rest = await asyncio.wait_for(self.process.stdout.read(), PATIENCE)
        self.told += [json.loads(line) for line in rest.splitlines()]
        return await asyncio.wait_for(self.process.wait(), PATIENCE)


@asynccontextmanager
async def listener(*arguments: str) -> AsyncIterator[Process]:
    """`wstui listen --no-ui` with these arguments."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wstui", "listen", "--no-ui", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=16 << 20,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_tells_what_happens() -> None:
    """Its address, a client, what is said in both directions, and how it ended."""
    async with listener("0", "--echo") as server:
        first = await server.next("listening")
        assert server.told == [first]
        uri = first["uris"][0]
        assert uri == f"ws://{first['address']}"
        async with aiohttp.ClientSession() as web, web.ws_connect(f"{uri}/chat?a=b") as ws:
            accepted = await server.next("accepted")
            assert accepted["path"] == "/chat?a=b"
            assert accepted["user_agent"].startswith("Python")
            await ws.send_str("\x1b[2J evil\u202e")
            assert await ws.receive_str() == "\x1b[2J evil\u202e"
            heard = await server.next("message", dir="in")
            assert heard["text"] == "\x1b[2J evil\u202e"
            await server.next("message", dir="out", id=accepted["id"], text=heard["text"])
            await ws.send_bytes(b"\xff\x00")
            assert (await server.next("message", kind="binary"))["base64"] == "/wA="
            await ws.ping(b"hello")
            assert (await server.next("frame", kind="ping"))["text"] == "hello"
            await ws.close(code=4001, message=b"bye")
        closed = await server.next("closed")
        assert (closed["code"], closed["reason"], closed["clean"], closed["by"]) == (
            4001,
            "bye",
            True,
            "peer",
        )
        assert await server.end(signal.SIGTERM) == 0
        assert server.told[-1]["event"] == "stopped"
        assert server.told[-1]["accepted"] == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)], ids=["int", "term"]
)
async def test_a_signal_closes_all_with_1001(number: int, code: int) -> None:
    """Clients are told that the server goes away; the exit code tells which signal it was."""
    async with listener("0", "--echo") as server:
        uri = (await server.next("listening"))["uris"][0]
        async with aiohttp.ClientSession() as web, web.ws_connect(uri) as ws:
            await server.next("accepted")
            server.process.send_signal(number)
            message = await asyncio.wait_for(ws.receive(), PATIENCE)
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
            closed = await server.next("closed")
            assert (closed["code"], closed["by"], closed["clean"]) == (1001, "us", True)
            await server.next("stopped")
        assert await asyncio.wait_for(server.process.wait(), PATIENCE) == code


async def test_a_second_signal_ends_it_at_once() -> None:
    """A client that does not answer the close frame is not waited for."""
    async with listener("0") as server:
        first = await server.next("listening")
        host, port = first["address"].split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET / HTTP/1.1\r\nHost: {first['address']}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        await server.next("accepted")
        server.process.send_signal(signal.SIGINT)
        await server.next("frame", kind="close", dir="out")
        waiting = asyncio.get_running_loop().create_task(server.process.wait(), name="end")
        while not waiting.done():  # two in the same moment are one
            with suppress(ProcessLookupError):
                server.process.send_signal(signal.SIGINT)
            await asyncio.wait([waiting], timeout=0.1)
        assert await waiting == 130
        assert server.process.stdout is not None
        assert b"stopped" not in await server.process.stdout.read()
        writer.close()


async def test_quiet_tells_no_messages() -> None:
    """Who came and went is told all the same."""
    async with listener("0", "--echo", "--quiet") as server:
        uri = (await server.next("listening"))["uris"][0]
        async with aiohttp.ClientSession() as web, web.ws_connect(uri) as ws:
            await ws.send_str("x")
            await ws.receive_str()
            await ws.close()
        await server.next("closed")
        assert await server.end(signal.SIGTERM) == 0
        events = [line["event"] for line in server.told]
        assert events == ["listening", "accepted", "closed", "stopped"]


async def test_one_that_cannot_listen_says_why() -> None:
    """A sentence on standard error, no traceback, exit code 1."""
    async with listener("0") as first:
        address = (await first.next("listening"))["address"]
        async with listener(address) as second:
            out, err = await asyncio.wait_for(second.process.communicate(), PATIENCE)
            assert (out, second.process.returncode) == (b"", 1)
            assert err.decode().startswith(f"wstui: Cannot listen on {address}: ")
            assert err.count(b"\n") == 1


@asynccontextmanager
async def unread_listener() -> AsyncIterator[tuple[asyncio.subprocess.Process, str, BinaryIO]]:
    """One that echoes, the uri that it told, and its output, of which no more is read."""
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wstui", "listen", "--no-ui", "--echo", "0"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=write,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(write)
    try:
        with os.fdopen(read, "rb", buffering=0) as output:
            loop = asyncio.get_running_loop()
            first = await asyncio.wait_for(loop.run_in_executor(None, output.read, 4096), PATIENCE)
            yield process, json.loads(first)["uris"][0], output
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_nobody_is_asked_without_a_screen() -> None:
    """A rule that asks is told of at once, instead of letting clients wait."""
    async with listener("0", "--ask") as server:
        out, err = await asyncio.wait_for(server.process.communicate(), PATIENCE)
        assert (out, server.process.returncode) == (b"", 2)
        assert (
            err == b"wstui: a rule asks you about clients, and without a screen nobody can answer\n"
        )


async def test_a_closed_pipe_ends_it_quietly() -> None:
    """Clients are closed with 1001 when nobody reads any more, without a word on standard error."""
    async with unread_listener() as (process, uri, output):
        output.close()
        async with aiohttp.ClientSession() as web, web.ws_connect(uri) as ws:
            await ws.send_str("x")
            message = await asyncio.wait_for(ws.receive(), PATIENCE)
            while message.type is not aiohttp.WSMsgType.CLOSE:
                message = await asyncio.wait_for(ws.receive(), PATIENCE)
            assert message.data == 1001
        _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert (err, process.returncode) == (b"", 0)


async def test_a_stuck_reader_holds_up_no_client() -> None:
    """Nobody takes what is told: the echo goes on, and a signal still ends it."""
    async with unread_listener() as (process, uri, _):
        payload = bytes(500_000)
        async with aiohttp.ClientSession() as web, web.ws_connect(uri, max_msg_size=0) as ws:
            for _ in range(12):  # 16 MB of lines, for nobody
                await ws.send_bytes(payload)
                assert await asyncio.wait_for(ws.receive_bytes(), PATIENCE) == payload
            process.send_signal(signal.SIGTERM)
            message = await asyncio.wait_for(ws.receive(), PATIENCE)
            assert message.data == 1001
        _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert b"was not taken in time" in err
        assert process.returncode == 0


async def test_an_ordinary_request_is_told() -> None:
    """So are those who send something else, in lines of the listener."""
    async with listener("0") as server:
        first = await server.next("listening")
        async with aiohttp.ClientSession() as web:
            async with web.get(f"http://{first['address']}/nothing") as answer:
                status = answer.status
            told = await server.next("request")
        assert (told["method"], told["target"], told["status"]) == ("GET", "/nothing", status)
        assert told["listener"] == first["listener"]
        assert told["peer"].startswith("127.0.0.1:")
        host, port = first["address"].split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello")
        assert "TLS" in (await server.next("dropped"))["text"]
        writer.close()


async def test_a_handler_is_run(tmp_path: Path) -> None:
    """Which file runs is told; what it prints is a note, and no line of its own."""
    file = tmp_path / "api.py"
    file.write_text("def message(client, message):\n    print('got', message)\n    1 / 0\n")
    async with listener("0", "--handler", str(file)) as server:
        uri = (await server.next("listening"))["uris"][0]
        assert str(file) in (await server.next("note"))["text"]
        async with aiohttp.ClientSession() as web, web.ws_connect(uri) as ws:
            await ws.send_str("x")
            assert (await server.next("note"))["text"] == "got x"
            error = await server.next("error")
            assert "ZeroDivisionError" in error["text"]
            assert error["line"] == 3


def test_all_events_are_documented() -> None:
    """The table of events names those that the tests above have met."""
    assert {"listening", "accepted", "message", "closed", "rejected", "stopped"} <= set(EVENTS)
