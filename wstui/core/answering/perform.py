"""Any command, done on a pool; the answer is the same in the command bar and line by line.

What a command changes for whoever gave it is told in the answer and done there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wstui.core.answering import sending
from wstui.core.answering.ending import end
from wstui.core.answering.hosting import AboutClients, ask_clients, end_one, host
from wstui.core.answering.manage import InThread, manage
from wstui.core.commands import values as commands
from wstui.core.commands.ending_values import CloseEach, DropEach, HalfClose, Pause, ReadOn
from wstui.core.commands.language import explain_command
from wstui.core.commands.line_mode_values import Rest, Unlock, Wait, Watch
from wstui.core.commands.listen_values import Admit, Decide, Hold, Listen
from wstui.core.commands.profile_values import Forget, ListProfiles, Save
from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw
from wstui.core.entry import Kind
from wstui.core.ports import Pool, Profiles, Refused
from wstui.core.units import size_text


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command."""

    text: str = ""
    """To be said; it may hold remote text and is not safe for a terminal as it is."""
    selects: int | None = None
    """Id of the connection to select from now on; None leaves the selection."""
    filter: str | None = None
    """The filter to apply from now on; None leaves it."""
    quits: bool = False
    """Whether to leave."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are given, and what they find there."""

    pool: Pool
    selected: int | None
    """The connection or listener that a missing id means; None: there is none."""
    marked: Iterable[int]
    """The chosen set."""
    profiles: Profiles
    in_thread: InThread
    describe: Callable[[int], str]
    """What is told of a connection or listener; it may refuse."""
    stop: str
    """What stops a message from being sent again and again: a key, or a command."""


async def perform(command: commands.Command, desk: Desk) -> Answer:
    """Do `command`.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    pool, selected, marked = desk.pool, desk.selected, desk.marked
    match command:
        case commands.Connect(options, remarks):
            id = pool.connect(options).id
            return Answer(f"Created connection with id {id}\n{remarks}".rstrip(), selects=id)
        case Listen() | Hold() | Admit() | Decide():
            return Answer(*host(command, pool, selected))
        case commands.Show():
            id = _id(command.id, selected)
            return Answer(desk.describe(id), selects=id)
        case commands.Broadcast(text):
            ids = await pool.broadcast(text.encode())
            if not ids:
                raise Refused("No connection is open.")
            return Answer(f"Sent to {len(ids)} connection{'' if len(ids) == 1 else 's'}")
        case SendPlanned(whom, meant) | SendRaw(whom, meant):
            whose = sending.ids(whom, pool, selected, marked)
            return Answer(await sending.start(pool, whose, meant, desk.stop))
        case Cancel(whom):
            return Answer(sending.cancel(pool, sending.ids(whom, pool, selected, marked)))
        case CloseEach() | DropEach() | HalfClose() | Pause() | ReadOn():
            return Answer(await end(command, pool, selected, marked))
        case commands.Close() | commands.Drop():
            return Answer(await end_one(command, pool, _id(command.id, selected)))
        case Save() | Forget() | ListProfiles():
            return Answer(await manage(command, pool, selected, desk.profiles, desk.in_thread))
        case commands.SetFilter(text):
            return Answer(f"Filter: {text}" if text else "Everything is shown", filter=text)
        case commands.Help(topic):
            return Answer(explain_command(topic))
        case commands.Quit():
            return Answer(quits=True)
        case Wait() | Rest() | Unlock() | Watch():
            raise Refused("That is for line mode: here you see what happens.")
    id = _id(command.id, selected)
    listener = pool.listeners.get(id)
    if listener is not None and not isinstance(command, commands.Remove):
        return Answer(await ask_clients(command, pool, listener))
    return Answer(_ask(command, pool, id))


def _ask(command: AboutClients | commands.Remove, pool: Pool, id: int) -> str:
    """Ask `pool` something about one connection; what is answered to it."""
    match command:
        case commands.Send(_, text):
            payload = text.encode()
            pool.send(id, payload)
            return f"Sent {size_text(len(payload))} to {id}"
        case commands.SendHex(_, data):
            pool.send(id, data, Kind.BINARY)
            return f"Sent {size_text(len(data))} to {id}"
        case commands.Ping():
            pool.ping(id, command.payload)
            return f"Pinged {id}"
        case commands.Pong():
            pool.pong(id, command.payload)
            return f"Sent a pong to {id}"
        case commands.Reconnect():
            pool.reconnect(id)
            return f"Opening {id} again"
        case commands.Stop():
            pool.stop(id)
            return f"Stopped opening {id} again"
        case commands.Remove():
            pool.remove(id)
            return f"Removed {id}"


def _id(id: int | None, selected: int | None) -> int:
    if id is not None:
        return id
    if selected is None:
        raise Refused("No connection is selected.")
    return selected
