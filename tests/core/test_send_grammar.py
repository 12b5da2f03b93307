"""The commands that send more than a message: how they are written, and to whom they go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.commands.complete import complete
from wstui.core.commands.language import parse_command
from wstui.core.commands.send_values import Cancel, SendPlanned, SendRaw, Whom
from wstui.core.commands.words import CommandError
from wstui.core.connection import Connection, State
from wstui.core.options.connect import ConnectOptions
from wstui.core.sending.plan import FragmentSizes, Rate, SendPlan
from wstui.core.sending.raw_frame import RawFrame
from wstui.core.transcript import Transcript


def connection(id: int, state: State = State.OPEN) -> Connection:
    """A connection in a state."""
    return Connection(id, ConnectOptions(f"ws://h{id}"), Transcript(), 0.0, state)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (
            "sendfrag 0 10,20,rest hello  there ",
            SendPlanned(
                Whom((0,)), SendPlan(b"hello  there ", sizes=FragmentSizes((10, 20), None))
            ),
        ),
        (
            "sendfrag . 8 pause=50ms x=1",
            SendPlanned(Whom(word="."), SendPlan(b"x=1", sizes=FragmentSizes((), 8), pause=0.05)),
        ),
        (
            'repeat 0,2,5-7 1,000 {"n":{n}}',
            SendPlanned(Whom((0, 2, 5, 6, 7)), SendPlan(b'{"n":{n}}', times=1000)),
        ),
        (
            "repeat all forever every=2s rate=64KiB/s frag=4 pause=1s -- rate=x",
            SendPlanned(
                Whom(word="all"),
                SendPlan(
                    b"rate=x",
                    sizes=FragmentSizes((), 4),
                    pause=1.0,
                    times=None,
                    every=2.0,
                    rate=Rate(65536, of_bytes=True),
                ),
            ),
        ),
        ("repeat marked 3 a=b", SendPlanned(Whom(word="marked"), SendPlan(b"a=b", times=3))),
        (
            "sendraw 1 text nofin mask=01020304 41",
            SendRaw(Whom((1,)), RawFrame(1, b"A", fin=False, masked=True, mask=b"\1\2\3\4")),
        ),
        ("sendraw . 11", SendRaw(Whom(word="."), RawFrame(11))),
        ("cancel", Cancel(Whom(word="."))),
        ("cancel all", Cancel(Whom(word="all"))),
        ("cancel 3", Cancel(Whom((3,)))),
    ],
)
def test_lines(line: str, command: object) -> None:
    """What is typed means what it says; the message is the rest of the line exactly."""
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("repeat", 7, "To which connections?"),
        ("repeat x 3 a", 7, "Write ids"),
        ("repeat 5-2 3 a", 7, "no range"),
        ("repeat 0-999999999 3 a", 7, "no range"),
        ("repeat . often a", 9, "Write a number"),
        ("repeat . 3 rate=fast a", 16, "Write a rate"),
        ("repeat . 1 every=1s a", 11, "say how often"),
        ("repeat . 3 pause=1s a", 11, "give their sizes"),
        ("sendfrag 0 x hello", 11, "Write sizes"),
        ("sendraw 0 17", 10, "0 to 15"),
        ("sendraw 0 text XY", 15, "hexadecimal"),
        ("cancel 0 x", 9, "Nothing more"),
    ],
)
def test_mistakes_are_told_where_they_are(line: str, position: int, words: str) -> None:
    """What cannot be meant is refused, with a sentence and its place."""
    with pytest.raises(CommandError, match=words) as caught:
        parse_command(line)
    assert caught.value.position == position


@given(st.sampled_from(["sendfrag", "repeat", "sendraw", "cancel"]), st.text())
def test_no_line_is_too_odd(name: str, text: str) -> None:
    """Whatever is typed is a command or a CommandError."""
    try:
        parse_command(f"{name} {text}")
    except CommandError as error:
        assert 0 <= error.position <= len(name) + 1 + len(text) + 1


def test_words_stand_for_connections() -> None:
    """The selected one, all that are open, those that are marked, or ids as they are."""
    connections = {0: connection(0), 1: connection(1, State.CLOSED), 2: connection(2)}
    assert Whom(word=".").among(connections, 1, [2]) == [1]
    assert Whom(word=".").among(connections, None, [2]) == []
    assert Whom(word="all").among(connections, 1, [2]) == [0, 2]
    assert Whom(word="marked").among(connections, 1, [2, 1]) == [2, 1]
    assert Whom((7, 0)).among(connections, 1, []) == [7, 0]


def test_completion() -> None:
    """Open connections are offered, the words that stand for several, and names of opcodes."""
    connections = [connection(0), connection(1, State.CLOSED)]
    lines = [one.line for one in complete("repeat ", connections)]
    assert lines == ["repeat 0 ", "repeat all ", "repeat marked "]
    assert [one.line for one in complete("sendraw 0 p", connections)] == [
        "sendraw 0 ping ",
        "sendraw 0 pong ",
    ]
