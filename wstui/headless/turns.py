"""Turns of the loop: who has much to write lets others have theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import perf_counter
from typing import Final

from wstui.headless.batches import gathered
from wstui.headless.output import Output

SLICE: Final = 0.005
"""Seconds of work in a turn of the loop."""


class Turns:
    """Knows how long the work of one task has kept the loop."""

    def __init__(self) -> None:
        self._begun = 0.0

    def begin(self) -> None:
        """Count from now on: this task has waited, and others had their turn."""
        self._begun = perf_counter()

    async def breathe(self) -> None:
        """Let the loop have its turn, if this one is long enough."""
        if perf_counter() - self._begun > SLICE:
            await asyncio.sleep(0)
            self.begin()

    async def write(self, output: Output, parts: Iterable[bytes]) -> None:
        """Write `parts`, which are made one after the other, small ones together."""
        for piece in gathered(parts):
            await output.write(piece)
            await self.breathe()
