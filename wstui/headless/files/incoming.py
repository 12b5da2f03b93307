"""One file that is received, from its offer to its name in the folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from threading import Event
from typing import Final, ParamSpec, TypeVar

from wstui.core.file_transfer.messages import (
    HEAD,
    Accept,
    Ack,
    Busy,
    Cancel,
    Done,
    End,
    Lost,
    Message,
    Offer,
    Reason,
    Refuse,
    Start,
)
from wstui.core.file_transfer.names import Present, UnsafeName, check_name
from wstui.core.file_transfer.pieces import Piece, Place, place
from wstui.core.units import exact_seconds_text, size_text
from wstui.headless.files.desk import Desk
from wstui.headless.files.part import InUse, Part, Whole
from wstui.headless.files.room import Item, Room, cost
from wstui.headless.files.show import Shown
from wstui.headless.files.working import Stopped, trouble, working

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE: Final = 2 << 20
"""Bytes that are written at once, at most."""

QUIET: Final = 3.0
"""Seconds without a word of a sender, who has one each second, after which another who sends a file
of the same name takes its place."""

EXISTS: Final = "another file of that name is there"

Tell = Callable[[Message], Awaitable[None]]
"""Sends a message to whoever sends the file."""


class Cut(Exception):
    """The connection ended."""


class NotTaken(Exception):
    """The file is not taken; the message says why."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Incoming:
    """A file under way. `run` does what `hear` is given, in order."""

    def __init__(
        self, desk: Desk, offer: Offer, tell: Tell, room: Room, peer: int, *, only: bool
    ) -> None:
        """`peer` is the connection's id; `only`: nobody else hears who sends it."""
        self._desk = desk
        self._offer = offer
        self._tell = tell
        self._peer = peer
        self._only = only
        self._items: deque[Item] = deque()
        self._news = asyncio.Event()
        self._room = room
        self._part: Part | None = None
        self._shown: Shown | None = None
        self._stated = 0  # bytes of it that the sender knows of
        self._is_taking = False
        self._is_over = False
        self._is_cut = False
        self._stop = Event()
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()

    def give_way(self, name: str) -> None:
        """Another offers a file of this name: if it is that of this one, and its sender seems to be
        gone, end it."""
        is_quiet = self._loop.time() - self._heard >= QUIET and not self._items
        if name == self._offer.name and is_quiet:
            self.cut()

    def cut(self) -> None:
        """Nothing further comes for it: the connection ended."""
        self._is_cut = True
        self._news.set()
        waits = any(not isinstance(item, Offer | Busy) for item in self._items)
        if self._desk.stage.is_ending or not waits:
            self._stop.set()

    async def hear(self, item: Item) -> None:
        """Take what came for it; returns when there is room for more."""
        if self._is_over:
            return
        self._heard = self._loop.time()
        self._items.append(item)
        self._room.take(cost(item))
        self._news.set()
        await self._room.wait()

    async def run(self) -> None:
        """Receive it, until it is there, refused, given up, or has stalled."""
        try:
            while not self._is_over:
                await self._deal(await self._next())
        except NotTaken as problem:
            await self._refuse(problem.reason, str(problem))
        except TimeoutError:
            limit = exact_seconds_text(self._desk.asked.stall)
            await self._fail(f"nothing came for {limit}; {self._kept()}")
        except FileExistsError:
            await self._refuse(Reason.EXISTS, EXISTS)
        except OSError as error:
            await self._refuse(Reason.DISK, trouble(error))
        except (Cut, Stopped):
            await self._fail(f"the connection ended; {self._kept()}")
        finally:
            self._end()

    # What comes

    async def _next(self) -> Sequence[Item]:
        """The next message, or pieces that came together.

        Raises:
            TimeoutError: nothing came for too long.
            Cut: nothing will come.
        """
        while not self._items:
            if self._is_cut:
                raise Cut
            self._news.clear()
            async with asyncio.timeout(self._desk.asked.stall):
                await self._news.wait()
        found = [self._items.popleft()]
        size = cost(found[0])
        if isinstance(found[0], Piece):
            while self._items and isinstance(self._items[0], Piece) and size < AT_ONCE:
                found.append(self._items.popleft())
                size += cost(found[-1])
        self._room.free(size)
        return found

    async def _deal(self, items: Sequence[Item]) -> None:
        match items[0]:
            case Piece():
                if self._is_taking:
                    await self._take([one for one in items if isinstance(one, Piece)])
            case Offer() as offer:
                await self._offered(offer)
            case Start() as start:
                await self._start(start)
            case End() as end:
                await self._finish(end)
            case Cancel() as cancel:
                self._is_over = True
                await self._desk.cancelled(self._offer, self._size, cancel.text[:200], self._peer)
            case _:  # it is busy
                pass

    async def _offered(self, offer: Offer) -> None:
        """Say whether it is taken, and what is there of it."""
        self._check_name(offer.name)
        self._offer, self._is_taking = offer, False
        size = offer.size or 0
        if self._part is None:
            self._check_size(size, 0)
            if self._desk.asked.present is Present.REFUSE and await self._do(self._is_there):
                await self._compare(offer)
            else:
                await self._open(create=False)
        at = self._stated = self._known()
        self._check_size(size, max(size - at, 0))
        await self._check_space(at)
        sha256 = self._part.sha256 if at and self._part is not None else ""
        await self._tell(Accept(offer.transfer, self._desk.id, at, sha256, self._only))

    async def _compare(self, offer: Offer) -> None:
        """A file has that name: it may be this one, sent before."""
        if offer.resumable:
            facts = (offer.name, offer.size, offer.head, self._stop)
            self._part = await self._do(Whole.look, self._desk.folder, *facts)
        if self._part is None:
            raise NotTaken(Reason.EXISTS, EXISTS)

    def _is_there(self) -> bool:
        return os.path.lexists(self._desk.folder / self._offer.name)

    async def _start(self, start: Start) -> None:
        """The file follows."""
        desk = self._desk
        if self._part is None:
            await self._open(create=True)
        part = self._part
        assert part is not None
        if part.size and not (self._stated and desk.id in start.kept):
            await self._do(part.begin_again)
        if self._shown is None:
            self._shown = desk.show.begin(self._offer.name, self._offer.size, part.size)
        self._is_taking = start.offset <= part.size
        if not self._is_taking:
            await self._lost()

    async def _take(self, pieces: Sequence[Piece]) -> None:
        """Write what is new of these."""
        part, offer, desk = self._part, self._offer, self._desk
        assert part is not None
        at, new, gap = part.size, [], False
        for piece in pieces:
            where = place(at, offer.size, piece.offset, len(piece.data))
            if where is Place.BEYOND:
                raise NotTaken(Reason.SIZE, "more came than was offered")
            if where is Place.GAP:
                gap = True
                break
            if where is Place.NEXT:
                new.append(piece.data[at - piece.offset :])
                at += len(new[-1])
        if new:
            self._check_size(at, at - part.size)
            desk.took(at - part.size)
            await self._do(part.write, new)
            await self._tell(Ack(offer.transfer, desk.id, part.size))
            if self._shown is not None:
                desk.show.moved(self._shown, part.size)
        if gap:
            await self._lost()

    async def _finish(self, end: End) -> None:
        """All was sent: see whether all came, and give it its name."""
        part, offer, desk = self._part, self._offer, self._desk
        if part is None or not self._is_taking or part.size < end.size:
            await self._lost()
            return
        if part.size != end.size or part.sha256 != end.sha256:
            self._part = None
            await self._do(part.close, remove=True)
            raise NotTaken(Reason.CHECKSUM, "its checksum is wrong, and what came was removed")
        name = await self._do(part.finish, offer.modified, desk.asked.present)
        self._part, self._is_over = None, True
        done = Done(offer.transfer, desk.id, end.sha256, name, self._only)
        assert self._shown is not None
        await desk.saved(self._shown, done, self._peer)
        await self._tell(done)
        desk.end(done)

    async def _lost(self) -> None:
        """Ask for what is missing."""
        self._is_taking = False
        await self._tell(Lost(self._offer.transfer, self._desk.id))

    # Its end

    async def _refuse(self, reason: Reason, text: str) -> None:
        self._is_over = True
        answer = Refuse(self._offer.transfer, self._desk.id, reason, text, self._only)
        await self._desk.refused(self._offer, answer, self._size, self._peer)
        await self._tell(answer)
        self._desk.end(answer)

    async def _fail(self, text: str) -> None:
        self._is_over = True
        if self._shown is not None:  # else it had not begun
            await self._desk.failed(self._offer, self._size, text, self._peer)

    def _kept(self) -> str:
        if not self._is_kept():
            return "nothing of it is kept"
        return f"{size_text(self._size)} are kept, and it goes on from there when sent again"

    def _end(self) -> None:
        """Let go of everything."""
        self._is_over = True
        self._room.free(sum(map(cost, self._items)))
        self._items.clear()
        if self._shown is not None:
            self._desk.show.end(self._shown, done=False)
        if self._part is not None:
            is_ours = self._shown is not None  # else it may be what another began
            self._part.close(remove=is_ours and not self._is_kept())

    # Files

    @property
    def _size(self) -> int:
        """Bytes of it that are there."""
        return 0 if self._part is None else self._part.size

    def _known(self) -> int:
        """Bytes that are there of which the sender may hear: that which it sent itself, or knows
        the beginning of."""
        part, offer = self._part, self._offer
        if part is None or not offer.resumable:
            return 0
        return part.size if self._shown is not None or part.begins(offer.head) else 0

    def _is_kept(self) -> bool:
        """Whether what came is the beginning of the next attempt."""
        return self._offer.resumable and self._size >= HEAD

    async def _open(self, *, create: bool) -> None:
        several = self._desk.asked.present is Present.RENAME
        folder, name = self._desk.folder, self._offer.name
        try:
            self._part = await self._do(
                Part.open, folder, name, create=create, several=several, stop=self._stop
            )
        except InUse:
            words = "a file of that name is being received"
            raise NotTaken(Reason.BUSY, words) from None

    def _check_name(self, name: str) -> None:
        if name != self._offer.name:
            raise NotTaken(Reason.NAME, "it was offered under another name before")
        try:
            check_name(name, windows=sys.platform == "win32", hidden=self._desk.asked.hidden)
            os.fsencode(name)
        except UnsafeName as problem:
            raise NotTaken(Reason.NAME, str(problem)) from problem
        except UnicodeEncodeError:
            raise NotTaken(Reason.NAME, "this system cannot have its name") from None

    def _check_size(self, size: int, more: int) -> None:
        problem = self._desk.too_large(size, more)
        if problem is not None:
            raise NotTaken(Reason.SIZE, problem)

    async def _check_space(self, at: int) -> None:
        """See that the disk has room for what is still to come."""
        size = self._offer.size
        if size is None:
            return
        free = (await self._do(shutil.disk_usage, self._desk.folder)).free
        if size - at > free:
            words = f"the disk has room for {size_text(free)} only"
            raise NotTaken(Reason.DISK, words)

    async def _do(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `do` gives, done in a thread."""
        busy = Busy(self._offer.transfer, self._desk.id)
        return await working(lambda: self._tell(busy), self._stop.set, do, *args, **kwargs)
