"""The filter bar: one line to type a filter into, what is wrong with it, and what it lets through.

Owns the typed text and its parsing while one types. The transcript view applies the filter; the
screen carries it there and brings the counts back.
"""

from __future__ import annotations

import re
from textwrap import wrap
from typing import Final

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input, Static

from wstui.core.filter import Filter, FilterError, parse_filter
from wstui.core.printable import printable
from wstui.core.units import count_text, short_count_text
from wstui.widgets.listing import Counts

WIDE: Final = 90
"""Cells of width from which the counts also say how many entries are hidden."""

HELP: Final = 'words  "in quotes"  /regex/i  dir:in  op:ping,pong  -not'
"""What stands below while one types something that can be read."""

BESIDE: Final = 40
"""Cells from which what is wrong is said beside the caret, in as many lines as it takes."""

TERMS: Final = re.compile(
    r"(?P<minus>(?:(?<=\s)|^)-)?(?P<key>\b[a-zA-Z]+:)?(?P<term>/(?:\\.|[^/\\])*/?|\"[^\"]*\"?|\S+)"
)
"""The parts of a filter, for colouring only: a part that it gets wrong is still parsed right."""


class FilterHighlighter(Highlighter):
    """Colours the keys, regular expressions and minus signs of a filter as one types."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget

    def highlight(self, text: Text) -> None:
        style = self._widget.get_component_rich_style
        key = style("filter--key", partial=True)
        regex = style("filter--regex", partial=True)
        minus = style("filter--minus", partial=True)
        for part in TERMS.finditer(text.plain):
            if part["minus"]:
                text.stylize(minus, *part.span("minus"))
            if part["key"]:
                text.stylize(key, part.start("key"), part.end())
            elif part["term"].startswith("/"):
                text.stylize(regex, *part.span("term"))


class FilterInput(Input):
    """An input whose text is always safe to show, also after pasting."""

    def validate_value(self, value: str) -> str:
        return printable(value)


class FilterBar(Widget):
    """A line with a filter; while one types, or it cannot be read, another below it says more."""

    DEFAULT_CSS = """
    FilterBar {
        height: auto;
        padding: 0 1;
        background: $background;
        & > Horizontal { height: 1; }
        & #filter-title { width: auto; padding: 0 2 0 1; color: $dim; }
        & #filter-counts { width: auto; padding: 0 1 0 2; color: $dim; }
        & #filter-error {
            height: auto;
            color: $dim;
            display: none;
            text-wrap: nowrap;
        }
        & Input {
            width: 1fr;
            border: none;
            height: 1;
            padding: 0;
            background: $background;
            color: $foreground;
        }
        & Input:focus { border: none; background: $background; background-tint: $background 0%; }
        & > .filter--key { color: $primary; }
        & > .filter--regex { color: $warning; }
        & > .filter--minus { color: $error; text-style: bold; }
        &.-typing #filter-title { color: $primary; }
        &.-typing #filter-error { display: block; }
        &.-failed #filter-error { display: block; color: $error; }
        &.-failed #filter-title { color: $error; }
        &.-filtering #filter-counts { color: $foreground; }
    }
    """
    COMPONENT_CLASSES = {"filter--key", "filter--regex", "filter--minus"}
    BINDINGS = [
        Binding("escape", "dismiss", "Back", show=False, priority=True),
        Binding("ctrl+u", "clear", "Clear", show=False, priority=True),
        Binding("down", "leave", "To the transcript", show=False),
    ]

    counts: var[Counts] = var(Counts(), init=False)
    """What the counts at the right say."""

    class Changed(Message):
        """The typed text became another filter; None shows everything."""

        def __init__(self, bar: FilterBar, filter: Filter | None) -> None:
            super().__init__()
            self.bar = bar
            self.filter = filter

        @property
        def control(self) -> FilterBar:
            return self.bar

    class Dismissed(Message):
        """Somebody is done here: the focus belongs to the transcript. The filter stays."""

        def __init__(self, bar: FilterBar) -> None:
            super().__init__()
            self.bar = bar

        @property
        def control(self) -> FilterBar:
            return self.bar

    class CountsClicked(Message):
        """Somebody wants to see what the counts tell of: the newest entries."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._filter: Filter | None = None
        self._error: FilterError | None = None
        self._left = False  # with Escape, and nothing typed since
        self._input = FilterInput(
            placeholder="words  /regex/  dir:in  op:ping  -not",
            highlighter=FilterHighlighter(self),
            select_on_focus=False,
            id="filter-text",
        )

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static("filter", id="filter-title", markup=False)
            yield self._input
            yield Static(id="filter-counts", markup=False)
        yield Static(Content(HELP), id="filter-error", markup=False)

    @property
    def value(self) -> str:
        """The text as typed, whether it can be read as a filter or not."""
        return self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    @property
    def filter(self) -> Filter | None:
        """What is typed, read; None shows everything, as does what cannot be read."""
        return self._filter

    def focus(self, scroll_visible: bool = True) -> FilterBar:
        """Let somebody type."""
        self._input.focus(scroll_visible)
        return self

    def clear(self) -> None:
        """Forget the text and show everything."""
        self.value = ""

    def update_counts(self, counts: Counts) -> None:
        """Say how much is shown, as told by `TranscriptView.Changed`."""
        self.counts = counts

    def watch_counts(self) -> None:
        self._show_counts()

    def on_resize(self) -> None:
        self._show_counts()
        self._show_below()

    def _show_counts(self) -> None:
        if self.is_mounted:
            label = self.query_one("#filter-counts", Static)
            if self._error is not None:
                filtered: bool | None = None
            else:
                filtered = self._filter is not None
            label.update(counts_content(self.counts, filtered, self.size.width))

    # Not by `:focus-within`, which Textual does not see in what is below the widget it is said of.

    def on_descendant_focus(self) -> None:
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        self.remove_class("-typing")

    def on_click(self, event: Click) -> None:
        if event.widget is self.query_one("#filter-counts"):
            event.stop()
            self.post_message(self.CountsClicked())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._left = False
        filter: Filter | None = None
        self._error = None
        try:
            parsed = parse_filter(event.value)
        except FilterError as error:
            self._error = error  # shows everything: what a part of it finds would be no answer
        else:
            filter = None if parsed.is_empty else parsed
        self.set_class(self._error is not None, "-failed")
        self._show_below()
        changed = filter != self._filter
        self._filter = filter
        self.set_class(filter is not None, "-filtering")
        self._show_counts()
        if changed:
            self.post_message(self.Changed(self, filter))

    def _show_below(self) -> None:
        """What may be typed, or else what is wrong, with a caret under its position."""
        below = self.query_one("#filter-error", Static)
        offset = self._input.region.x - self.content_region.x
        if self._error is None:
            below.update(Content(" " * offset + HELP))
            return
        before = cell_len(self.value[: self._error.position])
        before -= round(self._input.scroll_offset.x)
        column = offset + max(0, min(before, self._input.size.width - 1))
        words = printable(str(self._error))
        below.update(Content("\n".join(caret_lines(words, column, self.content_size.width))))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    def action_leave(self) -> None:
        """Go back to the transcript with the filter."""
        self.post_message(self.Dismissed(self))

    def action_dismiss(self) -> None:
        """Go back to the transcript; the second time, without the filter."""
        if self._left:
            self.clear()
        self._left = bool(self.value) and not self._left
        self.action_leave()

    def action_clear(self) -> None:
        """Forget the text and show everything."""
        self.clear()


