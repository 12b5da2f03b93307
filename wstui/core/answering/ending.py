"""Commands that let go of several connections, or of a part of one, done on a pool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wstui.core.answering.hosting import NORMAL, ask_each, end_one, with_clients
from wstui.core.answering.sending import NOBODY
from wstui.core.commands.ending_values import (
    CloseEach,
    DropEach,
    EndingCommand,
    HalfClose,
    Pause,
    ReadOn,
)
from wstui.core.commands.values import Close, Drop
from wstui.core.ports import Pool, Refused
from wstui.core.units import count_text


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
        case CloseEach() | DropEach():
            return await _let_go(command, ids, pool)
        case HalfClose():
            reached = await ask_each(with_clients(ids, pool), pool.end_sending)
            return f"Ended our half of TCP of {several(reached)}"
        case Pause():
            reached = await ask_each(with_clients(ids, pool), pool.pause)
            return f"Reading from {several(reached)} paused"
        case ReadOn():
            reached = await ask_each(with_clients(ids, pool), pool.read_on)
            return f"Reading from {several(reached)} goes on"


async def _let_go(command: CloseEach | DropEach, ids: Sequence[int], pool: Pool) -> str:
    """Close or drop several connections; listeners among them with their clients."""
    listeners = [id for id in ids if id in pool.listeners]
    others = [id for id in ids if id not in pool.listeners]
    answers = []
    for id in listeners:
        one = (
            Drop(id, command.reset)
            if isinstance(command, DropEach)
            else Close(id, command.code, command.reason)
        )
        answers.append(await end_one(one, pool, id))
    if isinstance(command, DropEach):
        reached = await pool.drop_each(others, reset=command.reset)
        words = f"{' by reset' if command.reset else ''}"
        did = "Dropped"
    else:
        code = NORMAL if command.code is None else command.code
        reached = await pool.close_each(others, code, command.reason)
        did, words = "Closing", f" with {code} {command.reason}".rstrip()
    if others or not answers:
        answers.append(f"{did} {several(reached)}{words}")
    return "\n".join(answers)


def several(ids: Sequence[int]) -> str:
    """These connections in words.

    Raises:
        Refused: there are none.
    """
    if not ids:
        raise Refused("None of these connections can do that now.")
    return str(ids[0]) if len(ids) == 1 else f"{count_text(len(ids))} connections"
