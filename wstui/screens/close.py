"""The close form: with which code and reason connections are closed, or how they are dropped.

Owns what is chosen and why it may not be sent, before anything goes out. Which codes there are is
`core/close_codes`' matter; closing is left to who asked for the choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from wstui.core.options.connect import masked_uri
from wstui.core.options.info import OptionError
from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput

NO_CODE: Final = "none"
DROP: Final = "drop"
RESET: Final = "reset"
HALF: Final = "half"
WORDS: Final = (NO_CODE, DROP, RESET, HALF)
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
    reset: bool = False
    """Drop it by a reset instead of FIN."""
    half: bool = False
    """End our half of TCP and go on receiving; nothing else means anything then."""

    @property
    def is_close(self) -> bool:
        """Whether a close frame is sent."""
        return not (self.drop or self.half)


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
    Row(DROP, DROP, "Drop", "End TCP (FIN) without a close frame; the peer sees 1006."),
    Row(RESET, RESET, "Drop by reset", "End TCP by a reset: the peer meets an error, sees 1006."),
    Row(HALF, HALF, "Half-close", "End our half of TCP (FIN), go on receiving; not over TLS."),
)
_TYPED: Final = [row.typed for row in ROWS]


def read_choice(code: str, reason: str) -> CloseChoice | OptionError:
    """What the texts of the two fields mean; or why it may not be sent, and which is wrong."""
    word = code.strip().lower()
    if word in (DROP, RESET):
        return CloseChoice(None, "", drop=True, reset=word == RESET)
    if word == HALF:
        return CloseChoice(None, "", drop=False, half=True)
    if word == NO_CODE:
        if reason:
            return OptionError("reason", "A reason needs a code before it.")
        return CloseChoice(None, "", drop=False)
    if not (word.isascii() and word.isdecimal()):
        return OptionError(
            "code", "Type a number such as 1000 or 4001, or none, drop, reset, half."
        )
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
    if choice.half and not connection.is_open:
        return "Only an open connection can be half-closed."
    if choice.half and connection.options.secure:
        return "TLS cannot end one direction alone. Close it, or drop it."
    if connection.half_ended is not None and not choice.drop:
        return "Our half of TCP has ended already; what is left is to drop it."
    return None


def refuse_all(connections: Sequence[Connection], choice: CloseChoice) -> str | None:
    """Why none of `connections` can be ended that way; None when one at least can."""
    refusals = [refuse_now(connection, choice) for connection in connections]
    if None in refusals:
        return None
    return refusals[0] if len(refusals) == 1 else "None of them can be ended that way now."


def row_of(code: str) -> int | None:
    """The line that goes with what was typed so far; None when none does."""
    word = code.strip().lower()
    if word.isascii() and word.isdecimal() and word[0] in "34" and len(word) <= 4:
        return _TYPED.index(FIRST_OWN)
    return next((at for at, typed in enumerate(_TYPED) if word and typed.startswith(word)), None)


class CloseScreen(DialogScreen[CloseChoice | None]):
    """Asks how to end one connection, or several alike; None when they shall go on."""

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

    def __init__(self, *connections: Connection) -> None:
        super().__init__()
        self._connections = connections
        self._submitted = False
        ending = all(
            one.state is State.CLOSING or one.half_ended is not None for one in connections
        )
        self._code = LineInput(DROP if ending else "1000", max_length=9)
        self._reason = LineInput(placeholder="may be left empty")

    def heading(self) -> str:
        """The title, in our own words."""
        first, *others = self._connections
        return f"Close {f'{len(self._connections)} marked' if others else f'#{first.id}'}"

    def refuse(self, choice: CloseChoice) -> str | None:
        """Why nothing can be ended that way now; None when something can."""
        return refuse_all(self._connections, choice)

    def compose(self) -> ComposeResult:
        with Dialog(self.heading(), self.KEYS, id="close"):
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
            refusal = self.refuse(result)
            if refusal is not None:
                result = OptionError("code", refusal)
        self._show_whom()
        self._show_code(result)
        self._show_reason(result)
        self.query_one("#codes", OptionList).highlighted = row_of(self._code.value)
        self.query_one(DialogButtons).submit = self._verb(result)
        return result

    def _verb(self, result: CloseChoice | OptionError) -> str:
        words = "Close"
        if isinstance(result, CloseChoice) and not result.is_close:
            words = "Drop" if result.drop else "Half-close"
        count = len(self._connections)
        return f"{words} {count}" if count > 1 else words

    def _show_whom(self) -> None:
        if len(self._connections) > 1:
            self._show_several()
            return
        connection = self._connections[0]
        words = str(connection.state)
        if connection.state in (State.CONNECTING, State.WAITING):
            words += ": every choice gives the attempt up"
        if connection.decide_by is not None:
            words = "waits to be accepted: every choice rejects it with 503"
        peer, uri = connection.peer, printable(masked_uri(connection.options.uri))
        if peer is not None:
            uri = f"{printable(peer.address)} → {printable(connection.path)}"
        self.query_one("#whom", Static).update(
            Content.assemble((uri, "bold"), "  ", (words, "$dim"))
        )

    def _show_several(self) -> None:
        ids = ", ".join(str(one.id) for one in self._connections)
        states = Counter(one.state for one in self._connections)
        words = ", ".join(f"{states[state]} {state}" for state in State if states[state])
        whom = Content.assemble((f"#{ids}", "bold"), "  ", (words, "$dim"))
        self.query_one("#whom", Static).update(whom)

    def _show_code(self, result: CloseChoice | OptionError) -> None:
        field = self.query_one("#code", Field)
        word = self._code.value.strip().lower()
        problem = str(result) if isinstance(result, OptionError) else ""
        wrong = isinstance(result, OptionError) and result.option == "code"
        # Half a code is not wrong yet, unless one means to send it.
        known = row_of(word) is not None
        unfinished = not word or (known and word not in WORDS and (len(word) < 4 or word.isalpha()))
        field.problem = problem if wrong and (self._submitted or not unfinished) else ""
        if word in WORDS:
            row = ROWS[_TYPED.index(word)]
            field.hint = f"{row.name}: {row.meaning}"
        elif unfinished:
            field.hint = "four digits, or none, drop, reset, half"
        elif not wrong:
            code = describe(int(word))
            field.hint = f"{code.name}: {code.meaning}"

    def _show_reason(self, result: CloseChoice | OptionError) -> None:
        field = self.query_one("#reason", Field)
        frame = not isinstance(result, CloseChoice) or result.is_close
        self._reason.disabled = not frame
        size = len(self._reason.value.encode("utf-8", "surrogatepass"))
        count = f"{size} / {MAX_REASON} bytes of UTF-8"
        field.hint = count if frame else "no close frame is sent, so no reason"
        # The code is what one corrects first, yet a reason that is too long is told at once.
        wrong = refuse_reason(self._reason.value) if frame else None
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
