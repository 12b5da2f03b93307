"""Completion of commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.commands.complete import complete, usage_words
from wstui.core.connection import Connection, State
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
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
        ("connect ws://x --tls-min ", [f"connect ws://x --tls-min 1.{n} " for n in range(4)]),
        ("connect ws://x --tls-min 1.3", ["connect ws://x --tls-min 1.3 "]),
        ("connect ws://x --trust N", ["connect ws://x --trust NONE "]),
        ("connect ws://x --proxy no", ["connect ws://x --proxy none "]),
        ("repeat 2 f", ["repeat 2 forever "]),
        ("repeat 2 9 e", ["repeat 2 9 every="]),
        ("repeat 2 9 every=1s ", [f"repeat 2 9 every=1s {w}=" for w in ("rate", "frag", "pause")]),
        ("repeat 2 9 hello ", []),
        ("sendfrag 2 8 ", ["sendfrag 2 8 pause="]),
        ("sendraw 2 ping un", ["sendraw 2 ping unmasked "]),
        ("sendraw 2 ping rsv1 rsv", ["sendraw 2 ping rsv1 rsv2 ", "sendraw 2 ping rsv1 rsv3 "]),
        ("sendraw 2 ping DE r", []),
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


def test_where_nothing_completes_the_usage_is_told() -> None:
    """What a command wants next can be looked up without leaving the line."""
    assert usage_words("sendfrag 2 ").startswith("sendfrag <ids> <sizes>")
    assert "help" in usage_words("nonsense 1")


@given(st.text(max_size=40))
def test_any_line(line: str) -> None:
    """Whatever is typed, a completion begins with it but for its case."""
    assert all(one.line.lower().startswith(line.lower()) for one in complete(line, connections()))
