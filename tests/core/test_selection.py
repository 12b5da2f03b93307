"""Which kinds and directions are shown, and how what is no message is told."""

from __future__ import annotations

import pytest

from wstui.core.entry import (
    COMPRESSED,
    FRAGMENTED,
    HEARTBEAT,
    INCOMPLETE,
    OUTGOING,
    EventName,
    Kind,
    LocalEvent,
)
from wstui.core.filter import parse_filter
from wstui.core.filter.selection import WORDS, Selection, is_cut_off
from wstui.core.told import told

IN = {
    "text": Kind.TEXT,
    "binary": Kind.BINARY,
    "ping": Kind.PING,
    "close": Kind.CLOSE,
    "event": Kind.EVENT,
}
OUT = {
    "sent text": Kind.TEXT | OUTGOING,
    "sent pong": Kind.PONG | OUTGOING,
    "heartbeat": Kind.TEXT | HEARTBEAT,
}


def shown(filter: str, *, everything: bool = False) -> set[str]:
    """The names of what is shown."""
    table = Selection(parse_filter(filter), everything).shown()
    return {name for name, flags in (IN | OUT).items() if table[flags]}


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        pytest.param("", {"text", "binary"}, id="received messages"),
        pytest.param("-op:binary", {"text"}, id="without binary"),
        pytest.param("op:ping", {"ping"}, id="pings"),
        pytest.param("op:ping,text", {"ping", "text"}, id="pings and text"),
        pytest.param("op:event,close", {"event", "close"}, id="events and close"),
        pytest.param("dir:out", {"sent text", "heartbeat"}, id="sent"),
        pytest.param("dir:out op:pong", {"sent pong"}, id="sent pongs"),
        pytest.param("-dir:in", set(), id="not received"),
        pytest.param("is:heartbeat", {"heartbeat"}, id="heartbeats"),
        pytest.param("BTC", {"text", "binary"}, id="a word"),
    ],
)
def test_what_is_asked_for_by_name_is_shown(filter: str, names: set[str]) -> None:
    """Without that, it is the messages that come in."""
    assert shown(filter) == names


def test_everything_is_still_filtered() -> None:
    """A filter holds for all that is shown."""
    assert shown("", everything=True) == {*IN, *OUT}
    assert shown("-op:event dir:in", everything=True) == {"text", "binary", "ping", "close"}


def test_what_is_counted_does_not_change_with_everything() -> None:
    """What was asked for ends it, not what is shown beside."""
    counted = Selection(parse_filter(""), everything=True).counted()
    assert {name for name, flags in (IN | OUT).items() if counted[flags]} == {"text", "binary"}


def test_marks() -> None:
    """A message's is its kind and direction, however it came; all else is told in words."""
    table = Selection(parse_filter(""), everything=True).shown()
    assert table[Kind.TEXT | COMPRESSED | FRAGMENTED] == Kind.TEXT
    assert table[Kind.BINARY | OUTGOING] == Kind.BINARY | OUTGOING
    assert table[Kind.TEXT | HEARTBEAT] == Kind.TEXT | OUTGOING
    assert table[Kind.PING] == table[Kind.EVENT] == WORDS
    assert table[Kind.TEXT | FRAGMENTED | INCOMPLETE] == WORDS


def test_what_was_cut_off_is_no_message() -> None:
    """It is shown only with everything else."""
    flags = Kind.TEXT | FRAGMENTED | INCOMPLETE
    assert is_cut_off(flags)
    assert not is_cut_off(Kind.TEXT | HEARTBEAT)
    assert not Selection(parse_filter("op:text")).shown()[flags]


@pytest.mark.parametrize(
    ("filter", "mixed"), [("", False), ("a -op:text", False), ("op:ping", True), ("dir:out", True)]
)
def test_whether_others_than_received_messages_are_shown(filter: str, mixed: bool) -> None:
    """Then they have to be told apart."""
    assert Selection(parse_filter(filter)).is_mixed is mixed
    assert Selection(parse_filter(filter), everything=True).is_mixed


@pytest.mark.parametrize(
    ("flags", "payload", "words"),
    [
        pytest.param(Kind.PING, b"", "received ping", id="empty ping"),
        pytest.param(Kind.PING, b"hi", "received ping hi", id="readable ping"),
        pytest.param(Kind.PONG | OUTGOING, b"\x00\xff", "sent pong 00 FF", id="pong of bytes"),
        pytest.param(
            Kind.CLOSE, b"\x0f\xa1bye\n\x1b[2J", "received close 4001 bye␊␛[2J", id="close"
        ),
        pytest.param(Kind.CLOSE | OUTGOING, b"", "sent close", id="close without a code"),
        pytest.param(
            Kind.TEXT | FRAGMENTED | INCOMPLETE,
            b"half",
            "received text cut off, of which came half",
            id="cut off",
        ),
        pytest.param(
            Kind.EVENT,
            LocalEvent(EventName.NOTE, "so\x07").encode(),
            "note so␇",
            id="event",
        ),
        pytest.param(
            Kind.EVENT,
            LocalEvent(EventName.CONNECTING, "ws://me:secret@host/").encode(),
            "connecting ws://me:•••@host/",
            id="password",
        ),
    ],
)
def test_what_is_no_message_is_told_in_a_printable_line(
    flags: int, payload: bytes, words: str
) -> None:
    """Payloads are their text where that is plain, else hex."""
    assert told(flags, payload) == words


def test_a_long_payload_is_cut() -> None:
    """What is told has an end."""
    words = told(Kind.TEXT | FRAGMENTED | INCOMPLETE, b"x" * 5000)
    assert len(words) < 1100
    assert words.endswith("…")
