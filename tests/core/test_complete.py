"""Completion of commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.complete import complete
from wstui.core.connection import Connection, State
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options import ConnectOptions
from wstui.core.transcript import Transcript


def connections() -> list[Connection]:
    """Connection 0 is closed, 1 is closing, 2 and 21 are open."""
    budget = MemoryBudget()
    return [
        Connection(id, ConnectOptions(f"ws://u:secret@h{id}"), Transcript(budget), 0.0, state)
        for id, state in (
            (0, State.CLOSED),
            (1, State.CLOSING),
            (2, State.OPEN),
            (21, State.OPEN),
        )
    ]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("se", ["send ", "sendhex ", "sendfrag ", "sendraw "]),
        ("SE", ["send ", "sendhex ", "sendfrag ", "sendraw "]),
        ("help cl", ["help close"]),
        ("connect ws://x --or", ["connect ws://x --origin "]),
        ("send ", ["send 2 ", "send 21 "]),
        ("ping 21", ["ping 21 "]),
        ("close ", ["close 1 ", "close 2 ", "close 21 ", "close all ", "close marked "]),
        ("drop 2 ", ["drop 2 fin ", "drop 2 reset "]),
        ("remove ", ["remove 0 ", "remove 1 ", "remove 2 ", "remove 21 "]),
        ("show 0", ["show 0 "]),
        ("close 2 400", ["close 2 4000 "]),
        ("close . 1009", ["close . 1009 "]),
        ("send 0 x", []),
        ("close 2 1000 ", []),
        ("broadcast ", []),
        ("nonsense 1", []),
    ],
)
def test_lines(line: str, lines: list[str]) -> None:
    """Names, topics, options, ids that the command can be done to, and codes are completed."""
    assert [one.line for one in complete(line, connections())] == lines


def test_remarks() -> None:
    """Each choice says what it is; passwords are masked."""
    ids = complete("send ", connections())
    assert ids[0].about == "open       ws://u:•••@h2"
    codes = dict(complete("close 2 ", connections()))
    assert codes["close 2 1001 "] == "Going away"
    assert "close 2 1006 " not in codes


@given(st.text(max_size=40))
def test_any_line(line: str) -> None:
    """Whatever is typed, a completion begins with it but for its case."""
    assert all(one.line.lower().startswith(line.lower()) for one in complete(line, connections()))
