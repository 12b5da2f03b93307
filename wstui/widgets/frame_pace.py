"""How often a view may draw, so that a slow terminal does not fall behind.

Owns the decision only. Textual hands frames to a writer thread through a queue of 30: on a slow
line they pile up there, and an answer to a key shows seconds late.
"""

from __future__ import annotations

from typing import Any, Final

from textual.app import App

BACKLOG: Final = 2
"""Waiting writes that mean the terminal is behind; one may just have been put there."""

LONGEST_REST: Final = 8
"""Ticks rested at most: at 30 a second, never fewer than about 4 frames a second when idle."""


class FramePace:
    """Lets frames through as fast as the terminal takes them, and leaves it half of its time.

    Asked at each tick of a view's clock. While writes wait no frame is due, and after that for as
    many ticks as they had waited: keys and other panes get the line in between.
    """

    def __init__(self) -> None:
        self._rest = 0

    def due(self, waiting: int) -> bool:
        """Whether to draw at this tick, with `waiting` writes not yet taken by the terminal."""
        if waiting >= BACKLOG:
            self._rest = min(self._rest + 1, LONGEST_REST)
            return False
        if self._rest:
            self._rest -= 1
            return False
        return True


def waiting_writes(app: App[Any]) -> int:
    """Writes that the terminal of `app` has not yet taken; 0 when that cannot be known.

    Textual has no public way to ask: its drivers keep the queue in a private thread, and the
    headless one has none.
    """
    queue = getattr(getattr(app._driver, "_writer_thread", None), "_queue", None)
    return 0 if queue is None else int(queue.qsize())
