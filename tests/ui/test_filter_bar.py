"""The filter bar: live filters, errors under the caret, counts, and leaving it."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from tests.ui_support import WidgetApp
from wstui.core.filter import Filter
from wstui.widgets.filter_bar import FilterBar, counts_content
from wstui.widgets.listing import Counts


class BarApp(WidgetApp):
    """A filter bar with something else to focus, and what it told."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = FilterBar()
        self.filters: list[Filter | None] = []

    def compose(self) -> ComposeResult:
        yield self.bar
        yield Button("elsewhere")

    def on_mount(self) -> None:
        self.bar.focus()

    @on(FilterBar.Changed)
    def _changed(self, event: FilterBar.Changed) -> None:
        self.filters.append(event.filter)

    @on(FilterBar.Dismissed)
    def _dismissed(self) -> None:
        self.query_one(Button).focus()

    def sources(self) -> list[str | None]:
        """The filters told, as they were typed."""
        return [None if filter is None else filter.source for filter in self.filters]

    def drawn(self, id: str) -> str:
        """The text of one part of the bar."""
        return str(self.bar.query_one(id, Static).render())


async def test_filter_changes_while_typing() -> None:
    """Each key that makes another filter is told at once."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press(*"ab")
        assert app.sources() == ["a", "ab"]
        await pilot.press("backspace", "backspace")
        assert app.sources()[-1] is None


async def test_error_stands_under_its_place() -> None:
    """What cannot be read is explained under the character, and is no filter."""
    app = BarApp()
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press(*"price dir:up")
        assert app.bar.has_class("-failed")
        line = app.drawn("#filter-error")
        caret = app.bar.query_one(Input).region.x + len("price dir:")
        assert app.bar.query_one("#filter-error").region.x + line.index("▲") == caret
        assert "in or out" in line
        assert app.bar.value == "price dir:up"
        assert app.bar.filter is None
        assert app.sources()[-1] is None
        await pilot.press("backspace", "backspace", *"in")
        assert not app.bar.has_class("-failed")
        assert app.sources()[-1] == "price dir:in"


@pytest.mark.parametrize("size", [(30, 5), (80, 24)])
async def test_error_far_to_the_right_stays_in_sight(size: tuple[int, int]) -> None:
    """When the place is near the right edge the words stand before it, or below."""
    app = BarApp()
    async with app.run_test(size=size) as pilot:
        app.bar.value = "x" * 60 + " dir:"
        await pilot.pause()
        line = app.drawn("#filter-error")
        assert "in or out" in line
        assert all(len(part) <= size[0] for part in line.splitlines())


@pytest.mark.parametrize("key", ["enter", "escape", "down"])
async def test_leaving_keeps_the_filter(key: str) -> None:
    """Enter, Escape and Down go back to the transcript with the filter in force."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press(*"ab", key)
        assert isinstance(app.focused, Button)
        assert app.bar.value == "ab"
        assert app.sources()[-1] == "ab"


async def test_second_escape_clears() -> None:
    """Escape again, with nothing typed in between, lifts the filter."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press(*"ab", "escape")
        app.bar.focus()
        await pilot.press("c", "escape")
        app.bar.focus()
        await pilot.press("escape")
        assert app.bar.value == ""
        assert app.sources()[-1] is None


async def test_ctrl_u_clears() -> None:
    """Ctrl+U lifts the filter and stays in the bar."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press(*"ab", "left", "ctrl+u")
        assert app.bar.value == ""
        assert isinstance(app.focused, Input)


async def test_pasted_controls_are_inert() -> None:
    """Text pasted with control characters in it is shown by symbols."""
    app = BarApp()
    async with app.run_test() as pilot:
        app.bar.value = "a\x1b]0;x\x07 [red] \u202eb"
        await pilot.pause()
        assert app.bar.value == "a␛]0;x␇ [red] ‹RLO›b"


async def test_counts_stand_at_the_right() -> None:
    """The bar says what it is told of the view, also before anything was typed."""
    app = BarApp()
    async with app.run_test(size=(120, 10)) as pilot:
        app.bar.update_counts(Counts(9308, 9308))
        assert app.drawn("#filter-counts") == "9,308 · following ↓"
        await pilot.press("a")
        app.bar.update_counts(Counts(9120, 9308, unseen=37, following=False))
        assert app.drawn("#filter-counts") == "9,120 of 9,308 · 188 hidden · +37 new ↓"


@pytest.mark.parametrize(
    ("counts", "filtered", "width", "words"),
    [
        (Counts(), False, 80, "0 · following ↓"),
        (Counts(5, 10, 0, False), True, 80, "5 of 10 · not following"),
        (Counts(5, 10, 0, True, 0.434), True, 120, "5 of 10 · scanning 43% · following ↓"),
        (Counts(10, 10), True, 120, "10 of 10 · following ↓"),
        (Counts(9, 9, unsearched=1_500), True, 80, "9 of 9 · 1.5k not searched · following ↓"),
    ],
)
def test_counts_in_words(counts: Counts, filtered: bool, width: int, words: str) -> None:
    """Counts are shorter in a narrow bar, and tell how far a long search is."""
    assert counts_content(counts, filtered, width).plain == words


async def test_highlighting_survives_any_text() -> None:
    """Colouring never fails, whatever is half typed."""
    app = BarApp()
    async with app.run_test(size=(100, 10)) as pilot:
        for text in ("-", "/", "-/a", '"', 'op:"x', "a:b:c /x\\/y/i", "dir:in -op:ping,pong /p|s/"):
            app.bar.value = text
            await pilot.pause()
        assert "dir:in" in "".join(
            strip.text
            for strip in app.bar.query_one(Input).render_lines(app.bar.query_one(Input).size.region)
        )
