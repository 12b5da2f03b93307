"""What is known of one listener: its state, its addresses, its clients, what happened to it.

The net ring writes these facts, the screen reads them; nothing here does anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from wstui.core.options.listen import ListenOptions
from wstui.core.transcript import Transcript


class ListenerState(enum.StrEnum):
    """States of a listener. The last two are final."""

    STARTING = "starting"
    LISTENING = "listening"
    FULL = "not accepting"
    """It was told to accept nobody further; its clients live on."""
    STOPPED = "stopped"
    FAILED = "failed"


class ListenFault(enum.StrEnum):
    """Why a listener could not listen."""

    IN_USE = "in-use"
    """Somebody has the port, or the Unix socket."""
    FORBIDDEN = "forbidden"
    """This user may not have it."""
    NOT_HERE = "not-here"
    """The address is none of this machine."""
    UNKNOWN_NAME = "unknown-name"
    """The name of the host has no address."""
    TLS = "tls"
    """The certificate or the key cannot be used; `Listener.failure` says all."""
    BEHAVIOUR = "behaviour"
    """What a behaviour needs cannot be had; `Listener.failure` says all."""
    OTHER = "other"


@dataclass(slots=True)
class Tally:
    """What came to a listener, counted since it began."""

    connections: int = 0
    """TCP connections."""
    accepted: int = 0
    """Handshakes accepted."""
    rejected: int = 0
    """Handshakes rejected, by rules, by hand, or since they were none."""
    requests: int = 0
    """Ordinary HTTP requests answered."""
    dropped: int = 0
    """TCP connections dropped for what came, or did not come in time."""


@dataclass(slots=True, eq=False)
class Listener:
    """One listener of this run. It outlives its sockets. Its id is taken from the same numbers as
    those of connections."""

    id: int
    options: ListenOptions
    transcript: Transcript
    """What happened to it, as events: those who came and were no clients, and its own life."""
    created: float
    """Seconds since the epoch, as all times here."""
    state: ListenerState = ListenerState.STARTING
    addresses: tuple[str, ...] = ()
    """Where it listens, with the ports that the system chose; empty before it does."""
    uris: tuple[str, ...] = ()
    """What clients on this machine connect to, without a path."""
    failure: str = ""
    """Why it failed, as a sentence; empty when it did not."""
    fault: ListenFault = ListenFault.OTHER
    """The kind of that."""
    ended: float | None = None
    """When it stopped or failed; None before."""
    clients: dict[int, None] = field(default_factory=dict)
    """Ids of its connections that are listed, also ended ones, in the order they came."""
    live: int = 0
    """How many of them are not ended."""
    tally: Tally = field(default_factory=Tally)

    @property
    def is_live(self) -> bool:
        """Whether it has sockets, or is about to."""
        return self.state not in (ListenerState.STOPPED, ListenerState.FAILED)

    @property
    def name(self) -> str:
        """Where it listens: what the sidebar shows first."""
        return self.addresses[0] if self.addresses else str(self.options.where)
