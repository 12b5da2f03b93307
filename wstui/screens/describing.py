"""What a client said of itself when it came to a listener, as lines of text."""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Connection
from wstui.core.copy_as import mask_header

_WRITTEN: Final = frozenset({"host", "upgrade", "connection", "user-agent", "origin"})
"""Headers, in lower case, that are told by themselves, or are the same in every handshake."""


def client_facts(connection: Connection) -> list[str]:
    """Path, names and headers that the client of a connection sent, secrets masked; none where we
    are the client. All of it is remote text."""
    peer, handshake = connection.peer, connection.handshake
    if peer is None:
        return []
    headers = handshake.request_headers
    named = {name.lower(): value for name, value in headers}
    facts = [("Path", connection.path)]
    for label, name in (("Host", "host"), ("Origin", "origin"), ("User agent", "user-agent")):
        facts.append((label, named.get(name, "")))
    facts.append(("Certificate of", peer.tls_name))
    for name, value in headers:
        lower = name.lower()
        if lower not in _WRITTEN and not lower.startswith("sec-websocket-"):
            facts.append((name, mask_header(name, value)))
    return [f"{label}: {value}" for label, value in facts if value]
