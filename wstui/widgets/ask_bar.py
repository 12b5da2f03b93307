"""The bar over everything else while clients wait to be accepted: who, for what, and how long yet.

Owns its words and clicks. Who waits is told by the workbench, what is done then, too.
"""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from wstui.actions import NAMED, shown_key
from wstui.core.connection import Connection
from wstui.core.printable import printable
from wstui.core.units import count_text, wait_text
from wstui.widgets.connection_lines import ASKS
from wstui.widgets.rows import fit

WHERE: Final = 80
"""Cells of a path at most."""


class AskBar(Widget):
    """One line; it is not there while nobody waits."""

    DEFAULT_CSS = """
    AskBar {
        display: none;
        height: 1;
        padding: 0 1;
        background: $warning;
        color: $background;
        text-style: bold;
        &.-shown { display: block; }
        &:hover { background: $warning 80%; }
    }
    """

    waiting: reactive[tuple[Connection, ...]] = reactive(())
    """Those that wait, the most urgent first."""
    now: reactive[float] = reactive(0.0)
    """Seconds since the epoch."""

    class Clicked(Message):
        """Somebody wants to answer."""

    def watch_waiting(self) -> None:
        self.set_class(bool(self.waiting), "-shown")

    def render(self) -> Content:
        if not self.waiting:
            return Content("")
        first, *others = self.waiting
        left = wait_text((first.decide_by or self.now) - self.now)
        keys = [shown_key(key) for key in NAMED["answer"].keys.split(",")]
        caps = [Content.styled(f" {key} ", "$warning on $background") for key in keys]
        time = f" · {left} left"
        end = Content(" ").join([*caps, Content(NAMED["answer"].footer.lower())])
        who = f"{first.name} asks for "
        if others:
            who = f"{count_text(len(self.waiting))} clients wait: {first.name} for "
        begin = f"{ASKS} {printable(who)}"
        width = self.content_size.width
        room = width - len(begin) - len(time) - end.cell_length - 2
        where = "".join(fit(printable(first.path), max(min(room, WHERE), 1))).rstrip()
        words = Content(f"{begin}{where}{time}")
        return words.pad_right(width - words.cell_length - end.cell_length) + end

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Clicked())
