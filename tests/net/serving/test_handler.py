"""Handler files: Python of the user's own answers the clients of a listener."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import dedent

import aiohttp
import pytest
import pytest_asyncio

from tests.net_support import entries, event_texts, received, rows, until
from tests.serving_support import listening
from wstui.core.connection import Connection, State
from wstui.core.entry import Kind
from wstui.core.listener import Listener, ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.listen import ListenOptions
from wstui.net.pool import ConnectionPool
from wstui.net.serving.handling import session

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a handler file, in place of the one before."""
    file = tmp_path / "api.py"

    def write(source: str) -> Path:
        new = tmp_path / "new.py"
        new.write_text(dedent(source))
        os.replace(new, file)
        return file

    return write


class Stage:
    """A listener with one handler for all paths, and clients of it in the same pool."""

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool
        self.listener: Listener

    async def listen(self, file: Path) -> Listener:
        options = ListenOptions("0", behaviours=(f"handler {file}",))
        self.listener = await listening(self.pool, options)
        return self.listener

    async def connect(self, path: str = "/") -> tuple[Connection, Connection]:
        """Our end, and the listener's, of a new connection."""
        before = len(self.listener.clients)
        uri = f"{self.listener.uris[0]}{path}"
        ours = self.pool.connect(ConnectOptions(uri, deflate=UNCOMPRESSED))
        await until(lambda: not ours.is_open or len(self.listener.clients) > before)
        await until(lambda: ours.state in (State.OPEN, State.FAILED))
        await until(lambda: len(self.listener.clients) > before)
        return ours, self.pool.connections[list(self.listener.clients)[-1]]


@pytest_asyncio.fixture
async def stage(pool: ConnectionPool) -> AsyncIterator[Stage]:
    yield Stage(pool)
    await pool.close_all(timeout=10)


def texts(connection: Connection) -> list[str]:
    """What a client was sent, as text."""
    return [
        payload.decode()
        for kind, outgoing, payload in rows(connection.transcript)
        if kind is Kind.TEXT and not outgoing
    ]


def errors(connection: Connection | Listener) -> list[str]:
    return event_texts(connection.transcript, "error")


def notes(connection: Connection | Listener) -> list[str]:
    return event_texts(connection.transcript, "note")


async def test_hooks_are_called_in_order(stage: Stage, write: Write) -> None:
    """A client is greeted, each of its messages answered in order, its leaving noticed."""
    await stage.listen(
        write(
            """
            async def connected(client):
                await client.send(f"hello {client.path} {client.query['name']}")

            async def message(client, message):
                await client.send(message.upper() if isinstance(message, str) else message[::-1])

            def disconnected(client):
                client.log(f"{client.id} left")
            """
        )
    )
    ours, theirs = await stage.connect("/chat?name=ann%20lee")
    stage.pool.send(ours.id, b"one")
    stage.pool.send(ours.id, b"\x01\x02", Kind.BINARY)
    stage.pool.send(ours.id, b"two")
    await received(ours, 4)
    assert [payload for _, outgoing, payload in rows(ours.transcript) if not outgoing] == [
        b"hello /chat ann lee",
        b"ONE",
        b"\x02\x01",
        b"TWO",
    ]
    stage.pool.close(ours.id)
    await until(lambda: f"{theirs.id} left" in notes(theirs))


async def test_what_runs_is_said_aloud(stage: Stage, write: Write) -> None:
    """The listener tells which file it runs, and with which hooks."""
    file = write("def message(client, message): pass")
    listener = await stage.listen(file)
    assert any(
        str(file) in note and "code of your own: message" in note for note in notes(listener)
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def message(client, message):\n  return (",
            "SyntaxError: '(' was never closed (api.py line 2)",
        ),
        ("import nothing_of_this_name", "(api.py line 1)"),
        ("raise SystemExit(3)", "SystemExit: 3 (api.py line 1)"),
        ("def message(client): pass", "message must be a function of (client, message)."),
        ("x = 1", "it defines none of validate, connected, message, disconnected."),
    ],
    ids=["syntax", "import", "exit", "arguments", "no hooks"],
)
async def test_a_file_that_cannot_be_loaded_is_no_listener(
    stage: Stage, write: Write, source: str, words: str
) -> None:
    """The listener fails with a sentence that names file and line."""
    listener = await stage.listen(write(source))
    assert listener.state is ListenerState.FAILED
    assert words in listener.failure
    assert "api.py" in listener.failure


