"""The exit codes of what runs without a screen; they do not change from version to version."""

from __future__ import annotations

import enum
from typing import Final

from wstui.core.connection import CloseRecord, Connection, FailureKind


class Exit(enum.IntEnum):
    """How it ended, for scripts."""

    OK = 0
    """Done. A connection closed by the peer with 1000, 1001 or no code counts as done."""
    NOT_AS_EXPECTED = 1
    """It worked, and what came is not what was asked for: an answer, a checksum, a pong. Or the
    output could not be written."""
    USAGE = 2
    """Wrong arguments, or options that cannot be used."""
    NO_CONNECTION = 3
    """No TCP connection: name, address, proxy, refused."""
    TLS = 4
    """TLS failed, or was on one side only."""
    REFUSED = 5
    """What answered the handshake did not accept it, or is no WebSocket server."""
    BROKEN = 6
    """An open connection ended without a closing handshake, or broke the rules."""
    ERROR_CODE = 7
    """The peer closed with another code than 1000 and 1001."""
    LATE = 8
    """A time-out."""
    FAULT = 70
    """A fault of wstui (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """SIGINT: 128 and its number, as shells have it."""
    TERMINATED = 143
    """SIGTERM, likewise."""


_USAGE: Final = (FailureKind.OPTIONS, FailureKind.SECRETS, FailureKind.TLS_SETTING)
_TLS: Final = (
    *(FailureKind.TLS, FailureKind.CERTIFICATE),
    *(FailureKind.TLS_TO_PLAIN, FailureKind.PLAIN_TO_TLS),
)
_REFUSED: Final = (
    *(FailureKind.STATUS, FailureKind.NOT_HTTP, FailureKind.HANDSHAKE),
    *(FailureKind.REDIRECT, FailureKind.REJECTED),
)
_FAILURES: Final = {
    **dict.fromkeys(_USAGE, Exit.USAGE),
    **dict.fromkeys(_TLS, Exit.TLS),
    **dict.fromkeys(_REFUSED, Exit.REFUSED),
    FailureKind.TIMEOUT: Exit.LATE,
}
"""Those of failures; all others are no connection."""

_PLAIN_CODES: Final = (None, 1000, 1001)
"""Close codes of a peer that tell of no error; None: its frame had none."""


def exit_code(connection: Connection) -> Exit:
    """What the end of `connection` means for a script; `Exit.OK` while it lives."""
    if connection.failure is not None:
        return _FAILURES.get(connection.failure.kind, Exit.NO_CONNECTION)
    return Exit.OK if connection.close is None else _close_code(connection.close)


def _close_code(record: CloseRecord) -> Exit:
    if not record.clean:
        return Exit.BROKEN
    peer = record.received
    is_plain = record.by_us or peer is None or peer.code in _PLAIN_CODES
    return Exit.OK if is_plain else Exit.ERROR_CODE
