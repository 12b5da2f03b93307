"""Who is at the other end of a connection that one of our listeners accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of an accepted connection."""

    listener: int
    """Id of the listener that accepted it."""
    address: str
    """Host and port, such as ``127.0.0.1:53412``; for a Unix socket ``unix`` and a number."""
    tls_name: str = ""
    """The name in the certificate that the client showed; empty without one."""
