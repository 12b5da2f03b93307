"""Asking for the passphrase of a TLS key.

Owns the dialog. When it is asked for is the matter of `unlocking`.
"""

from __future__ import annotations

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Button, Input, Static

from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, SecretInput

HINT: Final = "kept for this run only, and never shown"


class PassphraseScreen(DialogScreen[str | None]):
    """Asks for the passphrase of a key file; None when it was not given."""

    CSS = """
    PassphraseScreen #question { margin-bottom: 1; }
    PassphraseScreen Dialog { width: 66; }
    """

    BINDINGS = [
        Binding("ctrl+s", "unlock", "Unlock"),
        Binding("escape", "give_up", "Cancel"),
    ]

    def __init__(self, file: str, *, was_wrong: bool) -> None:
        """`file` is the key's; `was_wrong` tells that a passphrase did not open it."""
        super().__init__()
        self._file = file
        self._was_wrong = was_wrong

    def compose(self) -> ComposeResult:
        with Dialog("Passphrase", [("enter", "unlock"), ("esc", "cancel")]):
            yield Static(
                Content.assemble(
                    ("That did not open it.\n", "bold $error") if self._was_wrong else "",
                    "The client's TLS key needs a passphrase:\n",
                    (printable(self._file), "bold"),
                ),
                id="question",
            )
            yield Field("Passphrase", SecretInput(), option="passphrase", hint=HINT)
            yield DialogButtons("Unlock", "primary")

    def on_mount(self) -> None:
        self.query_one(SecretInput).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_unlock(self) -> None:
        """Hand back what was typed."""
        typed = self.query_one(SecretInput).value
        if typed:
            self.dismiss(typed)
        else:
            self.query_one(Field).problem = "Type the passphrase of the key."

    @on(Button.Pressed, "#cancel")
    def action_give_up(self) -> None:
        """Leave the key locked."""
        self.dismiss(None)
