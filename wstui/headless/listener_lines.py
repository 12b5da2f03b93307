"""What becomes of a listener, and of its clients, as NDJSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import time as now
from typing import Any

from wstui.core.connection import Connection
from wstui.core.entry import EventName, LocalEvent
from wstui.core.listener import Listener
from wstui.core.ndjson import close_fields, line


def listening_line(listener: Listener) -> bytes:
    """Where it listens."""
    return line(
        "listening",
        now(),
        listener=listener.id,
        address=listener.name,
        addresses=listener.addresses,
        uris=listener.uris,
    )


def stopped_line(listener: Listener) -> bytes:
    """That it has ended, and how many came."""
    tally = listener.tally
    return line(
        "stopped",
        now(),
        listener=listener.id,
        accepted=tally.accepted,
        rejected=tally.rejected,
        requests=tally.requests,
        dropped=tally.dropped,
    )


def listener_lines(listener: Listener) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a listener."""

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        if event.name in (EventName.OPEN, EventName.CLOSED):
            return  # told at the beginning and at the end
        detail = dict(event.detail)
        name = str(detail.pop("guest", event.name.value))
        peer = detail.pop("address", None)
        yield line(
            name,
            time,
            **{**detail, "listener": listener.id, "peer": peer, "text": event.text},
        )

    return lines


def client_lines(connection: Connection) -> Callable[[LocalEvent, float], Iterator[bytes]]:
    """What gives the lines for an event of a client."""

    def lines(event: LocalEvent, time: float) -> Iterator[bytes]:
        name, fields = _client_fields(connection, event)
        yield line(name, time, id=connection.id, **fields)

    return lines


def _client_fields(connection: Connection, event: LocalEvent) -> tuple[str, dict[str, Any]]:
    """Name and fields of the line for `event` of a client."""
    peer, handshake = connection.peer, connection.handshake
    whom = {
        "listener": None if peer is None else peer.listener,
        "peer": None if peer is None else peer.address,
    }
    if event.name is EventName.OPEN:
        headers = {name.lower(): value for name, value in handshake.request_headers}
        return "accepted", whom | {
            "path": handshake.path,
            "subprotocol": handshake.subprotocol,
            "origin": headers.get("origin"),
            "user_agent": headers.get("user-agent"),
            "extensions": handshake.extensions,
            "tls_name": (peer.tls_name or None) if peer is not None else None,
        }
    if event.name is EventName.CLOSED and connection.close is not None:
        return "closed", close_fields(connection.close) | {"text": event.text}
    if event.name is EventName.FAILED and connection.failure is not None:
        status = connection.failure.status
        return "rejected", whom | {"status": status, "text": event.text}
    return event.name.value, {**event.detail, "text": event.text}
