"""A handshake request as a listener got it, and what is decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """A handshake request (RFC 6455 section 4.2.1). All of it comes from the peer."""

    target: str
    """The request target as sent: path and query."""
    headers: tuple[tuple[str, str], ...] = ()
    """In the order they came."""
    address: str = ""
    """Where it came from, as `Peer.address`."""
    raw: bytes = b""
    """As it came, up to its blank line."""

    @property
    def path(self) -> str:
        """The target without its query; of one with scheme and host, what is behind them (RFC 9112
        section 3.2.2)."""
        path = self.target.partition("?")[0]
        if path.startswith("/") or "://" not in path:
            return path
        return f"/{path.partition('://')[2].partition('/')[2]}"

    def values(self, name: str) -> list[str]:
        """The values of all headers of this name, in whatever case, in their order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def subprotocols(self) -> list[str]:
        """The offered subprotocols, the most wanted first."""
        texts = ",".join(self.values("Sec-WebSocket-Protocol")).split(",")
        return [text.strip() for text in texts if text.strip()]


@dataclass(frozen=True, slots=True)
class Accept:
    """The handshake goes on."""

    subprotocol: str | None = None
    """The one to agree on, if it was offered; empty: none; None: the first that the listener
    supports among those offered."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the response."""


@dataclass(frozen=True, slots=True)
class Reject:
    """It is answered with an HTTP response instead."""

    status: int = 403
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    """Empty: the status in words."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The user decides; the handshake waits meanwhile."""

    seconds: float = 60.0
    """After which it is rejected with 503."""


Decision = Accept | Reject | Ask


def agree(offered: Sequence[str], supported: Sequence[str], wanted: str | None) -> str | None:
    """The subprotocol to agree on: only one that was offered may be (RFC 6455 section 4.2.2).

    `wanted` is that of `Accept`; where it is None, the first of `supported` that was offered.
    None when none is agreed on.
    """
    choice = supported if wanted is None else (wanted,)
    return next((name for name in choice if name in offered), None)
