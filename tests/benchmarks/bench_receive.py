"""Receive and record without a screen, against `async for` of websockets.

    python -m tests.benchmarks.bench_receive

Each figure is a process of its own; the two clients take turns; medians of the rounds. The goals
are at least 8, 5 and 2.5 times `async for` at 64 B, 1 KiB and 64 KiB.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from statistics import median
from time import perf_counter, process_time

from tests.benchmarks.flood_server import flood_server

SIZES = ((64, 400_000), (1024, 200_000), (65536, 12_000))
GOALS = {64: 8.0, 1024: 5.0, 65536: 2.5}
KINDS = ("naive", "wstui", "library")


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


async def wstui(uri: str, *, fast: bool) -> tuple[int, float]:
    """Messages and seconds of our pool as it is, recording into the transcript."""
    from wstui.core.connection import Connection, State
    from wstui.core.options import ConnectOptions
    from wstui.net.pool import ConnectionPool

    opened, closed = asyncio.Event(), asyncio.Event()

    def changed(connection: Connection) -> None:
        if connection.state is State.OPEN:
            opened.set()
        elif connection.state in (State.CLOSED, State.FAILED):
            closed.set()

    async with ConnectionPool(memory_cap=32 << 20) as pool:
        pool.subscribe(changed)
        options = ConnectOptions(uri, compression=False, ping_interval=None, fast=fast)
        connection = pool.connect(options)
        await opened.wait()
        begun = perf_counter()
        pool.send(connection.id, b"go")
        await closed.wait()
        return connection.transcript.received, perf_counter() - begun


def measure(kind: str, uri: str) -> None:
    """Run one client and print what it took."""
    if kind == "naive":
        count, seconds = asyncio.run(naive(uri))
    else:
        count, seconds = asyncio.run(wstui(uri, fast=kind == "wstui"))
    print(json.dumps({"count": count, "seconds": seconds, "cpu": process_time()}))


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("KIND", "URI"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(*arguments.one)
        return
    rates: dict[tuple[str, int], list[float]] = {}
    with flood_server() as port:
        for _ in range(arguments.rounds):
            for size, count in SIZES:
                for kind in KINDS:
                    uri = f"ws://127.0.0.1:{port}/?size={size}&n={count}&wait=1"
                    command = [sys.executable, "-m", __spec__.name, "--one", kind, uri]
                    out = subprocess.run(command, capture_output=True, text=True, check=True)
                    result = json.loads(out.stdout)
                    assert result["count"] == count, result
                    rates.setdefault((kind, size), []).append(count / result["seconds"])
    print(f"{'size':>8}  {'async for':>12}  {'library path':>18}  {'wstui':>18}  goal")
    for size, _ in SIZES:
        base, library, fast = (median(rates[kind, size]) for kind in ("naive", "library", "wstui"))
        print(
            f"{size:>6} B  {base:>10,.0f}/s  {library:>10,.0f}/s {library / base:>4.1f}x"
            f"  {fast:>10,.0f}/s {fast / base:>4.1f}x  {GOALS[size]:g}x"
        )


if __name__ == "__main__":
    main()
