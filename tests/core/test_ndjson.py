"""What happens as NDJSON."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.connection import CloseFrame, CloseRecord
from wstui.core.entry import COMPRESSED, FRAGMENTED, HEARTBEAT, INCOMPLETE, OUTGOING, Kind
from wstui.core.ndjson import close_fields, line, long_message_line, message_line


def read(data: bytes) -> dict[str, Any]:
    """The object of a line, which is one line of ASCII."""
    assert data.endswith(b"\n")
    assert data.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in data[:-1])
    body: dict[str, Any] = json.loads(data)
    return body


def test_a_line_tells_what_and_when() -> None:
    """Name and time stand first; a field without a value stays out."""
    data = line("accepted", 1.5, id=3, peer="127.0.0.1:5", subprotocol=None)
    assert data == b'{"event":"accepted","time":1.500000,"id":3,"peer":"127.0.0.1:5"}\n'
    assert read(line("stopped", 2)) == {"event": "stopped", "time": 2.0}


def test_a_message_is_text_or_base64() -> None:
    """Text stands as it is, binary in Base64."""
    assert read(message_line(3, 1.0, Kind.TEXT, "grüße".encode())) == {
        "event": "message",
        "time": 1.0,
        "id": 3,
        "dir": "in",
        "kind": "text",
        "size": 7,
        "text": "grüße",
    }
    binary = read(message_line(3, 1.0, Kind.BINARY | OUTGOING, b"\xff\x00"))
    assert binary["dir"] == "out"
    assert b64decode(binary["base64"]) == b"\xff\x00"
    assert "text" not in binary


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J\x07", "\x9b31m", "\u202eevil", "a\nb\r\n", '"\\', "\u2028\x7f", "🙂"],
    ids=["escape", "c1", "bidi", "lines", "quotes", "separator", "astral"],
)
def test_nothing_reaches_a_terminal(text: str) -> None:
    """Control characters of any kind are escaped, and come back as they were."""
    assert read(message_line(0, 0.0, Kind.TEXT, text.encode()))["text"] == text


def test_text_that_is_not_utf8_is_base64() -> None:
    """What cannot be told as text loses nothing."""
    body = read(message_line(0, 0.0, Kind.TEXT | FRAGMENTED | INCOMPLETE, b"ab\xf0\x9f"))
    assert b64decode(body["base64"]) == b"ab\xf0\x9f"
    assert body["incomplete"] is True
    assert body["fragmented"] is True


def test_flags_are_told_where_they_are_set() -> None:
    """Compressed, and sent by a timer."""
    body = read(message_line(0, 0.0, Kind.TEXT | COMPRESSED | HEARTBEAT, b"x"))
    assert body["compressed"] is body["heartbeat"] is True
    assert "incomplete" not in body


def test_a_close_frame_has_code_and_reason() -> None:
    """Also one without a body, and one whose reason is not UTF-8."""
    body = read(message_line(0, 0.0, Kind.CLOSE, b"\x0f\xa1bye"))
    assert (body["event"], body["kind"], body["code"], body["reason"]) == (
        "frame",
        "close",
        4001,
        "bye",
    )
    assert read(message_line(0, 0.0, Kind.CLOSE, b""))["code"] is None
    assert read(message_line(0, 0.0, Kind.CLOSE, b"\x03\xe8\xff"))["reason"] == "\ufffd"


@given(st.text(max_size=200), st.integers(0, 60_000))
def test_a_long_line_is_that_of_a_short_one(text: str, shift: int) -> None:
    """Made in pieces it is the same line, wherever the pieces end."""
    payload = b"x" * shift + text.encode() * 3
    for kind in (Kind.TEXT, Kind.BINARY):
        pieces = b"".join(long_message_line(1, 2.0, kind, payload))
        assert pieces == message_line(1, 2.0, kind, payload)


def test_a_long_text_that_is_not_utf8_is_base64() -> None:
    """The error may be at its very end."""
    payload = b"x" * 200_000 + b"\xf0\x9f"
    pieces = list(long_message_line(1, 2.0, Kind.TEXT, payload))
    assert b64decode(read(b"".join(pieces))["base64"]) == payload
    assert max(map(len, pieces)) < 300_000


@pytest.mark.parametrize(
    ("record", "code", "by"),
    [
        (CloseRecord(CloseFrame(1001, ""), CloseFrame(1000, ""), True, True), 1001, "us"),
        (CloseRecord(CloseFrame(1000, ""), CloseFrame(4001, "x"), False, True), 4001, "peer"),
        (CloseRecord(CloseFrame(None, ""), CloseFrame(None, ""), False, True), 1005, "peer"),
        (CloseRecord(None, None, None, False, "reset"), 1006, None),
        (CloseRecord(CloseFrame(1002, "bad"), None, True, False, "x"), 1002, "us"),
    ],
    ids=["ours", "theirs", "no code", "no frame", "failed"],
)
def test_how_a_connection_ended(record: CloseRecord, code: int, by: str | None) -> None:
    """The code is that of who began."""
    fields = close_fields(record)
    assert (fields["code"], fields["by"], fields["clean"]) == (code, by, record.clean)
