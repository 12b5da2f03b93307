"""The notice over a transcript: why a connection failed, or how it was closed; why a listener
could not listen.

Owns its layout, and that one who has read it can hide it. The words come from
`core/explain/failures`; what else is known, such as the server's response, is in the entry view.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.style import Style
from textual.widgets import Static

from wstui.actions import NAMED
from wstui.core.connection import Connection, State
from wstui.core.explain.failures import explain, explain_close
from wstui.core.explain.listening import explain_listener
from wstui.core.explain.words import Explanation
from wstui.core.listener import Listener
from wstui.core.printable import printable
from wstui.core.units import ordinal
from wstui.widgets.connection_lines import GLYPHS, retry_text


class Notice(VerticalScroll, can_focus=True):
    """Says what happened to a connection that is no more; hidden for all others."""

    DEFAULT_CSS = """
    Notice {
        display: none;
        height: auto;
        max-height: 50%;
        padding: 0 1;
        border: round $border-blurred;
        background: $background;
        scrollbar-size-vertical: 1;
        & > .-none { display: none; }
        & > #notice-title { text-style: bold; }
        & > #notice-hint { color: $dim; }
        & > #notice-plan { color: $warning; }
        & > #notice-outlook { color: $dim; }
        &.-failed { border: round $error 60%; }
        &.-unclean > #notice-title { color: $error; }
        &.-shown { display: block; }
        &:focus { border: round $border; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._whose: int | None = None
        self._cause: object = None
        self._hidden: dict[int, object] = {}  # what was read, by the id of the connection
        self._ahead = {"plan": Content(""), "outlook": Content("")}

    def compose(self) -> ComposeResult:
        yield Static(id="notice-title", markup=False)
        yield Static(id="notice-plan", classes="-none", markup=False)
        yield Static(id="notice-sentence", markup=False)
        yield Static(id="notice-hint", markup=False)
        yield Static(id="notice-outlook", classes="-none", markup=False)

    def show(self, connection: Connection | None) -> None:
        """Say what is known of the end of `connection`; nothing while it lives."""
        cause = None if connection is None else connection.failure or connection.close
        if connection is not None and cause is None:
            self._hidden.pop(connection.id, None)  # its next end is another one
        if cause is self._cause:
            return
        self._cause = cause
        self.set_class(connection is not None and connection.failure is not None, "-failed")
        if connection is not None and cause is not None:
            self._whose = connection.id
            self._say(connection)
        self._appear()

    def show_listener(self, listener: Listener, others: Iterable[Listener]) -> None:
        """Say why `listener` failed; `others` may have the port that it wanted."""
        cause = (listener.id, listener.failure) if listener.failure else None
        if cause == self._cause:
            return
        self._cause = cause
        self.set_class(cause is not None, "-failed")
        if cause is not None:
            self._whose = listener.id
            self.set_class(True, "-unclean")
            self._tell(explain_listener(listener, others))
        self._appear()

    def count_down(self, connection: Connection | None, now: float) -> None:
        """Say whether `connection` is opened again, why, and when; `now` since the epoch."""
        outlook = "" if connection is None else connection.outlook
        plan = Content("") if connection is None else _plan(connection, now)
        for part, words in (("plan", plan), ("outlook", Content(outlook))):
            if words != self._ahead[part]:
                self._ahead[part] = words
                self._update(part, words)

    def _update(self, part: str, words: Content) -> None:
        label = self.query_one(f"#notice-{part}", Static)
        label.set_class(not words.plain, "-none")
        label.update(words)

    def _say(self, connection: Connection) -> None:
        clean = False
        if connection.failure is not None:
            explanation = explain(connection.failure)
        else:
            assert connection.close is not None
            explanation = explain_close(connection.close)
            clean = connection.close.clean
        self.set_class(not clean, "-unclean")
        self._tell(explanation)

    def _tell(self, explanation: Explanation) -> None:
        for part, words in _parts(explanation).items():
            self._update(part, words)
        self.scroll_home(animate=False)

    def _appear(self) -> None:
        # Equal ones, too: each attempt to open it again may fail in the same way.
        read = self._whose is not None and self._hidden.get(self._whose) == self._cause
        self.set_class(self._cause is not None and not read, "-shown")

    def hide(self) -> None:
        """Somebody has read it: it does not come back for this connection."""
        if self._whose is not None:
            self._hidden[self._whose] = self._cause
            self._appear()

    async def on_click(self, event: Click) -> None:
        action = event.style.meta.get("action")
        if action in NAMED:
            await self.screen.run_action(action)

    @property
    def is_shown(self) -> bool:
        """Whether there is something to read."""
        return self.has_class("-shown")


def _plan(connection: Connection, now: float) -> Content:
    """The next attempt and the keys for it; empty when there is none."""
    retry = connection.retry
    if retry is None or not retry.attempt:
        return Content("")
    waits = connection.state is State.WAITING
    words = retry_text(retry, now) if waits else f"{ordinal(retry.attempt)} attempt, under way"
    keys = [_key("retry_now"), _key("stop")] if waits else [_key("stop")]
    return Content.assemble((f"{GLYPHS[State.WAITING]} {words}", "bold"), *keys)


def _key(action: str) -> Content:
    """The first key of an action, and its words; a click on them does the same."""
    known = NAMED[action]
    cap = known.key_words.partition(",")[0]
    words = Content.assemble((cap, "bold $primary"), (f" {known.words}", "$foreground"))
    return Content("   ").join([Content(""), words.stylize(Style.from_meta({"action": action}))])


def _parts(explanation: Explanation) -> dict[str, Content]:
    hint = printable(explanation.hint)
    return {
        "title": Content(printable(explanation.title)),
        "sentence": Content(printable(explanation.sentence)),
        "hint": Content.assemble(("→ ", "$primary"), hint) if hint else Content(""),
    }
