"""The receiver's side of one connection: which message belongs to which file."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from typing import Final

from wstui.core.connection import Connection
from wstui.core.file_transfer.messages import (
    Answer,
    Busy,
    Lost,
    Message,
    Offer,
    Reason,
    Refuse,
    encode,
)
from wstui.core.file_transfer.pieces import Piece
from wstui.core.ports import Refused
from wstui.headless.files.desk import Desk
from wstui.headless.files.incoming import Incoming
from wstui.headless.files.room import Room
from wstui.headless.files.talk import Lines, talk

MOST_OPEN: Final = 8
"""Files that come at the same time on a connection; further ones have to wait."""

MOST_MISSED: Final = 256
"""Transfers of which the beginning was missed that are remembered."""


class Receiving:
    """Receives what comes on `connection`."""

    def __init__(self, desk: Desk, connection: Connection, *, only: bool) -> None:
        """`only`: nobody else hears who is at its other end."""
        self._desk = desk
        self._connection = connection
        self._only = only
        self._open: dict[str, Incoming] = {}
        self._room = Room()
        self._missed: OrderedDict[str, None] = OrderedDict()
        self._group: asyncio.TaskGroup

    async def run(self, lines: Lines) -> None:
        """Receive files until the connection has ended. `lines` tell of its events."""
        stage = self._desk.stage
        async with asyncio.TaskGroup() as self._group:
            await talk(stage, self._connection, self._hear, lines)
            for one in self._open.values():
                one.cut()  # what came is dealt with all the same

    async def _hear(self, item: Message | Piece) -> None:
        incoming = self._open.get(item.transfer)
        if isinstance(item, Answer) or (isinstance(item, Busy) and item.receiver):
            return  # another receiver says that
        if incoming is not None:
            await incoming.hear(item)
        elif isinstance(item, Offer):
            await self._offered(item)
        elif isinstance(item, Piece) and item.transfer not in self._desk.answers:
            await self._miss(item.transfer)

    async def _offered(self, offer: Offer) -> None:
        """A file that is not under way."""
        for one in self._open.values():
            one.give_way(offer.name)
        answer = self._desk.answers.get(offer.transfer)
        if answer is not None:
            await self._tell(answer)
        elif len(self._open) >= MOST_OPEN:
            words = f"{MOST_OPEN} files are being received already"
            await self._tell(Refuse(offer.transfer, self._desk.id, Reason.BUSY, words))
        else:
            peer = self._connection.id
            one = Incoming(self._desk, offer, self._tell, self._room, peer, only=self._only)
            self._open[offer.transfer] = one
            self._missed.pop(offer.transfer, None)
            await one.hear(offer)
            work = self._receive(offer.transfer, one)
            self._group.create_task(work, name="receiving a file")

    async def _receive(self, transfer: str, one: Incoming) -> None:
        try:
            await one.run()
        finally:
            del self._open[transfer]

    async def _miss(self, transfer: str) -> None:
        """A piece of a file that was not offered since this receiver is here."""
        if transfer in self._missed:
            return
        self._missed[transfer] = None
        while len(self._missed) > MOST_MISSED:
            self._missed.popitem(last=False)
        await self._tell(Lost(transfer, self._desk.id))

    async def _tell(self, message: Message) -> None:
        with suppress(Refused):  # the connection ends, which others tell
            await self._desk.stage.send(self._connection, encode(message))
