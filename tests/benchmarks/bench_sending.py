"""Send one message many times with the screen running, against a bare loop of `websockets`.

    python -m tests.benchmarks.bench_sending

The workbench runs in a pseudo-terminal of 120 by 40 cells, sends a message of about 100 B with a
counter as fast as a peer takes it that reads and discards, and gets a key press every 20 to 60 ms.
The loop has no screen and keeps nothing. A key is to be handled within 50 ms (99th percentile) at
25 frames a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.benchmarks.bench_flood import NOTES, Figures, Row, run_pressed, show
from tests.benchmarks.measured import KEY, Notes
from tests.benchmarks.terminal import percentile
from tests.net_support import accept

MESSAGE = "x" * 92 + "{n:8}"
LOOP_MESSAGES = 100_000


def _sink(pipe: Pipe) -> None:
    """Accept connections, read and discard."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accept(await reader.readuntil(b"\r\n\r\n")))
        while await reader.read(1 << 20):
            pass
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Future()

    asyncio.run(main())


@contextmanager
def sink() -> Iterator[int]:
    """A server in a process of its own that discards what it reads; its port."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_sink, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


async def loop(uri: str) -> float:
    """Messages a second that a loop of the library's `send` manages."""
    from websockets.asyncio.client import connect

    async with connect(uri, compression=None, ping_interval=None, close_timeout=0) as client:
        begun = perf_counter()
        for number in range(LOOP_MESSAGES):
            await client.send(f"{'x' * 92}{number:08}")
        return LOOP_MESSAGES / (perf_counter() - begun)


async def app(uri: str, seconds: float) -> Notes:
    """The workbench sending for so long."""
    from textual.binding import Binding

    import wstui.app
    from wstui.app import WstuiApp
    from wstui.core.connection import Connection, State
    from wstui.core.options.connect import ConnectOptions
    from wstui.core.options.deflate import UNCOMPRESSED
    from wstui.core.sending.plan import SendPlan
    from wstui.net.pool import ConnectionPool

    class Measured(Notes, WstuiApp):
        CSS_PATH = str(Path(wstui.app.__file__).with_name("app.tcss"))
        BINDINGS = [Binding(KEY, "noted", show=False, priority=True)]

    async with ConnectionPool() as pool:
        begun: set[asyncio.Task[list[int]]] = set()

        def changed(connection: Connection) -> None:
            if connection.state is State.OPEN and not begun:
                plan = SendPlan(MESSAGE.encode(), times=None)
                carry_out = pool.carry_out([connection.id], plan)
                begun.add(asyncio.get_running_loop().create_task(carry_out, name="sending"))

        def count() -> int:
            return sum(one.transcript.sent for one in pool.connections.values())

        pool.subscribe(changed)
        options = ConnectOptions(uri, deflate=UNCOMPRESSED, ping_interval=None)
        screen = Measured(pool, on_start=[options])
        screen.begin(count, seconds)
        await screen.run_async()
        return screen


def measure(uri: str, seconds: float, seed: int) -> Figures:
    """The app in a terminal, with keys pressed."""
    arguments = ["--app", uri, "--notes", NOTES, "--seconds", str(seconds)]
    return run_pressed("tests.benchmarks.bench_sending", arguments, seconds, seed)


def table(rounds: int, seconds: float) -> list[Row]:
    """What was measured."""
    ours, bare = [], []
    with sink() as port:
        uri = f"ws://127.0.0.1:{port}/"
        for number in range(rounds):
            bare.append(asyncio.run(loop(uri)))
            ours.append(measure(uri, seconds, number))
    rate = median(run.rate for run in ours)
    late = [value for run in ours for value in run.latencies]
    frames = median(run.frames for run in ours)
    worst = percentile(late, 0.99) * 1e3
    return [
        Row(
            "sent and recorded with the screen running, against `await send` without one",
            f"{rate / median(bare):.1f}x ({rate:,.0f}/s)",
            "",
            None,
        ),
        Row(
            f"key press to handled meanwhile, 99th percentile ({len(late)} keys)",
            f"{worst:.0f} ms at {frames:.0f} frames/s",
            "50 ms, 25/s",
            worst <= 50 and frames >= 25,
        ),
    ]


def main() -> None:
    """Measure and print the table, or be the measured app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default 5)")
    parser.add_argument("--app", help=argparse.SUPPRESS)
    parser.add_argument("--notes", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.app is None:
        show(table(arguments.rounds, arguments.seconds))
    else:
        ran = asyncio.run(app(arguments.app, arguments.seconds))
        arguments.notes.write_text(json.dumps({**ran.result, "handled": ran.handled}))


if __name__ == "__main__":
    main()
