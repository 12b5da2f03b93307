"""What the lines of a listener, and of sub-commands, without a screen tell, see `ndjson`."""

from __future__ import annotations

from typing import Final

EVENTS: Final = {
    "listening": "listener, address, addresses, uris: the first lines",
    "accepted": "id, listener, peer, path, subprotocol, origin, user_agent, extensions",
    "message": "id, dir (in, out), kind (text, binary), size, text or base64",
    "frame": "the same of a ping, pong or close (code, reason)",
    "closed": "id, code, reason, clean, by (us, peer), sent, received, error, text",
    "rejected": "listener, peer, target, status, text: a handshake not accepted",
    "request": "listener, peer, method, target, status, bytes: plain HTTP",
    "dropped": "listener, peer, text: who sent something else, or nothing",
    "left": "listener, peer: who came and sent nothing",
    "note, error": "id or listener, text: whatever else is to be told",
    "skipped": "id or listener, entries: so many not told, output being too slow",
    "stopped": "listener, accepted, rejected, requests, dropped: the last lines",
}
"""The values of `event`, and their fields beside `time`. Fields without a value stay out; others
may be added, none will change."""

CLIENT_EVENTS: Final = {
    "answer": "command, ok, text; id, and what show tells: what came of a command",
    "connecting": "id, uri; attempt, where it is not the first",
    "open": "id, uri, remote, status, subprotocol, extensions, tls",
    "failed": "id, uri, kind, status, text, hint: it could not be opened",
    "waiting": "id, attempt, delay, text: before it is opened again",
    "gap": "id, away, why, attempts, changed, text: it is open again",
    "redirect": "id, uri, text: it was followed",
    "answers": "id, fits: whether what was waited for has come",
    "pong": "number, size, rtt, outcome (answered, late, together, again, stray)",
    "lost": "number, size, outcome (lost, cut off)",
    "summary": "sent, received, lost, loss, min, median, mean, p99, max, jitter",
    "file": "dir, name, size, ok; sha256, path, resumed, receivers; else text",
    "handshake": "uri, outcome (open, failed), status, took, steps, tls and more",
    "http": "the same over plain HTTP (answered, failed); method, body",
    "chat": "type (welcome, said, joined, left, named, who, help, error),\n"
    "             from, name, names, count, text",
}
"""The same of connections that sub-commands open, beside `message`, `frame` and `closed`. Times
are in seconds."""


def client_events(*names: str) -> str:
    """Those events of sub-commands for a help text, a line each."""
    return "".join(f"  {name:<10} {CLIENT_EVENTS[name]}\n" for name in names)


EXPLANATION: Final = (
    "without a screen (--no-ui), each line of the output is a JSON object in ASCII, with\n"
    "event, time (seconds since 1970) and:\n"
    + "".join(f"  {event:<12} {fields}\n" for event, fields in EVENTS.items())
    + "Compressed, fragmented, incomplete messages and heartbeats have a field that says so.\n"
    "SIGINT and SIGTERM close all clients with 1001; a second one ends it at once.\n"
    "A script's shell has what it starts with & ignore SIGINT: stop it by SIGTERM there.\n"
    "Exit codes: 0 after SIGTERM or when nobody reads the output, 130 after SIGINT,\n"
    "1 when it cannot listen, 2 for wrong arguments.\n"
)
"""The same for a help text."""
