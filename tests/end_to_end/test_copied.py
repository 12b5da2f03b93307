"""What was copied, run by those it was copied for, and the handshake as it really was."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator

import pytest

from wstui.core.connection import Connection
from wstui.core.copy_as import Tool, copy_as
from wstui.core.handshake.messages import messages_of
from wstui.core.handshake.opening import spans
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import build_options
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool
from wstui.widgets.handshake_rows import everything

HEADER = ("-H", 'X-Odd: it\'s "$HOME" `id` \\ !')


def options_for(demo: DemoServer) -> ConnectOptions:
    """Options with everything that is hard to quote."""
    flags = [HEADER, ("--on-connect", "it's me"), ("--no-proxy", ""), ("--origin", "http://o")]
    return build_options(demo.url("/echo"), flags)


async def told_by(*command: str, stderr: bool = False) -> str:
    """What a program writes up to the line that was waited for."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE if stderr else None,
    )
    stream = process.stderr if stderr else process.stdout
    assert stream is not None
    try:
        async with asyncio.timeout(30):
            return "".join([line.decode() async for line in _until_told(stream)])
    finally:
        process.kill()
        await process.communicate()


async def _until_told(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await stream.readline():
        yield line
        if b"it's me" in line or b"101 Switching" in line:
            return


async def test_copied_program_runs() -> None:
    """The program in Python connects, sends what is sent on connect, and prints the echo."""
    async with DemoServer() as demo:
        text = copy_as(Tool.PYTHON, options_for(demo)).text
        assert await told_by(sys.executable, "-u", "-c", text) == "it's me\n"


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("sh")), reason="no curl here")
async def test_copied_curl_shakes_hands() -> None:
    """curl sends our headers through a real shell, and is answered with 101."""
    async with DemoServer() as demo:
        text = copy_as(Tool.CURL, options_for(demo)).text
        told = await told_by("sh", "-c", f"exec {text}", stderr=True)
    assert f"> {HEADER[1]}" in told
    assert "> Origin: http://o" in told
    assert "101 Switching Protocols" in told


async def opened(pool: ConnectionPool, options: ConnectOptions) -> Connection:
    """A connection once it is open or has failed."""
    connection = pool.connect(options)
    done = asyncio.Event()
    pool.subscribe(lambda one: done.set() if one.opened or one.failure else None)
    async with asyncio.timeout(30):
        await done.wait()
    return connection


async def test_handshake_as_it_was() -> None:
    """Messages, steps and what was agreed of a real connection, and of one that was refused."""
    async with DemoServer() as demo, ConnectionPool() as pool:
        connection = await opened(pool, options_for(demo))
        messages = messages_of(connection)
        assert messages.request.startswith(b"GET /echo HTTP/1.1\r\n")
        assert HEADER[1].encode() in messages.request
        assert messages.response.startswith(b"HTTP/1.1 101 ")
        steps = spans(connection, 0)
        assert steps[-1].end >= steps[0].end >= 0
        refused = await opened(pool, ConnectOptions(demo.url("/nothing-here")))
        rows = everything(refused, 0, 100, reveal=False)
        words = "\n".join("".join(run.text for run in row) for row in rows)
        assert "GET /nothing-here HTTP/1.1" in words
        assert "HTTP/1.1 404" in words
