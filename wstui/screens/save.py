"""The dialog that asks under which name options are saved.

Owns the name: what it may be, and that a profile is replaced only by who was asked. The saving
itself is done by who asks; what it refuses is said here, so that nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Button, Input, Static

from wstui.core.options.secrets import plain_secrets
from wstui.core.ports import Refused
from wstui.core.printable import printable
from wstui.core.profile_names import refuse_name
from wstui.core.profiles import Book, Options, place_of
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput

HINT: Final = "such as prod/ticks; wstui NAME opens it"
SAVE: Final = "Save"
REPLACE: Final = "Replace"

Keep = Callable[[str, bool], Awaitable[None]]
"""Saves under a name, replacing what is there or not. Raises Refused."""


class SaveScreen(DialogScreen[str | None]):
    """Saves options as a profile; its name, or None when nothing was saved."""

    DEFAULT_CSS = """
    SaveScreen {
        #save { width: 72; }
        #what { color: $text-muted; margin-bottom: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #plain { color: $error; margin-top: 1; }
    }
    """

    BINDINGS = [
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "dismiss_form", "Cancel"),
    ]

    def __init__(self, options: Options, book: Book, keep: Keep, name: str = "") -> None:
        """`name` stands in the field at first."""
        super().__init__()
        self._options = options
        self._book = book
        self._keep = keep
        self._suggested = name
        self._plain = plain_secrets(options)

    def compose(self) -> ComposeResult:
        with Dialog("Save as a profile", [("enter", "save"), ("esc", "cancel")], id="save"):
            yield Static(printable(place_of(self._options)), id="what", markup=False)
            yield Field("Name", LineInput(self._suggested, placeholder="prod/ticks"), option="name")
            plain = "\n".join(f"✕ {problem}" for problem in self._plain)
            if plain:
                yield Static(Content(printable(plain, newlines=True)), id="plain", markup=False)
            yield DialogButtons(SAVE, "primary")

    def on_mount(self) -> None:
        field = self.query_one(Field)
        field.hint = HINT
        field.control.focus()

    @property
    def _typed(self) -> str:
        return str(self.query_one(Field).value).strip()

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        event.stop()
        there = self._book.all.get(self._typed)
        field = self.query_one(Field)
        field.problem = ""
        field.tone = "" if there is None else "warning"
        place = "" if there is None else printable(place_of(there))
        field.hint = HINT if there is None else f"⚠ there already: {place}"
        self.query_one(DialogButtons).submit = SAVE

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_save(self) -> None:
        """Save, or say why not; who would replace a profile is asked first."""
        name, field, buttons = self._typed, self.query_one(Field), self.query_one(DialogButtons)
        refused = refuse_name(name)
        taken = name in self._book.all or self._book.wrong(name) is not None
        if refused:
            field.problem = refused
        elif self._plain:
            field.problem = "A profile names secrets, it does not hold them; see below."
        elif taken and buttons.submit != REPLACE:
            field.problem = f"There is a profile {name} already. Enter again replaces it."
            buttons.submit = REPLACE
        else:
            self._save(name, taken)

    @work(exclusive=True, group="save")
    async def _save(self, name: str, replace: bool) -> None:
        try:
            await self._keep(name, replace)
        except Refused as refusal:
            self.query_one(Field).problem = str(refusal)
        else:
            self.dismiss(name)

    @on(Button.Pressed, "#cancel")
    def action_dismiss_form(self) -> None:
        """Save nothing."""
        self.dismiss(None)
