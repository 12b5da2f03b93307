"""Letting go of connections from a screen, receiving less, and pings with a payload.

Owns which connections are meant, the selected or the marked ones, and what is said afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from wstui.core.answering.ending import several
from wstui.core.answering.hosting import ask_each
from wstui.core.connection import Connection, State
from wstui.core.ports import Refused
from wstui.screens.selection import Selection
from wstui.widgets.command_bar import CommandBar

if TYPE_CHECKING:
    from wstui.screens.close import CloseChoice


class LettingGo(Selection):
    """Connections that can be marked, and ended together."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        connection = self.connection
        match action:
            case "close" if self._chosen():
                return True
            case "pause":
                reads = connection is not None and connection.state in (State.OPEN, State.CLOSING)
                return True if reads else None
            case "ping_more":
                return True if connection is not None and connection.is_open else None
        return super().check_action(action, parameters)

    def _chosen(self) -> list[Connection]:
        """The marked connections that live."""
        marked = (self.pool.connections[id] for id in self.marks)
        return [connection for connection in marked if connection.is_live]

    # Actions

    @work(exclusive=True, group="form")
    async def action_close(self) -> None:
        """Close the marked ones, or the selected one when none is marked."""
        from wstui.screens.close import CloseScreen

        chosen = self._chosen()
        if not chosen and self.connection is not None:
            if self.connection.state is State.WAITING:  # there is nothing to choose
                self.action_stop()
                return
            chosen = [self.connection]
        if not chosen:
            return
        choice = await self.app.push_screen_wait(CloseScreen(*chosen))
        if choice is None:
            return
        try:
            await self._end([connection.id for connection in chosen], choice)
        except Refused as refusal:
            self.say(str(refusal), severe=True)

    async def _end(self, ids: list[int], choice: CloseChoice) -> None:
        """End these as was chosen, and say how many when they were marked.

        Raises:
            Refused: none of them could be ended that way.
        """
        pool = self.pool
        if choice.half:
            did, reached = "Half-closed", await ask_each(ids, pool.end_sending)
        elif len(ids) == 1:
            if choice.drop:
                pool.drop(ids[0], reset=choice.reset)
            else:
                pool.close(ids[0], choice.code, choice.reason)
            did, reached = "Ended", ids
        elif choice.drop:
            did, reached = "Dropped", await pool.drop_each(ids, reset=choice.reset)
        else:
            did, reached = "Closing", await pool.close_each(ids, choice.code, choice.reason)
        words = several(reached)
        if self.marks:
            self.marks.clear()
            self.marks_changed()
            self.say(f"{did} {words}.")

    def action_pause(self) -> None:
        """Read nothing more, or read on."""
        connection = self.connection
        if connection is not None:
            self.ask(self.pool.read_on if connection.is_paused else self.pool.pause)

    def action_ping_more(self) -> None:
        """Type the payload of a ping."""
        self.query_one(CommandBar).open("ping . ")
