"""The composer: a message is written here, as text or as bytes in hex.

Owns what is typed and shown while it is typed. To whom it goes, and whether it may, is decided by
whoever takes `Composer.Submitted` and answers with `accept` or `refuse`: what was typed leaves
only when it was sent.
"""

from __future__ import annotations

import re
from typing import Final

from rich.text import Text
from textual import on
from textual.content import Content
from textual.events import Paste
from textual.message import Message
from textual.reactive import var
from textual.widgets import TextArea

from wstui.actions import NAMED, Place, bindings, shown_key
from wstui.core.entry import Kind
from wstui.core.hex_input import HexError
from wstui.core.printable import one_to_one, printable
from wstui.core.sending.draft import Draft, History, Judgement, judge
from wstui.core.units import size_text

WRAP_LIMIT: Final = 100_000
"""Characters from which lines are no longer wrapped: wrapping looks at all of them."""

LONG_LINE: Final = 4_000
"""Characters from which a line is shown without colours."""

EMPTY: Final = "it is empty. Send it again to send 0 B."
"""What is said to somebody who may not have meant to send anything."""

_TOKENS: Final = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)'
)


class Composer(TextArea):
    """A text to send. Enter begins a new line; what sends it is in the table of actions."""

    DEFAULT_CSS = """
    Composer {
        border: round $border-blurred;
        background: $background;
        padding: 0 1;
        &:focus { border: round $border; }
        &.-refused { border: round $error; }
        & .composer--string { color: $in; }
        & .composer--number { color: $warning; }
        & .composer--word { color: $control; }
        & .composer--fault { color: $error; text-style: bold reverse; }
        & .text-area--cursor-line { background: $background; }
        & .text-area--placeholder { color: $dim; }
    }
    """

    COMPONENT_CLASSES = {
        "composer--string",
        "composer--number",
        "composer--word",
        "composer--fault",
    }

    BINDINGS = bindings(Place.COMPOSER)

    kind: var[Kind] = var(Kind.TEXT, init=False)
    """Text, or binary, which is written as hex."""
    to_all: var[bool] = var(False, init=False)
    """Whether it goes to all open connections instead of the selected one."""
    selected: var[int | None] = var(None, init=False)
    """Id of the connection it goes to; None: there is none."""
    group: var[str] = var("", init=False)
    """To whom it goes where that is not one connection, such as all clients of a listener; empty
    where it is."""
    open_count: var[int] = var(0, init=False)
    """Open connections, for the title."""
    underway: var[str] = var("", init=False)
    """What waits to be sent there, and how far a plan came; empty when nothing does."""
    can_stop: var[bool] = var(False, init=False)
    """Whether some of it can be stopped."""

    class Submitted(Message):
        """`draft`, which has a payload, shall be sent."""

        def __init__(self, draft: Draft, to_all: bool) -> None:
            super().__init__()
            self.draft = draft
            self.to_all = to_all

    class Left(Message):
        """Somebody wants to go back to where messages are read."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(
            id=id, classes=classes, highlight_cursor_line=False, show_line_numbers=False
        )
        self._history = History()
        self._judgement = Judgement("text", 0)
        self._fault: tuple[int, int] | None = None
        self._refusal = ""

    @property
    def draft(self) -> Draft:
        """What is being written."""
        return Draft(self.text, self.kind)

    # Render

    def on_mount(self) -> None:
        self._describe()

    def get_line(self, line_index: int) -> Text:
        """A line as it is shown: nothing in it can drive the terminal, character for character."""
        plain = one_to_one(self.document.get_line(line_index))
        line = Text(plain, end="", no_wrap=True)
        if self._judgement.format == "json" and len(plain) < LONG_LINE:
            for token in _TOKENS.finditer(plain):
                style = self.get_component_rich_style(f"composer--{token.lastgroup}", partial=True)
                line.stylize(style, *token.span())
        if self._fault is not None and self._fault[0] == line_index:
            column = self._fault[1]
            style = self.get_component_rich_style("composer--fault", partial=True)
            line.stylize(style, column, column + 1)
        return line

    def _fault_location(self) -> tuple[int, int] | None:
        """Row and column of what is wrong; None when nothing is."""
        position = self._judgement.position
        if position is None:
            return None
        before = self.text[:position]
        return before.count("\n"), position - (before.rfind("\n") + 1)

    def _describe(self) -> None:
        """Say in the border what would be sent, to whom, and by which keys."""
        if self._refusal:
            self.border_title = Content.styled(
                printable(f"Not sent: {self._refusal}"), "$error bold"
            )
        else:
            parts = [Content(self._target_words()), _judgement_words(self._judgement)]
            if self.underway:
                stop = f" · {_first_key('cancel')} stops" if self.can_stop else ""
                parts.insert(1, Content.assemble((self.underway, "$warning bold"), stop))
            self.border_title = Content(" · ").join(parts)
        self.border_subtitle = self._key_words()
        self.set_class(bool(self._refusal), "-refused")

    def _key_words(self) -> Content:
        """What the keys do that work now."""
        if not self.has_focus:
            return Content(f"{_first_key('compose')} to write")
        other = "text" if self.kind is Kind.BINARY else "hex"
        whom = "one" if self.to_all else "all"
        keys = {"send": "send", "kind": other, "to_all": f"to {whom}", "send_more": "more"}
        parts = [f"{_first_key(id)} {word}" for id, word in keys.items()]
        return Content(" · ".join([*parts, "↑ history"]))

    def _target_words(self) -> str:
        if self.to_all:
            return f"Send to all {self.open_count} open"
        whom = self.group or ("" if self.selected is None else str(self.selected))
        return f"Send to {whom}" if whom else "Send"

    # Watchers

    def watch_kind(self) -> None:
        self.placeholder = Content(
            "Bytes as hex, such as DE AD be ef" if self.kind is Kind.BINARY else "Write a message"
        )
        self._judge()

    def watch_to_all(self) -> None:
        self._refusal = ""
        self._describe()

    def watch_selected(self) -> None:
        self._refusal = ""
        self._describe()

    def watch_group(self) -> None:
        self._describe()

    def watch_open_count(self) -> None:
        self._describe()

    def watch_underway(self) -> None:
        self._describe()

    def watch_can_stop(self) -> None:
        self._describe()

    def watch_has_focus(self, focus: bool) -> None:
        super().watch_has_focus(focus)
        self._describe()

    @on(TextArea.Changed)
    def _judge(self) -> None:
        self._refusal = ""
        self._judgement = judge(self.draft)
        self._fault = self._fault_location()
        self.soft_wrap = len(self.text) < WRAP_LIMIT
        self._line_cache.clear()
        self.refresh()
        self._describe()

    async def _on_paste(self, event: Paste) -> None:
        if len(event.text) >= WRAP_LIMIT:
            self.soft_wrap = False  # before it is wrapped, not after

    # Answers to Submitted

    def accept(self, draft: Draft) -> None:
        """`draft` has been sent: remember it, and begin anew unless something else was written."""
        self._history.add(draft)
        self.to_all = False  # it is meant for one message: the next must not surprise everybody
        if self.draft == draft:
            self.load_text("")

    def refuse(self, why: str) -> None:
        """What was submitted could not be sent: keep it, and say why."""
        self._refusal = why
        self._describe()

    # Actions

    def action_send(self) -> None:
        """Submit what is written, once it has the form that its kind demands."""
        try:
            payload = self.draft.payload()
        except HexError as error:
            self.refuse(str(error))
            return
        if payload or self._refusal == EMPTY:
            self.post_message(self.Submitted(self.draft, self.to_all))
        else:
            self.refuse(EMPTY)

    def action_kind(self) -> None:
        """Switch between text and hex."""
        self.kind = Kind.TEXT if self.kind is Kind.BINARY else Kind.BINARY

    def action_to_all(self) -> None:
        """Switch between the selected connection and all open ones."""
        self.to_all = not self.to_all

    def action_leave(self) -> None:
        """Go back to where messages are read."""
        self.post_message(self.Left())

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up; from the first line, to the message sent before."""
        if select or not self.navigator.is_first_wrapped_line(self.cursor_location):
            super().action_cursor_up(select)
        else:
            self._recall(-1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down; from the last line, to the message sent after."""
        if select or not self._on_last_line():
            super().action_cursor_down(select)
        else:
            self._recall(1)

    def _on_last_line(self) -> bool:
        last = self.navigator.is_last_wrapped_line(self.cursor_location)
        return last and self.cursor_at_last_line

    def _recall(self, step: int) -> None:
        draft = self._history.step(step, self.draft)
        if draft is not None:
            self.kind = draft.kind
            self.load_text(draft.text)
            self.move_cursor(self.document.end)


def _first_key(action: str) -> str:
    return shown_key(NAMED[action].keys.split(",")[0])


def _judgement_words(judgement: Judgement) -> Content:
    """Such as ``json ✓ 59 B``, or what is wrong and where."""
    if judgement.size is None:
        return Content.styled(f"hex: {printable(judgement.fault)}", "$error")
    size = f"{judgement.size} B" if judgement.size < 1024 else size_text(judgement.size)
    if judgement.unfinished:
        return Content.assemble(f"hex · {size} · ", ("half a byte", "$dim"))
    if judgement.fault:
        return Content.assemble((f"no JSON: {judgement.fault}", "$warning"), f" · text {size}")
    if judgement.format == "json":
        return Content.assemble("json ", ("✓", "$success"), f" {size}")
    if not judgement.size:
        return Content(judgement.format)
    return Content(f"{judgement.format} · {size}")
