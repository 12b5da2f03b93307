"""The command language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core.commands.language import (
    COMMANDS,
    explain_command,
    parse_command,
)
from wstui.core.commands.values import (
    Broadcast,
    Close,
    Command,
    Connect,
    Drop,
    Help,
    Ping,
    Pong,
    Quit,
    Remove,
    Send,
    SendHex,
    SetFilter,
    Show,
)
from wstui.core.commands.words import CommandError


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("show", Show(None)),
        ("show 3", Show(3)),
        ("send 0 example message", Send(0, "example message")),
        ("send 0  two blanks kept ", Send(0, " two blanks kept ")),
        ("send . to the selected", Send(None, "to the selected")),
        ("send 12", Send(12, "")),
        ("sendhex 1 DE AD", SendHex(1, b"\xde\xad")),
        ("ping 0", Ping(0, None)),
        ("ping 0 hi", Ping(0, b"hi")),
        ("pong 0", Pong(0, b"")),
        ("close 0", Close(0, None, "")),
        ("close 0 1001 example message", Close(0, 1001, "example message")),
        ("close . 4001 bye", Close(None, 4001, "bye")),
        ("drop 2", Drop(2)),
        ("remove 2", Remove(2)),
        ("broadcast hello all", Broadcast("hello all")),
        ("filter dir:in -op:ping", SetFilter("dir:in -op:ping")),
        ("filter", SetFilter("")),
        ("help", Help("")),
        ("help close", Help("close")),
        ("  quit ", Quit()),
        ("Help CLOSE", Help("close")),
        ("SEND 0 Case Kept", Send(0, "Case Kept")),
    ],
)
def test_commands(line: str, command: Command) -> None:
    """Each command is read to what it asks for."""
    assert parse_command(line) == command


def test_connect_with_options() -> None:
    """Options of connect are read in any order, with quotes, and may be repeated."""
    command = parse_command(
        "connect --header 'X-One: 1' -H 'X-Two: a b' localhost:9002/x --subprotocol=a,b"
        " --no-compression --insecure --plain-receive --max-size 1MiB --ping-interval off"
        " --open-timeout 3 --origin http://x --user-agent me --close-timeout 2 --ping-timeout 1"
    )
    assert isinstance(command, Connect)
    options = command.options
    assert options.uri == "ws://localhost:9002/x"
    assert options.headers == (("X-One", "1"), ("X-Two", "a b"))
    assert options.subprotocols == ("a", "b")
    assert (options.deflate.offer, options.tls.trust, options.fast) == (False, "NONE", False)
    assert (options.max_size, options.ping_interval) == (1 << 20, None)
    assert (options.open_timeout, options.close_timeout, options.ping_timeout) == (3, 2, 1)
    assert (options.origin, options.user_agent) == ("http://x", "me")


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("", 0, "Type a command"),
        ("  nonsense 1", 2, "no command nonsense"),
        ("connector ws://x", 0, "no command connector"),
        ("websocat ws://x", 0, "connect websocat"),
        ("send marked hi", 5, "one connection"),
        ("send 0,2 hi", 5, "one connection"),
        ("connect", 8, "one uri"),
        ("connect not a websocket uri", 12, "one uri"),
        ("connect -H a:b 'ws://x", 15, "closing quotation"),
        ("connect ws://x --nope", 15, "no option --nope"),
        ("connect ws://x --origin", 15, "needs a value"),
        ("connect ws://x --insecure=1", 15, "takes no value"),
        ("connect ws://x --open-timeout soon", 30, "time"),
        ("connect  'a b'  --max-size=lots --nope", 27, "size"),
        ("connect ws://x -H A:b --header nocolon", 31, "Name: value"),
        ("connect ws://x --origin ä\u0100", 24, "origin"),
        ("connect --insecure --origin x ftp://x", 30, "ws://"),
        ("connect ftp://x", 8, "ws://"),
        ("show x", 5, "no connection id"),
        ("show 1 2", 7, "Nothing more"),
        ("send", 5, "Which connection"),
        ("send abc hello", 5, "no connection id"),
        ("send 99999999999999999999 x", 5, "no connection id"),
        ("send 0 \ud800", 7, "UTF-8"),
        ("sendhex 0 de a", 13, "two digits"),
        ("ping 0 " + "x" * 126, 7, "at most 125"),
        ("close 0 soon", 8, "number"),
        ("close 0 1006", 8, "never on the wire"),
        ("close 0 70000", 8, "no close code"),
        ("close 0 1000 " + "x" * 124, 13, "at most 123"),
        ("close 0 1000 " + "ä" * 62, 13, "124 bytes"),
        ("filter dir:up", 11, ""),
        ("help nonsense", 5, "no such command"),
        ("quit now", 5, "Nothing more"),
        ("x" * 60, 0, "x" * 29 + "…. help"),
    ],
)
def test_errors(line: str, position: int, words: str) -> None:
    """What is no command is an error that says why, and where it goes wrong."""
    with pytest.raises(CommandError) as caught:
        parse_command(line)
    assert words in str(caught.value)
    assert caught.value.position == position


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """Whatever is typed is a command or a CommandError."""
    try:
        parse_command(text)
    except CommandError as error:
        assert 0 <= error.position <= len(text) + 1


@given(
    st.sampled_from([command.name for command in COMMANDS]),
    st.lists(st.sampled_from(["0", ".", "--header", "-H", "1000", "ws://x", "'", '"', "\\", "=",
                              "--max-size", "é\ud800", "/(/", "dir:"]), max_size=6),
)  # fmt: skip
def test_any_words_behind_a_name(name: str, words: list[str]) -> None:
    """A known name with any words behind it is a command or a CommandError."""
    line = " ".join([name, *words])
    try:
        parse_command(line)
    except CommandError as error:
        assert 0 <= error.position <= len(line) + 1


def test_help() -> None:
    """Every command is in the list, and explains itself with its usage."""
    for command in COMMANDS:
        assert command.usage in explain_command("")
        assert explain_command(command.name).startswith(command.usage)
    assert "--header" in explain_command("connect")
