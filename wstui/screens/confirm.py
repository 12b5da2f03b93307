"""A question before something that cannot be taken back."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Button, Static

from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen


class ConfirmScreen(DialogScreen[bool]):
    """True when it shall be done."""

    DEFAULT_CSS = """
    ConfirmScreen #confirm { width: 64; }
    """

    BINDINGS = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("escape,n", "answer(False)", "Cancel"),
    ]

    def __init__(self, title: str, question: str, doing: str) -> None:
        """`doing` is the word on the button. `question` may be any text, the others are our own."""
        super().__init__()
        self._heading = title
        self._question = question
        self._doing = doing

    def compose(self) -> ComposeResult:
        keys = [("enter y", self._doing.lower()), ("esc n", "cancel")]
        with Dialog(self._heading, keys, id="confirm"):
            yield Static(Content(printable(self._question, newlines=True)), markup=False)
            yield DialogButtons(self._doing, "error")

    def on_mount(self) -> None:
        self.query_one("#submit", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_answer(event.button.id == "submit")

    def action_answer(self, done: bool) -> None:
        """Leave with the answer."""
        self.dismiss(done)
