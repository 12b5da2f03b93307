"""Text of an entry, wrapped, and local events as words and facts.

Owns the choice of rows for them. Cutting text is the matter of `core.wrap`, scrolling and colours
that of `rows_view`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from rich.cells import cell_len

from wstui.core.entry import EventName, LocalEvent
from wstui.core.explain.words import in_words
from wstui.core.wrap import Reader, TextRows
from wstui.widgets.fact_rows import Fact, FixedRows, fact_rows
from wstui.widgets.rows_view import RowsView
from wstui.widgets.slate import Slate

EMPTY: Final = Slate("∅", "No payload: 0 bytes")

EVENT_KINDS: Final[dict[EventName, str]] = {
    EventName.CONNECTING: "in",
    EventName.REDIRECT: "in",
    EventName.OPEN: "success",
    EventName.FAILED: "error",
    EventName.CLOSED: "closing",
    EventName.WAITING: "warning",
    EventName.ERROR: "error",
    EventName.GAP: "warning",
    EventName.NOTE: "head",
}


class TextView(RowsView):
    """A payload as UTF-8 text: line feeds end rows, tabs and controls show as symbols."""

    def show_text(self, read: Reader, size: int) -> None:
        """Show `size` bytes of text."""
        self.show(partial(_text_rows, read, size) if size else None, EMPTY)

    def show_event(self, event: LocalEvent, more: Sequence[Fact] = ()) -> None:
        """Show what happened, and the facts about it one below the other; `more` below them."""
        words = in_words(event.text) if event.name is EventName.ERROR else event.text
        facts = [Fact(event.name.value, words, EVENT_KINDS[event.name])]
        for name, value in event.detail.items():
            facts += [Fact(label, text) for label, text in _flat(name, value)]
        facts += more
        self.show(lambda width: FixedRows.of(fact_rows(facts, width), width))


def _text_rows(read: Reader, size: int, width: int) -> TextRows:
    return TextRows(read, size, width, cell_len)


def _flat(name: str, value: object) -> list[tuple[str, str]]:
    """A fact as labels and texts: a list of pairs, such as headers, has a line for each."""
    label = name.replace("_", " ")
    if isinstance(value, Mapping):
        return [(str(key), _words(inner)) for key, inner in value.items()]
    if isinstance(value, list) and value:
        if all(isinstance(item, list) and len(item) == 2 for item in value):
            return [(str(key), _words(inner)) for key, inner in value]
        return [(label if not index else "", _words(item)) for index, item in enumerate(value)]
    return [(label, _words(value))]


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)
