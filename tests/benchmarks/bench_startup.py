"""From starting the process to the first frame, against a minimal Textual app.

    python -m tests.benchmarks.bench_startup

Goal: at most 1.3 times as long. The first frame of wstui has only the workbench's outlines; the
second row tells when the workbench itself stands. It has no goal, but is what a user waits for.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

from tests.benchmarks.bench_flood import Row, show
from tests.benchmarks.terminal import terminal

GOAL = 1.3
PROGRAMS = {
    "minimal": ("tests.benchmarks.minimal_app", [b"READY"]),
    "wstui": ("wstui", [b"opening the workbench", b"No connection yet"]),
}
"""Module, a text of the first frame, and one of the frame in which it can be used."""


def start(name: str) -> list[float]:
    """Seconds until each of the texts."""
    module, texts = PROGRAMS[name]
    with terminal([sys.executable, "-m", module]) as screen:
        return [screen.until(text, 20) - screen.begun for text in texts]


def table(rounds: int) -> list[Row]:
    """What was measured."""
    times: dict[str, list[list[float]]] = {name: [] for name in PROGRAMS}
    for name in PROGRAMS:
        start(name)  # so that files are in the system's cache
    for _ in range(rounds):
        for name in PROGRAMS:
            times[name].append(start(name))
    minimal = median(first for (first,) in times["minimal"])
    first, usable = (median(column) for column in zip(*times["wstui"], strict=True))

    def row(what: str, ours: float, goal: float | None) -> Row:
        ratio = ours / minimal
        figure = f"{ratio:.2f}x ({ours * 1e3:.0f} ms, {minimal * 1e3:.0f} ms)"
        if goal is None:
            return Row(what, figure, "", None)
        return Row(what, figure, f"at most {goal:g}x", ratio <= goal)

    return [
        row("start to first frame, against a minimal Textual app", first, GOAL),
        row("start to the workbench in use, against the same", usable, None),
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    show(table(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
