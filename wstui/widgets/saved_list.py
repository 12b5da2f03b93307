"""The lower part of the sidebar: saved profiles by name, and what is wrong with their file.

Owns choosing and drawing one. Opening, editing and removing is done by whoever takes its messages.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wstui.core.options.connect import ConnectOptions, shown_parts
from wstui.core.printable import printable
from wstui.core.profiles import EMPTY_BOOK, Book, Options
from wstui.widgets.tones import TONE_CSS, TONES, Tones

EMPTY: Final = (("F3", "saves the connect form"), ("w", "saves this connection"))
"""What stands there while nothing is saved: keys, and what they do."""

ABOUT: Final = 8
"""Cells below which no host is shown behind a name."""


class SavedList(ScrollView, can_focus=False):
    """Profiles in the order of their file, a line each. While there is none it takes no focus."""

    DEFAULT_CSS = (
        """
    SavedList {
        background: $background;
        border: round $border-blurred;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        &:focus { border: round $border; }
    }
    """
        + TONE_CSS
    )

    COMPONENT_CLASSES = set(TONES)

    BINDINGS = [
        Binding("enter", "open", "Open"),
        Binding("e", "edit", "Edit"),
        Binding("d,delete", "remove", "Delete"),
        Binding("escape", "leave", "Back", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home,g", "end(0)", "First", show=False),
        Binding("end,G", "end(-1)", "Last", show=False),
    ]

    book: var[Book] = var(EMPTY_BOOK, init=False)
    """The profiles shown."""
    cursor: var[int] = var(0, init=False)
    """Index of the chosen one."""

    class Asked(Message):
        """Something is wanted of the profile of this name."""

        def __init__(self, profile: str) -> None:
            super().__init__()
            self.profile = profile

    class Opened(Asked):
        """It shall be connected to, or listened on."""

    class Edited(Asked):
        """Its form is wanted."""

    class Removed(Asked):
        """It shall be removed."""

    class Left(Message):
        """Somebody is done here."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tones = Tones(self)

    @property
    def names(self) -> list[str]:
        """All names, from top to bottom."""
        return list(self.book.all)

    @property
    def chosen(self) -> str | None:
        """The name under the cursor; None while there is none."""
        return self.names[self.cursor] if self.cursor < len(self.names) else None

    def on_mount(self) -> None:
        self._fit()

    # Render

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._tones.clear()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        """Take the height of what there is to show, as far as the style sheet lets it."""
        names = self.names
        rows = len(names) + len(self.book.faults) or len(EMPTY)
        self.styles.height = rows + 2
        self.virtual_size = Size(self.scrollable_content_region.width, rows)
        self.can_focus = bool(names)
        self.border_title = Content(f"Saved {len(names) or ''}".rstrip())
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row = y + round(self.scroll_offset.y)
        names, faults = self.names, self.book.faults
        if row < len(names):
            return self._draw(row, names[row], width)
        if row - len(names) < len(faults):
            fault = faults[row - len(names)]
            line = "" if fault.line is None else f"line {fault.line}: "
            words = printable(f" ✕ {line}{fault.profile or fault.reason}")
            return self._strip([(_cut(words, width - 1), "failed")], width, "", {})
        if names or faults:
            return self._strip([], width, "", {})
        if row >= len(EMPTY):
            return self._strip([], width, "", {})
        key, does = EMPTY[row]
        return self._strip([(f" {key:<2}", "key"), (f" {does}", "hint")], width, "", {})

    def _draw(self, row: int, name: str, width: int) -> Strip:
        chosen = self.has_focus and row == self.cursor
        sign = "›" if chosen else " "
        parts = [(_cut(f" {sign} {name}", width - 1), "name" if chosen else "hint")]
        host = printable(_place(self.book.all[name]))
        room = width - cell_len(parts[0][0]) - 3
        if room >= ABOUT:
            parts.append((f"  {_cut(host, room)}", "dim"))
        return self._strip(parts, width, "focused" if chosen else "", {"profile": row})

    def _strip(
        self, parts: list[tuple[str, str]], width: int, ground: str, meta: dict[str, int]
    ) -> Strip:
        mark = Style(meta=meta)
        segments = [Segment(text, self._tones(tone, ground) + mark) for text, tone in parts]
        return Strip(segments).adjust_cell_length(width, self._tones("", ground) + mark)

    # Watchers

    def watch_book(self) -> None:
        self.cursor = max(0, min(self.cursor, len(self.names) - 1))
        self._fit()

    def watch_cursor(self) -> None:
        self.refresh()
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, immediate=True)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh()

    # Handlers

    def on_click(self, event: Click) -> None:
        row = event.style.meta.get("profile")
        if isinstance(row, int) and row < len(self.names):
            self.cursor = row
            self.action_open()

    # Actions

    def _ask(self, message: type[Asked]) -> None:
        if self.chosen is not None:
            self.post_message(message(self.chosen))

    def action_open(self) -> None:
        """Connect to the chosen one, or listen."""
        self._ask(self.Opened)

    def action_edit(self) -> None:
        """Change the chosen one."""
        self._ask(self.Edited)

    def action_remove(self) -> None:
        """Remove the chosen one."""
        self._ask(self.Removed)

    def action_leave(self) -> None:
        """Back to where one was."""
        self.post_message(self.Left())

    def action_move(self, step: int) -> None:
        """Choose the one `step` lower."""
        if self.names:
            self.cursor = max(0, min(self.cursor + step, len(self.names) - 1))

    def action_end(self, index: int) -> None:
        """Choose the first (0) or last (-1) one."""
        if self.names:
            self.cursor = index % len(self.names)


def _place(options: Options) -> str:
    """Where a profile leads, as short as can be."""
    if isinstance(options, ConnectOptions):
        return shown_parts(options.uri).netloc.rpartition("@")[2]
    return f"⇥ {options.address}"


def _cut(text: str, cells: int) -> str:
    """`text`, or as much of it as there is room for, and a sign that there is more."""
    return text if cell_len(text) <= cells else f"{set_cell_size(text, cells - 1)}…"
