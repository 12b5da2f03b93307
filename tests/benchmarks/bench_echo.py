"""Echo: wstui's listener, recording all of it, against plain websockets and aiohttp.

    python -m tests.benchmarks.bench_echo

Each server is a process of its own and gets the same load; the servers take turns; medians of the
rounds. Goals: messages of 100 B at least twice as fast as with plain `websockets`, those of 64 KiB
no slower; 5,000 idle clients within 1.4 times its memory; and while 50 clients flood a listener of
the app in a terminal of 120 by 40 cells, which echoes all of it, a key is handled within 50 ms
(99th percentile) at 25 frames a second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

from tests.benchmarks.bench_flood import NOTES, Figures, Row, run_pressed, show
from tests.benchmarks.echo_load import echoed
from tests.benchmarks.echo_servers import SERVERS, echo_server
from tests.benchmarks.idle_clients import Cost
from tests.benchmarks.idle_clients import measure as measure_idle
from tests.benchmarks.terminal import percentile
from tests.net_support import free_port
from wstui.core.units import size_text

CASES = ((100, 1), (100, 50), (65536, 1), (65536, 50))
"""Sizes of messages and numbers of clients."""

GOALS = {100: 2.0, 65536: 1.0}
IDLE = 5000
IDLE_GOAL = 1.4
FLOODING = 50


def throughput(rounds: int, seconds: float) -> list[Row]:
    """Messages echoed a second."""
    rates: dict[tuple[int, int, str], list[float]] = {}
    for _ in range(rounds):
        for size, count in CASES:
            for kind in SERVERS:
                with echo_server(kind) as server:
                    rate = echoed(server.port, count, size, seconds)
                rates.setdefault((size, count, kind), []).append(rate)
    rows = []
    for size, count in CASES:
        plain, others = (median(rates[size, count, kind]) for kind in ("websockets", "aiohttp"))
        ours = median(rates[size, count, "wstui"])
        ratio = ours / plain
        rows.append(
            Row(
                f"echoed, {size_text(size)}, {clients_text(count)}, against plain `websockets`",
                f"{ratio:.1f}x ({ours:,.0f}/s; aiohttp: {others / plain:.1f}x)",
                f"{GOALS[size]:g}x",
                ratio >= GOALS[size],
            )
        )
    return rows


def clients_text(count: int) -> str:
    """So many clients, in words."""
    return f"{count} client{'s' if count > 1 else ''}"


def idle(rounds: int) -> list[Row]:
    """What clients cost that say nothing."""
    costs: dict[str, list[Cost]] = {}
    for _ in range(rounds):
        for kind in SERVERS:
            costs.setdefault(kind, []).append(measure_idle(kind, IDLE))
    each = {kind: median(cost.each for cost in found) for kind, found in costs.items()}
    ratio = each["wstui"] / each["websockets"]
    ours, plain = costs["wstui"], costs["websockets"]
    seconds, others = (median(cost.seconds for cost in found) for found in (ours, plain))
    stall, longest = (median(cost.stall for cost in found) for found in (ours, plain))
    return [
        Row(
            f"memory of {IDLE:,} idle clients, against plain `websockets`",
            f"{ratio:.2f}x ({each['wstui'] / 1e3:.1f} KB each; "
            f"aiohttp: {each['aiohttp'] / each['websockets']:.2f}x)",
            f"{IDLE_GOAL:g}x",
            ratio <= IDLE_GOAL,
        ),
        Row(
            "until all of them were accepted, and the longest stall of the loop meanwhile",
            f"{seconds:.1f} s, {stall * 1e3:.0f} ms "
            f"(websockets: {others:.1f} s, {longest * 1e3:.0f} ms)",
            "",
            None,
        ),
    ]


def flooded(rounds: int, seconds: float) -> list[Row]:
    """The app while clients flood a listener of its own."""
    runs: list[Figures] = []
    for number in range(rounds):
        port = free_port()
        command = [sys.executable, "-m", "tests.benchmarks.echo_load", str(port), str(FLOODING)]
        with subprocess.Popen(command) as flood:
            arguments = ["listener", NOTES, str(seconds), str(port)]
            runs.append(run_pressed("tests.benchmarks.measured", arguments, seconds, number))
            flood.terminate()
    rate = median(run.rate for run in runs)
    latencies = [value for run in runs for value in run.latencies]
    late = percentile(latencies, 0.99) * 1e3
    frames = median(run.frames for run in runs)
    return [
        Row(
            f"key press to handled, 99th percentile ({len(latencies)} keys), while {FLOODING} "
            "clients flood a listener that echoes",
            f"{late:.0f} ms at {frames:.0f} frames/s ({rate:,.0f} echoed/s)",
            "50 ms, 25/s",
            late <= 50 and frames >= 25,
        )
    ]


def table(rounds: int, seconds: float) -> list[Row]:
    """What was measured."""
    return throughput(rounds, seconds) + idle(rounds) + flooded(rounds, 3 * seconds)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each load (default 1.5)")
    arguments = parser.parse_args()
    show(table(arguments.rounds, arguments.seconds))


if __name__ == "__main__":
    main()
