"""How a connection was opened: which step took how long, and what is worth a remark.

Owns these facts and the words of the remarks. Failures are the matter of `explain`, how facts look
that of the handshake screen. Texts may hold remote text and are not safe for a terminal.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from wstui.core.connection import Connection, Failure, Handshake, State, Step
from wstui.core.explain.words import quote
from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.handshake.negotiation import values_of
from wstui.core.handshake.proxies import is_loopback
from wstui.core.options.connect import parse_uri
from wstui.core.units import rtt_text

SLOW: Final = 0.3
"""Seconds from which a step that took most of the time is worth a remark."""

STEPS: Final = {
    Step.SECRETS: "secrets",
    Step.NAME: "name look-up",
    Step.TCP: "TCP",
    Step.UNIX: "Unix socket",
    Step.PROXY_TLS: "proxy TLS",
    Step.PROXY: "proxy",
    Step.TLS: "TLS handshake",
    Step.HTTP: "handshake",
    Step.SENDING: "sending",
    Step.BODY: "body",
    Step.DECISION: "your decision",
}
"""What is being waited for while connecting."""


class Span(NamedTuple):
    """One step of opening a connection."""

    step: Step
    begin: float
    """Seconds since the first step began."""
    end: float
    is_last: bool
    """Whether nothing came after it: it is going on, failed, or ended with the connection open."""


def spans(connection: Connection, now: float) -> list[Span]:
    """The steps of the newest attempt; one that goes on ends `now`, in seconds since the epoch."""
    steps = connection.steps
    if not steps:
        return []
    start = steps[0][1]
    ends = [began for _, began in steps[1:]]
    last = steps[-1][1]
    # A connection that was open before its newest attempt has an older time of opening.
    known = (connection.opened, connection.ended)
    ends.append(next((time for time in known if time is not None and time >= last), max(now, last)))
    return [
        Span(step, began - start, max(end - start, began - start), number == len(steps))
        for number, ((step, began), end) in enumerate(zip(steps, ends, strict=True), 1)
    ]


def known(connection: Connection) -> tuple[Failure | None, Handshake]:
    """What came of the newest attempt: how it failed, or the handshake. While it goes on nothing
    is known of it; what came of the one before says nothing about it."""
    if connection.state is State.CONNECTING:
        return None, connection.handshake if connection.handshake.is_served else Handshake()
    return connection.failure, connection.handshake


def remarks(connection: Connection) -> list[str]:
    """What is worth knowing of a handshake that succeeded, each as a sentence."""
    handshake = connection.handshake
    if handshake.status is None:
        return []
    found = [
        _unsafe(connection),
        _protocol(handshake),
        _compression(handshake),
        _redirected(connection),
        _changed(handshake),
        _between(handshake),
        _slow(connection),
    ]
    return [remark for remark in found if remark]


def _unsafe(connection: Connection) -> str:
    if connection.doubt:
        return f"TLS is {connection.doubt}: others may read and change everything."
    secret = next(
        (name for name, _ in connection.handshake.request_headers if name.lower() in CREDENTIALS),
        None,
    )
    if connection.options.secure or is_loopback(_other_host(connection)):
        return ""
    if secret is not None:
        how = "went out" if connection.peer is None else "came"
        return f"{secret} {how} in plain text: whoever is on the way can use it."
    if connection.peer is not None:
        return "Without TLS, whoever is on the way can read and change everything."
    return "Without TLS, whoever is on the way can read and change everything: wss:// if it can."


def _other_host(connection: Connection) -> str:
    """Name or address of the other side; that of a client over a Unix socket is this machine."""
    if connection.peer is None:
        return parse_uri(connection.options.uri).hostname or ""
    return connection.peer.address.rpartition(":")[0].strip("[]") or "localhost"


def _protocol(handshake: Handshake) -> str:
    chosen = quote(handshake.subprotocol or "")
    who = "We" if handshake.is_served else "The server"
    if not handshake.is_subprotocol_ours:
        return f"{who} chose the subprotocol {chosen}, which was not offered."
    offered = ", ".join(values_of(handshake.request_headers, "Sec-WebSocket-Protocol"))
    if offered and not chosen and handshake.is_served:
        return (
            f"The client offered {quote(offered)}, and we chose none: the listener's subprotocols"
            " say which it speaks. Browsers end the connection then."
        )
    if offered and not chosen:
        return f"{quote(offered)} was offered, and the server chose no subprotocol."
    return ""


def _compression(handshake: Handshake) -> str:
    offered = ", ".join(values_of(handshake.request_headers, "Sec-WebSocket-Extensions"))
    if "permessage-deflate" in offered and not handshake.extensions:
        who = "we" if handshake.is_served else "the server"
        return f"permessage-deflate was offered, and {who} did not agree: nothing is compressed."
    return ""


def _redirected(connection: Connection) -> str:
    redirects = connection.handshake.redirects
    if not redirects:
        return ""
    count = "A redirect was" if len(redirects) == 1 else f"{len(redirects)} redirects were"
    return f"{count} followed. Connect to the last one's target to save the time."


def _changed(handshake: Handshake) -> str:
    if not handshake.changed:
        return ""
    return f"The handshake was broken on purpose: {quote(', '.join(handshake.changed))}."


def _between(handshake: Handshake) -> str:
    via = values_of(handshake.response_headers, "Via")
    return f"Something in between added Via: {quote(', '.join(via))}." if via else ""


def _slow(connection: Connection) -> str:
    found = spans(connection, connection.opened or 0.0)
    if not found:
        return ""
    slowest = max(found, key=lambda span: span.end - span.begin)
    took = slowest.end - slowest.begin
    if took < SLOW or took * 2 < found[-1].end or slowest.step is Step.DECISION:
        return ""
    return (
        f"Most of the time went into {slowest.step}: {rtt_text(took)} of {rtt_text(found[-1].end)}."
    )


def is_opening(connection: Connection) -> bool:
    """Whether something may still come for the handshake."""
    return connection.state in (State.CONNECTING, State.WAITING)
