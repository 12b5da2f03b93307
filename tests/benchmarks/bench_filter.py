"""How long filters take over a transcript, and how long the app's loop is held at most.

    python -m tests.benchmarks.bench_filter [--entries 1000000] [--size 100] [filter …]

Builds a transcript in memory and runs each filter over it as the screen does: `Matches.advance`
in turns. The table tells the seconds for all entries and the longest turn in milliseconds; the
last column is what keeping up costs, in nanoseconds per entry, when entries come in batches.
"""

from __future__ import annotations

import argparse
import gc
import time
from typing import NamedTuple

from wstui.core.entry import OUTGOING, Kind
from wstui.core.filter import Matches, parse_filter
from wstui.core.transcript import Transcript

FILTERS = (
    "",
    "dir:in",
    "dir:in -op:ping,pong",
    "price",
    "aapl",
    "AAPL",
    "nowhere",
    "dir:in aapl -op:ping -goog",
    "grüße",
    '/AAPL.*price":9/',
    '/aapl.*price":9/i',
    r"/\d{4}-\d\d/",
    '/^{"type":"tick"/',
    "/[A-Z]{4}/",
    "/(a+)+$/",
    r"/(\w+)\s\1/",
    r"/(\w|\d)+!/",
)
BATCH = 1000
SYMBOLS = ("AAPL", "MSFT", "GOOG", "IBM ")


class Result(NamedTuple):
    """What one filter took."""

    matches: int
    timed_out: int
    seconds: float
    longest: float
    tail: float


def row(number: int, size: int, letters: str) -> bytes:
    """One entry of `size` bytes, about: a tick of a market feed."""
    symbol = SYMBOLS[number * 7919 % 4]
    price = number * 104_729 % 100_000 / 100
    head = f'{{"type":"tick","symbol":"{symbol}","price":{price},"seq":{number},"text":"{letters}'
    return (head.encode() + b" lorem ipsum dolor sit amet" * (size // 27 + 1))[: size - 2] + b'"}'


def fill(transcript: Transcript, first: int, count: int, size: int, letters: str) -> None:
    """Append `count` entries: mostly received text, and some sent text and pings."""
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        flags = bytes(
            Kind.PING if number % 50 == 0 else Kind.TEXT | (OUTGOING if number % 10 == 0 else 0)
            for number in numbers
        )
        payloads = [row(number, size, letters) for number in numbers]
        lengths = [len(payload) for payload in payloads]
        transcript.append_batch(flags, lengths, b"".join(payloads), float(start))


def measure(transcript: Transcript, text: str, turn: float, size: int, letters: str) -> Result:
    """Run one filter over everything, then over what comes in."""
    matches = Matches(transcript, parse_filter(text))
    clock = time.perf_counter
    longest = 0.0
    begin = clock()
    more = True
    while more:
        start = clock()
        more = matches.advance(turn, clock)
        longest = max(longest, clock() - start)
    seconds = clock() - begin
    found = len(matches)
    rows = 20 * BATCH
    tail = 0.0
    for _ in range(5):
        fill(transcript, len(transcript), rows // 5, size, letters)
        start = clock()
        while matches.advance(turn, clock):
            pass
        tail += clock() - start
    return Result(found, matches.timed_out, seconds, longest, tail / rows)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure filters over a large transcript.")
    parser.add_argument("filters", nargs="*", metavar="filter", help="filters to measure")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries (1,000,000)")
    parser.add_argument("--size", type=int, default=100, help="payload bytes of each (100)")
    parser.add_argument("--turn", type=float, default=4, help="milliseconds a turn may take (4)")
    parser.add_argument("--unicode", action="store_true", help="payloads are not only ASCII")
    options = parser.parse_args()
    letters = "Grüße 東京" if options.unicode else "Greetings"
    transcript = Transcript()
    fill(transcript, 0, options.entries, options.size, letters)
    gc.collect()
    gc.freeze()
    print(f"{options.entries:,} entries of {options.size:,} B, turns of {options.turn:g} ms")
    print("filter".ljust(28), "   matches  gave up       s  longest ms  tail ns")
    for text in options.filters or FILTERS:
        result = measure(transcript, text, options.turn / 1000, options.size, letters)
        print(
            f"{text or '(empty)':28} {result.matches:10,} {result.timed_out:8,} "
            f"{result.seconds:7.3f} {1000 * result.longest:11.2f} {1e9 * result.tail:8.0f}"
        )


if __name__ == "__main__":
    main()
