"""The palette's source: every action of the one table, found by its words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.fuzzy import Matcher

from wstui.actions import Action, Place
from wstui.screens.workbench import Workbench


class ActionsProvider(Provider):
    """What the workbench offers, in the order of the table; what is not possible now says why."""

    @property
    def _workbench(self) -> Workbench:
        screen = self.screen
        assert isinstance(screen, Workbench), "the palette opens nowhere else"
        return screen

    @property
    def _listed(self) -> list[Action]:
        return [action for action in self._workbench.offered if action.id != "command_palette"]

    async def discover(self) -> Hits:
        for action in self._listed:
            yield DiscoveryHit(
                _title(action), partial(self._run, action), action.words, action.help
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for hit in self._copies(matcher):
            yield hit
        for action in self._listed:
            title = _title(action)
            score = matcher.match(title)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(title),
                    partial(self._run, action),
                    action.words,
                    action.help,
                )

    def _copies(self, matcher: Matcher) -> Iterator[Hit]:
        """The tools that the connection can be copied as; without a search they are one entry."""
        from wstui.core.copy_as import Tool

        if self._workbench.connection is None:
            return
        for tool in Tool:
            title = f"Copy as {tool}"
            score = matcher.match(title)
            if score > 0:
                copy = partial(self._workbench.action_copy_as, tool)
                yield Hit(score, matcher.highlight(title), copy, title, "Secrets stay masked.")

    async def _run(self, action: Action) -> None:
        owners = {
            Place.APP: self.app,
            Place.WORKBENCH: self._workbench,
            Place.COMPOSER: self._workbench.query("Composer").first(),
        }
        if not await self.app.run_action(action.id, owners[action.place]):
            self._workbench.excuse(action.id)


def _title(action: Action) -> str:
    return f"{action.words}  {action.key_words}"
