"""Copy as: the list of tools that the options of a connection can be written for, with a preview.

Owns choosing. What is written for a tool is the matter of `core/copy_as`; copying is left to who
asked for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wstui.core.connection import Connection
from wstui.core.copy_as import Tool, copy_as
from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogScreen, key_line

TOOLS: Final = tuple(Tool)

SHOWN_REMARKS: Final = 6
"""What a tool cannot be told, as far as it is listed; more is counted."""


class Choice(NamedTuple):
    """What shall be copied."""

    tool: Tool
    text: str


class CopyAsScreen(DialogScreen[Choice | None]):
    """Asks what the options of `connection` shall be copied as; None when it was given up."""

    CSS_PATH = "copy_as.tcss"

    AUTO_FOCUS = "#tools"

    BINDINGS = [
        Binding("u", "reveal", "Secrets"),
        Binding("escape,q", "dismiss(None)", "Cancel"),
        Binding("pageup", "scroll(-1)", "Up", show=False),
        Binding("pagedown", "scroll(1)", "Down", show=False),
        *(Binding(str(number), f"take({number})", show=False) for number in range(1, 6)),
    ]

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._reveal = False

    def compose(self) -> ComposeResult:
        whose = "" if self._connection.peer is None else " · connects as this client did"
        title = f"Copy #{self._connection.id} as{whose}"
        with Dialog(title, (), id="copy-as"), Horizontal():
            names = (Option(f"{number}  {tool}") for number, tool in enumerate(TOOLS, 1))
            yield OptionList(*names, id="tools", markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield Static(id="text", markup=False)
                yield Static(id="remarks", markup=False)

    def on_mount(self) -> None:
        self.query_one("#tools", OptionList).highlighted = 0

    @property
    def tool(self) -> Tool:
        """The one that is marked."""
        return TOOLS[self.query_one("#tools", OptionList).highlighted or 0]

    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        options = self._connection.options
        copied = copy_as(self.tool, options, reveal=self._reveal)
        self.query_one("#text", Static).update(Content(printable(copied.text, newlines=True)))
        lines = [f"Not in it: {remark}" for remark in copied.remarks[:SHOWN_REMARKS]]
        more = len(copied.remarks) - SHOWN_REMARKS
        lines += [f"… and {more} more"] if more > 0 else []
        if copied.masked:
            lines.append("Secrets are masked: u copies them, too.")
        self.query_one("#remarks", Static).update(
            Content(printable("\n".join(lines), newlines=True))
        )
        self.query_one("#preview").scroll_home(animate=False)
        secrets = []
        if copied.masked or self._reveal:
            secrets = [("u", "hide" if self._reveal else "secrets")]
        keys = [("↑↓", "choose"), ("enter", "copy"), *secrets, ("esc", "cancel")]
        self.query_one("#copy-as").border_subtitle = key_line(keys)

    @on(OptionList.OptionSelected)
    def _take(self) -> None:
        options = self._connection.options
        text = copy_as(self.tool, options, reveal=self._reveal).text
        self.dismiss(Choice(self.tool, text))

    # Actions

    def action_reveal(self) -> None:
        """Write secrets as they are, or mask them again."""
        self._reveal = not self._reveal
        self._show()

    def action_take(self, number: int) -> None:
        """Copy as the tool with this number."""
        self.query_one("#tools", OptionList).highlighted = number - 1
        self._take()

    def action_scroll(self, step: int) -> None:
        """Scroll the preview by most of a page."""
        preview = self.query_one("#preview")
        preview.scroll_relative(y=step * max(1, preview.size.height - 1), animate=False)