def caret_lines(words: str, column: int, width: int) -> list[str]:
    """A caret in `column` with `words` beside it, or below where there is no room for them."""
    room = width - column - 2
    if len(words) <= room:
        return [f"{' ' * column}▲ {words}"]
    if len(words) < column:
        return [f"{words} ▲".rjust(column + 1)]
    if room < BESIDE:
        return [f"{' ' * column}▲", *wrap(words, max(width, 1))]
    first, *others = wrap(words, room)
    return [f"{' ' * column}▲ {first}", *(" " * (column + 2) + line for line in others)]


def counts_content(counts: Counts, filtered: bool | None, width: int) -> Content:
    """The counts as words, shorter in a bar of fewer than `WIDE` cells.

    `filtered` is None while there is a filter that cannot be read.
    """
    parts = []
    if filtered is None:
        parts.append("not applied")
    elif filtered:
        parts.append(f"{count_text(counts.shown)} of {count_text(counts.total)}")
        hidden = counts.total - counts.shown
        if counts.progress is not None:
            parts.append(f"scanning {counts.progress:.0%}")
        elif hidden > 0 and width >= WIDE:
            parts.append(f"{count_text(hidden)} hidden")
        if counts.unsearched:
            parts.append(f"{short_count_text(counts.unsearched)} not searched")
    else:
        parts.append(count_text(counts.total))
    said = Content(" · ".join(parts))
    if counts.following:
        return Content.assemble(said, " · following ", ("↓", "$success"))
    if counts.unseen:
        return Content.assemble(said, " · ", (f"+{count_text(counts.unseen)} new ↓", "$warning"))
    return Content.assemble(said, " · ", ("not following", "$warning"))
