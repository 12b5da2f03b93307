"""Waiting for one thing of several."""

from __future__ import annotations

import asyncio


async def first(*events: asyncio.Event) -> None:
    """Wait until one of these is set."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(event.wait(), name="waiting") for event in events]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
