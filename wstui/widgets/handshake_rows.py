"""The opening handshake as rows in a view.

What stands in them is the matter of `core.handshake.rows`.
"""

from __future__ import annotations

from rich.cells import cell_len

from wstui.core.connection import Connection
from wstui.core.handshake import rows
from wstui.core.handshake.messages import wire_text
from wstui.core.handshake.rows import Row, Sheet

__all__ = ["Row", "everything", "request_rows", "summary", "wire", "wire_text"]


def everything(connection: Connection, now: float, width: int, *, reveal: bool) -> list[Row]:
    """All of it, one below the other; `now` in seconds since the epoch."""
    return rows.everything(connection, now, Sheet(width, cell_len), reveal=reveal)


def summary(connection: Connection, now: float, width: int) -> list[Row]:
    """All but the messages, to stand beside them."""
    return rows.summary(connection, now, Sheet(width, cell_len))


def wire(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    """Request and response, line by line."""
    return rows.wire(connection, Sheet(width, cell_len), reveal=reveal)


def request_rows(connection: Connection, width: int, *, reveal: bool) -> list[Row]:
    """The request, line by line."""
    return rows.request_rows(connection, Sheet(width, cell_len), reveal=reveal)
