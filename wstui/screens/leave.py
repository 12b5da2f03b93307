"""Leaving with open connections: each is closed with 1001, and one sees it happen.

Owns the wait and what is shown of it. The closing itself is the pool's matter, ending the app is
left to who asked.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import ProgressBar, Static

from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.options.connect import masked_uri
from wstui.core.ports import Pool
from wstui.core.printable import printable
from wstui.core.units import count_text
from wstui.widgets.dialog import Dialog, DialogScreen

GOING_AWAY: Final = 1001
NO_CODE: Final = ", no code"
TIMEOUT: Final = 5.0
"""Seconds that all closing handshakes together may take."""
GRACE: Final = 0.5
"""Seconds more until one leaves a pool behind that does not come to an end."""
PERIOD: Final = 0.1
"""Seconds between two pictures."""
LOOK_BACK: Final = 64
"""Entries among which the close frame of a connection that is closing already is looked for."""
LINES: Final = 12
"""Connections shown; of more, those that still live are shown first."""
SPINNER: Final = "◐◓◑◒"


class LeaveScreen(DialogScreen[bool]):
    """Closes all connections of `pool`; True when nothing is left to wait for."""

    CSS_PATH = "leave.tcss"

    BINDINGS = [
        Binding("q,ctrl+c,ctrl+q,enter", "leave", "Leave now", priority=True),
        # Closing cannot be taken back; Escape must not reach the workbench below.
        Binding("escape", "stay", show=False),
    ]

    KEYS: Final = (("q", "leave at once"),)

    def __init__(
        self,
        pool: Pool,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout` in seconds; `clock` tells seconds from any start."""
        super().__init__()
        self._pool = pool
        self._timeout = timeout
        self._clock = clock
        self._began = clock()
        self._over = False
        self._leaving = [link for link in pool.connections.values() if link.is_live]
        self._clients = _clients_words(self._leaving)
        self._given_up = {
            link.id for link in self._leaving if link.state in (State.CONNECTING, State.WAITING)
        }
        # These go on with what they were closed with before.
        self._codes = {
            link.id: _sent_code(link) for link in self._leaving if link.state is State.CLOSING
        }

    def compose(self) -> ComposeResult:
        with Dialog("Leaving", self.KEYS, id="leave"):
            yield Static(id="summary", markup=False)
            yield ProgressBar(
                total=max(len(self._leaving), 1), show_percentage=False, show_eta=False
            )
            yield Static(id="links", markup=False)

    def on_mount(self) -> None:
        self.show_progress()
        self.set_interval(PERIOD, self.show_progress)
        self._close_all()

    @work(name="close all", exit_on_error=True)
    async def _close_all(self) -> None:
        await self._pool.close_all(GOING_AWAY, timeout=self._timeout)
        self._over = True
        self.action_leave()

    def show_progress(self) -> None:
        """Paint how far it is; leave when all is closed or the time is over."""
        passed = self._clock() - self._began
        ended = [link for link in self._leaving if not link.is_live]
        if self._over or passed >= self._timeout + GRACE:
            self.action_leave()
            return
        left = math.ceil(max(self._timeout - passed, 0.0))
        self.query_one("#summary", Static).update(
            Content.assemble(
                f"Closing what is open with {GOING_AWAY} (going away): ",
                (f"{len(ended)} of {len(self._leaving)}", "bold"),
                f", at most {left} s more{self._clients}\n",
                ("This cannot be taken back; q leaves without waiting.", "$dim"),
            )
        )
        self.query_one(ProgressBar).progress = len(ended)
        turn = SPINNER[int(passed / PERIOD) % len(SPINNER)]
        self.query_one("#links", Static).update(self._lines(turn))

    def _lines(self, turn: str) -> Content:
        links = self._leaving
        if len(links) > LINES:
            links = sorted(links, key=lambda link: not link.is_live)[:LINES]
        lines = [self._line(link, turn) for link in links]
        if len(self._leaving) > len(links):
            lines.append(Content.styled(f"and {len(self._leaving) - len(links)} more", "$dim"))
        return Content("\n").join(lines)

    def _line(self, link: Connection, turn: str) -> Content:
        mark, word, style = self._state(link, turn)
        return Content.assemble(
            (f"{mark} ", style),
            (f"{link.id:>3}  ", "bold"),
            (f"{word:<18}", style),
            printable(_who(link)),
        )

    def _state(self, link: Connection, turn: str) -> tuple[str, str, str]:
        """Mark, word and style of how far a connection is."""
        if link.is_live:
            code = self._codes.get(link.id, f" {GOING_AWAY}")
            word = f"closing{code}" if link.state is State.CLOSING else str(link.state)
            return turn, word, "$secondary"
        if link.id in self._given_up:
            return "·", "given up", "$dim"
        if link.close is not None and link.close.clean:
            sent = link.close.sent
            code = NO_CODE if sent is None or sent.code is None else f" {sent.code}"
            return "✓", f"closed{code}", "$success"
        return "✕", "not clean", "$warning"

    def action_leave(self) -> None:
        """Wait no longer. Under another screen it waits until that one is gone."""
        if self.is_active:
            self.dismiss(True)

    def action_stay(self) -> None:
        """Nothing: it is too late."""


def _who(link: Connection) -> str:
    """What tells a connection from others: where it leads to, or which client it is."""
    if link.peer is None:
        return masked_uri(link.options.uri)
    return f"{link.peer.address} → {link.path}, client of {link.peer.listener}"


def _clients_words(links: Sequence[Connection]) -> str:
    """How many of `links` are clients of our listeners, in a line of its own; empty for none."""
    clients = [link.peer.listener for link in links if link.peer is not None]
    if not clients:
        return ""
    count = len(set(clients))
    listeners = f"{count_text(count)} listener{'' if count == 1 else 's'}"
    several = "" if len(clients) == 1 else "s"
    return f"\n{count_text(len(clients))} client{several} of {listeners} among them"


def _sent_code(link: Connection) -> str:
    """What goes behind “closing” for `link`; empty when no close frame of ours is found."""
    transcript = link.transcript
    newest = len(transcript)
    for number in range(newest - 1, max(newest - LOOK_BACK, transcript.first) - 1, -1):
        entry = transcript.entry(number)
        if entry.kind is Kind.CLOSE and entry.outgoing:
            body = transcript.payload(number, 0, 2)
            return f" {int.from_bytes(body, 'big')}" if len(body) == 2 else NO_CODE
    return ""
