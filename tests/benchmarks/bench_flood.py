"""Receive and record with the screen running, under floods, against a naive Textual app.

    python -m tests.benchmarks.bench_flood

Both apps run in a pseudo-terminal of 120 by 40 cells, follow the first of 1, 8 or 50 connections
that send 100 B messages as fast as they can, and get a key press every 20 to 60 ms. What happens
in the first three seconds, while 50 connections open, does not count. Goals: 5, 4
and 3 times the messages; a key is handled within 50 ms (99th percentile) at 25 frames a second.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic
from typing import NamedTuple

from tests.benchmarks.flood_server import flood_server
from tests.benchmarks.measured import KEY_BYTES, START
from tests.benchmarks.terminal import percentile, terminal

NOTES = "NOTES"
"""Stands for the path of an app's figures among its arguments."""

GOALS = {1: 5.0, 8: 4.0, 50: 3.0}


class Row(NamedTuple):
    """A line of a table."""

    what: str
    figure: str
    goal: str
    reached: bool | None
    """None: there is no goal."""


class Figures(NamedTuple):
    """One run of one app."""

    rate: float
    frames: float
    latencies: list[float]


def run_pressed(module: str, arguments: Sequence[str], seconds: float, seed: int) -> Figures:
    """Run a module's app in a terminal, pressing keys; ``NOTES`` is where it leaves its figures."""
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "notes.json"
        filled = [str(notes) if part == NOTES else part for part in arguments]
        pressed: list[float] = []
        with terminal([sys.executable, "-m", module, *filled]) as screen:
            due = screen.begun + START
            last = due + seconds
            while screen.process.poll() is None and monotonic() < last + 60:
                screen.read(min(due - monotonic(), 0.05))
                if due <= monotonic() < last:
                    pressed.append(screen.press(KEY_BYTES))
                    due = monotonic() + 0.02 + random.random() * 0.04
        body = json.loads(notes.read_text())
    latencies = [handled - press for press, handled in zip(pressed, body["handled"], strict=False)]
    return Figures(body["rate"], body["frames"], latencies)


def measure(kind: str, connections: int, port: int, seconds: float, seed: int) -> Figures:
    """One app under so many floods."""
    uris = [f"ws://127.0.0.1:{port}/?size=100&wait=1"] * connections
    return run_pressed(
        "tests.benchmarks.measured", [kind, NOTES, str(seconds), *uris], seconds, seed
    )


def table(rounds: int, seconds: float) -> list[Row]:
    """What was measured."""
    runs: dict[tuple[str, int], list[Figures]] = {}
    with flood_server() as port:
        for number in GOALS:
            for _ in range(rounds):
                for kind in ("naive", "wstui"):
                    figures = measure(kind, number, port, seconds, seed=len(runs))
                    runs.setdefault((kind, number), []).append(figures)
    rows = []
    for number, goal in GOALS.items():
        ours, naive = runs["wstui", number], runs["naive", number]
        ratio = median(run.rate for run in ours) / median(run.rate for run in naive)
        rate = median(run.rate for run in ours)
        words = f"{number} flooding connection{'s' if number > 1 else ''}"
        rows.append(
            Row(
                f"received and recorded with the screen running, {words}, against `async for`",
                f"{ratio:.1f}x ({rate / 1e6:.2f} M/s)",
                f"{goal:g}x",
                ratio >= goal,
            )
        )
        latencies = [value for run in ours for value in run.latencies]
        naives = [value for run in naive for value in run.latencies]
        late, naive_late = percentile(latencies, 0.99) * 1e3, percentile(naives, 0.99) * 1e3
        frames = median(run.frames for run in ours)
        rows.append(
            Row(
                f"key press to handled meanwhile, 99th percentile ({len(latencies)} keys)",
                f"{late:.0f} ms at {frames:.0f} frames/s (naive: {naive_late:,.0f} ms)",
                "50 ms, 25/s",
                late <= 50 and frames >= 25,
            )
        )
    return rows


def show(rows: list[Row]) -> None:
    """Print rows as a Markdown table."""
    print("| what | measured | goal | |")
    print("| --- | --- | --- | --- |")
    for what, figure, goal, reached in rows:
        mark = {True: "✓", False: "✗", None: ""}[reached]
        print(f"| {what} | {figure} | {goal} | {mark} |")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run (default 5)")
    arguments = parser.parse_args()
    show(table(arguments.rounds, arguments.seconds))


if __name__ == "__main__":
    main()
