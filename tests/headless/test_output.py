"""Standard output that may be slow, stuck or closed."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from wstui.headless.output import LIMIT, Output, encoded


class Slow:
    """Takes what it is given, a little at a time, once it may."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.may = threading.Event()

    def write(self, data: bytes | memoryview, /) -> int | None:
        self.may.wait(20)
        self.taken += data[:100_000]
        return min(len(data), 100_000)


async def test_it_writes_in_order() -> None:
    """What was written last comes last."""
    stream = Slow()
    stream.may.set()
    output = Output(stream)
    for number in range(1000):
        await output.write(b"%d\n" % number)
    assert await output.finish(10)
    assert bytes(stream.taken) == b"".join(b"%d\n" % number for number in range(1000))


async def test_a_slow_stream_makes_who_writes_wait() -> None:
    """What waits for it is bounded."""
    stream = Slow()
    output = Output(stream)
    await output.write(bytes(LIMIT))
    more = asyncio.get_running_loop().create_task(output.write(b"x"), name="more")
    for _ in range(50):
        await asyncio.sleep(0)
    assert not more.done()
    stream.may.set()
    await asyncio.wait_for(more, 20)
    assert await output.finish(10)
    assert len(stream.taken) == LIMIT + 1


async def test_a_stuck_stream_is_given_up() -> None:
    """At the end it is waited for no longer than something is taken."""
    stream = Slow()
    output = Output(stream)
    await output.write(b"x")
    assert not await output.finish(0.05)
    stream.may.set()


async def test_a_closed_pipe_is_noticed() -> None:
    """Nobody waits for who does not read any more."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", buffering=0) as stream:
        output = Output(stream)
        await output.write(b"x")
        await asyncio.wait_for(output.closed.wait(), 10)
        await asyncio.wait_for(output.write(bytes(LIMIT * 2)), 10)
        assert not await output.finish(10)


@pytest.mark.skipif(sys.platform == "win32", reason="it does not tell")
async def test_a_reader_who_leaves_is_noticed() -> None:
    """Also while there is nothing to write."""
    read, write = os.pipe()
    with os.fdopen(write, "wb", buffering=0) as stream:
        output = Output(stream)
        output.watch()
        await output.write(b"x")
        assert await output.finish(10)
        assert os.read(read, 1) == b"x"
        assert not output.closed.is_set()
        os.close(read)
        await asyncio.wait_for(output.closed.wait(), 10)


async def test_only_pipes_are_watched(tmp_path: Path) -> None:
    """A file has no reader, and other streams have no number."""
    with (tmp_path / "out").open("wb", buffering=0) as stream:
        Output(stream).watch()
    Output(Slow()).watch()


def test_all_texts_can_be_written() -> None:
    """Bytes that were no text come out as they were; what stands for nothing is replaced."""
    assert encoded(b"a\xff".decode("utf-8", "surrogateescape")) == b"a\xff"
    assert encoded("a\ud800") == b"a?"
