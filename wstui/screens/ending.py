"""Commands that let go of several connections, or of a part of one, done on a pool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wstui.core.commands.ending_values import (
    CloseEach,
    DropEach,
    EndingCommand,
    HalfClose,
    Pause,
    ReadOn,
)
from wstui.core.ports import Pool, Refused
from wstui.core.units import count_text
from wstui.screens.sending import NOBODY


async def end(
    command: EndingCommand, pool: Pool, selected: int | None, marked: Iterable[int]
) -> str:
    """Do `command`; what is answered to it.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    ids = command.whom.among(pool.connections, selected, marked)
    if command.whom.word == "all" and isinstance(command, CloseEach | DropEach):
        ids = [id for id, one in pool.connections.items() if one.is_live]
    if not ids:
        raise Refused(NOBODY[command.whom.word])
    match command:
        case CloseEach(_, code, reason):
            reached = await pool.close_each(ids, code, reason)
            return f"Closing {several(reached)} with {code} {reason}".rstrip()
        case DropEach(_, reset):
            reached = await pool.drop_each(ids, reset=reset)
            return f"Dropped {several(reached)}{' by reset' if reset else ''}"
        case HalfClose():
            return f"Ended our half of TCP of {several(ask_each(ids, pool.end_sending))}"
        case Pause():
            return f"Reading from {several(ask_each(ids, pool.pause))} paused"
        case ReadOn():
            return f"Reading from {several(ask_each(ids, pool.read_on))} goes on"


def ask_each(ids: Sequence[int], ask: Callable[[int], None]) -> list[int]:
    """Ask about each of `ids`; those that did not refuse. One alone may, in its own words."""
    reached = []
    for id in ids:
        try:
            ask(id)
        except Refused:
            if len(ids) == 1:
                raise
        else:
            reached.append(id)
    return reached


def several(ids: Sequence[int]) -> str:
    """These connections in words.

    Raises:
        Refused: there are none.
    """
    if not ids:
        raise Refused("None of these connections can do that now.")
    return str(ids[0]) if len(ids) == 1 else f"{count_text(len(ids))} connections"
