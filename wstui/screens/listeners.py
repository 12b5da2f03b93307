"""Listeners on a screen: being selected, and what can be asked of one and of all its clients.

Owns the actions on the selected listener, with their forms. How listeners are shown is left to the
workbench, which builds on it; when something is possible is said in `listener_reasons`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.worker import Worker

from wstui import clipboard
from wstui.core.answering.hosting import drop_listener, stop_listener
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import masked_uri
from wstui.core.ports import Refused
from wstui.core.units import clients_text
from wstui.screens.letting_go import LettingGo
from wstui.screens.listener_reasons import can, why_not_listener
from wstui.widgets.composer import Composer
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.listener_list import ListenerList
from wstui.widgets.listener_slate import target

if TYPE_CHECKING:
    from wstui.screens.close import CloseChoice


class Listeners(LettingGo):
    """A screen that selects listeners and their clients, too."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        listener = self.listener
        if listener is None:
            match action:
                case "accepting":
                    return None
                case "fold":
                    return True if self._folding is not None else None
                case "copy_uri":
                    return None if self.connection is None else True
        elif action != "close" or not self._chosen():
            possible = can(action, listener, listener.live)
            if possible is not None:
                return True if possible else None
        return super().check_action(action, parameters)

    def excuse(self, action: str) -> None:
        """Say why `action` does nothing now."""
        if self.listener is not None:
            self.say(why_not_listener(action, self.listener))
        elif action == "accepting" and self.connection is not None:
            self.say("That is for listeners. z pauses reading from a connection.")
        elif action == "fold" and self.connection is not None:
            self.say("That is for listeners, and for their clients.")
        else:
            super().excuse(action)

    @work(exclusive=True, group="form")
    async def action_listen(self) -> None:
        """Open the form of a listener."""
        from wstui.screens.listen import ListenScreen

        options = self._listened[0] if self._listened else None
        if self.listener is not None and self.listener.state is ListenerState.FAILED:
            options = self.listener.options  # to be corrected
        recent = [one.address for one in self._listened]
        form = ListenScreen(options, recent, draft=self._listen_draft, keep=self.keep_form)
        chosen = await self.app.push_screen_wait(form)
        # A form that was given up comes back as it was; a used one begins from its options.
        self._listen_draft = form.draft if chosen is None and form.is_draft else None
        if chosen is not None:
            self.listen(chosen)

    def show_group(self) -> None:
        """Say in the composer to whom it writes where a listener is selected."""
        listener = self.listener
        words = ""
        if listener is not None:
            count = len(self.roster.open_clients(listener))
            every = "all " if count > 1 else ""
            words = f"{every}{clients_text(count)} of {listener.id}"
            if not count:
                words = f"clients of {listener.id}: none is open"
        self.query_one(Composer).group = words

    # The lists

    @on(ConnectionList.Beyond)
    def _on_to_the_other_list(self, event: ConnectionList.Beyond) -> None:
        """From the last connection down to the first listener, and back up."""
        event.stop()
        ids = self.roster.ids
        here = ids.index(self.selected) + event.step if self.selected in ids else -1
        if 0 <= here < len(ids):
            self.selected = ids[here]
            self.focus_selected()

    def focus_selected(self) -> None:
        """Go to the list in which the selected one is."""
        own = self.selected in self.roster.own
        self.set_focus(self.query_one("#connections" if own else "#listeners"))

    @on(ListenerList.Folded)
    def _folded(self, event: ListenerList.Folded) -> None:
        event.stop()
        self._fold(event.id)

    @property
    def _folding(self) -> int | None:
        """The listener whose clients are folded: the selected one, or that of a client."""
        if self.listener is not None:
            return self.listener.id
        peer = None if self.connection is None else self.connection.peer
        return peer.listener if peer is not None and peer.listener in self.roster else None

    def _fold(self, id: int) -> None:
        self.roster.fold(id)
        connection = self.connection
        peer = None if connection is None else connection.peer
        if id in self.roster.folded and peer is not None and peer.listener == id:
            self.selected = id  # it is folded away itself
        self.marks_changed()

    # Actions

    def action_fold(self) -> None:
        """Fold the clients of a listener away, or show them again."""
        if self._folding is not None:
            self._fold(self._folding)

    def action_accepting(self) -> None:
        """Accept nobody further, or accept again."""
        listener = self.listener
        if listener is not None:
            full = listener.state is ListenerState.FULL
            self.ask(self.pool.accept_again if full else self.pool.stop_accepting)

    @work(exclusive=True, group="copy")
    async def action_copy_uri(self) -> None:
        """Copy what clients connect to."""
        listener, connection = self.listener, self.connection
        uri = "" if connection is None else masked_uri(connection.options.uri)
        if listener is not None:
            uri = target(listener)
        if uri and await clipboard.copy(self.app, uri):
            self.say(f"Copied {uri}")

    def action_again(self) -> None:
        """Listen, or connect, again with the same options."""
        if self.listener is not None:
            self.listen(self.listener.options)
        else:
            super().action_again()

    def action_mark(self) -> None:
        """Mark the selected one; of a listener all clients that live, or take their marks away."""
        listener = self.listener
        if listener is None:
            super().action_mark()
            return
        live = self.roster.live_clients(listener)
        for id in [id for id in live if id not in self.marks] or live:
            self.marks.toggle(id)
        self.marks_changed()

    def action_close(self) -> Worker[None]:
        """Close the marked ones, or the selected one; a listener with all its clients."""
        if self.listener is not None and not self._chosen():
            return self._stop_as_chosen(self.listener)
        return super().action_close()

    def action_drop(self) -> None:
        """End TCP at once; of a listener that of all its clients."""
        if self.listener is not None:
            self._drop_listener(self.listener, reset=False)
        else:
            super().action_drop()

    def action_reset(self) -> None:
        """End TCP at once, by a reset; of a listener that of all its clients."""
        if self.listener is not None:
            self._drop_listener(self.listener, reset=True)
        else:
            super().action_reset()

    def action_remove(self) -> None:
        """Forget an ended connection, or a listener with its clients."""
        if self.listener is not None:
            self._remove_listener(self.listener)
        else:
            super().action_remove()

    @work(exclusive=True, group="form")
    async def _stop_as_chosen(self, listener: Listener) -> None:
        from wstui.screens.stop import StopScreen

        if not listener.live:  # nobody to tell a code
            self.ask(self.pool.stop_listening)
            return
        choice = await self.app.push_screen_wait(StopScreen(listener))
        if choice is not None:
            await self._stop(listener, choice)

    async def _stop(self, listener: Listener, choice: CloseChoice) -> None:
        """End a listener and its clients as was chosen."""
        try:
            if choice.drop:
                count = await drop_listener(self.pool, listener, reset=choice.reset)
            else:
                count = stop_listener(self.pool, listener, choice.code, choice.reason)
        except Refused as refusal:
            self.say(str(refusal), severe=True)
            return
        if count:
            did = "dropped" if choice.drop else f"closing with {choice.code or 'no code'}"
            self.say(f"Listener {listener.id} stopped; {clients_text(count)} {did}.")

    @work(exclusive=True, group="form")
    async def _drop_listener(self, listener: Listener, *, reset: bool) -> None:
        from wstui.screens.close import CloseChoice

        words = f"Stop listener {listener.id} and drop {clients_text(listener.live)}?"
        if not listener.live or await self._is_sure("Drop all clients", words, "Drop"):
            await self._stop(listener, CloseChoice(None, "", drop=True, reset=reset))

    @work(exclusive=True, group="form")
    async def _remove_listener(self, listener: Listener) -> None:
        live = clients_text(listener.live)
        words = f"Listener {listener.id}, {listener.name}, has {live}, which will be dropped."
        sure = not listener.live or await self._is_sure("Remove a listener", words, "Remove")
        if sure and listener.id in self.pool.listeners:
            self.pool.remove(listener.id)

    async def _is_sure(self, title: str, question: str, doing: str) -> bool:
        from wstui.screens.confirm import ConfirmScreen

        sure = await self.app.push_screen_wait(ConfirmScreen(title, question, doing))
        return sure is True
