from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.handler_support import Stage
from wstui.net.pool import ConnectionPool


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ConnectionPool]:
    """A pool that ends with the test."""
    async with ConnectionPool() as pool:
        yield pool


@pytest_asyncio.fixture
async def stage(pool: ConnectionPool, tmp_path: Path) -> AsyncIterator[Stage]:
    """A listener to be, with a handler file."""
    yield Stage(pool, tmp_path)
    await pool.close_all(timeout=10)
