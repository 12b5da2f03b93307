"""Commands of the command language, done on a pool, with what is answered to them.

Owns the answers; those of `connect` and `show` are the ones of WebSocket++'s tutorial client. What
a command changes on the screen is told in the answer and done by the workbench.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import localtime, strftime
from typing import Final

from wstui.core.commands import values as commands
from wstui.core.commands.ending_values import CloseEach, DropEach, HalfClose, Pause, ReadOn
from wstui.core.commands.language import explain_command
from wstui.core.commands.listen_values import Admit, Decide, Hold, Listen
from wstui.core.commands.profile_values import Forget, ListProfiles, Save
from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.explain import failures as explain
from wstui.core.options.connect import masked_uri
from wstui.core.ports import NoProfiles, Pool, Profiles, Refused
from wstui.core.units import clock_text, count_text, ordinal, size_text
from wstui.screens import sending
from wstui.screens.describing import client_facts
from wstui.screens.ending import end
from wstui.screens.hosting import AboutClients, ask_clients, describe_listener, end_one, host
from wstui.screens.manage import manage
from wstui.widgets.connection_lines import SPARK, oddities

NO_PROFILES: Final = NoProfiles()


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


async def execute(
    command: commands.Command,
    pool: Pool,
    selected: int | None,
    marked: Iterable[int] = (),
    profiles: Profiles = NO_PROFILES,
) -> Answer:
    """Do `command`, where a missing id means `selected`, and `marked` are the chosen set.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    match command:
        case commands.Connect(options, remarks):
            id = pool.connect(options).id
            return Answer(f"Created connection with id {id}\n{remarks}".rstrip(), selects=id)
        case Listen() | Hold() | Admit() | Decide():
            return Answer(*host(command, pool, selected))
        case commands.Show():
            id = _id(command.id, selected)
            return Answer(_describe(pool, id), selects=id)
        case commands.Broadcast(text):
            ids = await pool.broadcast(text.encode())
            if not ids:
                raise Refused("No connection is open.")
            return Answer(f"Sent to {len(ids)} connection{'' if len(ids) == 1 else 's'}")
        case SendPlanned(whom, meant) | SendRaw(whom, meant):
            return Answer(
                await sending.start(pool, sending.ids(whom, pool, selected, marked), meant)
            )
        case Cancel(whom):
            return Answer(sending.cancel(pool, sending.ids(whom, pool, selected, marked)))
        case CloseEach() | DropEach() | HalfClose() | Pause() | ReadOn():
            return Answer(await end(command, pool, selected, marked))
        case commands.Close() | commands.Drop():
            return Answer(await end_one(command, pool, _id(command.id, selected)))
        case Save() | Forget() | ListProfiles():
            return Answer(await manage(command, pool, selected, profiles))
        case commands.SetFilter(text):
            return Answer(f"Filter: {text}" if text else "Everything is shown", filter=text)
        case commands.Help(topic):
            return Answer(explain_command(topic))
        case commands.Quit():
            return Answer(quits=True)
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


def _describe(pool: Pool, id: int) -> str:
    listener, connection = pool.listeners.get(id), pool.connections.get(id)
    if listener is not None:
        clients = [pool.connections[one] for one in listener.clients if one in pool.connections]
        return describe_listener(listener, clients)
    if connection is None:
        raise Refused(f"There is no connection {id}.")
    return describe(connection)


def describe(connection: Connection) -> str:
    """What is known of `connection`, one fact a line."""
    handshake, transcript = connection.handshake, connection.transcript
    headers = {name.lower(): value for name, value in handshake.response_headers}
    outcome = connection.failure or connection.close
    facts = [
        f"URI: {masked_uri(connection.options.uri)}",
        f"Status: {connection.state.value.capitalize()}",
        f"Remote Server: {headers.get('server') or 'None Specified'}"
        if connection.peer is None
        else f"Client: {connection.peer.address}, of listener {connection.peer.listener}",
        f"Error/close reason: {'N/A' if outcome is None else explain.summary(outcome)}",
        f"Messages: {count_text(transcript.received)} received ({size_text(transcript.bytes_in)}),"
        f" {count_text(transcript.sent)} sent ({size_text(transcript.bytes_out)})",
    ]
    if connection.opened is not None and connection.ended is not None:
        facts.append(f"Open for: {clock_text(connection.ended - connection.opened)}")
    if connection.outlook:
        facts.append(f"Reconnect: {connection.outlook}")
    if connection.retry is not None and connection.retry.attempt:
        retry = connection.retry
        at = localtime(retry.at)
        facts.append(f"{ordinal(retry.attempt).capitalize()} attempt: {strftime('%H:%M:%S', at)}")
    for name, value in (
        ("Subprotocol", handshake.subprotocol),
        ("Extensions", ", ".join(handshake.extensions)),
        ("TLS", handshake.tls.words if handshake.tls else None),
        ("Round-trip time", _round_trips(connection)),
        ("Apart from that", ", ".join(oddities(connection)) if connection.is_open else ""),
    ):
        if value:
            facts.append(f"{name}: {value}")
    return "\n".join([*facts, *client_facts(connection)])


def _round_trips(connection: Connection) -> str:
    trips = connection.round_trips
    if not trips.count:
        return ""
    words = f"{trips.words()} ({count_text(trips.count)})"
    return f"{words}  {trips.sparkline(SPARK)}".rstrip()
