"""How connections end whose client is the other side, in words."""

from __future__ import annotations

import pytest

from wstui.core.connection import CloseFrame, CloseRecord, Connection, Failure, FailureKind, State
from wstui.core.explain.closing import closing_words
from wstui.core.explain.failures import DROPPED, NO_PONG, explain, explain_close, summary
from wstui.core.options.connect import ConnectOptions
from wstui.core.peer import Peer
from wstui.core.transcript import Transcript

BYE = CloseFrame(4001, "bye")


def record(
    sent: CloseFrame | None = None,
    received: CloseFrame | None = None,
    by_us: bool | None = None,
    error: str | None = None,
    *,
    half_ended: bool = False,
) -> CloseRecord:
    """How a client's connection ended."""
    clean = sent is not None and received is not None and error is None
    return CloseRecord(sent, received, by_us, clean, error, 0, half_ended, "client")


@pytest.mark.parametrize(
    ("ended", "sentence", "hint"),
    [
        (record(BYE, BYE, by_us=False), "The client closed with 4001 “bye”, clean.", ""),
        (
            record(BYE, None, by_us=True, error="TCP ended"),
            "the client sent no close frame",
            "The client may hang",
        ),
        (
            record(CloseFrame(1011, NO_PONG), None, by_us=True, error="TCP ended"),
            "",
            "The client did not answer our keepalive ping.",
        ),
        (
            record(CloseFrame(1011, "my own"), None, by_us=True, error="TCP ended"),
            "",
            "The client may hang",
        ),
        (
            record(CloseFrame(1001, ""), CloseFrame(1001, ""), by_us=False),
            "The client closed with 1001 (Going away)",
            "The client goes away: a page was left, or a program ended.",
        ),
        (record(error=DROPPED), "the client sees 1006", ""),
        (record(half_ended=True), "TCP ended without a close frame", "Most clients end their half"),
    ],
)
def test_the_other_side_is_the_client(ended: CloseRecord, sentence: str, hint: str) -> None:
    """What ended a connection is told of the client, not of a server."""
    words = explain_close(ended)
    assert sentence in words.sentence
    assert hint in words.hint
    assert "peer" not in f"{words.sentence} {words.hint}"


def test_who_began() -> None:
    """In a few words, too, the client is named."""
    assert summary(record(BYE, BYE, by_us=False)) == "4001 bye · by client, clean"


def test_a_server_waits_for_the_clients_end_of_tcp() -> None:
    """The server ends TCP first, so that what is waited for is the client's end."""
    options = ConnectOptions("ws://localhost/")
    connection = Connection(1, options, Transcript(client=False), 0.0, peer=Peer(0, "127.0.0.1:5"))
    connection.state = State.CLOSING
    connection.closes = {True: BYE, False: BYE}
    words = "close 4001 sent, answered 4001, waiting for the client's end of TCP 3 s"
    assert closing_words(connection, "3 s") == words
    connection.closes = {False: BYE, True: BYE}
    words = "client closed 4001, answered, waiting for the client's end of TCP 3 s"
    assert closing_words(connection, "3 s") == words


def test_a_rejected_client() -> None:
    """Who was rejected, with which status, and why."""
    failure = Failure(FailureKind.REJECTED, "you rejected it", host="::1", port=53412, status=403)
    words = explain(failure)
    assert words.title == "Rejected with 403"
    sentence = "[::1]:53412 was answered 403 Forbidden instead of 101: you rejected it."
    assert words.sentence == sentence
    gone = Failure(FailureKind.REJECTED, "it left before that was decided", host="::1", port=5)
    assert explain(gone).title == "Not accepted"