async def test_a_missing_file_is_told(stage: Stage, tmp_path: Path) -> None:
    """A file that is not there makes the listener fail, too."""
    listener = await stage.listen(tmp_path / "nowhere.py")
    assert listener.failure.endswith("nowhere.py cannot be read: No such file or directory.")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "raise ValueError('bad number')",
            "message() raised ValueError: bad number (api.py line 3)",
        ),
        ("sys.exit(2)", "message() raised SystemExit: 2 (api.py line 3)"),
        ("raise KeyboardInterrupt", "message() raised KeyboardInterrupt (api.py line 3)"),
        ("raise asyncio.CancelledError", "message() raised CancelledError (api.py line 3)"),
        ("await client.send(3)", "message() raised TypeError: a message is str or bytes, not int"),
        ("client.close(1006)", "message() raised Refused"),
    ],
    ids=["error", "exit", "interrupt", "cancelled", "no message", "close code"],
)
async def test_an_exception_ends_nothing(stage: Stage, write: Write, body: str, words: str) -> None:
    """What a hook raises is told with its line in the client's transcript; it goes on."""
    await stage.listen(
        write(
            f"import asyncio, sys\nasync def message(client, message):\n"
            f"    {body} if message == 'bad' else await client.send(message)\n"
            if not body.startswith("raise")
            else "import asyncio, sys\nasync def message(client, message):\n"
            f"    if message == 'bad': {body}\n"
            "    await client.send(message)\n"
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"bad")
    stage.pool.send(ours.id, b"good")
    await until(lambda: "good" in texts(ours))
    assert any(words in error for error in errors(theirs))


async def test_an_exception_tells_where_it_was(stage: Stage, write: Write) -> None:
    """The entry's details have file, line and the calls between."""
    await stage.listen(
        write(
            """
            def parse(text):
                return int(text)

            async def message(client, message):
                parse(message)
            """
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"no number")
    await until(lambda: bool(errors(theirs)))
    transcript = theirs.transcript
    events = [transcript.event(one.number) for one in entries(transcript, Kind.EVENT)]
    detail = next(event.detail for event in events if event.name == "error")
    assert detail["line"] == 3
    assert detail["traceback"] == [
        "api.py:6 in message: parse(message)",
        "api.py:3 in parse: return int(text)",
    ]


async def test_a_changed_file_is_loaded_again(
    stage: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New hooks get new messages; one with an error leaves the old ones, and is told."""
    monkeypatch.setattr("wstui.net.serving.source_file.LOOK", 0.02)
    answer = "async def message(client, message):\n    await client.send({!r} + message)\n"
    listener = await stage.listen(write(answer.format("old ")))
    ours, _ = await stage.connect()
    stage.pool.send(ours.id, b"1")
    await until(lambda: texts(ours) == ["old 1"])
    write("async def message(client, message):\n    await client.send(\n")
    await until(lambda: any("api.py line 2" in error for error in errors(listener)))
    stage.pool.send(ours.id, b"2")
    await until(lambda: texts(ours)[-1] == "old 2")
    write(answer.format("new "))
    await until(lambda: any("was loaded again" in note for note in notes(listener)))
    stage.pool.send(ours.id, b"3")
    await until(lambda: texts(ours)[-1] == "new 3")


async def test_what_is_printed_is_a_note(
    stage: Stage, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """print() in a hook, and in threads it starts, goes to the transcript, not to the screen."""
    await stage.listen(
        write(
            """
            import asyncio, sys
            print("loading")

            async def message(client, message):
                print("got", message, "\\x1b[31m")
                await asyncio.to_thread(print, "from a thread")
                sys.stderr.write("no line end")
            """
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: "no line end" in notes(theirs))
    assert "got x \x1b[31m" in notes(theirs)
    assert "from a thread" in notes(theirs)
    assert "loading" in notes(stage.listener)
    assert capsys.readouterr() == ("", "")
    await stage.pool.close_all()
    assert "wstui" not in type(sys.stdout).__module__


async def test_clients_of_a_handler_reach_each_other(stage: Stage, write: Write) -> None:
    """others and all are who is connected; state is kept for each client."""
    await stage.listen(
        write(
            """
            def connected(client):
                client.state["name"] = client.path[1:]
                client.others.send(f"{client.state['name']} came, {len(client.all)} are here")

            async def message(client, message):
                await client.others.send(f"{client.state['name']}: {message}")
            """
        )
    )
    ann, _ = await stage.connect("/ann")
    bob, _ = await stage.connect("/bob")
    await until(lambda: texts(ann) == ["bob came, 2 are here"])
    stage.pool.send(ann.id, b"hi")
    await until(lambda: texts(bob) == ["ann: hi"])


async def test_clients_do_not_wait_for_each_other(stage: Stage, write: Write) -> None:
    """A hook that awaits holds up its own client alone, in the order of its messages."""
    await stage.listen(
        write(
            """
            import asyncio
            go = asyncio.Event()

            async def message(client, message):
                if message == "wait":
                    await go.wait()
                elif message == "go":
                    go.set()
                await client.send(message)
            """
        )
    )
    one, _ = await stage.connect()
    two, _ = await stage.connect()
    stage.pool.send(one.id, b"wait")
    stage.pool.send(one.id, b"behind")
    stage.pool.send(two.id, b"through")
    await until(lambda: texts(two) == ["through"])
    assert texts(one) == []
    stage.pool.send(two.id, b"go")
    await until(lambda: texts(one) == ["wait", "behind"])


async def test_who_sends_faster_than_the_handler_is_not_read_from(
    stage: Stage, write: Write
) -> None:
    """A handler that is behind stops the reading of its client, and nothing is lost."""
    await stage.listen(
        write(
            """
            import asyncio
            go = asyncio.Event()
            count = 0

            async def message(client, message):
                global count
                if client.path == "/go":
                    go.set()
                    return
                await go.wait()
                count += 1
                if count == 400:
                    await client.send("all")
            """
        )
    )
    ours, theirs = await stage.connect("/flood")
    payload = bytes(50_000)
    for _ in range(400):  # 20 MB: more than the buffers of the system hold
        stage.pool.send(ours.id, payload, Kind.BINARY)
    await until(lambda: theirs.transcript.received > 20)
    await until(lambda: ours.outgoing.unsent > 0)
    for _ in range(200):
        await asyncio.sleep(0)
    assert theirs.transcript.received < 300
    go, _ = await stage.connect("/go")
    stage.pool.send(go.id, b"go")
    await until(lambda: texts(ours) == ["all"])


async def test_a_hook_is_cancelled_when_its_client_is_gone(
    stage: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a grace it is cancelled, then `disconnected` is called; work beside hooks ends."""
    monkeypatch.setattr(session, "GRACE", 0.05)
    await stage.listen(
        write(
            """
            import asyncio

            async def tick(client):
                try:
                    while True:
                        await client.send("tick")
                        await asyncio.sleep(0.01)
                finally:
                    print("ticker over")

            async def connected(client):
                client.spawn(tick(client))

            async def message(client, message):
                await asyncio.Event().wait()

            def disconnected(client):
                client.log("gone")
            """
        )
    )
    ours, theirs = await stage.connect()
    await until(lambda: "tick" in texts(ours))
    stage.pool.send(ours.id, b"x")
    await until(lambda: theirs.transcript.received == 1)
    stage.pool.drop(ours.id)
    await until(lambda: "gone" in notes(theirs))
    assert "ticker over" in notes(theirs)
    assert any("message() was cancelled" in error for error in errors(theirs))


async def test_a_hook_that_will_not_end_is_left_behind(
    stage: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that swallows its cancellation holds up neither the client's end nor wstui's."""
    monkeypatch.setattr(session, "GRACE", 0.05)
    monkeypatch.setattr("wstui.net.serving.handling.call.STUBBORN", 0.05)
    await stage.listen(
        write(
            """
            import asyncio

            async def message(client, message):
                while True:
                    try:
                        await asyncio.sleep(0.01)
                    except BaseException:
                        pass

            def disconnected(client):
                client.log("gone")
            """
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: theirs.transcript.received == 1)
    stage.pool.drop(ours.id)
    await until(lambda: "gone" in notes(theirs))
    await asyncio.wait_for(stage.pool.close_all(), 10)


async def test_a_hook_that_sends_to_who_is_gone_simply_ends(stage: Stage, write: Write) -> None:
    """The usual loop of a ticker needs no care for the end of its client."""
    await stage.listen(
        write(
            """
            import asyncio

            async def connected(client):
                while True:
                    await client.send("tick")
                    await asyncio.sleep(0.001)

            def disconnected(client):
                client.log("gone")
            """
        )
    )
    ours, theirs = await stage.connect()
    await until(lambda: bool(texts(ours)))
    stage.pool.close(ours.id, 1000)
    await until(lambda: "gone" in notes(theirs))
    assert errors(theirs) == []


async def test_a_hook_that_blocks_is_told_of(stage: Stage, write: Write) -> None:
    """What held up wstui for a second is told with the line it was in."""
    await stage.listen(
        write(
            """
            import time

            def message(client, message):
                time.sleep(1.3)
                client.send("done")
            """
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"x")
    await until(lambda: bool(errors(theirs)))
    assert errors(theirs)[0].startswith("message() held up wstui for 1.")
    assert "(api.py line 5)" in errors(theirs)[0]


async def test_a_hook_that_never_returns_is_interrupted(
    stage: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endless loop without await is interrupted: all else of wstui waits for it."""
    monkeypatch.setattr("wstui.net.serving.handling.watch.LONGEST", 1.2)
    await stage.listen(
        write(
            """
            def message(client, message):
                while message == "loop":
                    try:
                        pass
                    except Exception:
                        pass
                client.send("alive")
            """
        )
    )
    ours, theirs = await stage.connect()
    stage.pool.send(ours.id, b"loop")
    stage.pool.send(ours.id, b"x")
    await until(lambda: texts(ours) == ["alive"])
    assert any("message() raised HeldUp" in error for error in errors(theirs))


async def test_a_foreign_client_is_answered(stage: Stage, write: Write) -> None:
    """aiohttp talks with a handler."""
    listener = await stage.listen(
        write("async def message(client, message): await client.send(message)")
    )
    async with aiohttp.ClientSession() as web, web.ws_connect(listener.uris[0]) as ws:
        await ws.send_str("grüße")
        assert await ws.receive_str() == "grüße"
        await ws.send_bytes(bytes(70_000))
        assert await ws.receive_bytes() == bytes(70_000)
        await ws.close(code=1000)


VALIDATE = """
    import asyncio
    from wstui.handlers import Accept, Reject

    async def validate(request):
        match request.path:
            case "/quick": return None
            case "/yes": return True
            case "/no": return False
            case "/chat": return "chat.v2"
            case "/token": return request.query.get("token") == "open" or (401, "Who are you?")
            case "/cookie": return "session" in request.cookies or Reject(403, "no session")
            case "/headers": return Accept(headers={"X-Room": "7"})
            case "/busy": return Reject(503, headers={"Retry-After": "9"})
            case "/foreign": return "never.offered"
            case "/number": return 7
            case "/status": return 101, "x"
            case "/error": raise RuntimeError("no database")
            case "/exit": raise SystemExit(1)
            case "/slow": await asyncio.sleep(0.05)
            case "/never": await asyncio.Event().wait()

    async def message(client, message):
        await client.send(f"{client.subprotocol} {message}")
"""


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/quick", 101, ""),
        ("/yes", 101, ""),
        ("/slow", 101, ""),
        ("/no", 403, "403 Forbidden\n"),
        ("/token?token=open", 101, ""),
        ("/token?token=shut", 401, "Who are you?"),
        ("/cookie", 403, "no session"),
        ("/busy", 503, "503 Service Unavailable\n"),
        ("/foreign", 500, "500 Internal Server Error\n"),
        ("/number", 500, "500 Internal Server Error\n"),
        ("/status", 500, "500 Internal Server Error\n"),
        ("/error", 500, "500 Internal Server Error\n"),
        ("/exit", 500, "500 Internal Server Error\n"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
)
async def test_validate_decides_about_a_handshake(
    stage: Stage, write: Write, path: str, status: int, body: str
) -> None:
    """What it returns, or raises, becomes the answer."""
    listener = await stage.listen(write(VALIDATE))
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}{path}"))
    await until(lambda: ours.state in (State.OPEN, State.FAILED))
    if status == 101:
        assert ours.is_open
        return
    assert ours.failure is not None
    assert ours.failure.status == status
    assert ours.failure.body.decode() == body
    await until(lambda: listener.tally.rejected == 1)
    assert not listener.clients


async def test_validate_chooses_subprotocol_and_headers(stage: Stage, write: Write) -> None:
    """A text is the subprotocol; Accept has headers for the response."""
    listener = await stage.listen(write(VALIDATE))
    async with aiohttp.ClientSession() as web:
        uri = listener.uris[0]
        async with web.ws_connect(f"{uri}/chat", protocols=["chat.v1", "chat.v2"]) as ws:
            assert ws.protocol == "chat.v2"
            await ws.send_str("hi")
            assert await ws.receive_str() == "chat.v2 hi"
        async with web.ws_connect(f"{uri}/headers") as ws:
            assert ws._response.headers["X-Room"] == "7"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await web.ws_connect(f"{uri}/busy")
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "9"


async def test_what_validate_raises_is_told_by_the_listener(stage: Stage, write: Write) -> None:
    """There is no client yet: file, line and address are told in the listener's transcript."""
    listener = await stage.listen(write(VALIDATE))
    stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/error"))
    await until(lambda: listener.tally.rejected == 1)
    told = next(error for error in errors(listener) if "no database" in error)
    assert told.startswith("validate() for 127.0.0.1:")
    assert told.endswith("raised RuntimeError: no database (api.py line 18)")


async def test_validate_has_a_deadline(
    stage: Stage, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake that is not decided in time is answered with 503."""
    monkeypatch.setattr("wstui.net.serving.behaviours.handler.VALIDATE_TIME", 0.05)
    listener = await stage.listen(write(VALIDATE))
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/never"))
    await until(lambda: ours.state is State.FAILED)
    assert ours.failure is not None
    assert ours.failure.status == 503
    assert any("validate() did not decide" in error for error in errors(listener))


async def test_a_client_may_leave_before_it_is_validated(stage: Stage, write: Write) -> None:
    """Then validate is cancelled, and nothing is left of it."""
    listener = await stage.listen(write(VALIDATE))
    ours = stage.pool.connect(ConnectOptions(f"{listener.uris[0]}/never"))
    await until(lambda: listener.tally.connections == 1)
    stage.pool.drop(ours.id)
    await asyncio.wait_for(stage.pool.close_all(), 10)
    assert not listener.clients


async def test_many_are_sent_to_in_the_same_order(stage: Stage, write: Write) -> None:
    """A message to all reaches everybody, in turns of the loop, before the next one."""
    await stage.listen(
        write(
            """
            async def message(client, message):
                client.all.send(message + " 1")
                await client.all.send(message + " 2")
            """
        )
    )
    many = [stage.pool.connect(ConnectOptions(stage.listener.uris[0])) for _ in range(100)]
    await until(lambda: stage.listener.tally.accepted == 100)
    await until(lambda: many[7].is_open)
    stage.pool.send(many[7].id, b"hi")
    await until(lambda: all(one.transcript.received == 2 for one in many))
    assert {tuple(texts(one)) for one in many} == {("hi 1", "hi 2")}


async def test_nothing_of_a_handler_goes_on_when_its_listener_cannot_begin(
    pool: ConnectionPool, write: Write
) -> None:
    """A port that is taken ends the looking at the file, too."""
    file = write("def message(client, message): pass")
    first = await listening(pool, ListenOptions("0"))
    second = await listening(
        pool, ListenOptions(first.addresses[0], behaviours=(f"handler {file}",))
    )
    assert second.state is ListenerState.FAILED
    await asyncio.wait_for(pool.close_all(), 10)


async def test_a_listener_may_be_stopped_while_it_loads(pool: ConnectionPool, write: Write) -> None:
    """It never begins then, and its file is forgotten."""
    listener = pool.listen(
        ListenOptions("0", behaviours=(f"handler {write('def message(client, message): pass')}",))
    )
    await until(lambda: True)
    pool.stop_listening(listener.id)
    await asyncio.wait_for(pool.close_all(), 10)
    assert listener.state is ListenerState.STOPPED
    assert not listener.addresses
