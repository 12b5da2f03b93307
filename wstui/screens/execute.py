"""Commands given in the workbench: what `show` tells there, and whom a missing id means."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from time import localtime, strftime
from typing import Final

from wstui.core.answering.hosting import describe_listener
from wstui.core.answering.perform import Answer, Desk, perform
from wstui.core.commands.values import Command
from wstui.core.connection import Connection
from wstui.core.explain import failures as explain
from wstui.core.options.connect import masked_uri
from wstui.core.ports import NoProfiles, Pool, Profiles, Refused
from wstui.core.units import clock_text, count_text, ordinal, size_text
from wstui.screens.describing import client_facts
from wstui.widgets.connection_lines import SPARK, oddities

__all__ = ("Answer", "describe", "execute")

NO_PROFILES: Final = NoProfiles()

STOP: Final = "F8"
"""The key that stops sending."""


async def execute(
    command: Command,
    pool: Pool,
    selected: int | None,
    marked: Iterable[int] = (),
    profiles: Profiles = NO_PROFILES,
) -> Answer:
    """Do `command`, where a missing id means `selected`, and `marked` are the chosen set.

    Raises:
        Refused: it cannot be done; `str()` is a sentence why.
    """
    desk = Desk(
        pool, selected, marked, profiles, asyncio.to_thread, lambda id: _describe(pool, id), STOP
    )
    return await perform(command, desk)


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
