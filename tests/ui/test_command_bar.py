"""The command bar on its own; what commands do is tested with the workbench."""

from __future__ import annotations

import pytest
from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from tests.ui_support import WidgetApp
from wstui.core.commands.complete import Completion
from wstui.widgets.command_bar import CommandBar

WORDS = ("close ", "connect ", "send ", "sendhex ")


def complete(text: str) -> list[Completion]:
    """Completes the first word only."""
    return [Completion(word, f"does [/{word}]") for word in WORDS if word.startswith(text)]


class BarApp(WidgetApp):
    """A command bar that answers, or refuses at `position` when there is a refusal."""

    def __init__(
        self, answer: str = "done", refusal: str = "", position: int = 5, *, slow: bool = False
    ) -> None:
        """`slow`: it leaves commands without an answer."""
        super().__init__()
        self.slow = slow
        self.bar = CommandBar(complete)
        self.answer = answer
        self.refusal = refusal
        self.position = position
        self.commands: list[str] = []
        self.dismissed = 0

    def compose(self) -> ComposeResult:
        yield self.bar

    def on_mount(self) -> None:
        self.bar.open()

    @on(CommandBar.Submitted)
    def run_command(self, event: CommandBar.Submitted) -> None:
        self.commands.append(event.text)
        if self.slow:
            return
        if self.refusal:
            self.bar.refuse(event.text, self.refusal, self.position)
        else:
            self.bar.answer(event.text, self.answer)

    @on(CommandBar.Dismissed)
    def count(self) -> None:
        self.dismissed += 1

    def shown(self, selector: str) -> str:
        """The text of a part of the bar; empty when it is hidden."""
        part = self.bar.query_one(selector)
        static = part if isinstance(part, Static) else part.query_one(Static)
        return str(static.render()) if part.display else ""


async def test_an_answer_is_shown_literally() -> None:
    """The answer stands in a panel, markup and control characters as they are; the line is free."""
    app = BarApp(answer="[/x] one\n\x1b[2J two")
    async with app.run_test() as pilot:
        await pilot.press(*"send 0 hi", "enter")
        await pilot.pause()
        assert app.commands == ["send 0 hi"]
        assert app.shown(".command--answer") == "[/x] one\n␛[2J two"
        assert app.bar.value == ""


async def test_a_refusal_keeps_the_text_and_marks_the_place() -> None:
    """A wrong command stays with a mark above the place, until something is typed."""
    app = BarApp(refusal="[/x] is no id")
    async with app.run_test() as pilot:
        await pilot.press(*"send zero", "enter")
        await pilot.pause()
        assert app.bar.value == "send zero"
        assert app.shown(".command--fault") == "[/x] is no id"
        assert app.shown(".command--caret").index("▼") == 3 + 5
        await pilot.press("x")
        await pilot.pause()
        assert app.shown(".command--fault") == ""
        assert app.shown(".command--caret") == ""


@pytest.mark.parametrize(
    ("line", "position", "column"),
    [
        pytest.param("close 4 4000 " + "x" * 124, 13, 13, id="long"),
        pytest.param("send 4 " + "x" * 200, 150, 150, id="scrolled"),
        pytest.param("send 日本 x", 8, 10, id="wide"),
    ],
)
async def test_the_caret_stands_over_the_place(line: str, position: int, column: int) -> None:
    """The caret is over the wrong character in long lines and behind wide characters, too."""
    app = BarApp(refusal="no", position=position)
    async with app.run_test(size=(60, 20)) as pilot:
        app.bar.value = line
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        caret = app.shown(".command--caret").index("▼")
        cursor = app.bar._input.cursor_screen_offset.x - app.bar.region.x
        scrolled = round(app.bar._input.scroll_offset.x)
        assert caret == cursor == 3 + column - scrolled
        assert (scrolled > 0) is (column > 60)


async def test_ctrl_u_clears_the_whole_line() -> None:
    """After an error the cursor stands within the line; what is behind it goes, too."""
    app = BarApp(refusal="no")
    async with app.run_test() as pilot:
        await pilot.press(*"close 0 40000 bye", "enter")
        await pilot.pause()
        await pilot.press("ctrl+u")
        await pilot.pause()
        assert app.bar.value == ""
        assert app.shown(".command--caret") == ""


async def test_history() -> None:
    """Up and Down go through the commands that were run, and come back to what is typed."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press(*"one", "enter", *"two", "enter", *"thr")
        await pilot.press("up", "up", "up")
        assert app.bar.value == "one"
        await pilot.press("down")
        assert app.bar.value == "two"
        await pilot.press("down", "down")
        assert app.bar.value == "thr"


async def test_tab_completes() -> None:
    """Tab completes what is certain, and shows the choices when nothing is."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press("c", "tab")
        await pilot.pause()
        assert app.bar.value == "c"
        assert app.shown(".command--answer").splitlines() == [
            "close    does [/close ]",
            "connect  does [/connect ]",
        ]
        await pilot.press("o", "tab")
        await pilot.pause()
        assert app.bar.value == "connect "
        assert app.shown(".command--answer") == ""


async def test_escape_and_an_empty_line_dismiss() -> None:
    """Escape hides the bar, and so does Enter with nothing typed."""
    app = BarApp()
    async with app.run_test() as pilot:
        await pilot.press("escape")
        await pilot.pause()
        assert app.dismissed == 1
        assert not app.bar.display
        app.bar.open()
        await pilot.press("enter")
        await pilot.pause()
        assert app.dismissed == 2
        assert app.commands == []


@pytest.mark.parametrize("refusal", ["", "That is no id."])
async def test_what_is_typed_while_a_command_runs_is_the_next_one(refusal: str) -> None:
    """Typing goes on at once; the answer to the command before leaves it alone."""

    app = BarApp(slow=True)
    async with app.run_test() as pilot:
        await pilot.press(*"send 0 x", "enter", *"show")
        if refusal:
            app.bar.refuse("send 0 x", refusal, 5)
        else:
            app.bar.answer("send 0 x", "done")
        await pilot.press(*" 0")
        assert app.commands == ["send 0 x"]
        assert app.bar.value == "show 0"
