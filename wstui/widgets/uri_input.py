"""The field for a uri, into which a whole command line may be pasted.

Owns telling a paste that fills a form from one that is just text. What the text means is the
matter of `core/paste`, what is filled by it the form's.
"""

from __future__ import annotations

from textual.events import Paste
from textual.message import Message

from wstui.core.paste import Pasted, read_pasted
from wstui.widgets.field import LineInput


class UriInput(LineInput):
    """A line for a uri."""

    class Filled(Message):
        """Something was pasted that says more than a few characters of a uri."""

        def __init__(self, pasted: Pasted) -> None:
            super().__init__()
            self.pasted = pasted

    def on_paste(self, event: Paste) -> None:
        """Take a whole uri or command line; anything else is inserted where the cursor is."""
        if self.selection.is_empty and "?" in self.value[: self.cursor_position]:
            return  # a uri may be the value of a parameter of another
        pasted = read_pasted(event.text)
        if pasted is not None:
            event.prevent_default()
            event.stop()
            self.post_message(self.Filled(pasted))
