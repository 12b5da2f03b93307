"""What blocks, done in a thread, while the peer is told that it goes on."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TICK: Final = 1.0
"""Seconds between two words that it goes on."""


class Stopped(Exception):
    """It was not done to its end, since nobody waits for it any more."""


async def working(
    tell: Callable[[], Awaitable[None]],
    halt: Callable[[], None],
    do: Callable[P, T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """What `do` gives, done in a thread; `tell` is called each second until then, and `halt` when
    it is no longer wanted: where it takes long, it ends soon with `Stopped`."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(asyncio.to_thread(do, *args, **kwargs), name="work on a file")
    try:
        while not (await asyncio.wait([task], timeout=TICK))[0]:
            await tell()
    except BaseException:
        halt()
        await asyncio.wait([task])  # its file is not closed under it
        if not task.cancelled():
            task.exception()  # nobody waits for it any more
        raise
    return task.result()


def trouble(error: OSError) -> str:
    """What a file system complains about, as the rest of a sentence."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full"
        case errno.EACCES | errno.EPERM:
            return "there is no permission for that"
        case errno.EROFS:
            return "the file system can only be read"
        case errno.ELOOP:
            return "a symbolic link stands where its part should be"
        case errno.EISDIR | errno.ENOTEMPTY:
            return "a folder has its name"
        case errno.ENAMETOOLONG:
            return "its name is too long for the file system"
    return (error.strerror or str(error)).lower()
