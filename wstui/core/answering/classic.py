"""The answers of WebSocket++'s tutorial client (utility_client, step 6), word for word.

Its six commands answer as scripts and people know them from there. What it left unsaid follows on
lines of our own.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from wstui.core.commands.words import MAX_ID_DIGITS
from wstui.core.connection import Connection, FailureKind, State
from wstui.core.explain.failures import DROPPED, RESET, explain
from wstui.core.options.connect import masked_uri

PROMPT: Final = "Enter Command: "

INVALID_URI: Final = "Connect initialization error: invalid uri"
INVALID_STATE: Final = "invalid state"

_NAMES: Final = {
    1000: "Normal close",
    1001: "Going away",
    1002: "Protocol error",
    1003: "Unsupported data",
    1005: "No status set",
    1006: "Abnormal close",
    1007: "Invalid payload",
    1008: "Policy violation",
    1009: "Message too big",
    1010: "Extension required",
    1011: "Internal endpoint error",
    1012: "Service restart",
    1013: "Try again later",
    1014: "Bad gateway",
    1015: "TLS handshake failure",
    3000: "Generic subprotocol error",
    3001: "Invalid subprotocol data",
}
"""What it calls close codes; all others are unknown to it."""

_CLOSE: Final = re.compile(
    rf"\s*close (?P<id>\d{{1,{MAX_ID_DIGITS}}}|\.)(?: (?P<code>\d+)?(?: (?P<reason>.*))?)?",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)


_STATUS: Final = {State.CLOSING: State.OPEN, State.WAITING: State.CONNECTING}
"""What that client calls states for which it has no name."""

_NOW: Final = {
    State.CLOSING: "Closing: the connection has not ended yet",
    State.WAITING: "It will be opened again",
}
"""What those are, on a line of ours."""


class ClassicClose(NamedTuple):
    """``close <id> [code] [reason]`` about one connection, as it was typed."""

    id: int | None
    """None stands for the newest connection."""
    code: int
    reason: str


def read_close(line: str) -> ClassicClose | None:
    """The close that `line` asks for, whatever its code; None where it is something else."""
    match = _CLOSE.fullmatch(line)
    if match is None or (match["reason"] and not match["code"]):
        return None
    id = None if match["id"] == "." else int(match["id"])
    # What has more digits than any code is as wrong as 99999.
    code = int(match["code"][:6]) if match["code"] else 1000
    return ClassicClose(id, code, match["reason"] or "")


def refuse_code(code: int) -> str | None:
    """Why `code` may not be sent; None when it may."""
    if code == 1004 or 1016 <= code <= 2999:
        return "Reserved close code used"
    if not 1000 <= code <= 4999 or code in (1005, 1006, 1015):
        return "Invalid close code used"
    return None


def unknown_id(id: int) -> str:
    """What `send` and `close` answer where there is no such connection."""
    return f"No connection found with id {id}"


def facts(connection: Connection) -> list[str]:
    """What `show` tells before the messages, one fact a line; it may hold remote text."""
    peer, transcript = connection.peer, connection.transcript
    return [
        f"URI: {masked_uri(connection.options.uri)}",
        f"Status: {_STATUS.get(connection.state, connection.state).capitalize()}",
        f"Remote Server: {server(connection)}"
        if peer is None
        else f"Client: {peer.address}, of listener {peer.listener}",
        f"Error/close reason: {reason(connection)}",
        *_more(connection),
        f"Messages Processed: ({transcript.received + transcript.sent})",
    ]


def server(connection: Connection) -> str:
    """The server's name of itself."""
    failure, handshake = connection.failure, connection.handshake
    status = handshake.status if failure is None else failure.status
    if status is None:
        return "N/A"
    headers = handshake.response_headers if failure is None else failure.headers
    named = (value for name, value in headers if name.lower() == "server")
    return next(named, "") or "None Specified"


def reason(connection: Connection) -> str:
    """Why it failed or closed."""
    failure, record = connection.failure, connection.close
    if failure is not None:
        if failure.kind is FailureKind.STATUS:
            return "Invalid HTTP status."
        words = explain(failure)
        return f"{words.title}: {words.sentence}"
    if record is None:
        return "N/A"
    frame = record.received
    if frame is None:
        code, text = 1006, record.error if record.error in (DROPPED, RESET) else ""
    else:
        code, text = 1005 if frame.code is None else frame.code, frame.reason
    return f"close code: {code} ({_NAMES.get(code, 'Unknown')}), close reason: {text}"


def _more(connection: Connection) -> list[str]:
    """What that client did not tell."""
    failure = connection.failure
    if failure is None:
        return [_NOW[connection.state]] if connection.state in _NOW else []
    hint = explain(failure).hint
    if failure.kind is FailureKind.STATUS:
        status = f"HTTP status: {failure.status} {failure.status_text}".rstrip()
        return [status, *([f"Hint: {hint}"] if hint else [])]
    return [f"Hint: {hint}"] if hint else []
