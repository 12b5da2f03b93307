"""The command bar: one line to type a command into, what came of it, and where it went wrong.

Owns typing, history, completion by Tab, and the answer's panel. What commands there are and what
they do is decided by whoever takes `CommandBar.Submitted` and answers with `answer` or `refuse`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from wstui.core.commands.complete import Completion, usage_words
from wstui.core.printable import one_to_one, printable

Completer = Callable[[str], Sequence[Completion]]
"""What the text up to the cursor could become."""


class CommandInput(Input):
    """A line that keeps exactly what is typed, and shows what a terminal would obey as symbols."""

    @property
    def _value(self) -> Text:
        # Textual draws this, and has no other way to show something else than the value.
        return Text(one_to_one(self.value), no_wrap=True, overflow="ignore", end="")

    def on_paste(self, event: Paste) -> None:
        """A command of several lines, as browsers copy curl's, becomes one line."""
        if len(event.text.splitlines()) > 1:
            from wstui.core.paste.shell import one_line  # not before the first frame

            event.prevent_default()
            event.stop()
            self.replace(one_line(event.text), *self.selection)


class CommandBar(Widget):
    """Hidden until opened; Enter runs what is typed, Escape closes it."""

    DEFAULT_CSS = """
    CommandBar {
        height: auto;
        max-height: 60%;
        display: none;
        &.-open { display: block; }
        & > .command--answer {
            display: none;
            height: auto;
            max-height: 12;
            padding: 0 1;
            border: round $border-blurred;
            border-title-color: $primary;
            border-subtitle-color: $dim;
            background: $surface;
        }
        &.-answered > .command--answer { display: block; }
        & .command--fault, & .command--caret { display: none; color: $error; }
        & .command--fault { height: auto; max-height: 4; padding: 0 1 0 3; }
        & .command--caret { height: 1; }
        &.-failed .command--fault, &.-pointing .command--caret { display: block; }
        & Horizontal { height: 1; background: $panel; }
        & .command--prompt { width: 3; color: $primary; text-style: bold; padding: 0 1; }
        &.-failed .command--prompt { color: $error; }
        & CommandInput, & CommandInput:focus {
            height: 1;
            width: 1fr;
            border: none;
            padding: 0;
            background: $panel;
        }
    }
    """

    BINDINGS = [
        Binding("escape", "dismiss", "Back"),
        Binding("tab", "complete", "Complete", priority=True),
        Binding("ctrl+u", "clear", "Clear", show=False, priority=True),
        Binding("up", "recall(-1)", "Earlier", show=False),
        Binding("down", "recall(1)", "Later", show=False),
        Binding("pageup", "scroll_answer(-1)", "Answer up", show=False),
        Binding("pagedown", "scroll_answer(1)", "Answer down", show=False),
    ]

    class Submitted(Message):
        """`text` shall be run as a command."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Dismissed(Message):
        """Somebody is done here."""

    def __init__(self, completer: Completer, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._completer = completer
        self._history: list[str] = []
        self._place = 0
        self._unsent = ""
        self._input = CommandInput(placeholder="connect wss://…   send 0 hello   close 0 4001 bye")
        self._answer = Static(markup=False)
        self._fault = Static(classes="command--fault", markup=False)
        self._caret = Static(classes="command--caret", markup=False)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="command--answer", can_focus=False):
            yield self._answer
        yield self._fault
        yield self._caret
        with Horizontal():
            yield Static(":", classes="command--prompt", markup=False)
            yield self._input

    @property
    def value(self) -> str:
        """What is typed."""
        return self._input.value

    @value.setter
    def value(self, text: str) -> None:
        self._input.value = text
        self._input.cursor_position = len(text)

    def open(self, text: str = "") -> None:
        """Show the bar and let somebody type, behind `text` if there is some."""
        self.add_class("-open")
        self._input.select_on_focus = not text  # what is begun shall be gone on with
        if text:
            self.value = text
        # At once: what is typed next must not go to the pane that had the focus.
        self.screen.set_focus(self._input)

    def close(self) -> None:
        """Hide the bar, and the answer with it. What is typed stays for the next time."""
        self.remove_class("-open", "-answered", "-failed", "-pointing")

    # Answers to Submitted

    def answer(self, command: str, text: str) -> None:
        """`command`, which was submitted, is done; `text` is said about it, in lines."""
        if self._history[-1:] != [command]:
            self._history.append(command)
        self._place = len(self._history)
        self.remove_class("-failed", "-pointing")
        self._show_answer(command, text)

    def refuse(self, command: str, message: str, position: int | None = None) -> None:
        """`command`, which was submitted, cannot be done. It is back in the line, `position` in it
        being marked, unless something else is typed there by now."""
        self.remove_class("-answered")
        self._fault.update(Content(printable(message)))
        if not self.value:
            with self._input.prevent(Input.Changed):  # or the fault would be hidden again
                self.value = command
        elif self.value != command:
            position = None
        self.add_class("-failed")
        self.set_class(position is not None, "-pointing")
        if position is not None:
            self._input.cursor_position = position
            # A long line scrolls to the place first, and the caret follows it there.
            self.call_after_refresh(self._point, position)

    def _point(self, position: int) -> None:
        """Draw the caret over the character at `position`, with what stands before it in sight."""
        before = cell_len(one_to_one(self.value[:position]))
        width = self._input.size.width
        scrolled = 0 if before < width else before - width // 2
        self._input.scroll_to(x=scrolled, animate=False, force=True, immediate=True)
        column = self._input.region.x - self.region.x + before - round(self._input.scroll_offset.x)
        self._caret.update(Content(f"{' ' * max(0, min(column, self.size.width - 1))}▼"))

    def _show_answer(self, title: str, text: str) -> None:
        panel = self.query_one(".command--answer")
        panel.border_title = Content(printable(title))
        panel.border_subtitle = Content("esc closes")
        self._answer.update(Content(printable(text, newlines=True)))
        self.call_after_refresh(self._say_scrolling)
        panel.scroll_home(animate=False)
        self.set_class(bool(text), "-answered")

    def _say_scrolling(self) -> None:
        """Name the keys that show what of the answer does not fit."""
        panel = self.query_one(".command--answer")
        if panel.max_scroll_y:
            panel.border_subtitle = Content("page up, page down scroll   esc closes")

    # Handlers

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.remove_class("-failed", "-pointing")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            # The line is free at once: a command may take a while, and typing goes on.
            self.remove_class("-failed", "-pointing")
            with self._input.prevent(Input.Changed):
                self.value = ""
            self.post_message(self.Submitted(event.value))
        else:
            self.action_dismiss()

    # Actions

    def action_dismiss(self) -> None:
        """Close the bar."""
        self.close()
        self.post_message(self.Dismissed())

    def action_clear(self) -> None:
        """Empty the line, wherever in it the cursor is."""
        self.value = ""

    def action_complete(self) -> None:
        """Complete what is typed as far as it is certain; show the choices when there are some."""
        text = self.value[: self._input.cursor_position]
        rest = self.value[len(text) :]
        choices = self._completer(text)
        if not choices:
            self.app.bell()
            self._show_answer("Tab", usage_words(text) if text.strip() else "")
            return
        completed = common_beginning([choice.line for choice in choices])
        if len(choices) > 1 and len(completed) <= len(text):
            self._show_choices(choices, text.rfind(" ") + 1)
            return
        self.remove_class("-answered")
        self._input.value = completed + rest
        self._input.cursor_position = len(completed)

    def _show_choices(self, choices: Sequence[Completion], start: int) -> None:
        """List `choices`, of which what stands before `start` is typed already."""
        words = [choice.line[start:].strip() for choice in choices]
        width = max(map(cell_len, words))
        rows = zip(words, choices, strict=True)
        self._show_answer("Tab", "\n".join(f"{word:<{width}}  {one.about}" for word, one in rows))

    def action_recall(self, step: int) -> None:
        """Show the command run before or after this one."""
        place = self._place + step
        if not 0 <= place <= len(self._history):
            return
        if self._place == len(self._history):
            self._unsent = self.value
        self._place = place
        self.value = self._unsent if place == len(self._history) else self._history[place]

    def action_scroll_answer(self, step: int) -> None:
        """Scroll the answer by a page."""
        panel = self.query_one(".command--answer")
        panel.scroll_relative(y=step * panel.size.height, animate=False)


def common_beginning(lines: Sequence[str]) -> str:
    """What all `lines`, one or more, begin with."""
    same = takewhile(lambda chars: len(set(chars)) == 1, zip(*lines, strict=False))
    return "".join(chars[0] for chars in same)
