"""`wstui --version` as a whole process, against `python -m websockets --version`.

    python -m tests.benchmarks.bench_version

Goal: at most 1.5 times as long. Both are run as modules by the same Python, one after the other.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median
from time import perf_counter

from tests.benchmarks.bench_flood import Row, show

GOAL = 1.5
MODULES = ("wstui", "websockets")
RUNS = 7
"""Of each, in one round."""


def run(module: str) -> float:
    """Seconds of one run."""
    begun = perf_counter()
    subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, check=True)
    return perf_counter() - begun


def table(rounds: int) -> list[Row]:
    """What was measured."""
    times: dict[str, list[float]] = {module: [] for module in MODULES}
    for module in MODULES:
        run(module)  # so that files are in the system's cache
    for _ in range(rounds * RUNS):
        for module in MODULES:
            times[module].append(run(module))
    ours, theirs = (median(times[module]) for module in MODULES)
    ratio = ours / theirs
    return [
        Row(
            "`wstui --version`, against `python -m websockets --version`",
            f"{ratio:.2f}x ({ours * 1e3:.0f} ms, {theirs * 1e3:.0f} ms)",
            f"at most {GOAL:g}x",
            ratio <= GOAL,
        )
    ]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    show(table(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
