"""What becomes of a connection of ours as NDJSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.explain.failures import explain
from wstui.core.ndjson import close_fields, line
from wstui.core.options.connect import masked_uri
from wstui.headless.entry_lines import entry_lines
from wstui.headless.feed import Feed
from wstui.headless.stage import Stage
from wstui.headless.turns import Turns


async def tell_lines(stage: Stage, feed: Feed) -> None:
    """Write a line for all that becomes of a connection, until it has ended for good."""
    event_lines, turns = connection_lines(feed.connection), Turns()
    while await feed.wait():
        turns.begin()
        for segment, start, stop in feed.take():
            made = (
                piece
                for row in range(start, stop)
                for piece in entry_lines(feed.connection.id, segment, row, event_lines)
            )
            await turns.write(stage.output, made)


def connection_lines(connection: Connection) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a connection that we opened."""

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        name, fields = _fields(connection, event)
        yield line(name, time, id=connection.id, **fields)

    return lines


def _fields(connection: Connection, event: LocalEvent) -> tuple[str, dict[str, Any]]:
    """Name and fields of the line for `event`."""
    handshake = connection.handshake
    uri = {"uri": masked_uri(connection.options.uri)}
    if event.name is EventName.CONNECTING:
        return "connecting", uri
    if event.name is EventName.OPEN:
        return "open", uri | {
            "remote": handshake.remote,
            "status": handshake.status,
            "subprotocol": handshake.subprotocol,
            "extensions": handshake.extensions,
            "tls": handshake.tls.words if handshake.tls else None,
        }
    if event.name is EventName.CLOSED and connection.close is not None:
        return "closed", close_fields(connection.close) | {"text": event.text}
    if event.name is EventName.FAILED and connection.failure is not None:
        failure = connection.failure
        hint = explain(failure).hint or None
        return "failed", uri | {
            "kind": failure.kind.value,
            "status": failure.status,
            "text": event.text,
            "hint": hint,
        }
    return event.name.value, {**event.detail, "text": event.text}
