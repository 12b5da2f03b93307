"""The gap between two times that one connection was open: how long, why, and what has changed."""

from __future__ import annotations

from wstui.core.connection import Handshake
from wstui.core.entry import EventName, LocalEvent
from wstui.core.units import rtt_text, wait_text

NONE = "none"


def gap_event(
    seconds: float, why: str, attempts: int, before: Handshake, after: Handshake
) -> LocalEvent:
    """What is recorded when a connection is open again.

    It was away for `seconds` after it ended for the reason `why`, which may hold remote text;
    `attempts` were needed, one at least.
    """
    away = rtt_text(seconds) if seconds < 59.5 else wait_text(seconds)
    tries = "1 attempt" if attempts == 1 else f"{attempts} attempts"
    changed = changes(before, after)
    words = [f"{name} {old} → {new}" for name, (old, new) in changed.items()]
    said = [f"away for {away}, {tries}", why, *(words or ["the same handshake as before"])]
    detail = {
        "away": f"{seconds:.3f} s",
        "why": why,
        "attempts": attempts,
        "changed": words or "nothing",
    }
    return LocalEvent(EventName.GAP, " · ".join(said), detail)


def changes(before: Handshake, after: Handshake) -> dict[str, tuple[str, str]]:
    """What differs in two handshakes, by its name: what it was, and what it is."""
    old, new = _facts(before), _facts(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def _facts(handshake: Handshake) -> dict[str, str]:
    servers = [value for name, value in handshake.response_headers if name.lower() == "server"]
    return {
        "status": f"{handshake.status} {handshake.status_text}".strip(),
        "subprotocol": handshake.subprotocol or NONE,
        "extensions": ", ".join(handshake.extensions) or NONE,
        "server": ", ".join(servers) or NONE,
        "address": handshake.remote or NONE,
        "TLS": handshake.tls.words if handshake.tls else NONE,
    }
