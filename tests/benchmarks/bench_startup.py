"""From starting the process to the first frame, against a minimal Textual app.

    python -m tests.benchmarks.bench_startup

Goal: at most 1.3 times as long.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

from tests.benchmarks.bench_flood import Row, show
from tests.benchmarks.terminal import terminal

GOAL = 1.3
PROGRAMS = {
    "minimal": ("tests.benchmarks.minimal_app", b"READY"),
    "wstui": ("wstui", b"opening the workbench"),
}
"""Module and a text of the first frame."""


def first_frame(name: str) -> float:
    """Seconds until the first frame."""
    module, text = PROGRAMS[name]
    with terminal([sys.executable, "-m", module]) as screen:
        return screen.until(text, 20) - screen.begun


def table(rounds: int) -> list[Row]:
    """What was measured."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for name in PROGRAMS:
        first_frame(name)  # so that files are in the system's cache
    for _ in range(rounds):
        for name in PROGRAMS:
            times[name].append(first_frame(name))
    ours, minimal = median(times["wstui"]), median(times["minimal"])
    ratio = ours / minimal
    figure = f"{ratio:.2f}x ({ours * 1e3:.0f} ms, {minimal * 1e3:.0f} ms)"
    what = "start to first frame, against a minimal Textual app"
    return [Row(what, figure, f"at most {GOAL:g}x", ratio <= GOAL)]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    show(table(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
