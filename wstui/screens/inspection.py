"""Looking into what is selected: the picked entry, its views, and copying it.

Owns what the entry view shows and when. Which entry is meant is the transcript view's matter, how
it looks the entry view's; the panes around them are laid out by the workbench, which builds on it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.events import DescendantFocus

from wstui import clipboard
from wstui.core.entry import Kind
from wstui.core.ports import Pool
from wstui.core.roster import Source
from wstui.core.units import size_text
from wstui.screens.selection import Selection
from wstui.widgets.entry_view import EntryView, Tab
from wstui.widgets.pulse import PERIOD
from wstui.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from wstui.core.copy_as import Tool


class Inspection(Selection):
    """A transcript view and an entry view, where the one shows what is picked in the other."""

    _clock: Callable[[], float]

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._tab_before_hex: Tab = "text"
        self._entry: tuple[Source | None, int | None] = (None, None)
        self._entry_shown = 0.0  # `monotonic()` of it

    @property
    def view(self) -> TranscriptView:
        """The transcript of what is selected."""
        return self.query_one(TranscriptView)

    def show_entry(self, *, soon: bool = False) -> None:
        """The entry that is meant, in the entry view; when only `soon`, a flood need not hurry."""
        if soon and monotonic() - self._entry_shown < PERIOD:
            return
        number = self.view.current
        if (self.source, number) != self._entry:
            if (self._entry[1] is None) is not (number is None):
                self.refresh_bindings()
            self._entry = (self.source, number)
            self._entry_shown = monotonic()
            self.query_one(EntryView).show(self.source, number)

    @on(TranscriptView.Selected)
    def _entry_selected(self) -> None:
        self.show_entry()

    @on(TranscriptView.Activated)
    def _entry_activated(self) -> None:
        self.show_entry()
        self.add_class("-inside")  # where there is room for one of them, the entry is seen now
        self.set_focus(self.query_one(EntryView).pane)

    @on(EntryView.Dismissed)
    def _entry_left(self) -> None:
        self.set_focus(self.view)

    @on(DescendantFocus)
    def _somewhere_else(self) -> None:
        entry = self.query_one(EntryView)
        if self.focused is not None and entry not in self.focused.ancestors:
            self.remove_class("-inside")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        match action:
            case "hex" | "view" | "copy" | "copy_hex":
                return None if self._entry[1] is None else True
            case "follow":
                return None if self.source is None else True
            case "statistics" | "handshake" | "copy_as":
                return None if self.connection is None else True
        return super().check_action(action, parameters)

    # Actions

    def action_follow(self) -> None:
        """Keep the newest entry in sight, or stop that."""
        self.view.toggle_follow()

    def action_hex(self) -> None:
        """Show the entry as hex, or again as before."""
        entry = self._entry_in_sight()
        if entry.tab != "hex":
            self._tab_before_hex = entry.tab
            entry.tab = "hex"
        else:
            entry.tab = self._tab_before_hex

    def action_view(self) -> None:
        """Go through the views of the entry."""
        self._entry_in_sight().next_tab()

    def _entry_in_sight(self) -> EntryView:
        """The entry view; where there is no room beside the rows, one goes into it."""
        entry = self.query_one(EntryView)
        if not entry.display:
            self.view.action_activate()
        return entry

    @work(exclusive=True, group="form")
    async def action_handshake(self) -> None:
        """How the connection was opened, or is being opened."""
        from wstui.screens.handshake import HandshakeScreen

        connection = self.connection
        if connection is None:
            return
        if await self.app.push_screen_wait(HandshakeScreen(connection, self._clock)):
            self.action_copy_as()

    @work(exclusive=True, group="form")
    async def action_copy_as(self, tool: Tool | None = None) -> None:
        """Copy its options for `tool`; None asks for which."""
        from wstui.core.copy_as import copy_as
        from wstui.screens.copy_as import Choice, CopyAsScreen

        connection = self.connection
        if connection is None:
            return
        if tool is None:
            choice = await self.app.push_screen_wait(CopyAsScreen(connection))
        else:
            choice = Choice(tool, copy_as(tool, connection.options).text)
        if choice is not None and await clipboard.copy(self.app, choice.text):
            self.say(f"Copied as {choice.tool}.")

    def action_copy(self) -> None:
        """Copy the payload exactly; binary, and what is no text, as hex."""
        self._copy(as_hex=False)

    def action_copy_hex(self) -> None:
        """Copy the bytes of the payload as hex."""
        self._copy(as_hex=True)

    @work(exclusive=True, group="copy")
    async def _copy(self, as_hex: bool) -> None:
        source, number = self._entry
        if source is None or number is None:
            return
        try:
            kind = source.transcript.entry(number).kind
            payload = source.transcript.payload(number)
        except IndexError:
            self.say(f"Entry {number} is no longer in memory.", severe=True)
            return
        text = None if as_hex or kind is Kind.BINARY else _text(payload)
        copied = await clipboard.copy(self.app, payload.hex(" ") if text is None else text)
        if copied:
            words = (
                f"{size_text(len(payload))} of entry {number}{' as hex' if text is None else ''}"
            )
            self.say(f"Copied {words}.")
        else:
            self.say("Nothing here takes a copy this large.", severe=True)


def _text(payload: bytes) -> str | None:
    """The payload as text; None when it is none."""
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
