"""Commands about listeners, and their completion."""

from __future__ import annotations

import pytest

from wstui.core.commands.complete import complete
from wstui.core.commands.ending_values import CloseEach
from wstui.core.commands.language import explain_command, parse_command
from wstui.core.commands.listen_values import Admit, Decide, Hold, Listen, ListenCommand
from wstui.core.commands.send_values import Whom
from wstui.core.commands.values import Close
from wstui.core.commands.words import CommandError
from wstui.core.connection import Connection, Handshake, State
from wstui.core.listener import Listener, ListenerState
from wstui.core.memory_budget import MemoryBudget
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.peer import Peer
from wstui.core.profiles import Book, Fault
from wstui.core.serving.request import Accept, Reject
from wstui.core.transcript import Transcript

MOCK = ListenOptions("127.0.0.1:9002", headers=(("A", "b"),))
BOOK = Book(
    {"prod": ConnectOptions("wss://h/")},
    (Fault("It has no uri.", 4, None, "bad"),),
    listeners={"mock": MOCK, "mock/two": MOCK},
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("listen 9002", Listen(ListenOptions("127.0.0.1:9002"))),
        ("listen *:0", Listen(ListenOptions("*:0"))),
        ("listen 'unix:/tmp/a b'", Listen(ListenOptions("unix:/tmp/a b"))),
        ("listen mock", Listen(MOCK)),
        ("listen --max-size=1KiB 9002", Listen(ListenOptions("127.0.0.1:9002", max_size=1024))),
        ("hold 3", Hold(3)),
        ("hold .", Hold(None)),
        ("admit 3", Admit(3)),
        ("allow 5", Decide(5, Accept())),
        ("allow . chat.v2", Decide(None, Accept("chat.v2"))),
        ("allow 5 (none)", Decide(5, Accept(""))),
        ("reject 5", Decide(5, Reject(403))),
        ("reject 5 404", Decide(5, Reject(404))),
        ("reject 5 429  slow down", Decide(5, Reject(429, body=" slow down"))),
    ],
)
def test_commands(line: str, command: ListenCommand) -> None:
    """Each line means this."""
    assert parse_command(line, BOOK) == command


def test_flags_behind_listen() -> None:
    """Short forms, quotes and several headers, in any order, over those of a profile."""
    command = parse_command("listen --echo mock -H 'C: d e' --on '/a silent'", BOOK)
    assert isinstance(command, Listen)
    assert command.options.behaviours == ("echo", "/a silent")
    assert command.options.headers == (("A", "b"), ("C", "d e"))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("close 3", Close(3, None, "")),
        ("close 3 1000", Close(3, 1000, "")),
        ("close 3,4", CloseEach(Whom((3, 4)), None, "")),
    ],
)
def test_the_usual_code_depends_on_what_is_closed(line: str, command: Close | CloseEach) -> None:
    """Without a code it is left open: a listener says 1001 to its clients."""
    assert parse_command(line) == command


@pytest.mark.parametrize(
    ("line", "position", "words"),
    [
        ("listen", 7, "Give one address"),
        ("listen 9002 9003", 12, "Give one address"),
        ("listen 99999", 7, "Write a port from 0 to 65535"),
        ("listen localhost", 7, "There is no listener saved as localhost"),
        ("listen prod", 7, "profile of a connection: write connect prod"),
        ("listen bad", 7, "the profiles, line 4: bad: It has no uri."),
        ("listen 9002 --nope", 12, "no option --nope"),
        ("listen 9002 --origin x", 12, "no option --origin"),
        ("listen 9002 --max-size huge", 23, "size"),
        ("listen 9002 --echo=1", 12, "takes no value"),
        ("connect mock", 8, "profile of a listener: write listen mock"),
        ("hold", 5, "Which connection"),
        ("hold 1 2", 7, "Nothing more"),
        ("allow 1 a b", 8, "no subprotocol"),
        ("reject 1 nope", 9, "Write a status from 400 to 599"),
        ("reject 1 101", 9, "Write a status from 400 to 599"),
        ("reject 1 302", 9, "needs a header Location"),
        ("reject 1 403 \ud800", 13, "UTF-8"),
    ],
)
def test_errors(line: str, position: int, words: str) -> None:
    """What is wrong is told with its place."""
    with pytest.raises(CommandError) as caught:
        parse_command(line, BOOK)
    assert words in str(caught.value)
    assert caught.value.position == position


def test_help_tells_all_options() -> None:
    """`help listen` is as long as the table."""
    text = explain_command("listen")
    for name, (_, flag) in LISTENING.flags.items():
        assert (name in text) is bool(flag.help), name


# Completion


def listeners() -> list[Listener]:
    """Listener 7 accepts and has clients, 8 does not accept, 9 has stopped."""
    made = [
        Listener(id, ListenOptions(f"127.0.0.1:900{id}"), Transcript(MemoryBudget()), 0.0, state)
        for id, state in (
            (7, ListenerState.LISTENING),
            (8, ListenerState.FULL),
            (9, ListenerState.STOPPED),
        )
    ]
    made[0].live = 2
    return made


def client() -> Connection:
    """It waits for the user."""
    return Connection(
        10,
        ConnectOptions("ws://h/"),
        Transcript(MemoryBudget()),
        0.0,
        State.CONNECTING,
        decide_by=60.0,
        handshake=Handshake("/", (("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),)),
        peer=Peer(7, "127.0.0.1:5000"),
    )


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("lis", ["listen "]),
        ("listen ", ["listen mock ", "listen mock/two "]),
        ("connect ", ["connect prod "]),
        ("forget ", ["forget prod ", "forget mock ", "forget mock/two "]),
        ("listen 9002 --max", ["listen 9002 --max-size "]),
        ("listen 9002 --client-certs o", ["listen 9002 --client-certs optional "]),
        ("hold ", ["hold 7 "]),
        ("admit ", ["admit 8 "]),
        ("show ", ["show 10 ", "show 7 ", "show 8 ", "show 9 "]),
        ("close ", ["close 10 ", "close 7 ", "close 8 ", "close all ", "close marked "]),
        ("send ", ["send 7 "]),
        ("remove 9", ["remove 9 "]),
        ("allow ", ["allow 10 "]),
        ("reject ", ["reject 10 "]),
        ("allow 10 ", ["allow 10 chat.v2 ", "allow 10 chat.v1 ", "allow 10 (none) "]),
        ("allow 10 chat.v1", ["allow 10 chat.v1 "]),
        ("reject 10 40", ["reject 10 400 ", "reject 10 401 ", "reject 10 403 ", "reject 10 404 "]),
        ("stop ", []),
        ("reconnect ", []),
    ],
)
def test_completion(line: str, lines: list[str]) -> None:
    """Names and ids are those that the command can be about."""
    found = complete(line, [client()], BOOK, listeners())
    assert [one.line for one in found][: max(len(lines), 1)] == lines


def test_remarks_on_listeners() -> None:
    """Beside an id stand its state, where it listens, and how many clients it has."""
    (found,) = complete("hold ", (), BOOK, listeners())
    assert found.about == "listening  127.0.0.1:9007, 2 clients"
