"""Commands about listeners, and about clients as a group, done on a pool, with what is answered.

A listener stands for its clients wherever something is done to several connections.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from time import perf_counter
from types import coroutine
from typing import Final

from wstui.core.commands.listen_values import Admit, Decide, Hold, Listen, ListenCommand
from wstui.core.commands.values import Close, Drop, Ping, Pong, Reconnect, Send, SendHex, Stop
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import Pool, Refused
from wstui.core.roster import Roster
from wstui.core.sending.plan import SendPlan
from wstui.core.serving.reach import reach
from wstui.core.serving.request import Accept, Reject
from wstui.core.serving.rule_language import masked_rule
from wstui.core.serving.verdict import request_of
from wstui.core.units import clients_text, clock_text, count_text, size_text

NORMAL: Final = 1000
"""The close code of a connection when nobody chose another."""

GOING_AWAY: Final = 1001
"""That of the clients of a listener."""

SLICE_TIME: Final = 0.005
"""Seconds in which connections are asked something before the loop has its turn."""

AboutClients = Send | SendHex | Ping | Pong | Reconnect | Stop
"""Commands about one connection, or about all clients of a listener."""


def host(command: ListenCommand, pool: Pool, selected: int | None) -> tuple[str, int | None]:
    """Do `command`, where a missing id means `selected`; what is answered, and the id of what is
    selected from now on, None leaving that.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    if isinstance(command, Listen):
        listener = pool.listen(command.options)
        return f"Created listener with id {listener.id}{_warning(command.options)}", listener.id
    id = selected if command.id is None else command.id
    if id is None:
        raise Refused("Nothing is selected.")
    match command:
        case Hold():
            pool.stop_accepting(id)
            return f"Listener {id} accepts nobody further", None
        case Admit():
            pool.accept_again(id)
            return f"Listener {id} accepts again", None
        case Decide(_, decision):
            return _decide(id, decision, pool), None


def _decide(id: int, decision: Accept | Reject, pool: Pool) -> str:
    """Go on with a handshake that waits; what is answered to it."""
    if isinstance(decision, Reject):
        pool.decide(id, decision)
        return f"Rejected {id} with {decision.status}"
    connection, wanted = pool.connections.get(id), decision.subprotocol
    if connection is not None and connection.decide_by is not None and wanted:
        offered = request_of(connection).subprotocols
        if wanted not in offered:
            words = f"it offers {', '.join(offered)}" if offered else "it offers none"
            raise Refused(f"Client {id} does not offer {wanted}: {words}.")
    pool.decide(id, decision)
    return f"Accepted {id}{f' with {wanted}' if wanted else ''}"


def _warning(options: ListenOptions) -> str:
    """A line that says so when others than this machine can reach it."""
    found = reach(options)
    return "" if found is None or found.is_local else f"\n⚠ {found.words}"


def with_clients(ids: Iterable[int], pool: Pool) -> list[int]:
    """`ids`, each listener among them replaced by its open clients.

    Raises:
        Refused: there is nobody but listeners without any.
    """
    roster = Roster(pool.connections, pool.listeners)
    found: dict[int, None] = {}
    empty: list[int] = []
    for id in ids:
        listener = pool.listeners.get(id)
        if listener is None:
            found[id] = None
            continue
        clients = roster.open_clients(listener)
        found.update(dict.fromkeys(clients))
        if not clients:
            empty.append(id)
    if empty and not found:
        raise Refused(f"Listener {empty[0]} has no open client.")
    return list(found)


async def send_to_clients(pool: Pool, listener: Listener, payload: bytes, kind: Kind) -> list[int]:
    """Send one message to all open clients; the ids of those it was sent to.

    Raises:
        Refused: there are none, or none of them can take it.
    """
    clients = with_clients([listener.id], pool)
    reached = await pool.carry_out(clients, SendPlan(payload, kind))
    if not reached:
        raise Refused("None of its clients can take it now; each transcript says why.")
    return reached


async def ask_clients(command: AboutClients, pool: Pool, listener: Listener) -> str:
    """Do to all open clients what is asked of a listener; what is answered to it.

    Raises:
        Refused: it is nothing for clients, or there are none.
    """
    id = listener.id
    match command:
        case Reconnect():
            raise Refused(f"{id} is a listener: admit {id} accepts again where that was on hold.")
        case Stop():
            words = f"{id} is a listener: hold {id} accepts nobody further, close {id} ends it."
            raise Refused(words)
        case Send(_, text):
            return await _send(pool, listener, text.encode(), Kind.TEXT)
        case SendHex(_, data):
            return await _send(pool, listener, data, Kind.BINARY)
        case Ping(_, beat):
            reached = await ask_each(with_clients([id], pool), lambda one: pool.ping(one, beat))
            return f"Pinged {clients_text(len(reached))} of {id}"
        case Pong(_, beat):
            reached = await ask_each(with_clients([id], pool), lambda one: pool.pong(one, beat))
            return f"Sent a pong to {clients_text(len(reached))} of {id}"


