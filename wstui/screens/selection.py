"""A screen over a pool with one selected connection or listener, and what can be asked of it.

Owns the selection and the actions on the selected connection, with their forms. How connections
are shown is left to the workbench, which builds on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from textual import work
from textual.events import Key
from textual.reactive import var
from textual.screen import Screen

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.listener import Listener
from wstui.core.marks import Marks
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.draft import Draft
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import Pool, Refused
from wstui.core.printable import printable
from wstui.core.profiles import Options
from wstui.core.roster import Roster, Source
from wstui.core.serving.reach import reach
from wstui.screens.reasons import why_not

RECENT: Final = 50
"""Options of connections, and of listeners, kept for the next form."""

ALOUD: Final = 8
"""Seconds that it stays in sight who can reach a listener."""


class Selection(Screen[None]):
    """One of the connections or listeners of `pool` is selected; actions are about it."""

    selected: var[int | None] = var(None, init=False)
    """Id of what all panes show; None while there is nothing."""

    def __init__(self, pool: Pool) -> None:
        super().__init__()
        self.pool = pool
        self.roster = Roster(pool.connections, pool.listeners)
        """All there is, in the order of the sidebar."""
        self.marks = Marks(pool.connections)
        """The chosen set, for what is done to several connections at once."""
        self._recent: list[ConnectOptions] = []
        self._connect_draft: Draft | None = None
        self._listened: list[ListenOptions] = []
        self._listen_draft: Draft | None = None
        self.keep_form: Callable[[Options, str], object] | None = None
        """Asks for a name and saves options under it; None where nothing can be saved."""

    @property
    def connection(self) -> Connection | None:
        """The selected connection; None where it is a listener."""
        return None if self.selected is None else self.pool.connections.get(self.selected)

    @property
    def listener(self) -> Listener | None:
        """The selected listener; None where it is a connection."""
        return None if self.selected is None else self.pool.listeners.get(self.selected)

    @property
    def source(self) -> Source | None:
        """What is selected: whose transcript is shown."""
        return self.connection or self.listener

    def say(self, words: str, *, severe: bool = False, seconds: float = 4) -> None:
        """A short notice that goes away by itself. Any text will do."""
        severity: Any = "error" if severe else "information"
        self.notify(printable(words), severity=severity, markup=False, timeout=seconds)

    def connect(self, options: ConnectOptions) -> None:
        """Open a connection and select it."""
        try:
            connection = self.pool.connect(options)
        except Refused as refusal:
            self.say(f"{options.uri}: {refusal}", severe=True)
            return
        others = (one for one in self._recent if one.uri != options.uri)
        self._recent = [options, *others][:RECENT]
        self.selected = connection.id

    def listen(self, options: ListenOptions) -> None:
        """Begin to listen, and select the listener; say so when that lets others in."""
        try:
            listener = self.pool.listen(options)
        except Refused as refusal:
            self.say(f"{options.address}: {refusal}", severe=True)
            return
        others = (one for one in self._listened if one.address != options.address)
        self._listened = [options, *others][:RECENT]
        self.selected = listener.id
        found = reach(options)
        if found is not None and not found.is_local:
            self.say(f"Listener {listener.id}: {found.words}.", severe=True, seconds=ALOUD)

    def begin(self, options: Options) -> None:
        """Connect, or listen, and select what comes of it."""
        if isinstance(options, ListenOptions):
            self.listen(options)
        else:
            self.connect(options)

    def remark(self, note: str) -> None:
        """Keep a note with the selected connection; nothing when it is empty."""
        if note and self.connection is not None:
            event = LocalEvent(EventName.NOTE, note)
            self.connection.transcript.append_event(event, self.connection.created)

    def ask(self, what: Callable[[int], None]) -> bool:
        """Ask the pool something about the selected connection; say so when it refuses."""
        if self.selected is None:
            return False
        try:
            what(self.selected)
        except Refused as refusal:
            self.say(str(refusal), severe=True)
            return False
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out."""
        connection = self.connection
        match action:
            case "close" | "drop" | "reset":
                possible = connection is not None and connection.is_live
            case "retry_now":
                possible = connection is not None and connection.can_reopen
            case "stop":
                possible = connection is not None and connection.retry is not None
            case "remove":
                possible = connection is not None and not connection.is_live
            case "ping":
                possible = connection is not None and connection.is_open
            case "again" | "mark":
                possible = connection is not None
            case "mark_all":
                possible = bool(self.pool.connections)
            case "previous" | "next":
                possible = len(self.roster.ids) > 1
            case _:
                return super().check_action(action, parameters)
        return True if possible else None

    def excuse(self, action: str) -> None:
        """Say why `action` does nothing now."""
        self.say(why_not(action, self.connection))

    def on_key(self, event: Key) -> None:
        """A key whose action is not possible now is answered with the reason."""
        if event.key in self._bindings.key_to_bindings:
            active = self.active_bindings.get(event.key)
            if active is not None and active.node is self and not active.enabled:
                event.stop()
                self.excuse(active.binding.action)

    def on_screen_suspend(self) -> None:
        """What was said here does not concern the form that opens."""
        self.app.clear_notifications()

    # Actions

    @work(exclusive=True, group="form")
    async def action_connect(self) -> None:
        """Open a connection."""
        from wstui.screens.connect import ConnectScreen

        options = self._recent[0] if self._recent else None
        recent = [one.uri for one in self._recent]
        form = ConnectScreen(options, recent, draft=self._connect_draft, keep=self.keep_form)
        chosen = await self.app.push_screen_wait(form)
        # A form that was given up comes back as it was; a used one begins from its options.
        self._connect_draft = form.draft if chosen is None and form.is_draft else None
        if chosen is not None:
            self.connect(chosen)

    def action_again(self) -> None:
        """Open a new connection with the options of this one."""
        connection = self.connection
        if connection is not None:
            self.connect(connection.options)
            if connection.peer is not None:
                self.say(f"Connects as client {connection.id} did, as far as that can be told.")

    def action_drop(self) -> None:
        """End TCP at once."""
        self.ask(self.pool.drop)

    def action_reset(self) -> None:
        """End TCP at once, by a reset."""
        self.ask(lambda id: self.pool.drop(id, reset=True))

    def action_retry_now(self) -> None:
        """Open it again in place."""
        self.ask(self.pool.reconnect)

    def action_stop(self) -> None:
        """Give up opening it again."""
        self.ask(self.pool.stop)

    def action_remove(self) -> None:
        """Forget an ended connection."""
        self.ask(self.pool.remove)

    def action_ping(self) -> None:
        """Send a ping."""
        self.ask(self.pool.ping)

    def action_mark(self) -> None:
        """Mark the selected connection, or take its mark away."""
        if self.selected is not None:
            self.marks.toggle(self.selected)
            self.marks_changed()

    def action_mark_all(self) -> None:
        """Mark all that live, or take all marks away."""
        self.marks.toggle_all()
        self.marks_changed()

    def marks_changed(self) -> None:
        """Show which connections are marked now."""

    def action_previous(self) -> None:
        """Select the one above."""
        self._step(-1)

    def action_next(self) -> None:
        """Select the one below."""
        self._step(1)

    def _step(self, step: int) -> None:
        ids = self.roster.ids
        if self.selected in ids:
            self.selected = ids[(ids.index(self.selected) + step) % len(ids)]

    def action_jump(self, id: int) -> None:
        """Select the connection or listener `id`."""
        if id in self.roster:
            self.selected = id
        else:
            self.say(f"There is no connection {id}.")
