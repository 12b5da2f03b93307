"""The close form: with which code and reason a connection is closed, or that it is dropped.

Owns what is chosen and why it may not be sent, before anything goes out. Which codes there are is
`core/close_codes`' matter; closing is left to who asked for the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from wstui.core.close_codes import (
    CLOSE_CODES,
    MAX_REASON,
    SENDABLE_CODES,
    describe,
    refuse_code,
    refuse_reason,
)
from wstui.core.connection import Connection, State
from wstui.core.option_info import OptionError
from wstui.core.options import masked_uri
from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput

NO_CODE: Final = "none"
DROP: Final = "drop"
FIRST_OWN: Final = "4000"
"""The first code for private use (RFC 6455 section 7.4.2)."""

STATE_PERIOD: Final = 0.5
"""Seconds between two looks at whether the connection still is what it was."""


@dataclass(frozen=True, slots=True)
class CloseChoice:
    """How to end a connection."""

    code: int | None
    """The close code to send; None sends a close frame without a body."""
    reason: str
    drop: bool
    """End TCP at once, without a close frame; `code` and `reason` mean nothing then."""


class Row(NamedTuple):
    """A line of the list."""

    typed: str
    """What stands in the code field when it is chosen."""
    label: str
    name: str
    meaning: str


ROWS: Final = (
    *(Row(str(code), str(code), *CLOSE_CODES[code][1:]) for code in SENDABLE_CODES),
    Row(FIRST_OWN, "3000–4999", "Your own", "4000 and up: as both applications agreed."),
    Row(NO_CODE, NO_CODE, "No code", "A close frame without a body; the peer shows 1005."),
    Row(DROP, DROP, "Drop", "End TCP at once, without a close frame; the peer sees 1006."),
)
_TYPED: Final = [row.typed for row in ROWS]


def read_choice(code: str, reason: str) -> CloseChoice | OptionError:
    """What the texts of the two fields mean; or why it may not be sent, and which is wrong."""
    word = code.strip().lower()
    if word == DROP:
        return CloseChoice(None, "", drop=True)
    if word == NO_CODE:
        if reason:
            return OptionError("reason", "A reason needs a code before it.")
        return CloseChoice(None, "", drop=False)
    if not (word.isascii() and word.isdecimal()):
        return OptionError("code", "Type a number such as 1000 or 4001, or none, or drop.")
    # Python refuses to read numbers of some thousand digits.
    refusal = refuse_code(int(word[:9]))
    if refusal is not None:
        return OptionError("code", refusal)
    refusal = refuse_reason(reason)
    if refusal is not None:
        return OptionError("reason", refusal)
    return CloseChoice(int(word), reason, drop=False)


def refuse_now(connection: Connection, choice: CloseChoice) -> str | None:
    """Why `connection` cannot be ended that way in its present state; None when it can."""
    if not connection.is_live:
        return f"Connection {connection.id} has ended already."
    if connection.state is State.CLOSING and not choice.drop:
        return "The closing handshake has begun; what is left is to drop it."
    return None


def row_of(code: str) -> int | None:
    """The line that goes with what was typed so far; None when none does."""
    word = code.strip().lower()
    if word.isascii() and word.isdecimal() and word[0] in "34" and len(word) <= 4:
        return _TYPED.index(FIRST_OWN)
    return next((at for at, typed in enumerate(_TYPED) if word and typed.startswith(word)), None)


class CloseScreen(DialogScreen[CloseChoice | None]):
    """Asks how to end `connection`; None when it shall go on."""

    CSS_PATH = "close.tcss"

    AUTO_FOCUS = "#code LineInput"

    BINDINGS = [
        Binding("ctrl+s", "close", "Close"),
        Binding("escape", "keep_open", "Cancel"),
        Binding("up", "step(-1)", "Code above", show=False),
        Binding("down", "step(1)", "Code below", show=False),
    ]

    KEYS: Final = (
        ("0-9 ↑↓", "code"),
        ("tab", "reason"),
        ("enter", "close"),
        ("esc", "cancel"),
    )

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._submitted = False
        ending = connection.state is State.CLOSING
        self._code = LineInput(DROP if ending else "1000", max_length=9)
        self._reason = LineInput(placeholder="may be left empty")

    def compose(self) -> ComposeResult:
        with Dialog(f"Close #{self._connection.id}", self.KEYS, id="close"):
            yield Static(id="whom", markup=False)
            yield Field("Code", self._code, option="code", beside=True)
            codes = OptionList(*(Option(_row_content(row)) for row in ROWS), id="codes")
            codes.can_focus = False  # it follows the code field, so that Tab goes to the reason
            yield codes
            yield Field("Reason", self._reason, option="reason")
            yield DialogButtons("Close", "error")

    def on_mount(self) -> None:
        self._check()
        self.set_interval(STATE_PERIOD, self._check)

    @on(Input.Changed)
    def _read(self, event: Input.Changed) -> None:
        event.stop()
        self._submitted = False
        self._check()

    def _check(self) -> CloseChoice | OptionError:
        """Show what the form means."""
        result = read_choice(self._code.value, self._reason.value)
        if isinstance(result, CloseChoice):
            refusal = refuse_now(self._connection, result)
            if refusal is not None:
                result = OptionError("code", refusal)
        self._show_whom()
        self._show_code(result)
        self._show_reason(result)
        self.query_one("#codes", OptionList).highlighted = row_of(self._code.value)
        drop = isinstance(result, CloseChoice) and result.drop
        self.query_one(DialogButtons).submit = "Drop" if drop else "Close"
        return result

    def _show_whom(self) -> None:
        connection = self._connection
        words = str(connection.state)
        if connection.state in (State.CONNECTING, State.WAITING):
            words += ": every choice gives the attempt up"
        uri = printable(masked_uri(connection.options.uri))
        self.query_one("#whom", Static).update(
            Content.assemble((uri, "bold"), "  ", (words, "$dim"))
        )

    def _show_code(self, result: CloseChoice | OptionError) -> None:
        field = self.query_one("#code", Field)
        word = self._code.value.strip().lower()
        problem = str(result) if isinstance(result, OptionError) else ""
        wrong = isinstance(result, OptionError) and result.option == "code"
        # Half a code is not wrong yet, unless one means to send it.
        unfinished = len(word) < 4 and (not word or row_of(word) is not None)
        field.problem = problem if wrong and (self._submitted or not unfinished) else ""
        if word in (NO_CODE, DROP):
            row = ROWS[_TYPED.index(word)]
            field.hint = f"{row.name}: {row.meaning}"
        elif unfinished:
            field.hint = "four digits, or none, or drop"
        elif not wrong:
            code = describe(int(word))
            field.hint = f"{code.name}: {code.meaning}"

    def _show_reason(self, result: CloseChoice | OptionError) -> None:
        field = self.query_one("#reason", Field)
        drop = isinstance(result, CloseChoice) and result.drop
        self._reason.disabled = drop
        size = len(self._reason.value.encode("utf-8", "surrogatepass"))
        count = f"{size} / {MAX_REASON} bytes of UTF-8"
        field.hint = "nothing is sent, so no reason" if drop else count
        # The code is what one corrects first, yet a reason that is too long is told at once.
        wrong = None if drop else refuse_reason(self._reason.value)
        if isinstance(result, OptionError) and result.option == "reason":
            wrong = str(result)
        field.problem = f"{size} / {MAX_REASON} · {wrong}" if wrong else ""

    @on(OptionList.OptionSelected)
    def _pick(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_close(self) -> None:
        """Hand the choice back, or go to the field that is wrong."""
        self._submitted = True
        result = self._check()
        if isinstance(result, CloseChoice):
            self.dismiss(result)
        else:
            (self._reason if result.option == "reason" else self._code).focus()

    @on(Button.Pressed, "#cancel")
    def action_keep_open(self) -> None:
        """Close nothing."""
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        """Choose the line `step` lines below."""
        row = row_of(self._code.value)
        self._take(0 if row is None else min(max(row + step, 0), len(ROWS) - 1))

    def _take(self, row: int) -> None:
        self._code.value = ROWS[row].typed
        self._code.focus()
        # A code of one's own is only begun with: the next digit replaces it.
        self._code.select_all()


def _row_content(row: Row) -> Content:
    return Content.assemble((f"{row.label:<11}", "bold"), f"{row.name:<22}", (row.meaning, "$dim"))
