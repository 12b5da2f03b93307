"""A screen that also knows the user's profiles: opening, saving, editing and removing them.

Owns what is known of their file, and the forms. Reading and writing it is the storage's matter,
asked in a thread; how profiles are listed that of `SavedList`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on, work

from wstui.core.commands.profile import PROFILE_COMMANDS
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.draft import Draft
from wstui.core.ports import Pool, Profiles, Refused
from wstui.core.profiles import EMPTY_BOOK, Book, Fault, Options, place_of
from wstui.screens.dispatch import Dispatch
from wstui.widgets.saved_list import SavedList
from wstui.widgets.slate import WITH_PROFILES, Slates

if TYPE_CHECKING:
    from wstui.core.options.listen import ListenOptions
    from wstui.screens.option_form import OptionForm

NONE_YET: Final = "Nothing is saved yet. F3 in the form of a new connection saves it, w this one."
ABOUT_PROFILES: Final = ("connect", "listen", *(one.name for one in PROFILE_COMMANDS))
"""Commands that may name a profile."""

READING: Final = 10
"""Seconds that a fault in the file stays in sight."""


class Profiling(Dispatch):
    """A workbench with profiles beside its connections."""

    def __init__(self, pool: Pool, profiles: Profiles) -> None:
        super().__init__(pool)
        self.profiles = profiles
        self.keep_form = self.ask_to_save
        self.book: Book = EMPTY_BOOK
        """What was read last."""
        self._faults_told: tuple[Fault, ...] = ()

    # The file

    @work(group="profiles")
    async def look_at_profiles(self) -> None:
        """Read the file of profiles for the first time, and show what is in it."""
        await self.read_profiles()

    async def read_profiles(self) -> Book:
        """The profiles as they are now; somebody may have edited the file."""
        self._show(await asyncio.to_thread(self.profiles.load))
        return self.book

    async def book_for(self, command: str) -> Book:
        """The profiles that a command line may be about. Other commands wait for no file: what is
        sent one after the other stays in that order."""
        name = command.split(maxsplit=1)[0].lower() if command.strip() else ""
        return await self.read_profiles() if name in ABOUT_PROFILES else self.book

    async def _change(self, change: Callable[[], Book]) -> None:
        """Change the file. Raises Refused."""
        self._show(await asyncio.to_thread(change))

    def _show(self, book: Book) -> None:
        self.book = book
        self.query_one(SavedList).book = book
        self.view.slates = WITH_PROFILES if book.all else Slates()
        self.view.refresh()
        if book.faults and book.faults != self._faults_told:
            first, *others = book.faults
            more = f" And {len(others)} more; :profiles tells all." if others else ""
            words = f"{first.words(self.profiles.place)}{more}"
            self.say(words, severe=True, seconds=READING)
        self._faults_told = book.faults

    # Forms

    async def keep(self, options: Options, name: str, replace: bool) -> None:
        """Save `options` under a name. Raises Refused."""
        await self._change(partial(self.profiles.save, name, options, replace=replace))
        self.say(f"Saved as {name}.")

    @work(group="form")
    async def ask_to_save(self, options: Options, name: str = "") -> None:
        """Save `options` under a name that is asked for; `name` is proposed."""
        from wstui.screens.save import SaveScreen

        book = await self.read_profiles()
        form = SaveScreen(options, book, partial(self.keep, options), name)
        await self.app.push_screen_wait(form)

    @work(exclusive=True, group="form")
    async def _edit(self, name: str) -> None:
        options = (await self.read_profiles()).all.get(name)
        if options is None:
            self._say_gone(name)
            return
        draft: Draft | None = None
        while True:
            form = self._form(options, draft, name)
            chosen = await self.app.push_screen_wait(form)
            if chosen is None:
                return
            try:
                await self.keep(chosen, name, True)
            except Refused as refusal:
                self.say(str(refusal), severe=True)
                draft = form.draft  # what was typed comes back
            else:
                return

    def _form(
        self, options: Options, draft: Draft | None, name: str
    ) -> OptionForm[ConnectOptions] | OptionForm[ListenOptions]:
        """The form of a connection or a listener, for the profile `name`."""
        keep = self.ask_to_save
        if isinstance(options, ConnectOptions):
            from wstui.screens.connect import ConnectScreen

            return ConnectScreen(options, draft=draft, keep=keep, profile=name)
        from wstui.screens.listen import ListenScreen

        return ListenScreen(options, draft=draft, keep=keep, profile=name)

    @work(exclusive=True, group="form")
    async def _ask_to_remove(self, name: str) -> None:
        from wstui.screens.confirm import ConfirmScreen

        options = self.book.all.get(name)
        place = "" if options is None else f"\n{place_of(options)}"
        form = ConfirmScreen("Delete a profile", f"{name}{place}", "Delete")
        if not await self.app.push_screen_wait(form):
            return
        try:
            await self._change(partial(self.profiles.forget, name))
        except Refused as refusal:
            self.say(str(refusal), severe=True)
        else:
            self.say(f"Deleted {name}.")

    def _say_gone(self, name: str) -> None:
        fault = self.book.wrong(name)
        words = f"There is no profile {name} any more."
        self.say(fault.words(self.profiles.place) if fault else words, severe=True)

    # The list

    @on(SavedList.Opened)
    @work(group="profiles")
    async def _open(self, event: SavedList.Opened) -> None:
        event.stop()
        options = (await self.read_profiles()).all.get(event.profile)
        if options is None:
            self._say_gone(event.profile)
            return
        self.begin(options)
        self._leave_list()

    @on(SavedList.Left)
    def _leave_list(self) -> None:
        self.remove_class("-sidebar")
        self.set_focus(self.view)

    @on(SavedList.Edited)
    def _edit_chosen(self, event: SavedList.Edited) -> None:
        event.stop()
        self._edit(event.profile)

    @on(SavedList.Removed)
    def _remove_chosen(self, event: SavedList.Removed) -> None:
        event.stop()
        self._ask_to_remove(event.profile)

    # Actions

    def action_profiles(self) -> None:
        """Go to the saved profiles."""
        saved = self.query_one(SavedList)
        if not saved.names:
            self.say(NONE_YET)
            return
        self.add_class("-sidebar")
        self.remove_class("-no-sidebar")
        self.set_focus(saved)

    def action_save_profile(self) -> None:
        """Save the options of the selected connection or listener under a name."""
        if self.source is not None:
            self.ask_to_save(self.source.options)
