"""The sender's side of one connection: a file, and those who take it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex
from typing import Final

from wstui.command_line.send_file import SendFile
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.file_transfer.messages import (
    Busy,
    Cancel,
    End,
    Message,
    Offer,
    Reason,
    Start,
    encode,
)
from wstui.core.file_transfer.pieces import Piece
from wstui.core.file_transfer.takers import Doing, Taker, Takers, confirmed
from wstui.core.ports import Refused
from wstui.core.printable import printable
from wstui.core.units import exact_seconds_text
from wstui.headless.files.show import Show, Shown
from wstui.headless.files.source import Changed, Source
from wstui.headless.files.talk import Lines, talk
from wstui.headless.files.working import trouble
from wstui.headless.stage import Stage

WINDOW: Final = 4 << 20
"""Bytes that may be on their way to the slowest receiver: what servers that hand them on keep for
a slow client is not much more."""

AGAIN: Final = 1.0
"""Seconds between two offers, and between two signs of life."""

OTHERS: Final = 0.3
"""Seconds in which further receivers may answer, once one has who may not be the only one."""

MOST_ROUNDS: Final = 8
"""Times that a file is begun, for those who came in the middle, or lost something."""


class Interrupted(Exception):
    """The connection ended."""


class NotSent(Exception):
    """The file did not get to where it should; `str()` says why."""


class Sending:
    """Sends files on `connection`."""

    def __init__(self, stage: Stage, connection: Connection, asked: SendFile, show: Show) -> None:
        self._stage = stage
        self._connection = connection
        self._asked = asked
        self._show = show
        self._takers = Takers("")
        self._known: set[str] = set()  # receivers of the files before
        self._news = asyncio.Event()
        self._is_over = False
        self._is_waiting = False  # and that was said
        self._loop = asyncio.get_running_loop()

    async def listen(self, lines: Lines) -> None:
        """Hear what receivers say, until the connection has ended."""
        await talk(self._stage, self._connection, self._hear, lines)
        self._is_over = True
        self._news.set()

    async def _hear(self, item: Message | Piece) -> None:
        if not isinstance(item, Piece) and self._takers.hear(item, self._loop.time()):
            self._news.set()

    async def send(self, source: Source) -> tuple[Shown, list[Taker]]:
        """Send a file; how that went, and who has it.

        Raises:
            NotSent: not all who answered have it, or nobody did and somebody should.
            Interrupted: the connection ended.
        """
        self._takers = Takers(token_hex(16))
        shown = self._show.begin(source.name, source.size)
        try:
            await self._offer(source)
            for _ in range(MOST_ROUNDS):
                await self._round(source, shown)
                if not (source.resumable and await self._offer_again(source)):
                    break
            return shown, self._result(source)
        except (Changed, OSError) as error:
            text = trouble(error) if isinstance(error, OSError) else str(error)
            with suppress(Refused):
                await self._tell(Cancel(self._takers.transfer, text))
            raise NotSent(text) from error
        except Refused as refused:
            raise Interrupted from refused
        finally:
            self._known |= {one.id for one in self._takers.which(Doing.DONE, Doing.REFUSED)}
            self._known -= {one.id for one in self._takers.which(Doing.STALLED)}
            self._show.end(shown, done=False)

    # The steps of it

    async def _round(self, source: Source, shown: Shown) -> None:
        """Send the file to all who take it now."""
        takers = self._takers
        sums = {}
        if ends := takers.offsets(source.size):
            sums = await self._sums(source, ends)
        at, kept = takers.begin(sums)
        await source.begin(at)
        self._show.starts(shown, at)
        await self._tell(Start(takers.transfer, at, kept))
        await self._stream(source, shown)
        await self._tell(End(takers.transfer, source.at, source.sha256))
        await self._until(lambda: not takers.which(Doing.TAKING))

    async def _offer(self, source: Source) -> None:
        """Offer the file until somebody takes it.

        Raises:
            NotSent: nobody does.
        """
        takers, asked = self._takers, self._asked
        end = self._loop.time() + (asked.wait if asked.confirm else OTHERS)
        while not takers.answered():
            await self._tell(_offer(takers.transfer, source))
            left = max([end, *(one.heard + asked.wait for one in takers.all.values())])
            left -= self._loop.time()
            if left <= 0:
                break
            if not await self._until(lambda: bool(takers.answered()), min(left, AGAIN)):
                self._say_waiting(source)
            if self._only_busy() and self._loop.time() < end:
                await self._until(lambda: not self._only_busy(), AGAIN)
                takers.forget_busy()
        await self._until(self._is_complete, OTHERS)
        if takers.answered() and not takers.accepted():  # who refuses is quicker than who looks
            await self._until(lambda: bool(takers.accepted()) or self._is_complete(), AGAIN)
        if not takers.accepted() and asked.confirm:
            raise NotSent(self._nobody())

    async def _offer_again(self, source: Source) -> bool:
        """Offer it to those who came in the middle, or lost something; whether there are any."""
        takers = self._takers
        end = self._loop.time() + self._asked.wait
        while takers.silent() and self._loop.time() < end:
            await self._tell(_offer(takers.transfer, source))
            await self._until(lambda: not takers.silent(), AGAIN)
        for one in takers.silent():
            one.doing = Doing.STALLED
        return bool(takers.accepted())

    def _say_waiting(self, source: Source) -> None:
        """Nobody answered at once: say, once, what is waited for."""
        if self._asked.confirm and not self._is_waiting:
            self._is_waiting = True
            self._show.note(f"{printable(source.name)}: waiting for somebody who takes it")

    def _only_busy(self) -> bool:
        """Whether all who answered may take it later."""
        answered = self._takers.answered()
        return bool(answered) and all(
            one.doing is Doing.REFUSED and one.reason is Reason.BUSY for one in answered
        )

    def _is_complete(self) -> bool:
        """Whether nobody else is to be expected."""
        answered = {one.id: one for one in self._takers.answered()}
        if any(one.only for one in answered.values()):
            return True
        return bool(self._known) and self._known <= answered.keys()

    def _nobody(self) -> str:
        refused = self._takers.which(Doing.REFUSED)
        if refused:
            return "; ".join(sorted({f"the receiver refused it: {one.text}" for one in refused}))
        wait = exact_seconds_text(self._asked.wait)
        return (
            f"nobody took it within {wait}. Is wstui receive running there? --no-confirm sends it"
            " all the same"
        )

    async def _sums(self, source: Source, ends: list[int]) -> dict[int, str]:
        """The checksums of as much as receivers have, while they are told that it takes a time."""
        task = self._loop.create_task(source.sums(ends), name="comparing parts")
        try:
            while not (await asyncio.wait([task], timeout=AGAIN))[0]:
                await self._tell(Busy(self._takers.transfer))
        finally:
            source.stop()
            await asyncio.wait([task])
        return task.result()

    async def _stream(self, source: Source, shown: Shown) -> None:
        """Send all bytes from where it is."""
        transfer = self._takers.transfer
        following = self._loop.create_task(source.pieces(transfer), name="reading a file")
        try:
            while pieces := await self._read(following):
                end = source.at
                following = self._loop.create_task(source.pieces(transfer), name="reading a file")
                for piece in pieces:
                    await self._send(piece, Kind.BINARY)
                await self._room(end, shown)
        finally:
            if not following.done() and not source.resumable:
                following.cancel()  # it may wait for somebody who types
            await asyncio.wait([following])
            if not following.cancelled():
                following.exception()  # it is told already, or something else is

    async def _read(self, task: asyncio.Task[list[bytes]]) -> list[bytes]:
        """What was read; receivers are told meanwhile that it takes a time."""
        while not (await asyncio.wait([task], timeout=AGAIN))[0]:
            await self._tell(Busy(self._takers.transfer))
        return task.result()

    async def _room(self, at: int, shown: Shown) -> None:
        """Wait until the slowest is not too far behind.

        Raises:
            NotSent: nobody takes it any more.
        """
        takers = self._takers

        def is_near() -> bool:
            slowest = takers.slowest()
            self._show.moved(shown, at if slowest is None else min(slowest, at))
            return slowest is None or at - slowest <= WINDOW

        while not await self._until(is_near, AGAIN):
            await self._tell(Busy(takers.transfer))  # others wait for the slowest, too
        if self._asked.confirm and takers.slowest() is None:
            if takers.which(Doing.WAITING):
                return
            raise NotSent(self._problem())

    # Its end

    def _result(self, source: Source) -> list[Taker]:
        """Who has the file.

        Raises:
            NotSent: not all who answered have it.
        """
        everybody = self._takers.all.values()
        good = confirmed(everybody, source.sha256)
        if not self._asked.confirm:
            return good
        if not good or len(good) < len(everybody):
            words = self._problem()
            raise NotSent(f"{words}; {len(good)} of {len(everybody)} have it" if good else words)
        return good

    def _problem(self) -> str:
        """Why not all have it."""
        found = [f"a receiver refused it: {one.text}" for one in self._takers.which(Doing.REFUSED)]
        limit = exact_seconds_text(self._asked.stall)
        found += [f"a receiver did nothing for {limit}" for _ in self._takers.which(Doing.STALLED)]
        if self._takers.which(Doing.WAITING):
            found.append("a receiver came too late, or lost some of it: send it again")
        return "; ".join(dict.fromkeys(found)) or "nobody confirmed that it came whole"

    async def finish(self) -> None:
        """Wait until all is on its way: what is not, closing would forget."""
        wire = self._stage.pool.wire(self._connection.id)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._asked.stall):
                while wire is not None and self._connection.is_open and not wire.outbox.is_idle:
                    await wire.caught_up()
                    await asyncio.sleep(0)

    # Words to and fro

    async def _tell(self, message: Message) -> None:
        await self._send(encode(message), Kind.TEXT)

    async def _send(self, payload: bytes, kind: Kind) -> None:
        if not self._connection.is_open:
            raise Interrupted
        await self._stage.send(self._connection, payload, kind)

    async def _until(self, holds: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until something holds, `seconds` at most; whether it does. Receivers of whom nothing
        is heard are given up meanwhile.

        Raises:
            Interrupted: the connection ended.
        """
        end = None if seconds is None else self._loop.time() + seconds
        while not holds():
            if self._is_over or not self._connection.is_open:
                raise Interrupted
            now = self._loop.time()
            list(self._takers.stall(now - self._asked.stall))
            left = AGAIN if end is None else min(end - now, AGAIN)
            if left <= 0:
                return False
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.wait()
        return True


def _offer(transfer: str, source: Source) -> Offer:
    facts = (source.size, source.modified, source.resumable, source.head)
    return Offer(transfer, source.name, *facts)
