"""The question whether a client is accepted: all of its request, and what can be answered to it.

Owns what is chosen, and that time runs out. What the texts mean is the matter of
`core/serving/verdict`, the rows of the request that of `widgets/asking_rows`; answering is left to
who asked for the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Button, Input, Static, TextArea

from wstui import clipboard
from wstui.core.connection import Connection
from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.handshake.messages import wire_text
from wstui.core.printable import printable
from wstui.core.serving.request import Accept, Reject, agree
from wstui.core.serving.verdict import (
    NO_SUBPROTOCOL,
    USUAL_STATUS,
    Verdict,
    read_accept,
    read_reject,
    request_of,
    status_words,
)
from wstui.core.units import wait_text
from wstui.widgets.asking_rows import asking_rows
from wstui.widgets.choice import Choice
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen, key_line
from wstui.widgets.fact_rows import FixedRows
from wstui.widgets.field import Field, LineInput, LinesInput
from wstui.widgets.rows_view import RowsView

PERIOD: Final = 0.25
"""Seconds between two looks at the time that is left."""

URGENT: Final = 10
"""Seconds before the end from which the time is shown in red."""

CHOICE_CELLS: Final = 52
"""Cells that names of subprotocols may take side by side; longer ones are typed."""

ACCEPT: Final = "accept"
REJECT: Final = "reject"


class AskScreen(DialogScreen[Accept | Reject | None]):
    """Asks what is answered to the client of `connection`; None when that is left open, or when it
    no longer waits."""

    CSS_PATH = "ask.tcss"
    AUTO_FOCUS = "#asked"

    BINDINGS = [
        Binding("ctrl+s,enter", "submit", "Answer"),
        Binding("a", "accept", "Accept"),
        Binding("r", "reject", "Reject"),
        Binding("u", "reveal", "Secrets"),
        Binding("y", "copy", "Copy"),
        Binding("escape", "later", "Later"),
    ]

    def __init__(
        self,
        connection: Connection,
        clock: Callable[[], float],
        supported: Sequence[str],
        others: Callable[[], int],
    ) -> None:
        """`clock` gives seconds since the epoch; `supported` are the listener's subprotocols;
        `others` tells how many wait, too."""
        super().__init__()
        self._connection = connection
        self._clock = clock
        self._others = others
        self._request = request_of(connection)
        self._offered = [one for one in self._request.subprotocols if printable(one) == one]
        self._usual = agree(self._offered, supported, None)
        self._reveal = False
        self._submitted = False

    def compose(self) -> ComposeResult:
        with Dialog("", (), id="ask"):
            yield Static(id="left", markup=False)
            yield RowsView(id="asked")
            yield Field("Answer", Choice(ACCEPT, (ACCEPT, REJECT)), option="answer", beside=True)
            yield self._subprotocol_field()
            with Vertical(id="rejecting"):
                status = LineInput(str(USUAL_STATUS), max_length=3)
                yield Field("Status", status, option="status", beside=True)
                body = LineInput(placeholder="the status in words")
                yield Field("Body", body, option="body")
            headers = LinesInput(placeholder="Name: value, further headers of the response")
            yield Field("Headers", headers, option="headers")
            yield DialogButtons("Accept", "primary")

    def _subprotocol_field(self) -> Field:
        label, usual = "Subprotocol", self._usual or NO_SUBPROTOCOL
        names = [*dict.fromkeys(self._offered), NO_SUBPROTOCOL]
        if sum(cell_len(name) + 2 for name in names) <= CHOICE_CELLS:
            return Field(label, Choice(usual, names), option="subprotocol", beside=True)
        control = LineInput(usual, placeholder=NO_SUBPROTOCOL)
        hint = f"one of those offered, or {NO_SUBPROTOCOL}"
        return Field(label, control, option="subprotocol", hint=hint)

    def on_mount(self) -> None:
        self.query_one("#cancel", Button).label = "Later"
        self.query_one("#subprotocol").display = bool(self._offered)
        self._draw()
        self._check()
        self.look()
        self.set_interval(PERIOD, self.look)

    def on_resize(self) -> None:
        self.call_after_refresh(self.look)

    # What is asked

    def _draw(self) -> None:
        rows = partial(asking_rows, self._connection, reveal=self._reveal)
        view = self.query_one("#asked", RowsView)
        place = view.scroll_offset.y
        view.show(lambda width: FixedRows.of(rows(width), width))
        view.go_to(place)

    def _show_keys(self) -> None:
        """Say which keys do something now; letters do not where one writes."""
        keys = [("ctrl+s", REJECT if self.is_rejecting else ACCEPT)]
        if not isinstance(self.focused, Input | TextArea):
            names = {name.lower() for name, _ in self._request.headers}
            word = "hide" if self._reveal else "secrets"
            secrets = [("u", word)] if names & CREDENTIALS else []
            keys = [("a", ACCEPT), ("r", REJECT), ("tab", "next"), *secrets, ("y", "copy")]
        self.query_one(Dialog).border_subtitle = key_line([*keys, ("esc", "later")])

    def look(self) -> None:
        """Say how much time is left; leave when nothing can be decided any more."""
        by = self._connection.decide_by
        if by is None:
            if self.is_active:
                self.dismiss(None)
            return
        left = max(0.0, by - self._clock())
        tone = "$error" if left < URGENT else "$warning"
        count = self._others()
        others = f" · {count} more wait{'s' * (count == 1)}" if count > 0 else ""
        who = printable(self._request.address)
        self.query_one(Dialog).border_title = Content.assemble(
            f"{who} asks to be accepted", (f" · {wait_text(left)} left", tone), (others, "$dim")
        )
        bar = self.query_one("#left", Static)
        began = self._connection.steps[-1][1] if self._connection.steps else by
        share = left / (by - began) if by > began else 0.0
        cells = min(bar.size.width, round(bar.size.width * share))
        rest = "┈" * (bar.size.width - cells)
        bar.update(Content.assemble(("━" * cells, tone), (rest, "$dim")))

    # What is answered

    @property
    def is_rejecting(self) -> bool:
        """Whether rejection is chosen."""
        return self._field("answer").value == REJECT

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)

    @on(DescendantFocus)
    def _focused(self) -> None:
        self._show_keys()

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _typed(self) -> None:
        self._submitted = False
        self._check()

    def _check(self) -> Verdict:
        """Show what the form means."""
        rejecting = self.is_rejecting
        texts = {field.option: str(field.value) for field in self.query(Field)}
        if rejecting:
            verdict = read_reject(texts)
        else:
            if texts["subprotocol"] == (self._usual or NO_SUBPROTOCOL):
                texts["subprotocol"] = ""  # as the listener would choose
            verdict = read_accept(texts, self._offered)
        self.query_one("#rejecting").display = rejecting
        self.query_one("#subprotocol").display = bool(self._offered) and not rejecting
        wrong = {problem.option: str(problem) for problem in reversed(verdict.problems)}
        for field in self.query(Field):
            unfinished = field.option == "status" and len(texts["status"]) < 3
            hidden = unfinished and not self._submitted
            field.problem = "" if hidden else wrong.get(field.option, "")
        decision = verdict.decision
        words = status_words(decision.status) if isinstance(decision, Reject) else ""
        self._field("status").hint = words
        self._field("answer").hint = "101 Switching Protocols" if not rejecting else ""
        self._show_keys()
        self.query_one(DialogButtons).submit = "Reject" if rejecting else "Accept"
        self.query_one("#submit", Button).variant = "error" if rejecting else "primary"
        return verdict

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_submit(self) -> None:
        """Hand the decision back, or go to the field that is wrong."""
        self._submitted = True
        verdict = self._check()
        if verdict.decision is not None:
            self.dismiss(verdict.decision)
        else:
            self._field(verdict.problems[0].option).control.focus()

    def action_accept(self) -> None:
        """Accept it as the form says."""
        self._field("answer").value = ACCEPT
        self.action_submit()

    def action_reject(self) -> None:
        """Go to what it is rejected with."""
        self._field("answer").value = REJECT
        self._check()
        self._field("status").control.focus()

    @on(Button.Pressed, "#cancel")
    def action_later(self) -> None:
        """Leave it waiting."""
        self.dismiss(None)

    def action_reveal(self) -> None:
        """Show cookies and credentials, or hide them again."""
        self._reveal = not self._reveal
        self._draw()
        self._show_keys()

    async def action_copy(self) -> None:
        """Copy the request, with what is shown of secrets."""
        if await clipboard.copy(self.app, wire_text(self._connection, reveal=self._reveal)):
            self.notify("Copied the request.", timeout=4)
