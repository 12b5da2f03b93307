"""The close form of a listener: with which code all its clients are closed when it stops."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from wstui.core.listener import Listener
from wstui.core.options.info import OptionError
from wstui.core.printable import printable
from wstui.core.units import clients_text
from wstui.screens.close import CloseChoice, CloseScreen
from wstui.widgets.field import LineInput
from wstui.widgets.listener_lines import state_words

GOING_AWAY = "1001"


class StopScreen(CloseScreen):
    """Asks how to close all clients of `listener`, which then ends; None when it shall go on."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self._listener = listener
        self._code = LineInput(GOING_AWAY, max_length=9)

    def heading(self) -> str:
        return f"Stop listener {self._listener.id}"

    def refuse(self, choice: CloseChoice) -> str | None:
        if not self._listener.is_live:
            return f"Listener {self._listener.id} has ended already."
        if choice.half:
            return "Clients are half-closed one by one, or those that are marked."
        return None

    def _verb(self, result: CloseChoice | OptionError) -> str:
        live = self._listener.live
        word = "Drop" if isinstance(result, CloseChoice) and result.drop else "Close"
        return f"{word} {live}" if live else "Stop"

    def _show_whom(self) -> None:
        listener = self._listener
        words = f"{state_words(listener)}, {clients_text(listener.live)}"
        self.query_one("#whom", Static).update(
            Content.assemble((printable(listener.name), "bold"), "  ", (words, "$dim"))
        )
