"""What the lines of a listener without a screen tell, see `ndjson`."""

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
