"""What came, and waits to be dealt with: it is bounded."""

from __future__ import annotations

import asyncio
from typing import Final

from wstui.core.file_transfer.messages import Cancel, Message, Offer, Start
from wstui.core.file_transfer.pieces import Piece

MOST_WAITING: Final = 8 << 20
"""Bytes of a connection that wait to be written before nothing more is read from it."""

COST: Final = 256
"""Bytes that a message counts for beside what stands in it."""

Item = Message | Piece


class Room:
    """What waits to be written of all files of a connection."""

    def __init__(self) -> None:
        self._size = 0
        self._is_there = asyncio.Event()
        self._is_there.set()

    def take(self, size: int) -> None:
        """So many bytes more wait."""
        self._size += size
        if self._size > MOST_WAITING:
            self._is_there.clear()

    def free(self, size: int) -> None:
        """So many no longer do."""
        self._size -= size
        if self._size <= MOST_WAITING // 2:
            self._is_there.set()

    async def wait(self) -> None:
        """Wait until there is room for more."""
        await self._is_there.wait()


def cost(item: Item) -> int:
    """Bytes that count for something that waits: about what it takes."""
    match item:
        case Piece():
            return COST + len(item.data)
        case Offer():
            return COST + 4 * len(item.name)
        case Cancel():
            return COST + 4 * len(item.text)
        case Start():
            return COST + 80 * len(item.kept)
        case _:
            return COST
