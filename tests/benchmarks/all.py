"""All figures of the README's speed table, in one run.

python -m tests.benchmarks.all
"""

from __future__ import annotations

import argparse

from tests.benchmarks import (
    bench_echo,
    bench_flood,
    bench_receive,
    bench_shown,
    bench_startup,
    bench_tail,
    bench_version,
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    rows = bench_shown.table(rounds)
    rows += bench_flood.table(rounds, 8.0)
    rows += bench_receive.table(rounds)
    rows += bench_echo.table(rounds, 1.5)
    rows += bench_tail.table(rounds)
    rows += bench_startup.table(rounds)
    rows += bench_version.table(rounds)
    bench_flood.show(rows)


if __name__ == "__main__":
    main()
