"""What the end of a connection means for a script."""

from __future__ import annotations

import pytest

from wstui.core.connection import CloseFrame, CloseRecord, Connection, Failure, FailureKind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript


def connection() -> Connection:
    """One that has not ended."""
    return Connection(0, ConnectOptions("ws://localhost"), Transcript(), 0.0)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FailureKind.OPTIONS, Exit.USAGE),
        (FailureKind.NAME, Exit.NO_CONNECTION),
        (FailureKind.PROXY_AUTH, Exit.NO_CONNECTION),
        (FailureKind.CERTIFICATE, Exit.TLS),
        (FailureKind.STATUS, Exit.REFUSED),
        (FailureKind.TIMEOUT, Exit.LATE),
    ],
)
def test_failures(kind: FailureKind, code: Exit) -> None:
    """Where opening it failed tells the code."""
    one = connection()
    one.failure = Failure(kind)
    assert exit_code(one) is code


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (CloseRecord(CloseFrame(1000, ""), CloseFrame(1000, ""), False, True), Exit.OK),
        (CloseRecord(CloseFrame(None, ""), CloseFrame(None, ""), False, True), Exit.OK),
        (CloseRecord(CloseFrame(4001, ""), CloseFrame(4001, ""), False, True), Exit.ERROR_CODE),
        (CloseRecord(CloseFrame(4001, ""), CloseFrame(4001, ""), True, True), Exit.OK),
        (CloseRecord(CloseFrame(1000, ""), None, True, False), Exit.BROKEN),
        (CloseRecord(None, None, None, False), Exit.BROKEN),
    ],
    ids=["1000", "none", "4001", "ours", "unanswered", "dropped"],
)
def test_closes(record: CloseRecord, code: Exit) -> None:
    """A close is an error by its code, and by what was missing of it."""
    one = connection()
    one.close = record
    assert exit_code(one) is code


def test_alive() -> None:
    """What has not ended has not failed."""
    assert exit_code(connection()) is Exit.OK