async def _send(pool: Pool, listener: Listener, payload: bytes, kind: Kind) -> str:
    reached = await send_to_clients(pool, listener, payload, kind)
    return f"Sent {size_text(len(payload))} to {clients_text(len(reached))} of {listener.id}"


@coroutine
def turn() -> Generator[None, None, None]:
    """Let the loop have its turn, whichever loop that is."""
    yield


async def ask_each(ids: Sequence[int], ask: Callable[[int], None]) -> list[int]:
    """Ask about each of `ids`, in slices; those that did not refuse. One alone may, in its own
    words."""
    reached = []
    begun = perf_counter()
    for id in ids:
        if perf_counter() - begun > SLICE_TIME:
            await turn()
            begun = perf_counter()
        try:
            ask(id)
        except Refused:
            if len(ids) == 1:
                raise
        else:
            reached.append(id)
    return reached


async def end_one(command: Close | Drop, pool: Pool, id: int) -> str:
    """Close or drop one connection, or a listener with its clients; what is answered to it.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    listener = pool.listeners.get(id)
    if isinstance(command, Drop):
        how = " by reset" if command.reset else ""
        if listener is None:
            pool.drop(id, reset=command.reset)
            return f"Dropped {id}{how}"
        count = await drop_listener(pool, listener, reset=command.reset)
        dropped = f", and dropped {clients_text(count)}{how}" if count else ""
        return f"Stopped listener {id}{dropped}"
    if listener is None:
        code = NORMAL if command.code is None else command.code
        pool.close(id, code, command.reason)
        return f"Closing {id} with {code} {command.reason}".rstrip()
    code = GOING_AWAY if command.code is None else command.code
    count = stop_listener(pool, listener, code, command.reason)
    words = f"{clients_text(count)} with {code} {command.reason}".rstrip()
    return f"Stopped listener {id}{f', closing {words}' if count else ''}"


def stop_listener(
    pool: Pool, listener: Listener, code: int | None = GOING_AWAY, reason: str = ""
) -> int:
    """Close all clients of a listener and end it; how many clients that were.

    Raises:
        Refused: it has ended, or the code or reason may not be sent.
    """
    count = len(_live(pool, listener))
    pool.stop_listening(listener.id, code, reason)
    return count


async def drop_listener(pool: Pool, listener: Listener, *, reset: bool = False) -> int:
    """End TCP of all clients of a listener without a close frame, and end it; how many clients
    that were.

    Raises:
        Refused: it has ended.
    """
    if listener.state is ListenerState.LISTENING:
        pool.stop_accepting(listener.id)
    reached = await pool.drop_each(_live(pool, listener), reset=reset)
    pool.stop_listening(listener.id)
    return len(reached)


def _live(pool: Pool, listener: Listener) -> list[int]:
    return Roster(pool.connections, pool.listeners).live_clients(listener)


def describe_listener(listener: Listener, connections: Sequence[Connection]) -> str:
    """What is known of `listener`, one fact a line; `connections` are its clients."""
    tally, options, found = listener.tally, listener.options, reach(listener.options)
    facts = [
        f"Address: {', '.join(listener.addresses) or options.address}",
        f"Status: {listener.state.value.capitalize()}",
    ]
    for name, value in (
        ("Error", listener.failure),
        ("Clients connect to", ", ".join(listener.uris)),
        ("Reach", "" if found is None else found.words),
        ("TLS", "self-signed" if options.tls.self_signed else options.tls.certificate),
        ("Behaviours", "; ".join(options.behaviours) or "silent: you answer by hand"),
        ("Rules", "; ".join(map(masked_rule, options.rules))),
        ("Subprotocols", ", ".join(options.subprotocols)),
    ):
        if value:
            facts.append(f"{name}: {value}")
    received = sum(one.transcript.received for one in connections)
    sent = sum(one.transcript.sent for one in connections)
    facts += [
        f"Clients: {count_text(listener.live)} live, {count_text(tally.accepted)} accepted",
        f"Others: {count_text(tally.rejected)} rejected, {count_text(tally.requests)} HTTP"
        f" requests, {count_text(tally.dropped)} dropped",
        f"Messages: {count_text(received)} received, {count_text(sent)} sent",
    ]
    if listener.ended is not None:
        facts.append(f"Listened for: {clock_text(listener.ended - listener.created)}")
    return "\n".join(facts)
