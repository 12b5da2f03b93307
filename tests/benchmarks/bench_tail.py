"""Messages to output, and input to messages: `wstui tail` and `wstui pipe` against other tools.

    python -m tests.benchmarks.bench_tail

Text messages of 100 B go to a file and to a pipe, and lines of 100 B to messages, by `wstui`, by
`wscat` (of npm; it is installed for the run where it is missing) and by `python -m websockets`.
They take turns; each run is a process of its own, from whose time that of a run with one message is
taken off; medians of the rounds. Goal: five times the better of the other two.

What `wscat` has not written to a pipe when the server closes is lost, and does not count. What it
reads before the connection is open is lost, too: lines are given to all of them a second late.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter, sleep
from typing import IO, NamedTuple

from tests.benchmarks.bench_flood import Row, show
from tests.benchmarks.flood_server import flood_server, message
from wstui.core.entry import header_size

SIZE = 100
GOAL = 5.0
LATE = 1.0
"""Seconds until lines are given: by then the connection is open."""

LIMIT = 120.0
"""Seconds after which a run has failed."""


class Client(NamedTuple):
    """A program that writes what it receives, and sends the lines that it reads."""

    name: str
    command: Sequence[str]
    messages: int
    """Messages of a run: as many as take it about a second."""


WSTUI = (sys.executable, "-m", "wstui")
TAIL = Client("`wstui tail`", (*WSTUI, "tail", "--quiet"), 1_000_000)
PIPE = Client("`wstui pipe`", (*WSTUI, "pipe", "--quiet"), 1_000_000)
WEBSOCKETS = Client("`python -m websockets`", (sys.executable, "-m", "websockets"), 50_000)


@contextmanager
def wscat() -> Iterator[Client | None]:
    """The tool of npm; None, with the reason printed, where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        found = shutil.which("wscat") or install(folder)
        yield None if found is None else Client("`wscat`", (found, "-c"), 200_000)


def install(folder: str) -> str | None:
    """Install `wscat` into `folder`; where it is then."""
    npm = shutil.which("npm")
    if npm is None:
        print("wscat is left out: neither it nor npm is there", file=sys.stderr)
        return None
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", folder, "wscat"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        print(f"wscat is left out: {result.stderr.strip()[-200:]}", file=sys.stderr)
        return None
    return str(Path(folder) / "node_modules" / ".bin" / "wscat")


class Run(NamedTuple):
    """A run of a client."""

    seconds: float
    output: int
    """Bytes that it wrote."""


def to_file(client: Client, port: int, count: int) -> Run:
    """Write so many messages to a file."""
    with tempfile.TemporaryFile() as out:
        seconds = run(client, f"ws://127.0.0.1:{port}/?size={SIZE}&n={count}", out).seconds
        return Run(seconds, out.seek(0, 2))


def to_pipe(client: Client, port: int, count: int) -> Run:
    """Write so many messages to a pipe."""
    return run(client, f"ws://127.0.0.1:{port}/?size={SIZE}&n={count}", subprocess.PIPE)


def from_pipe(client: Client, port: int, count: int) -> Run:
    """Send so many lines from a pipe as messages, until the server has them all."""
    size = count * (SIZE + header_size(SIZE, masked=True))
    uri = f"ws://127.0.0.1:{port}/?take={size}"
    made = run(client, uri, subprocess.DEVNULL, (message("text", SIZE) + b"\n") * count)
    return made._replace(output=size)


def run(client: Client, uri: str, out: IO[bytes] | int, given: bytes = b"") -> Run:
    """Run a client until it ends, its input being open all the time. Where it is given something,
    the seconds begin then."""
    begun = perf_counter()
    with subprocess.Popen(
        [*client.command, uri], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None
        if given:
            sleep(LATE)
            begun = perf_counter()
        writing = Thread(target=write, args=(process.stdin, given))
        writing.start()
        size = 0
        while process.stdout is not None and (part := os.read(process.stdout.fileno(), 1 << 20)):
            size += len(part)
        process.wait(LIMIT)
        seconds = perf_counter() - begun
        writing.join(LIMIT)
    return Run(seconds, size)


def write(stream: IO[bytes], given: bytes) -> None:
    """Write all, as fast as it is taken."""
    stream.write(given)
    stream.flush()


WAYS = {
    "to a file": (to_file, (TAIL, PIPE)),
    "to a pipe": (to_pipe, (TAIL, PIPE)),
    "from a pipe": (from_pipe, (PIPE,)),
}
"""How it is measured, and which of ours can do it."""


class Figures(NamedTuple):
    """What was measured of a client."""

    rate: float
    """Messages a second."""
    arrived: float
    """The part of them that came out."""

    @property
    def words(self) -> str:
        """The rate, and what it hides."""
        lost = "" if self.arrived > 0.999 else f", of which {self.arrived:.0%} came out"
        return f"{self.rate:,.0f}/s{lost}"


def table(rounds: int) -> list[Row]:
    """What was measured."""
    found: dict[tuple[str, str], list[Figures]] = {}
    with wscat() as other, flood_server() as port:
        others = [one for one in (other, WEBSOCKETS) if one is not None]
        for _ in range(rounds):
            for way, (measure, ours) in WAYS.items():
                for client in (*ours, *others):
                    start_up = measure(client, port, 1)
                    whole = measure(client, port, client.messages)
                    rate = client.messages / max(whole.seconds - start_up.seconds, 0.001)
                    arrived = min(whole.output / (client.messages * SIZE), 1)
                    found.setdefault((way, client.name), []).append(Figures(rate, arrived))
    medians = {
        key: Figures(*(median(column) for column in zip(*each, strict=True)))
        for key, each in found.items()
    }
    return [
        row(
            way,
            medians[way, client.name],
            client,
            {one.name: medians[way, one.name] for one in others},
        )
        for way, (_, ours) in WAYS.items()
        for client in ours
    ]


def row(way: str, ours: Figures, client: Client, others: Mapping[str, Figures]) -> Row:
    """A line of the table: against the best of what arrives with the others."""
    ratio = ours.rate / max(other.rate * other.arrived for other in others.values())
    theirs = "; ".join(f"{name}: {other.words}" for name, other in others.items())
    return Row(
        f"messages of {SIZE} B {way}, {client.name}, against the better of two",
        f"{ratio:.1f}x ({ours.words}; {theirs})",
        f"{GOAL:g}x",
        ratio >= GOAL and ours.arrived > 0.999,
    )


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    show(table(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
