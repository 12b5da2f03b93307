"""Servers that echo, each a process of its own: wstui's listener, plain websockets, aiohttp.

Prints its port. A line on standard input has it tell its memory and the longest stall of its loop
since the line before; it ends with its parent.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time

TICK = 0.002
"""Seconds between two looks at how late the loop is."""


async def wstui() -> None:
    """The pool as `wstui listen --no-ui` has it, with a listener that echoes and records all,
    within 32 MiB.

    The small cap makes a short run like a long one: what comes in takes the memory of what goes.
    """
    from wstui.core.listener import ListenerState
    from wstui.core.options.deflate import UNCOMPRESSED
    from wstui.core.options.listen import ListenOptions
    from wstui.net.pool import ConnectionPool

    options = ListenOptions("0", behaviours=("echo",), deflate=UNCOMPRESSED, ping_interval=None)
    async with ConnectionPool(memory_cap=32 << 20, headless=True) as pool:
        listener = pool.listen(options)
        while listener.state is ListenerState.STARTING:  # noqa: ASYNC110 (a moment)
            await asyncio.sleep(0.01)
        await report(int(listener.addresses[0].rpartition(":")[2]))


async def websockets() -> None:
    """What the documentation of websockets shows."""
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(client: ServerConnection) -> None:
        async for message in client:
            await client.send(message)

    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        await report(next(iter(server.sockets)).getsockname()[1])


async def aiohttp() -> None:
    """What the documentation of aiohttp shows."""
    from aiohttp import WSMsgType, web

    async def echo(request: web.Request) -> web.WebSocketResponse:
        client = web.WebSocketResponse(compress=False)
        await client.prepare(request)
        async for message in client:
            if message.type is WSMsgType.TEXT:
                await client.send_str(message.data)
            else:
                await client.send_bytes(message.data)
        return client

    app = web.Application()
    app.router.add_get("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    await report(runner.addresses[0][1])


SERVERS = {"wstui": wstui, "websockets": websockets, "aiohttp": aiohttp}


async def report(port: int) -> None:
    """Tell where it listens, and answer questions until nobody is there to ask."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(port, flush=True)
    worst = 0.0
    last = perf_counter()

    def tick() -> None:
        nonlocal worst, last
        now = perf_counter()
        worst, last = max(worst, now - last - TICK), now
        loop.call_later(TICK, tick)

    tick()
    while await reader.readline():
        print(json.dumps({"memory": memory(), "stall": worst, "cpu": process_time()}), flush=True)
        worst = 0.0
    os._exit(0)  # closing thousands of connections is not what is measured


def memory() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Server:
    """One of the servers, as seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def ask(self) -> dict[str, float]:
        """Its memory in bytes; in seconds its processor time, and its loop's longest stall since it
        was last asked."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, float] = json.loads(self._line())
        return answer


@contextmanager
def echo_server(kind: str) -> Iterator[Server]:
    """Run one in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.echo_servers", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # how it feels about clients that are gone
        text=True,
    ) as process:
        yield Server(process)
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(SERVERS[sys.argv[1]]())
