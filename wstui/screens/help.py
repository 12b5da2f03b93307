"""The help: all keys from the table of actions, the filter language, the command language.

Owns its layout, and the few lines on moving about, which are the widgets' own keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from wstui.actions import GROUPED, Action
from wstui.core.commands.language import COMMANDS
from wstui.widgets.dialog import key_line

MOVING: Final = (
    ("tab, shift+tab", "Go from pane to pane; a click does, too."),
    ("0 … 9", "Select the connection or listener with this number."),
    ("↑ ↓, k j", "Move by one; also page up, page down, home, end."),
    ("← →", "In the list of listeners: fold clients away, show them again."),
    ("end, G", "In the transcript: to the newest entry, and follow."),
    ("enter", "Look inside: from connection to transcript to entry."),
    ("↑ ↓", "In the composer, from its first or last line: what was sent before."),
    ("paste", "Into the URI of the connect form: also a curl, websocat or wscat command."),
    ("F2, shift+F2", "In the connect form: the next section of options; the one before."),
    ("ctrl+r", "In the connect form: start afresh, with nothing filled in."),
    ("F3", "In the connect form: save it as a profile."),
    ("enter, e, d", "In the saved profiles: open, edit, delete."),
    ("tab", "In the command bar: complete, or list what it could be."),
    ("ctrl+u", "In the filter and in the command bar: clear the line."),
)

FILTER: Final = (
    ("price", "Entries that contain the word; upper case counts once there is some."),
    ('"two words"', "Entries that contain exactly this."),
    ("/pri(c|z)e/i", "Entries in which the regular expression matches; i ignores case."),
    ("dir:in   dir:out", "Received or sent."),
    ("op:text,binary", "Of these kinds: text, binary, ping, pong, close, raw, event."),
    ("-op:ping", "A minus turns any term round."),
    ("-is:heartbeat", "Without the messages that a timer sends."),
    ("dir:in price -bid", "All terms must hold."),
)

SECRETS: Final = (
    ("${env:NAME}", "In any option: a variable of the environment, looked up when connecting."),
    ("${cmd:COMMAND}", "The first line that a command prints; profiles keep only these words."),
    ("$${", "A literal ${."),
)

GLYPHS: Final = (
    ("◐  ●  ◌", "Connecting, open, closing."),
    ("○  ✕  ↻", "Closed, failed, waiting to be opened again."),
    ("⇥  ⊘", "Listens; accepts nobody further, while its clients live on."),
    ("▿  ▹", "Clients stand below; they are folded away. A click changes that."),
    ("▸", "Marked."),
    ("↓  ↑  ·", "Received, sent, an event here that was not on the wire."),
    ("+12", "Messages that came since you looked."),
    ("▤ 1.2 MiB", "Waits to be sent: the other side does not read as fast as you send."),
    ("↑120/1,000", "So many messages out of so many were sent; F8 stops that."),
    ("⚠ TLS unverified", "Nobody checked whom this connection reaches."),
)


class HelpScreen(ModalScreen[None]):
    """Everything at a glance; it scrolls, and Escape or Enter closes it."""

    CSS_PATH = "help.tcss"

    BINDINGS = [
        Binding("escape,q,enter,question_mark,f1", "close_help", "Close"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            for group, actions in GROUPED:
                yield from _section(group, ((one.key_words, _sentence(one)) for one in actions))
            yield from _section("Moving about", MOVING)
            yield from _section("Filter", FILTER)
            yield from _section("Secrets", SECRETS)
            yield from _section("Commands", ((one.usage, one.help) for one in COMMANDS))
            yield from _section("Signs", GLYPHS)

    def on_mount(self) -> None:
        pane = self.query_one("#help")
        pane.border_title = "Help"
        pane.border_subtitle = key_line((("↑↓", "scroll"), ("enter esc", "close")))
        pane.focus()

    def action_close_help(self) -> None:
        """Back to where one was."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Scroll by some lines."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)


def _sentence(action: Action) -> str:
    return f"{action.words}. {action.help}"


def _section(title: str, rows: Iterable[tuple[str, str]]) -> ComposeResult:
    """A heading and rows of two columns, each of which wraps within itself."""
    yield Static(title, classes="heading", markup=False)
    with Grid(classes="rows"):
        for left, right in rows:
            yield Static(left, classes="left", markup=False)
            yield Static(right, classes="right", markup=False)
