"""What can be asked of a listener, and in a sentence why not, where it is selected.

Owns the rules and the words. What is done is the matter of `listeners`.
"""

from __future__ import annotations

from typing import Final

from wstui.core.listener import Listener, ListenerState

ABOUT_ONE: Final = {
    "ping": "Select the client to ping.",
    "ping_more": "Select the client to ping.",
    "pause": "Select the client to stop reading from; A stops accepting.",
    "handshake": "Select a client to see its handshake.",
    "statistics": "Select a client to see its statistics.",
    "copy_as": "Select a client to copy what it did.",
    "retry_now": "r listens again, once it has ended.",
    "stop": "It is not being tried again.",
}
"""What is about one connection, and what helps where a listener is selected."""


def can(action: str, listener: Listener, live: int) -> bool | None:
    """Whether `action` can be asked of `listener`, of which `live` clients have not ended; None
    where it is not about what is selected."""
    match action:
        case "close" | "drop" | "reset":
            return listener.is_live
        case "remove":
            return True
        case "again":
            return not listener.is_live or _picks_a_port(listener)
        case "accepting":
            return listener.state in (ListenerState.LISTENING, ListenerState.FULL)
        case "copy_uri":
            return bool(listener.uris)
        case "mark":
            return live > 0
        case "fold":
            return bool(listener.clients)
    return False if action in ABOUT_ONE else None


def why_not_listener(action: str, listener: Listener) -> str:
    """The reason why `action` is not possible while `listener` is selected."""
    failed = listener.state is ListenerState.FAILED
    who = f"Listener {listener.id} {'failed' if failed else f'is {listener.state}'}"
    match action:
        case "again" if listener.is_live:
            return f"{who}: it has its address still. A stops and begins accepting."
        case "close" | "drop" | "reset":
            return f"{who}: nothing to close. r listens again."
        case "accepting":
            return f"{who}: r listens again."
        case "copy_uri":
            return f"{who}: it has no address to connect to."
        case "mark":
            return f"Listener {listener.id} has no live client to mark."
        case "fold":
            return f"Listener {listener.id} has no clients yet."
        case "cancel":
            return "Nothing is being sent to its clients, or it cannot be taken back."
    if action in ABOUT_ONE:
        return f"{listener.id} is a listener. {ABOUT_ONE[action]}"
    return f"{who}: not possible now."


def _picks_a_port(listener: Listener) -> bool:
    where = listener.options.where
    return not where.path and not where.port
