"""Who has much to write lets others have their turns of the loop."""

from __future__ import annotations

import asyncio
import math

import pytest

from tests.headless_support import PATIENCE, Kept
from wstui.headless import turns as turns_module
from wstui.headless.batches import GATHERED
from wstui.headless.output import Output
from wstui.headless.turns import Turns


@pytest.mark.parametrize(
    ("slice", "expected"), [(-1.0, 5), (math.inf, 0)], ids=["long turns", "short ones"]
)
async def test_others_have_their_turns(
    slice: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each turn that is long enough, and not else; all is written either way."""
    monkeypatch.setattr(turns_module, "SLICE", slice)
    kept, others = Kept(), 0

    async def count() -> None:
        nonlocal others
        while True:
            await asyncio.sleep(0)
            others += 1

    output = Output(kept)
    counting = asyncio.get_running_loop().create_task(count(), name="others")
    turns = Turns()
    turns.begin()
    parts = [bytes((65 + n,)) * GATHERED for n in range(5)]
    await turns.write(output, parts)
    counting.cancel()
    assert (others > 0, others >= expected - 1) == (expected > 0, True)
    await output.finish(PATIENCE)
    assert kept.data == b"".join(parts)
