"""What tests of sub-commands without a screen have in common."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from wstui.command_line.headless import Manner
from wstui.headless.output import Output
from wstui.headless.stage import Stage, Work
from wstui.net.pool import ConnectionPool

PATIENCE = 30.0
"""Seconds after which a process that should have ended has failed its test."""


class Kept:
    """A stream that keeps what is written to it."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes | memoryview, /) -> int:
        self.data += data
        return len(data)


class Done(NamedTuple):
    """What came of a sub-command."""

    code: int
    out: bytes
    err: str = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The output as NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]


@asynccontextmanager
async def stage(manner: Manner | None = None, kept: Kept | None = None) -> AsyncIterator[Stage]:
    """A stage in the test's own loop, with a pool; its output is written to `kept`."""
    async with ConnectionPool(headless=True) as pool:
        yield Stage(pool, Output(kept or Kept()), manner or Manner())


async def done(work: Work, manner: Manner | None = None) -> Done:
    """Do `work` in the test's own loop; what came of it."""
    kept = Kept()
    async with stage(manner, kept) as here:
        code = await work(here)
        await here.pool.close_all(1000)
        await here.output.finish(PATIENCE)
    return Done(code, kept.data)


async def wstui(*arguments: str, stdin: bytes = b"", **environment: str) -> Done:
    """Run `wstui` as a process of its own; what came of it. Starting one takes half a second: most
    tests do without."""
    async with process(*arguments, **environment) as running:
        async with asyncio.timeout(PATIENCE):
            out, err = await running.communicate(stdin)
        assert running.returncode is not None
        return Done(running.returncode, out, err.decode())


@asynccontextmanager
async def process(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`wstui` as a process with pipes; killed at the end, if it still runs."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wstui", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
