"""Why an action of the workbench does nothing now, in a sentence, and what would help.

Owns the words. Whether an action is possible is decided by `check_action` of the screens.
"""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Connection, State
from wstui.core.units import size_text

NO_CONNECTION: Final = "There is no connection yet. n opens one."

_NO_ENTRY: Final = "There is no entry yet."

_WITHOUT: Final = {
    "send_more": "No connection is open.",
    "hex": _NO_ENTRY,
    "view": _NO_ENTRY,
    "copy": _NO_ENTRY,
    "copy_hex": _NO_ENTRY,
    "previous": "There is no other connection.",
    "next": "There is no other connection.",
}
"""What is not possible whatever the state of the connection is."""


def why_not(action: str, connection: Connection | None) -> str:
    """The reason why `action` is not possible while `connection` is selected."""
    if connection is None:
        return NO_CONNECTION
    if action in _WITHOUT:
        return _WITHOUT[action]
    if connection.peer is not None and action in ("retry_now", "stop"):
        return _of_a_client(connection, action)
    failed = connection.state is State.FAILED
    who = f"Connection {connection.id} {'failed' if failed else f'is {connection.state}'}"
    again = "." if connection.is_live else ". r opens it again."
    if connection.peer is not None:
        again = "."
    match action:
        case "cancel":
            return _nothing_to_stop(connection)
        case "close" | "drop" | "reset":
            return f"{who}: nothing to close{again}"
        case "retry_now":
            return f"{who}: nothing to open again."
        case "stop":
            return f"{who}: it is not being tried again."
        case "pause":
            return f"{who}: nothing is read from it{again}"
        case "ping" | "ping_more":
            return f"{who}: nobody to ping{' yet' if _is_coming(connection) else ''}{again}"
        case "remove":
            return f"{who}: close it first, with x."
    return f"{who}: not possible now."


def _of_a_client(connection: Connection, action: str) -> str:
    who = f"A client began connection {connection.id}"
    if action == "stop":
        return f"{who}: nothing here tries it again."
    return f"{who}: only that client can open it again. r connects as it did."


def _nothing_to_stop(connection: Connection) -> str:
    waiting = connection.outgoing.waiting
    if waiting and connection.is_live:
        return f"The {size_text(waiting)} that wait cannot be taken back; X drops them with TCP."
    return "Nothing is being sent, and nothing waits."


def _is_coming(connection: Connection) -> bool:
    return connection.state in (State.CONNECTING, State.WAITING)
