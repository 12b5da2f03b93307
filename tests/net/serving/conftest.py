from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from wstui.net.pool import ConnectionPool


@pytest_asyncio.fixture
async def pool() -> AsyncIterator[ConnectionPool]:
    """A pool that ends with the test."""
    async with ConnectionPool() as pool:
        yield pool
