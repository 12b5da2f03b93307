"""The words of WebSocket++'s tutorial client."""

from __future__ import annotations

import pytest

from wstui.core.answering.classic import (
    ClassicClose,
    facts,
    read_close,
    reason,
    refuse_code,
    server,
)
from wstui.core.connection import (
    CloseFrame,
    CloseRecord,
    Connection,
    Failure,
    FailureKind,
    Handshake,
    State,
)
from wstui.core.explain.failures import NO_FRAME
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript


def connection() -> Connection:
    return Connection(0, ConnectOptions("ws://localhost:9002"), Transcript(), 0.0)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("close 0", ClassicClose(0, 1000, "")),
        ("close 0 ", ClassicClose(0, 1000, "")),
        ("  CLOSE 12 4001", ClassicClose(12, 4001, "")),
        ("close . 1001 good  bye ", ClassicClose(None, 1001, "good  bye ")),
        ("close 0 1001  bye", ClassicClose(0, 1001, " bye")),
        ("close 0 99999999999", ClassicClose(0, 999999, "")),
        ("close", None),
        ("close 0,1 1001", None),
        ("close all", None),
        ("close 0 soon", None),
        ("close -1", None),
        ("closed 0", None),
        ("close 1234567890", None),
    ],
)
def test_a_close_of_one_connection(line: str, asked: ClassicClose | None) -> None:
    """Whatever its code, it is read; what has another shape is left to the grammar of all."""
    assert read_close(line) == asked


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (999, "Invalid close code used"),
        (1000, None),
        (1004, "Reserved close code used"),
        (1005, "Invalid close code used"),
        (1006, "Invalid close code used"),
        (1014, None),
        (1015, "Invalid close code used"),
        (1016, "Reserved close code used"),
        (2999, "Reserved close code used"),
        (3000, None),
        (4999, None),
        (5000, "Invalid close code used"),
        (999_999, "Invalid close code used"),
    ],
)
def test_codes_that_may_not_be_sent(code: int, words: str | None) -> None:
    """Reserved ones are told from those that are no codes at all, or never on the wire."""
    assert refuse_code(code) == words


@pytest.mark.parametrize(
    ("received", "words"),
    [
        (CloseFrame(1000, ""), "close code: 1000 (Normal close), close reason: "),
        (CloseFrame(1001, "bye"), "close code: 1001 (Going away), close reason: bye"),
        (CloseFrame(None, ""), "close code: 1005 (No status set), close reason: "),
        (CloseFrame(4001, "x"), "close code: 4001 (Unknown), close reason: x"),
        (None, "close code: 1006 (Abnormal close), close reason: "),
    ],
)
def test_the_close_is_the_one_of_the_peer(received: CloseFrame | None, words: str) -> None:
    """Its code, what it means, and its reason."""
    one = connection()
    assert reason(one) == "N/A"
    one.close = CloseRecord(None, received, None, received is not None, NO_FRAME)
    assert reason(one) == words


def test_a_server_without_a_name() -> None:
    """Before an answer it is not known; without the header it gave none."""
    one = connection()
    assert server(one) == "N/A"
    one.handshake = Handshake(status=101, response_headers=(("Upgrade", "websocket"),))
    assert server(one) == "None Specified"
    one.handshake = Handshake(status=101, response_headers=(("server", "WebSocket++/0.4.0"),))
    assert server(one) == "WebSocket++/0.4.0"
    one.failure = Failure(FailureKind.STATUS, status=403, headers=(("Server", "Apache"),))
    assert (server(one), reason(one)) == ("Apache", "Invalid HTTP status.")
    one.failure = Failure(FailureKind.REFUSED, host="localhost", port=1)
    assert server(one) == "N/A"
    assert reason(one) == "Connection refused: Nothing listens on localhost:1."


@pytest.mark.parametrize(
    ("state", "word", "more"),
    [
        (State.CONNECTING, "Connecting", []),
        (State.OPEN, "Open", []),
        (State.CLOSING, "Open", ["Closing: the connection has not ended yet"]),
        (State.CLOSED, "Closed", []),
        (State.FAILED, "Failed", []),
        (State.WAITING, "Connecting", ["It will be opened again"]),
    ],
)
def test_there_are_four_states(state: State, word: str, more: list[str]) -> None:
    """Those that it knows; what ours are beside them stands on a line of its own."""
    ours = connection()
    ours.state = state
    assert facts(ours) == [
        "URI: ws://localhost:9002",
        f"Status: {word}",
        "Remote Server: N/A",
        "Error/close reason: N/A",
        *more,
        "Messages Processed: (0)",
    ]
