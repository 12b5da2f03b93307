"""100,000 messages of 100 B shown in a real pseudo-terminal, against `python -m websockets`.

    python -m tests.benchmarks.bench_shown

Both tools are connected first; the server floods when the tool sends a message, and the time runs
from that key press until the last message stands on the screen. Goal: at least 8 times as fast.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

from tests.benchmarks.bench_flood import Row, show
from tests.benchmarks.flood_server import flood_server
from tests.benchmarks.terminal import terminal

GOAL = 8.0
LAST = "the-last-one"
"""The word by which the last message is recognised."""

SHOWN = f'"{LAST}"'.encode()
"""How it stands on the screen; the uri, which both tools show, has no quotation marks."""


def wstui(uri: str) -> float:
    """Seconds of the workbench."""
    with terminal([sys.executable, "-m", "wstui", uri, "--no-compression"]) as screen:
        screen.until(b"101 Switching")
        screen.press(b"s")
        screen.until(b"Kind")  # the composer has the focus: the footer shows its keys
        screen.press(b"go")
        screen.until(b"2 B")  # the composer's title tells what would be sent
        begun = screen.press(b"\x13")
        return screen.until(SHOWN) - begun


def plain(uri: str) -> float:
    """Seconds of the client that comes with websockets."""
    with terminal([sys.executable, "-m", "websockets", uri]) as screen:
        screen.until(b"Connected to")
        begun = screen.press(b"go\n")
        return screen.until(SHOWN) - begun


def table(rounds: int, count: int = 100_000) -> list[Row]:
    """What was measured."""
    times: dict[str, list[float]] = {"wstui": [], "plain": []}
    with flood_server() as port:
        uri = f"ws://127.0.0.1:{port}/?size=100&n={count}&wait=1&last={LAST}"
        for _ in range(rounds):
            times["plain"].append(plain(uri))
            times["wstui"].append(wstui(uri))
    ours, theirs = median(times["wstui"]), median(times["plain"])
    what = f"{count:,} messages of 100 B shown, against `python -m websockets`"
    ratio = theirs / ours
    figure = f"{ratio:.0f}x ({ours:.2f} s, {theirs:.2f} s)"
    return [Row(what, figure, f"{GOAL:g}x", ratio >= GOAL)]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=100_000, help="messages (default 100,000)")
    arguments = parser.parse_args()
    show(table(arguments.rounds, arguments.count))


if __name__ == "__main__":
    main()
