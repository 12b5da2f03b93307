"""Commands about profiles, done on their file, with what is answered to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

from wstui.core.commands.profile_values import Forget, ListProfiles, ProfileCommand, Save
from wstui.core.ports import Pool, Profiles, Refused
from wstui.core.profiles import list_profiles

T = TypeVar("T")


class InThread(Protocol):
    """Does what may wait for a file, while the loop goes on."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


async def manage(
    command: ProfileCommand,
    pool: Pool,
    selected: int | None,
    profiles: Profiles,
    in_thread: InThread,
) -> str:
    """Do `command`, where a missing id means `selected`; what is said of it.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    match command:
        case Save(name, id, replace):
            wanted = selected if id is None else id
            if wanted is None:
                raise Refused("No connection is selected.")
            source = pool.connections.get(wanted) or pool.listeners.get(wanted)
            if source is None:
                raise Refused(f"There is no connection {wanted}.")
            options = source.options
            try:
                await in_thread(partial(profiles.save, name, options, replace=replace))
            except Refused as refusal:
                taken = name in (await in_thread(profiles.load)).profiles and not replace
                hint = " --replace writes over it." if taken else ""
                raise Refused(f"{refusal}{hint}") from refusal
            kind = "listener" if wanted in pool.listeners else "connection"
            return f"Saved {kind} {wanted} as {name}"
        case Forget(name):
            await in_thread(partial(profiles.forget, name))
            return f"Deleted {name}"
        case ListProfiles():
            return list_profiles(await in_thread(profiles.load), profiles.place)
