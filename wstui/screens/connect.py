"""The connect form: everything about one new connection, checked while it is typed.

Owns how the fields look and which of them is wrong. What texts mean is the matter of
`core/connect_draft`, what is valid that of `core/options`; opening the connection is left to who
asked for the options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Button, Collapsible, Input, Switch, TextArea

from wstui.core.connect_draft import FIELDS, USUAL, ConnectDraft, draft_of, read_draft
from wstui.core.options import ConnectOptions, OptionError, complete_uri, masked_uri
from wstui.core.printable import printable
from wstui.widgets.dialog import Dialog, DialogButtons, DialogScreen
from wstui.widgets.field import Field, LineInput, LinesInput, Toggle

TITLE: Final = "New connection"
URI_HINT: Final = "ws:// or wss://; a bare host gets wss://, this machine ws://"
SHOWN_PROBLEMS: Final = 3
"""Problems shown beside one field; more are counted."""

ABOVE: Final = ("uri", "subprotocols", "headers")
"""Fields that are always shown; the others stand behind “More”."""


class ConnectScreen(DialogScreen[ConnectOptions | None]):
    """Asks for the options of a new connection; None when it was given up.

    `draft` always holds what was typed: give it to the next form and nothing is lost.
    """

    CSS_PATH = "connect.tcss"

    BINDINGS = [
        Binding("ctrl+s", "connect", "Connect"),
        Binding("f2", "more", "More"),
        Binding("ctrl+r", "reset", "Reset"),
        Binding("escape", "dismiss_form", "Cancel"),
        Binding("up", "recent(1)", "Earlier uri", show=False),
        Binding("down", "recent(-1)", "Later uri", show=False),
    ]

    def __init__(
        self,
        options: ConnectOptions | None = None,
        recent: Sequence[str] = (),
        *,
        draft: ConnectDraft | None = None,
    ) -> None:
        """`options` of the connection before fill the form, or `draft` of a form that was given up
        does, which wins; `recent` are uris, the latest first."""
        super().__init__()
        self._began = USUAL if options is None else draft_of(options)
        self.draft = self._began if draft is None else draft
        self._recent = tuple(uri for uri in recent if printable(uri) == uri)
        self._recalled = -1
        self._submitted = False

    @property
    def is_draft(self) -> bool:
        """Whether something else stands in it than what it began with."""
        return self.draft != self._began

    def compose(self) -> ComposeResult:
        draft = self.draft
        recent = [("↑↓", "recent")] if self._recent else []
        keys = [("enter ctrl+s", "connect"), ("f2", "more"), *recent, ("ctrl+r", "reset")]
        with Dialog(TITLE, [*keys, ("esc", "cancel")], id="connect"):
            with VerticalScroll(id="fields", can_focus=False):
                yield self._uri_field()
                yield Field(
                    "Subprotocols",
                    LineInput(draft.subprotocols, placeholder="chat.v2, chat.v1"),
                    id="subprotocols",
                    hint="separated by commas, the most wanted first",
                )
                yield Field(
                    "Headers",
                    LinesInput(draft.headers, placeholder="Authorization: Bearer …"),
                    id="headers",
                    hint="one Name: value on each line",
                )
                with Collapsible(title="More", collapsed=not _changed(draft), id="more"):
                    yield from self._more_fields()
            yield DialogButtons("Connect", "primary")

    def _uri_field(self) -> Field:
        suggester = SuggestFromList(self._recent, case_sensitive=False) if self._recent else None
        control = LineInput(
            self.draft.uri, placeholder="ws://localhost:9002/chat", suggester=suggester
        )
        return Field("URI", control, id="uri")

    def _more_fields(self) -> ComposeResult:
        draft = self.draft
        yield Field("Origin", LineInput(draft.origin, placeholder="none"), id="origin")
        yield Field("User agent", LineInput(draft.user_agent, placeholder="wstui"), id="user_agent")
        for id, label in (
            ("compression", "Compression"),
            ("verify", "Verify TLS"),
            ("fast", "Fast receiving"),
        ):
            yield Field(label, Toggle(getattr(draft, id)), id=id, beside=True)
        for id, label, hint in (
            ("max_size", "Largest message", "unpacked, or off; over it ends with 1009"),
            ("open_timeout", "Open time-out", "look-up, TCP, TLS and handshake together"),
            ("close_timeout", "Close time-out", "for the peer's answer to our close frame"),
            ("ping_interval", "Ping every", "keepalive; off sends none"),
            ("ping_timeout", "Pong time-out", "no pong: the connection ends with 1011"),
        ):
            control = LineInput(getattr(draft, id), placeholder=getattr(USUAL, id))
            yield Field(label, control, id=id, hint=hint, beside=True)

    def on_mount(self) -> None:
        self._say_whose()
        self._check()
        uri = self.field("uri").control
        uri.focus()

    def _say_whose(self) -> None:
        """Say in the title where that comes from which nobody typed here."""
        if self.draft == USUAL:
            whose = Content("")
        elif self.is_draft:
            whose = Content.styled(" · draft of the form you left", "$warning")
        else:
            whose = Content.styled(" · as the connection before", "$dim")
        self.query_one("#connect").border_title = Content.assemble(TITLE, whose)

    def field(self, option: str) -> Field:
        """The field of an option."""
        return self.query_one(f"#{option}", Field)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Switch.Changed)
    def _read(self, event: Input.Changed | TextArea.Changed | Switch.Changed) -> None:
        event.stop()
        self._check()

    def _check(self) -> ConnectOptions | list[OptionError]:
        """Read the form, and show what it means, field by field."""
        values: dict[str, Any] = {str(field.id): field.value for field in self.query(Field)}
        self.draft = replace(self.draft, **values)
        result = read_draft(self.draft)
        problems: dict[str, list[str]] = {}
        for problem in [] if isinstance(result, ConnectOptions) else result:
            problems.setdefault(problem.option, []).append(str(problem))
        if not self.draft.uri.strip() and not self._submitted:
            problems.pop("uri", None)  # nobody was wrong yet
        for field in self.query(Field):
            field.problem = _sentences(problems.get(str(field.id), []))
        self._show_uri()
        self._show_switches()
        self._show_more(problems)
        wrong = len(problems)
        verdict = f"✕ {wrong} field{'s are' if wrong > 1 else ' is'} not right yet" if wrong else ""
        self.query_one(DialogButtons).verdict = verdict
        return result

    def _show_uri(self) -> None:
        field = self.field("uri")
        uri = complete_uri(self.draft.uri)
        field.tone = "good" if uri else ""
        field.hint = f"→ {printable(masked_uri(uri))}" if uri else URI_HINT

    def _show_switches(self) -> None:
        draft = self.draft
        compression, verify, fast = map(self.field, ("compression", "verify", "fast"))
        compression.hint = (
            "on: permessage-deflate is offered" if draft.compression else "off: none is offered"
        )
        if draft.verify:
            verify.hint = "on: against the system's trust store"
        elif self._secure:
            verify.hint = "⚠ off: others may read and change all"
        else:
            verify.hint = "off: means something only for wss://"
        verify.tone = "warning" if not draft.verify and self._secure else ""
        fast.hint = (
            "on: whole frames straight from the buffer"
            if draft.fast
            else "off: the library's own path"
        )

    @property
    def _secure(self) -> bool:
        return complete_uri(self.draft.uri)[:4].lower() == "wss:"

    def _show_more(self, problems: dict[str, list[str]]) -> None:
        """Say in the title what hides behind it, so that nothing odd is out of sight."""
        changed = _changed(self.draft)
        words = "origin, compression, limits, time-outs"
        if changed:
            words = ", ".join(self.field(id).label.lower() for id in changed) + " changed"
        insecure = self._secure and not self.draft.verify
        if insecure:
            words = f"⚠ TLS is not verified · {words}"
        wrong = sum(id not in ABOVE for id in problems)
        if wrong:
            words = f"✕ {wrong} not right"
        more = self.query_one("#more", Collapsible)
        more.title = f"More   {words}"
        more.set_class(bool(wrong), "-failed")
        more.set_class(insecure, "-insecure")

    @on(Input.Submitted)
    @on(Button.Pressed, "#submit")
    def action_connect(self) -> None:
        """Hand the options back, or go to the first field that is wrong."""
        self._submitted = True
        result = self._check()
        if isinstance(result, ConnectOptions):
            self.dismiss(result)
            return
        field = self.field(result[0].option)
        if field.id not in ABOVE:
            self.query_one("#more", Collapsible).collapsed = False
        # The field is only laid out, and can be scrolled to, after the fold has opened.
        self.call_after_refresh(field.control.focus)

    @on(Button.Pressed, "#cancel")
    def action_dismiss_form(self) -> None:
        """Give up; `draft` keeps what was typed."""
        self.dismiss(None)

    def action_reset(self) -> None:
        """Start afresh: every field as if nothing had ever been typed."""
        self._submitted = False
        self._recalled = -1
        for field in self.query(Field):
            field.value = getattr(USUAL, str(field.id))
        self._check()
        self._say_whose()
        self.query_one("#more", Collapsible).collapsed = True
        self.field("uri").control.focus()

    def action_more(self) -> None:
        """Open or close the fold with the rarer options."""
        more = self.query_one("#more", Collapsible)
        more.collapsed = not more.collapsed
        if not more.collapsed:
            self.call_after_refresh(self.field("origin").control.focus)
        elif self.focused is not None and more in self.focused.ancestors:
            self.field("uri").control.focus()

    def action_recent(self, step: int) -> None:
        """Fill the uri with one used before: `step` 1 goes back in time, -1 forth."""
        control = self.field("uri").control
        if not isinstance(control, LineInput) or not control.has_focus or not self._recent:
            return
        self._recalled = min(max(self._recalled + step, 0), len(self._recent) - 1)
        control.value = self._recent[self._recalled]
        control.cursor_position = len(control.value)


def _changed(draft: ConnectDraft) -> list[str]:
    """Names of the fields behind “More” that mean something else than usual."""
    hidden = (id for id in FIELDS if id not in ABOVE)
    return [id for id in hidden if getattr(draft, id) not in (getattr(USUAL, id), "")]


def _sentences(problems: list[str]) -> str:
    shown = problems[:SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    return "\n  ".join(shown)
