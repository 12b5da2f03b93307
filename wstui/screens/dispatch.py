"""Sending from a screen: what the composer submits, the form for more, and stopping it.

Owns to whom a message goes and what becomes of it in the composer. The panes around it are laid
out by the workbench, which builds on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work

from wstui.core.answering.hosting import send_to_clients
from wstui.core.answering.sending import cancel, start
from wstui.core.connection import Connection
from wstui.core.hex_input import HexError
from wstui.core.listener import Listener
from wstui.core.ports import Pool, Refused
from wstui.core.sending.draft import Draft
from wstui.core.sending.plan import SendPlan
from wstui.core.units import clients_text, count_text
from wstui.screens.inspection import Inspection
from wstui.widgets.composer import Composer

if TYPE_CHECKING:
    from wstui.screens.send import Group, SendChoice, SendTexts

NOBODY = "there is no connection. Esc, then n opens one."


class Dispatch(Inspection):
    """A composer whose messages go to connections."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self._send_texts: SendTexts | None = None

    @on(Composer.Submitted)
    def _submitted(self, event: Composer.Submitted) -> None:
        event.stop()
        if event.to_all:
            self._broadcast(event.draft)
        elif self.selected is None:
            self.query_one(Composer).refuse(NOBODY)
        elif self.listener is not None:
            self._send_to_clients(event.draft, self.listener)
        else:
            try:
                self.pool.send(self.selected, event.draft.payload(), event.draft.kind)
            except Refused as refusal:
                self.query_one(Composer).refuse(str(refusal))
            else:
                self.query_one(Composer).accept(event.draft)

    @work(group="broadcast")
    async def _broadcast(self, draft: Draft) -> None:
        composer = self.query_one(Composer)
        try:
            ids = await self.pool.broadcast(draft.payload(), draft.kind)
        except Refused as refusal:
            composer.refuse(str(refusal))
            return
        if not ids:
            composer.refuse("no connection is open.")
            return
        composer.accept(draft)
        self.say(f"Sent to {len(ids)} connection{'s' if len(ids) > 1 else ''}.")

    @work(group="broadcast")
    async def _send_to_clients(self, draft: Draft, listener: Listener) -> None:
        composer = self.query_one(Composer)
        try:
            reached = await send_to_clients(self.pool, listener, draft.payload(), draft.kind)
        except Refused as refusal:
            composer.refuse(str(refusal))
            return
        composer.accept(draft)
        self.say(f"Sent to {clients_text(len(reached))} of {listener.id}.")

    def show_sending(self, connection: Connection | None) -> None:
        """What waits and how far a plan came, in the composer."""
        words = []
        if connection is not None:
            outgoing = connection.outgoing
            words = [outgoing.progress_words(), outgoing.waiting_words()]
        busy = [] if self.listener is None else self._under_way()
        if busy:
            words.append(f"sending to {count_text(len(busy))} of them")
        composer = self.query_one(Composer)
        composer.underway = " · ".join(word for word in words if word)
        can_cancel = connection is not None and connection.outgoing.can_cancel
        composer.can_stop = can_cancel or bool(busy)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; None greys it out, False hides it."""
        match action:
            case "send_more":
                return True if any(one.is_open for one in self.pool.connections.values()) else None
            case "cancel":
                return True if self._under_way() else None
        return super().check_action(action, parameters)

    def _under_way(self) -> list[int]:
        """What stopping concerns: the selected connection, and those that its plan is for, too; of
        a listener all its clients that are being sent to."""
        connection = self.connection
        if self.listener is not None:
            clients = self.roster.open_clients(self.listener)
            return [id for id in clients if self.pool.connections[id].outgoing.can_cancel]
        if connection is None or not connection.is_open or not connection.outgoing.can_cancel:
            return []
        mine = connection.outgoing
        return [connection.id] + [
            id
            for id, one in self.pool.connections.items()
            if one is not connection
            and mine.is_planned
            and one.outgoing.is_planned
            and one.outgoing.job == mine.job
        ]

    def _groups(self) -> list[Group]:
        """To whom something can be sent: the selected, the marked, all that are open."""
        from wstui.screens.send import Group

        connections, groups = self.pool.connections, []
        if self.connection is not None and self.connection.is_open:
            groups.append(Group(f"the selected, {self.selected}", (self.connection.id,)))
        if self.listener is not None:
            clients = tuple(self.roster.open_clients(self.listener))
            if clients:
                words = f"{count_text(len(clients))} of listener {self.listener.id}"
                groups.append(Group(words, clients))
        marked = tuple(id for id in self.marks if connections[id].is_open)
        if marked:
            groups.append(Group(f"{count_text(len(marked))} marked", marked))
        every = tuple(id for id, one in connections.items() if one.is_open)
        if len(every) > 1 or (every and not groups):
            groups.append(Group(f"all {count_text(len(every))} open", every))
        return groups

    # Actions

    @work(exclusive=True, group="form")
    async def action_send_more(self) -> None:
        """Send what is written to several, many times, in fragments, or as a raw frame."""
        from wstui.screens.send import SendScreen, SendTexts

        composer = self.query_one(Composer)
        draft, groups = composer.draft, self._groups()
        try:
            draft.payload()
        except HexError as error:
            composer.focus()
            composer.refuse(str(error))
            return
        if not groups:
            self.excuse("send_more")
            return
        if self._send_texts is None:
            self._send_texts = SendTexts()
        words = [group.words for group in groups]
        first = next((at for at, word in enumerate(words) if word.endswith("marked")), 0)
        if composer.to_all and words[-1].startswith("all"):
            first = len(words) - 1
        selected = self.connection
        extensions = () if selected is None else selected.handshake.extensions
        form = SendScreen(
            draft,
            groups,
            texts=self._send_texts,
            first=first,
            compression=any(name.startswith("permessage-deflate") for name in extensions),
            client=selected is None or selected.peer is None,
        )
        choice = await self.app.push_screen_wait(form)
        if choice is not None:
            await self._send_choice(draft, choice)

    async def _send_choice(self, draft: Draft, choice: SendChoice) -> None:
        composer = self.query_one(Composer)
        try:
            words = await start(self.pool, choice.ids, choice.meant)
        except Refused as refusal:
            composer.refuse(str(refusal))
            return
        composer.accept(draft)
        if not isinstance(choice.meant, SendPlan) or choice.meant.repeats or len(choice.ids) > 1:
            self.say(f"{words}.")

    def action_cancel(self) -> None:
        """Stop sending, and forget what waits."""
        try:
            words = cancel(self.pool, self._under_way())
        except Refused as refusal:
            self.say(str(refusal), severe=True)
            return
        self.say(f"{words}.")
        self.show_sending(self.connection)
        self.refresh_bindings()
