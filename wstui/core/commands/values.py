"""The commands of the command language as values: what each asks for. `commands` reads them."""

from __future__ import annotations

from dataclasses import dataclass

from wstui.core.commands.ending_values import EndingCommand
from wstui.core.commands.line_mode_values import LineModeCommand
from wstui.core.commands.listen_values import ListenCommand
from wstui.core.commands.profile_values import ProfileCommand
from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw
from wstui.core.options.connect import ConnectOptions


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection."""

    options: ConnectOptions
    remarks: str = ""
    """Where the options come from and what of that was of no use; empty when they were typed."""


@dataclass(frozen=True, slots=True)
class Show:
    """Tell about a connection or listener; `id` None means the selected one, here and below."""

    id: int | None


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text message; to all open clients where the id is a listener's, here and below."""

    id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class SendHex:
    """Send a binary message."""

    id: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a ping; `payload` None means one of our own making."""

    id: int | None
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Pong:
    """Send an unsolicited pong."""

    id: int | None
    payload: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Begin the closing handshake."""

    id: int | None
    code: int | None
    """None is the usual one: 1000, or 1001 for a listener and its clients."""
    reason: str


@dataclass(frozen=True, slots=True)
class Drop:
    """End TCP without a close frame, by FIN or by reset."""

    id: int | None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Open an ended or waiting connection again, in place."""

    id: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Give up opening a connection again."""

    id: int | None


@dataclass(frozen=True, slots=True)
class Remove:
    """Forget a connection and its transcript."""

    id: int | None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Send a text message to all open connections."""

    text: str


@dataclass(frozen=True, slots=True)
class SetFilter:
    """Filter the transcript; an empty text shows everything again."""

    text: str


@dataclass(frozen=True, slots=True)
class Help:
    """Explain a command, or list them all for an empty topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Command = (
    Connect
    | Show
    | Send
    | SendHex
    | SendPlanned
    | SendRaw
    | Cancel
    | Ping
    | Pong
    | Close
    | Drop
    | EndingCommand
    | Reconnect
    | Stop
    | Remove
    | Broadcast
    | SetFilter
    | ListenCommand
    | ProfileCommand
    | LineModeCommand
    | Help
    | Quit
)
