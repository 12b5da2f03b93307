"""Failures and closes in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.connection import CloseFrame, CloseRecord, Failure, FailureKind, Step
from wstui.core.explain.failures import explain, explain_close, summary
from wstui.core.explain.words import MAX_QUOTE, in_words

PLACE = {"host": "feed.example", "port": 9002}


def test_a_protocol_error_is_told_from_this_side() -> None:
    """1002 of the peer blames this side, 1002 of ours the peer."""
    frame = CloseFrame(1002, "bad frame")
    theirs = explain_close(CloseRecord(frame, frame, False, True))
    assert "this side broke the rules" in theirs.hint
    assert "this side broke the rules" in explain_close(CloseRecord(None, frame, False, False)).hint
    assert "this side" not in explain_close(CloseRecord(frame, frame, True, True)).hint


def failure(kind: FailureKind, **facts: object) -> Failure:
    """A failure at feed.example:9002."""
    return Failure(kind, host="feed.example", port=9002, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "headers", "title", "hint"),
    [
        (404, (), "HTTP 404 Not Found", "Nothing is at this path"),
        (401, (), "HTTP 401 Unauthorized", "Authorization"),
        (403, (), "HTTP 403 Forbidden", "Origin"),
        (200, (), "HTTP 200 OK", "ordinary web page"),
        (301, (("location", "https://a/b"),), "HTTP 301 Moved", "points to wss://a/b"),
        (308, (), "HTTP 308", "does not say where"),
        (500, (), "HTTP 500", "a problem"),
        (418, (), "HTTP 418", "body"),
        (599, (), "HTTP 599", "a problem"),
    ],
)
def test_statuses(status: int, headers: tuple[tuple[str, str], ...], title: str, hint: str) -> None:
    """An HTTP status is named, and a hint says what it usually means for a WebSocket."""
    words = explain(failure(FailureKind.STATUS, status=status, headers=headers))
    assert words.title.startswith(title)
    assert f"answered {status} instead of 101" in words.sentence
    assert hint in words.hint


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (Step.HTTP, "no handshake response within 10 s"),
        (Step.TLS, "no TLS handshake within 10 s"),
        (Step.TCP, "no TCP connection within 10 s"),
    ],
)
def test_time_outs(step: Step, title: str) -> None:
    """A time-out says what was waited for, and how long."""
    assert explain(failure(FailureKind.TIMEOUT, step=step, timeout=10.0)).title == title


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (FailureKind.PLAIN_TO_TLS, "Use wss://"),
        (FailureKind.TLS_TO_PLAIN, "use ws://"),
        (FailureKind.REFUSED, "server running"),
        (FailureKind.NAME, "spelling"),
    ],
)
def test_hints(kind: FailureKind, hint: str) -> None:
    """The usual mistakes get the hint that mends them."""
    assert hint in explain(failure(kind)).hint


def test_not_http() -> None:
    """A server of another protocol is quoted."""
    words = explain(failure(FailureKind.NOT_HTTP, body=b"SSH-2.0-OpenSSH_9.2\r\nmore"))
    assert "SSH-2.0-OpenSSH_9.2" in words.sentence
    assert "more" not in words.sentence


@pytest.mark.parametrize(
    ("record", "sentence", "short"),
    [
        (
            CloseRecord(CloseFrame(1000, ""), CloseFrame(1000, ""), True, True),
            "You closed with 1000 (Normal closure), clean.",
            "1000 · by us, clean",
        ),
        (
            CloseRecord(CloseFrame(4001, "bye"), CloseFrame(4001, "bye"), False, True),
            "The peer closed with 4001 “bye”, clean.",
            "4001 bye · by peer, clean",
        ),
        (
            CloseRecord(CloseFrame(None, ""), CloseFrame(None, ""), False, True),
            "The peer closed with no code (1005), clean.",
            "1005 · by peer, clean",
        ),
        (
            CloseRecord(CloseFrame(1000, ""), CloseFrame(1001, ""), True, True),
            "You closed with 1000 (Normal closure), answered with 1001 (Going away), clean.",
            "1000 · by us, clean",
        ),
        (
            CloseRecord(
                CloseFrame(1000, ""), CloseFrame(1000, ""), False, True, "ConnectionResetError"
            ),
            "The peer closed with 1000 (Normal closure), clean; then the peer reset TCP.",
            "1000 · by peer, clean",
        ),
        (
            CloseRecord(CloseFrame(1000, ""), None, True, False, "no answer within 10 s"),
            "We closed with 1000 (Normal closure); the peer sent no close frame: "
            "no answer within 10 s.",
            "1000 · by us, not clean",
        ),
        (
            CloseRecord(None, None, None, False, "Connection reset by peer"),
            "TCP ended without a close frame from either side: the peer reset TCP.",
            "1006 · no close frame",
        ),
        (
            CloseRecord(None, None, None, False, "TCP ended without a close frame"),
            "TCP ended without a close frame from either side.",
            "1006 · no close frame",
        ),
        (
            CloseRecord(None, None, None, False, "dropped here"),
            "You ended TCP without a close frame; the peer sees 1006.",
            "dropped",
        ),
        (
            CloseRecord(CloseFrame(1000, ""), None, True, False, "dropped here"),
            "We closed with 1000 (Normal closure), and you dropped it before the peer answered.",
            "1000 · by us, not clean",
        ),
        (
            CloseRecord(None, CloseFrame(1001, ""), False, False),
            "The peer closed with 1001 (Going away), not clean: TCP ended.",
            "1001 · by peer, not clean",
        ),
    ],
)
def test_closes(record: CloseRecord, sentence: str, short: str) -> None:
    """A close says who began, with what, and whether it was clean."""
    assert sentence in explain_close(record).sentence
    assert summary(record) == short


def test_our_own_failing_close_says_what_to_try() -> None:
    """After a message that was too big the hint names the limit, whether or not it was answered."""
    too_big = CloseFrame(1009, "over size limit")
    for answer in (None, too_big):
        record = CloseRecord(too_big, answer, True, False, "over size limit")
        assert "--max-size" in explain_close(record).hint


def test_a_drop_of_ones_own_is_not_puzzled_over() -> None:
    """Whoever dropped it knows why: there is no hint at crashes or proxies."""
    for frame in (None, CloseFrame(1000, "")):
        by_us = None if frame is None else True
        assert explain_close(CloseRecord(frame, None, by_us, False, "dropped here")).hint == ""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("[Errno 104] Connection reset by peer", "the peer reset TCP"),
        ("ConnectionResetError", "the peer reset TCP"),
        (
            "[WinError 10054] An existing connection was forcibly closed by the remote host",
            "the peer reset TCP",
        ),
        ("[Errno 32] Broken pipe", "TCP had ended already"),
        ("BrokenPipeError", "TCP had ended already"),
        ("TimeoutError", "TCP timed out"),
        ("[Errno 110] Connection timed out", "TCP timed out"),
        ("[Errno 5] Input/output error", "Input/output error"),
        ("OddError", "an error without words (OddError)"),
        (
            "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version (_ssl.c:1006)",
            "tlsv1 alert protocol version",
        ),
        (
            "'utf-8' codec can't decode byte 0xff in position 3: invalid start byte",
            "invalid UTF-8: invalid start byte at position 3",
        ),
        ("invalid start byte at position 0", "invalid UTF-8: invalid start byte at position 0"),
        ("unexpected opcode", "unexpected opcode"),
        ("a chat about ConnectionResetError", "a chat about ConnectionResetError"),
    ],
)
def test_errors_in_words(error: str, words: str) -> None:
    """Numbers of errors and names of classes, which say nothing to a user, become words."""
    assert in_words(error) == words


def test_tls_that_was_reset() -> None:
    """An error that has no words of its own is told in ours."""
    words = explain(failure(FailureKind.TLS, message="ConnectionResetError"))
    assert words.sentence == "feed.example:9002 ended the TLS handshake: the peer reset TCP."


@given(
    st.sampled_from(FailureKind),
    st.text(max_size=400),
    st.binary(max_size=200),
    st.none() | st.integers(0, 999),
    st.sampled_from([None, *Step]),
)
def test_any_failure(
    kind: FailureKind, text: str, body: bytes, status: int | None, step: Step | None
) -> None:
    """Every failure has a title and a sentence, and quotes are kept short."""
    told = Failure(
        kind,
        text,
        text,
        1,
        step,
        None,
        status,
        text,
        (("Location", text), (text, text)),
        body,
    )
    words = explain(told)
    assert words.title
    assert words.sentence
    assert max(map(len, words)) < 3 * MAX_QUOTE + 200
    assert summary(told) == words.title
