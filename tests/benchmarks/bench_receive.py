"""Receive and record without a screen, against `async for` of websockets.

    python -m tests.benchmarks.bench_receive

Each figure is a process of its own; the clients take turns; medians of the rounds. The goals are
at least 8, 5 and 2.5 times `async for` at 64 B, 1 KiB and 64 KiB. For the limit a third client
reads the same bytes without looking at them: nobody can be faster in this loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from statistics import median
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks.bench_flood import Row, show
from tests.benchmarks.flood_server import flood_server
from wstui.core.entry import header_size
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.units import size_text

SIZES = ((64, 400_000), (1024, 200_000), (65536, 12_000))
GOALS = {64: 8.0, 1024: 5.0, 65536: 2.5}
MODULE = "tests.benchmarks.bench_receive"


async def naive(uri: str) -> tuple[int, float]:
    """Messages and seconds of a plain `async for` that only counts."""
    from websockets.asyncio.client import connect

    count = 0
    async with connect(uri, compression=None, max_size=None, ping_interval=None) as client:
        begun = perf_counter()
        await client.send("go")
        async for _ in client:
            count += 1
    return count, perf_counter() - begun


async def wstui(uri: str) -> tuple[int, float]:
    """Messages and seconds of our pool, recording into a transcript within 32 MiB.

    The small cap makes a short run like a long one: what comes in takes the memory of what goes.
    """
    from wstui.core.connection import Connection, State
    from wstui.core.options.connect import ConnectOptions
    from wstui.net.pool import ConnectionPool

    opened, closed = asyncio.Event(), asyncio.Event()

    def changed(connection: Connection) -> None:
        if connection.state is State.OPEN:
            opened.set()
        elif connection.state in (State.CLOSED, State.FAILED):
            closed.set()

    async with ConnectionPool(memory_cap=2 << 20) as pool:
        pool.subscribe(changed)
        options = ConnectOptions(uri, deflate=UNCOMPRESSED, ping_interval=None)
        connection = pool.connect(options)
        await opened.wait()
        begun = perf_counter()
        pool.send(connection.id, b"go")
        await closed.wait()
        return connection.transcript.received, perf_counter() - begun


async def blind(uri: str) -> tuple[int, float]:
    """Messages and seconds of reading the same bytes without looking at them: the limit."""
    parts = urlsplit(uri)
    query = parse_qs(parts.query)
    count, size = int(query["n"][0]), int(query["size"][0])
    total = count * (size + header_size(size, masked=False))

    class Reader(asyncio.BufferedProtocol):
        buffer = memoryview(bytearray(256 << 10))
        got = 0
        done = asyncio.Event()

        def get_buffer(self, sizehint: int) -> memoryview:
            return self.buffer

        def buffer_updated(self, nbytes: int) -> None:
            self.got += nbytes
            if self.got >= total:
                self.done.set()

    loop = asyncio.get_running_loop()
    transport, reader = await loop.create_connection(Reader, "127.0.0.1", parts.port or 80)
    request = f"GET /?{parts.query} HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n"
    transport.write(request.encode())
    while not reader.got:  # noqa: ASYNC110 (the response comes at once)
        await asyncio.sleep(0)
    reader.got = 0
    begun = perf_counter()
    transport.write(b"go")
    await reader.done.wait()
    seconds = perf_counter() - begun
    transport.abort()
    return count, seconds


CLIENTS = {"naive": naive, "wstui": wstui, "blind": blind}


def measure(kind: str, uri: str) -> None:
    """Run one client and print what it took."""
    count, seconds = asyncio.run(CLIENTS[kind](uri))
    print(json.dumps({"count": count, "seconds": seconds}))


def table(rounds: int) -> list[Row]:
    """What was measured."""
    rates: dict[tuple[str, int], list[float]] = {}
    with flood_server() as port:
        for _ in range(rounds):
            for size, count in SIZES:
                for kind in CLIENTS:
                    uri = f"ws://127.0.0.1:{port}/?size={size}&n={count}&wait=1"
                    command = [sys.executable, "-m", MODULE, "--one", kind, uri]
                    out = subprocess.run(command, capture_output=True, text=True, check=True)
                    result = json.loads(out.stdout)
                    assert result["count"] == count, result
                    rates.setdefault((kind, size), []).append(count / result["seconds"])
    rows = []
    for size, _ in SIZES:
        base, fast, limit = (median(rates[kind, size]) for kind in CLIENTS)
        ratio = fast / base
        rows.append(
            Row(
                f"received without a screen, {size_text(size)}, against `async for`",
                f"{ratio:.1f}x ({fast:,.0f}/s; the bytes unseen: {limit / base:.1f}x)",
                f"{GOALS[size]:g}x",
                ratio >= GOALS[size],
            )
        )
    return rows


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("KIND", "URI"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(*arguments.one)
    else:
        show(table(arguments.rounds))


if __name__ == "__main__":
    main()
