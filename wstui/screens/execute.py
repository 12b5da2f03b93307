"""Commands of the command bar, done on a pool."""

from __future__ import annotations

from dataclasses import dataclass

from wstui.core.ports import Pool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command."""

    text: str = ""
    selects: int | None = None
    filter: str | None = None
    quits: bool = False


async def execute(command: object, pool: Pool) -> Answer:
    """Do `command`."""
    return Answer()
