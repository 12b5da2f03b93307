"""The palette's source: every action of the one table, found by its words."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from wstui.actions import GROUPED, Action, Place

LISTED = tuple(
    action for _, actions in GROUPED for action in actions if action.id != "command_palette"
)


class ActionsProvider(Provider):
    """All actions, in the order of the table; those not possible now say so when chosen."""

    async def discover(self) -> Hits:
        for action in LISTED:
            yield DiscoveryHit(
                _title(action), partial(self._run, action), action.words, action.help
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in LISTED:
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

    async def _run(self, action: Action) -> None:
        owners = {
            Place.APP: self.app,
            Place.WORKBENCH: self.screen,
            Place.COMPOSER: self.screen.query("Composer").first(),
        }
        if not await self.app.run_action(action.id, owners[action.place]):
            self.app.notify(f"{action.words}: not possible now.", markup=False)


def _title(action: Action) -> str:
    return f"{action.words}  {action.key_words}"
