"""Why a listener could not listen, in words, and what to try.

The words may quote a file name or a host; they are made safe for a terminal where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable

from wstui.core.explain.words import Explanation, quote
from wstui.core.listener import Listener, ListenFault

PRIVILEGED = 1024
"""Ports below this one are for administrators on most systems."""


def explain_listener(listener: Listener, others: Iterable[Listener] = ()) -> Explanation:
    """Why `listener` failed; `others` are listeners of this window, which may have its port."""
    where = listener.options.where
    place, sentence = quote(str(where)), listener.failure
    match listener.fault:
        case ListenFault.IN_USE if where.path:
            return Explanation(
                "The socket is in use",
                f"Another program listens on {quote(where.path)}.",
                "End that program, or choose another path. L opens the form again.",
            )
        case ListenFault.IN_USE:
            return Explanation(
                f"Port {where.port} is in use", *_in_use(listener, where.port, others)
            )
        case ListenFault.FORBIDDEN if where.path:
            return Explanation(
                "No permission",
                f"This user may not make a socket at {quote(where.path)}.",
                "Choose a folder of your own. L opens the form again.",
            )
        case ListenFault.FORBIDDEN if where.port < PRIVILEGED:
            return Explanation(
                f"Port {where.port} needs permission",
                f"Ports below {PRIVILEGED} are for administrators; {place} was refused.",
                f"Take a port from {PRIVILEGED} up, such as {_high(where.port)}, or 0 for any.",
            )
        case ListenFault.FORBIDDEN:
            return Explanation(
                "No permission",
                f"The system does not let this user listen on {place}.",
                "It may be reserved, or a firewall forbids it. Try another port, or 0 for any.",
            )
        case ListenFault.NOT_HERE:
            return Explanation(
                "Not an address of this machine",
                f"{quote(where.host)} belongs to no network interface here.",
                "127.0.0.1 is for this machine alone; * is for all of its addresses.",
            )
        case ListenFault.UNKNOWN_NAME:
            return Explanation(
                "Unknown host name",
                f"The name {quote(where.host)} has no address.",
                "Check its spelling, or write an address: 127.0.0.1, [::1], or * for all.",
            )
        case ListenFault.TLS:
            return Explanation("TLS cannot be used", sentence, "L opens the form again.")
        case ListenFault.BEHAVIOUR:
            return Explanation("A behaviour cannot be used", sentence, "r listens again.")
    return Explanation("Cannot listen", sentence, "L opens the form again.")


def _in_use(listener: Listener, port: int, others: Iterable[Listener]) -> tuple[str, str]:
    """Who may have the port, and what helps."""
    for other in others:
        if other is not listener and other.is_live and other.name.endswith(f":{port}"):
            return (
                f"Listener {other.id} of this window listens on {other.name}.",
                f"Select it with {other.id}, or take another port; 0 lets the system choose.",
            )
    return (
        f"Another program listens on {quote(str(listener.options.where))}.",
        "Take another port, 0 for any, or end that program: "
        f"“ss -ltnp”, “lsof -i :{port}” or “netstat -ano” names it.",
    )


def _high(port: int) -> int:
    """A port that reminds of a low one: 8080 for 80, 8443 for 443."""
    return 8000 + port
