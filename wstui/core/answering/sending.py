"""Sending more than a message, by command or by form: to whom, and what is answered to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from wstui.core.answering.hosting import with_clients
from wstui.core.commands.send_values import Whom
from wstui.core.ports import Pool, Refused
from wstui.core.sending.plan import SendPlan
from wstui.core.sending.raw_frame import RawFrame, header_words
from wstui.core.units import count_text

NOBODY: Final = {
    ".": "No connection is selected.",
    "all": "No connection is open.",
    "marked": "No connection is marked. Space marks one in the list.",
}
"""Why a word stands for no connection."""


def ids(whom: Whom, pool: Pool, selected: int | None, marked: Iterable[int]) -> list[int]:
    """The connections that are meant, a listener standing for its open clients.

    Raises:
        Refused: there are none.
    """
    found = whom.among(pool.connections, selected, marked)
    if not found:
        raise Refused(NOBODY[whom.word])
    return with_clients(found, pool)


async def start(
    pool: Pool, ids: Sequence[int], meant: SendPlan | RawFrame, stop: str = "F8"
) -> str:
    """Begin to send to these; what is answered to it, a sentence without its full stop. `stop` is
    what stops it.

    Raises:
        Refused: to none of them it can be sent now.
    """
    if isinstance(meant, RawFrame):
        reached = await pool.send_raw(ids, meant)
    else:
        reached = await pool.carry_out(ids, meant)
    if not reached:
        raise Refused("To none of these connections it can be sent now.")
    whom = f"{reached[0]}" if len(reached) == 1 else f"{count_text(len(reached))} connections"
    if isinstance(meant, RawFrame):
        return f"Sent a raw {header_words(meant)[0]} frame to {whom}"
    if meant.repeats:
        often = "until it is stopped" if meant.times is None else f"{count_text(meant.times)} times"
        return f"Sending {often} to {whom}; {stop} stops it"
    count = 1 if meant.sizes is None else meant.sizes.count(len(meant.payload))
    return f"Sending {f'in {count_text(count)} fragments ' if count > 1 else ''}to {whom}"


def cancel(pool: Pool, ids: Sequence[int]) -> str:
    """Stop sending to these; what is answered to it, without a full stop.

    Raises:
        Refused: it is one, and it is not open.
    """
    parts = []
    for id in ids:
        try:
            cancelled = pool.cancel(id)
        except Refused:
            if len(ids) == 1:
                raise
            continue
        if cancelled:
            parts.append(f"{id}: {cancelled}")
    return "\n".join(parts) or "Nothing was waiting"
