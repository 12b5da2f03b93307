"""Clients that wait until the user decides about them: saying so, and asking.

Owns in which order it is asked. Who waits is found by `core/serving/verdict`; how the question
looks is the matter of `ask` and of `AskBar`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import on, work

from wstui.core.connection import Connection
from wstui.core.explain.failures import explain
from wstui.core.ports import Refused
from wstui.core.serving.request import Accept
from wstui.core.serving.verdict import who_waits
from wstui.screens.selection import Selection
from wstui.widgets.ask_bar import AskBar

QUIET: Final = 2.0
"""Seconds after which it is rung again: many may come at once."""


class Deciding(Selection):
    """A screen on which clients are accepted or rejected by hand."""

    _clock: Callable[[], float]

    _known: frozenset[int] = frozenset()
    _rung = 0.0  # seconds since the epoch

    def look_who_waits(self) -> None:
        """Show who waits now; ring when somebody new does."""
        waiting = who_waits(self.pool.connections.values())
        bar = self.query_one(AskBar)
        bar.waiting, bar.now = tuple(waiting), self._clock()
        ids = frozenset(one.id for one in waiting)
        new = [one for one in waiting if one.id not in self._known]
        self._known = ids
        if not new or bar.now - self._rung < QUIET:
            return
        self._rung = bar.now
        self.app.bell()
        if not self.is_active:  # a form stands over the bar
            self.say(f"{new[0].name} asks for {new[0].path}: a answers, once this is closed.")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        if action == "answer":
            return bool(self.query_one(AskBar).waiting)
        return super().check_action(action, parameters)

    @on(AskBar.Clicked)
    def _clicked(self) -> None:
        self.action_answer()

    @work(exclusive=True, group="form")
    async def action_answer(self) -> None:
        """Ask about those that wait, the selected one first and then the most urgent."""
        go_on = True
        while go_on:
            waiting = who_waits(self.pool.connections.values())
            if not waiting:
                return
            first = next((one for one in waiting if one is self.connection), waiting[0])
            go_on = await self._ask_about(first)

    async def _ask_about(self, connection: Connection) -> bool:
        """Ask about one of them; whether to go on with the next."""
        from wstui.screens.ask import AskScreen

        listener = self.pool.listeners.get(connection.peer.listener) if connection.peer else None
        supported = () if listener is None else listener.options.subprotocols
        bar = self.query_one(AskBar)
        form = AskScreen(connection, self._clock, supported, lambda: len(bar.waiting) - 1)
        decision = await self.app.push_screen_wait(form)
        if decision is None:
            if connection.failure is not None:  # meanwhile
                self.say(explain(connection.failure).sentence, severe=True)
            return connection.decide_by is None
        try:
            self.pool.decide(connection.id, decision)
        except Refused as refusal:
            self.say(str(refusal), severe=True)
            return connection.decide_by is None
        if isinstance(decision, Accept):
            self.selected = connection.id
        return True
