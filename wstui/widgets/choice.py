"""A choice among a few words, all of them in sight: `[system] none  http`, one marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static


class Choice(Static, can_focus=True):
    """One of some words; the arrow keys, blank and a click change it."""

    DEFAULT_CSS = """
    Choice, Choice:focus {
        width: auto;
        height: 1;
        padding: 0;
        border: none;
        border-left: outer $border-blurred;
        background: $panel;
    }
    Choice:focus {
        border-left: outer $primary;
    }
    """

    BINDINGS = [
        Binding("right,space", "turn(1)", "Next", show=False),
        Binding("left", "turn(-1)", "Previous", show=False),
    ]

    value: reactive[str] = reactive("")
    """The chosen word."""

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        choice: Choice

        @property
        def control(self) -> Choice:
            return self.choice

    def __init__(self, value: str, choices: Sequence[str]) -> None:
        super().__init__(markup=False)
        self.choices = tuple(choices)
        self.set_reactive(Choice.value, self.validate_value(value))

    def validate_value(self, value: str) -> str:
        return value if value in self.choices else self.choices[0]

    def render(self) -> Content:
        return Content("").join(
            Content.styled(f"[{word}]", "bold $primary")
            if word == self.value
            else Content.styled(f" {word} ", "$text-muted")
            for word in self.choices
        )

    def watch_value(self) -> None:
        self.refresh(layout=True)
        self.post_message(self.Changed(self))

    def action_turn(self, step: int) -> None:
        """Choose the word `step` places further, round the end."""
        place = self.choices.index(self.value) + step
        self.value = self.choices[place % len(self.choices)]

    def on_click(self, event: Click) -> None:
        """Choose the word under the pointer."""
        offset = event.get_content_offset(self)
        at = 1
        for word in self.choices if offset is not None else ():
            if offset is not None and at <= offset.x < at + len(word):
                self.value = word
            at += len(word) + 2
