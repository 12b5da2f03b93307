"""The last line of the screen: the keys that do something now, and what.

Owns its drawing and clicks. Which keys there are comes from the bindings of whatever has the focus.
One widget draws them all: Textual's own footer makes a widget for each, which is slow to begin with
and again whenever a connection changes its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Leave, MouseMove
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

KEPT: Final = 2
"""Keys at the end, help and quit, that stay when there is no room for all."""


@dataclass(frozen=True, slots=True)
class Item:
    """One key and what it does. `key` is Textual's name of it, `cap` what a user calls it."""

    key: str
    cap: str
    words: str
    tooltip: str
    enabled: bool

    @property
    def width(self) -> int:
        """In cells."""
        return cell_len(self.cap) + 1 + cell_len(self.words)


class KeyLine(Widget):
    """The keys in a line; a click on one presses it, also on one that is off: it says why."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"key-line--cap", "key-line--words", "key-line--off", "key-line--hover"}
    DEFAULT_CSS = """
    KeyLine {
        height: 1;
        background: $panel;
        .key-line--cap { color: $footer-key-foreground; background: $panel; text-style: bold; }
        .key-line--words { color: $foreground; background: $panel; }
        .key-line--off { color: $foreground 45%; background: $panel; }
        .key-line--hover { color: $foreground; background: $block-hover-background; }
    }
    """

    _pointed: reactive[str | None] = reactive(None, init=False)
    """The key under the mouse."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[Any]) -> None:
        self.refresh()

    def _items(self) -> list[Item]:
        """What is shown, the palette's key last; one item for each action, by its first key."""
        palette: list[Item] = []
        items: dict[str, Item] = {}
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            cap = self.app.get_key_display(binding)
            item = Item(key, cap, binding.description, active.tooltip, active.enabled)
            if key == self._palette_key:
                palette.append(item)
            elif binding.show:
                items.setdefault(binding.action, item)
        return [*items.values(), *palette]

    def placed(self, width: int) -> list[tuple[int, Item]]:
        """The items that fit into `width` cells, with the column of each."""
        items = self._items()
        palette = items.pop() if items and items[-1].key == self._palette_key else None
        inner = width - 2
        right = 0 if palette is None else palette.width + 3
        gap = 2
        if sum(item.width + gap for item in items) + right > inner:
            gap = 1
        if sum(item.width + gap for item in items) + right > inner:
            palette = None
        while len(items) > KEPT and sum(item.width + gap for item in items) - gap > inner:
            items.pop(-KEPT - 1)
        places: list[tuple[int, Item]] = []
        column = 1
        for item in items:
            places.append((column, item))
            column += item.width + gap
        if palette is not None:
            places.append((width - 1 - palette.width, palette))
        return places

    @property
    def _palette_key(self) -> str:
        return self.app.COMMAND_PALETTE_BINDING

    def render_line(self, y: int) -> Strip:
        plain = self.rich_style
        segments: list[Segment] = []
        column = 0
        for start, item in self.placed(self.size.width):
            segments.append(Segment(" " * (start - column), plain))
            cap, words = self._styles(item)
            segments += [Segment(item.cap, cap), Segment(f" {item.words}", words)]
            column = start + item.width
        return Strip(segments, column).adjust_cell_length(self.size.width, plain)

    def _styles(self, item: Item) -> tuple[Style, Style]:
        if not item.enabled:
            off = self.get_component_rich_style("key-line--off")
            return off, off
        hover = "key-line--hover" if item.key == self._pointed else None
        cap = self.get_component_rich_style("key-line--cap")
        words = self.get_component_rich_style(hover or "key-line--words")
        return cap if hover is None else cap + Style(bgcolor=words.bgcolor), words

    # Mouse

    def _at(self, column: int) -> Item | None:
        for start, item in self.placed(self.size.width):
            if start <= column < start + item.width:
                return item
        return None

    def on_mouse_move(self, event: MouseMove) -> None:
        item = self._at(event.x)
        self._pointed = None if item is None else item.key
        self.tooltip = None if item is None else item.tooltip or None

    def on_leave(self, event: Leave) -> None:
        self._pointed = None

    def on_click(self, event: Click) -> None:
        event.stop()
        item = self._at(event.x)
        if item is not None:
            self.app.simulate_key(item.key)
