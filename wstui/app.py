"""The app: themes, the workbench, leaving. It takes a pool and creates none.

Owns what is the same on all screens. What can be done with connections is the workbench's matter.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.command import CommandPalette, Provider

from wstui.actions import Place, bindings
from wstui.core.ports import NoProfiles
from wstui.theme import DAY, NIGHT, VARIABLES
from wstui.widgets.curtain import Curtain

if TYPE_CHECKING:
    from textual.screen import Screen

    from wstui.core.ports import Pool, Profiles
    from wstui.core.profiles import Options

BURST: Final = 0.01
"""Seconds between keys that nobody typed one after the other: they came together."""

KEY_TURNS: Final = 20
"""Turns of the event loop after which what a key opens has the focus; six bring it there."""

MOST_TURNS: Final = 100
"""Turns after which a screen without focus is not waited for any longer."""

WORKBENCH: Final = "workbench"
"""Name of the mode that everything happens in."""

HELP: Final = "help-screen"
"""Id of the screen with the help."""

SETTLING: Final = 0.5
"""Seconds after which the app is as it stays, and its first frames are drawn."""


def _actions_provider() -> type[Provider]:
    """Found when the palette is opened for the first time, not at start-up."""
    from wstui.screens.palette import ActionsProvider

    return ActionsProvider


def _takes_no_help(screen: Screen[Any]) -> bool:
    """Whether the help makes no sense over `screen`: it is the help, or the palette."""
    return screen.id == HELP or isinstance(screen, CommandPalette)


class WstuiApp(App[None], inherit_bindings=False):
    """wstui on a terminal, over the connections of `pool`."""

    TITLE = "wstui"
    CSS_PATH = "app.tcss"
    BINDINGS = [
        *bindings(Place.APP),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]
    COMMANDS = {_actions_provider}

    def __init__(
        self,
        pool: Pool,
        *,
        profiles: Profiles | None = None,
        on_start: Sequence[Options] = (),
        note: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`on_start` is connected to, or listened on, at once, `note` being kept with the first
        connection; `clock` tells seconds since the epoch."""
        super().__init__()
        self.pool = pool
        self.profiles: Profiles = NoProfiles() if profiles is None else profiles
        self._on_start = on_start
        self._note = note
        self._held: deque[events.Event] = deque()  # keys behind one that is still at work
        self._key_works: asyncio.Handle | None = None  # None: no key is at work
        self._typed = 0.0  # time of the last of them
        self._clock = clock
        self.animation_level = "none"  # a key has done its work when the next frame is drawn
        self.add_mode(WORKBENCH, self._workbench)
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of our own, so that other themes have them, too."""
        return VARIABLES

    def compose(self) -> ComposeResult:
        yield Curtain()

    async def on_mount(self) -> None:
        if self.is_headless:
            await self._raise_curtain()
        else:
            # The first frame is there before all that the workbench needs is loaded.
            self.call_after_refresh(self._raise_curtain)

    async def on_event(self, event: events.Event) -> None:
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if not typed or self.is_headless:  # tests wait between keys by themselves
            await super().on_event(event)
            return
        again = bool(self._held) and event is self._held[0]
        # A screen that is just being opened has no focus yet, and what is typed is meant for it.
        opening = bool(self.screen_stack) and self.screen.focused is None
        early = opening or event.time - self._typed < BURST
        self._typed = event.time
        if not again and (self._held or (self._key_works is not None and early)):
            self._held.append(event)
        else:
            if again:
                self._held.popleft()
            if self._key_works is not None:
                self._key_works.cancel()
            await super().on_event(event)
            # Only what came together waits: a queue of single keys must shrink, not grow.
            together = not self._held or self._held[0].time - event.time < BURST
            self._let_key_work(0 if together else KEY_TURNS)

    def _let_key_work(self, turn: int) -> None:
        """Give a key time to reach its handler before the next one is looked at.

        Over a slow line several keys come at once, and what is typed behind `/` or `n` is meant
        for what these open, not for the pane that has the focus at the moment.
        """
        self._key_works = None
        if not self.screen_stack:  # the key was the last one: the app has ended meanwhile
            return
        settled = turn >= KEY_TURNS and self.screen.focused is not None
        if not settled and turn < MOST_TURNS:
            loop = asyncio.get_running_loop()
            self._key_works = loop.call_soon(self._let_key_work, turn + 1)
        elif self._held:
            self.post_message(self._held[0])

    def _workbench(self) -> Screen[None]:
        from wstui.screens.workbench import Workbench

        return Workbench(
            self.pool,
            profiles=self.profiles,
            on_start=self._on_start,
            note=self._note,
            clock=self._clock,
        )

    async def _raise_curtain(self) -> None:
        await self.switch_mode(WORKBENCH)
        self.set_timer(SETTLING, self._settle)

    def _settle(self) -> None:
        """Keep pauses short: what exists after the first frames stays for ever."""
        if not self.is_headless:
            gc.collect()
            gc.freeze()
            gc.enable()  # whoever starts the app may have put it off until now
            gc.set_threshold(20_000, 1, 10_000)

    @property
    def _leaving(self) -> bool:
        return any(worker.group == "leave" for worker in self.workers)

    def on_notify(self) -> None:
        """What is said takes the place of what was said before."""
        self.clear_notifications()

    def clear_notifications(self) -> None:
        """Take back what was said."""
        super().clear_notifications()
        for screen in self.screen_stack:
            screen.query("ToastHolder").remove()  # Textual leaves these, and each takes a line

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense on the screen that is on top."""
        match action:
            case "command_palette":
                return self.current_mode == WORKBENCH and len(self.screen_stack) == 1
            case "help":
                return not (self._leaving or any(map(_takes_no_help, self.screen_stack)))
            case "quit":
                return not self._leaving  # the same keys then mean: leave at once
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show all keys and commands."""
        from wstui.screens.help import HelpScreen

        self.push_screen(HelpScreen(id=HELP))

    async def action_quit(self) -> None:
        """Leave; what is open is closed first, and one sees it happen."""
        self._leave()

    @work(exclusive=True, group="leave")
    async def _leave(self) -> None:
        if any(connection.is_live for connection in self.pool.connections.values()):
            from wstui.screens.leave import LeaveScreen

            await self.push_screen_wait(LeaveScreen(self.pool))
        self.exit()
