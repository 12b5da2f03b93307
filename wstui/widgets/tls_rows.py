"""TLS of a connection as facts: the matter of the core, for all who show it."""

from __future__ import annotations

from wstui.core.handshake.tls_rows import tls_rows

__all__ = ["tls_rows"]
