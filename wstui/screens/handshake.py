"""The opening handshake of one connection: its time steps, what was agreed, and the wire itself.

Owns when it is drawn again, and what may be seen of secrets. What stands in its rows is the matter
of `core/handshake/rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import ModalScreen

from wstui import clipboard
from wstui.core.connection import Connection
from wstui.core.handshake.messages import SECRET, messages_of, wire_text
from wstui.core.handshake.opening import is_opening
from wstui.core.wrap import Run
from wstui.widgets.dialog import key_line
from wstui.widgets.fact_rows import FixedRows
from wstui.widgets.facts import title
from wstui.widgets.handshake_rows import everything, summary, wire
from wstui.widgets.rows_view import RowsView

PERIOD: Final = 0.1
"""Seconds between two pictures while something may still come."""

WIDE: Final = 132
"""Columns from which the messages stand beside the rest."""


class HandshakeScreen(ModalScreen[str | None]):
    """All about how a connection was opened, also while that goes on. It ends with the name of an
    action to do next, or None."""

    CSS_PATH = "handshake.tcss"

    BINDINGS = [
        Binding("escape,q,enter,H", "dismiss(None)", "Close"),
        Binding("u", "reveal", "Secrets"),
        Binding("y", "copy", "Copy"),
        Binding("c", "dismiss('copy_as')", "Copy as"),
        Binding("tab", "app.focus_next", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        super().__init__()
        self._connection = connection
        self._clock = clock
        self._reveal = False
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="handshake"):
            yield RowsView(id="story")
            yield RowsView(id="wire")

    def on_mount(self) -> None:
        pane = self.query_one("#handshake")
        pane.border_title = Content.assemble("Handshake  ", title(self._connection))
        self.query_one("#story", RowsView).focus()
        self._draw()
        self.set_interval(PERIOD, self.look)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def look(self) -> None:
        """Draw it again when something came, and while a step goes on."""
        if self._state() != self._drawn or is_opening(self._connection):
            self._draw()

    def _state(self) -> tuple[object, ...]:
        """What decides on all that is drawn but the time that has gone by."""
        one = self._connection
        return one.state, len(one.steps), one.failure, one.handshake

    def _draw(self) -> None:
        connection = self._connection
        self._drawn = self._state()
        self._keys()
        now = self._clock()
        wide = self.has_class("-wide")
        story = partial(summary, connection, now) if wide else self._everything(now)
        self._show("#story", story)
        if wide:
            self._show("#wire", partial(wire, connection, reveal=self._reveal))

    def _everything(self, now: float) -> Callable[[int], list[list[Run]]]:
        return partial(everything, self._connection, now, reveal=self._reveal)

    def _show(self, id: str, rows: Callable[[int], list[list[Run]]]) -> None:
        """Show rows without losing the place in them."""
        view = self.query_one(id, RowsView)
        place = view.scroll_offset.y
        view.show(lambda width: FixedRows.of(rows(width), width))
        view.go_to(place)

    def _keys(self) -> None:
        secrets = [("u", "hide" if self._reveal else "secrets")] if self._has_secrets else []
        keys = [("↑↓", "scroll"), *secrets, ("y", "copy"), ("c", "copy as"), ("esc", "close")]
        self.query_one("#handshake").border_subtitle = key_line(keys)

    @property
    def _has_secrets(self) -> bool:
        head = b"\r\n".join(messages_of(self._connection)[:2]).lower()
        return any(b"\n" + name.encode() + b":" in head for name in SECRET)

    # Actions

    def action_reveal(self) -> None:
        """Show the values of secret headers, or hide them again."""
        self._reveal = not self._reveal
        self._draw()

    async def action_copy(self) -> None:
        """Copy request and response, with what is shown of secrets."""
        text = wire_text(self._connection, reveal=self._reveal)
        if await clipboard.copy(self.app, text):
            self.notify("Copied request and response.", timeout=4)
