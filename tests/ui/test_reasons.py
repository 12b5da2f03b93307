"""Why an action does nothing now."""

from __future__ import annotations

from wstui.core.connection import Connection, State
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.screens.reasons import why_not


def test_what_waits_in_the_transport_is_not_denied() -> None:
    """While bytes wait that cannot be taken back, nobody is told that nothing waits."""
    connection = Connection(0, ConnectOptions("ws://localhost"), Transcript(), 0.0)
    connection.state = State.OPEN
    assert why_not("cancel", connection) == "Nothing is being sent, and nothing waits."
    connection.outgoing.unsent = 32768
    words = why_not("cancel", connection)
    assert "32.0 KiB" in words
    assert "cannot be taken back" in words
    connection.state = State.CLOSED
    assert "nothing waits" in why_not("cancel", connection)
