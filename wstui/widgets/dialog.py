"""What all dialogs have: the screen that centres them, the frame with a title above and the keys
below, and the buttons at the end. What stands in them is each screen's matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Button, Static
from textual.widgets.button import ButtonVariant


def key_line(keys: Sequence[tuple[str, str]]) -> Content:
    """One line that says what keys do: pairs of a key and a word for what it does."""
    return Content("   ").join(
        Content.assemble((key, "bold $primary"), (f" {word}", "$dim")) for key, word in keys
    )


class DialogScreen(ModalScreen[ScreenResultType]):
    """A screen with one dialog in its middle, over what was there."""

    DEFAULT_CSS = """
    DialogScreen {
        align: center middle;
        background: $background 70%;

        & Dialog, & VerticalScroll, & OptionList {
            scrollbar-size-vertical: 1;
            scrollbar-background: $surface;
            scrollbar-color: $border-blurred;
        }
    }
    """

    # With priority the focus moves before the next key is handed on: fast typing (and a script's)
    # goes into the field that it was meant for.
    BINDINGS = [
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]


class Dialog(Vertical):
    """A box with a title, and its keys in the lower border."""

    DEFAULT_CSS = """
    Dialog {
        width: 78;
        max-width: 100%;
        height: auto;
        max-height: 100%;
        padding: 1 2 0 2;
        overflow-y: auto;
        background: $surface;
        border: round $primary;
        border-title-color: $primary;
        border-title-style: bold;
        border-subtitle-align: right;
    }
    """

    def __init__(
        self, title: str, keys: Sequence[tuple[str, str]], *, id: str | None = None
    ) -> None:
        """`title` is our own words; remote text belongs into the dialog, made printable."""
        super().__init__(id=id)
        self.border_title = Content(title)
        self.border_subtitle = key_line(keys)


class DialogButtons(Horizontal):
    """The last line of a dialog: a verdict, the button that cancels and the one that submits."""

    DEFAULT_CSS = """
    DialogButtons {
        height: 1;
        margin: 1 0;

        & > #verdict {
            width: 1fr;
            color: $error;
        }
        & > Button {
            min-width: 13;
            margin-left: 2;
        }
    }
    """

    verdict: reactive[str] = reactive("")
    """Why it cannot be submitted yet, in our own words; empty when it can."""
    submit: reactive[str] = reactive("")
    """The word on the button that submits."""

    def __init__(self, submit: str, variant: ButtonVariant) -> None:
        super().__init__()
        self._variant = variant
        self.set_reactive(DialogButtons.submit, submit)

    def compose(self) -> ComposeResult:
        yield Static(id="verdict", markup=False)
        yield Button("Cancel", id="cancel", compact=True)
        yield Button(self.submit, id="submit", variant=self._variant, compact=True)

    def watch_verdict(self) -> None:
        self.query_one("#verdict", Static).update(self.verdict)

    def watch_submit(self) -> None:
        self.query_one("#submit", Button).label = self.submit
