"""A choice among a few words."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from tests.ui_support import WidgetApp
from wstui.widgets.choice import Choice


class ChoiceApp(WidgetApp):
    """Shows one choice and keeps what was chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield Choice("system", ["system", "none", "http"])

    @on(Choice.Changed)
    def _keep(self, event: Choice.Changed) -> None:
        self.chosen.append(event.choice.value)


async def test_keys_go_round() -> None:
    """Right, left and blank go through the words, round the end."""
    app = ChoiceApp()
    async with app.run_test() as pilot:
        app.query_one(Choice).focus()
        await pilot.press("right", "space", "right", "left")
        await pilot.pause()
    assert app.chosen == ["none", "http", "system", "http"]


async def test_a_click_chooses_the_word_under_it() -> None:
    """A click on a word chooses that, and one between two words changes nothing."""
    app = ChoiceApp()
    async with app.run_test() as pilot:
        await pilot.click(Choice, offset=(2 + len("system  n"), 0))
        await pilot.click(Choice, offset=(2 + len("system "), 0))
        await pilot.pause()
    assert app.chosen == ["none"]


def test_an_unknown_word_is_the_first() -> None:
    """What is none of the words counts as the first of them."""
    assert Choice("socks", ["system", "none"]).value == "system"


async def test_the_choice_is_seen_without_colour() -> None:
    """The chosen word is marked, not lit alone."""
    app = ChoiceApp()
    async with app.run_test() as pilot:
        choice = app.query_one(Choice)
        assert str(choice.render()) == "[system] none  http "
        choice.value = "http"
        await pilot.pause()
        assert str(choice.render()) == " system  none [http]"
