"""`wstui chat`: at a terminal, in a script, with our own rooms and with other servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO

import pytest

from tests.headless_support import PATIENCE, Done, done, stage, wstui
from tests.net_support import close_frame, frame, free_port, read_frame, websocket_server
from tests.serving_support import listening
from wstui.cli import named_connection
from wstui.command_line.chat import read
from wstui.core.chatting import Talk
from wstui.core.entry import Kind
from wstui.core.options.listen import ListenOptions
from wstui.headless import chat as chat_module
from wstui.headless.chat import Chatter, chat
from wstui.headless.input import Input
from wstui.headless.prompt import Line, Piped
from wstui.headless.stage import Stage
from wstui.net.demo import DemoServer


class Person:
    """Types and reads, as at a terminal."""

    is_terminal = True

    def __init__(self) -> None:
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()
        self.seen: list[str] = []
        self._news = asyncio.Event()

    async def ask(self, words: str = "") -> str | None:
        self.seen.append(words)
        return await self.typed.get()

    async def show(self, *lines: Line) -> None:
        for line in lines:
            self.seen.append(line if isinstance(line, str) else "".join(text for _, text in line))
        self._news.set()

    async def saw(self, text: str) -> None:
        """Wait until that was shown."""
        async with asyncio.timeout(PATIENCE):
            while not any(text in line for line in self.seen):
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def person(here: Stage, *words: str) -> AsyncIterator[tuple[Person, Chatter]]:
    """Somebody who began `wstui chat` with these words; at the end it has to end well."""
    asked = read(words, named_connection)
    somebody = Person()
    chatter = Chatter(here, asked, Talk(asked.form, asked.name), somebody)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        talking = group.create_task(chatter.go_on(), name="talking")
        yield somebody, chatter
        await talking
    assert chatter.end() == 0


@asynccontextmanager
async def room() -> AsyncIterator[tuple[Stage, str]]:
    """A room, and its uri."""
    async with stage() as here:
        listener = await listening(here.pool, ListenOptions("0", behaviours=("chat",)))
        yield here, listener.uris[0]


async def script(text: str, *words: str, monkeypatch: pytest.MonkeyPatch) -> Done:
    """What comes of `wstui chat` with these words, when a script says `text`."""
    asked = read(words, named_connection)
    source = BytesIO(text.encode())
    monkeypatch.setattr(chat_module, "Piped", lambda here: Piped(here, Input(source)))
    monkeypatch.setattr("wstui.headless.prompt.Piped", lambda here: Piped(here, Input(source)))
    async with asyncio.timeout(PATIENCE):
        return await done(lambda here: chat(here, asked), asked.manner)


async def test_two_people_talk() -> None:
    """Each sees what is said, who comes, and who leaves."""
    async with room() as (here, uri), person(here, uri, "--name", "ada") as (ada, _):
        await ada.saw("you are ada; nobody is here with you")
        async with person(here, uri, "-n", "bob") as (bob, bobs):
            await bob.saw("here with you: ada")
            await ada.saw("* bob joined")
            bob.typed.put_nowait("hello")
            await ada.saw("bob │ hello")
            await bob.saw("bob │ hello")
            ada.typed.put_nowait("//slash")
            await bob.saw("ada │ /slash")
            bob.typed.put_nowait("/name eve")
            await ada.saw("bob is now eve")
            bob.typed.put_nowait("/quit")
        assert bobs.connection.closes[True].code == 1000
        await ada.saw("* eve left")
        ada.typed.put_nowait(None)


async def test_a_name_that_is_taken() -> None:
    """It is said, with what the room calls us instead; the name is ours when it gets free."""
    async with room() as (here, uri), person(here, uri, "--name", "ada") as (ada, _):
        await ada.saw("you are ada")
        async with person(here, uri, "--name", "ADA") as (other, _):
            await other.saw("! Somebody else is called ADA.")
            await other.saw("you are guest-1 (/name takes another name)")
            ada.typed.put_nowait("/name eve")
            await other.saw("ada is now eve")
            other.typed.put_nowait("/name ADA")
            await other.saw("you are ADA now")
            other.typed.put_nowait("/quit")
        ada.typed.put_nowait("/quit")


async def test_a_room_is_entered_again() -> None:
    """With --reconnect, under the name that we had, whatever the handshake asks for."""
    async with room() as (here, uri):
        words = (uri, "--name", "ada", "--reconnect", "--reconnect-first", "1ms")
        async with person(here, *words) as (ada, _):
            await ada.saw("you are ada")
            ada.typed.put_nowait("/name eve")
            await ada.saw("you are eve now")
            ada.seen.clear()
            theirs = next(one for one in here.pool.connections.values() if one.peer is not None)
            here.pool.close(theirs.id, 1012)
            await ada.saw("1st attempt")
            await ada.saw("you are eve now")
            ada.typed.put_nowait("back")
            await ada.saw("eve │ back")
            ada.typed.put_nowait(None)


async def test_what_cannot_be_said_now_is_told() -> None:
    """Nothing that was typed is lost without a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"hi") + close_frame(1012))
        await read_frame(reader)

    async with websocket_server(serve) as port, stage() as here:
        words = (f"ws://127.0.0.1:{port}", "--reconnect", "--reconnect-first", "20s")
        async with person(here, *words) as (ada, _):
            await ada.saw("1st attempt")
            ada.typed.put_nowait("hello")
            await ada.saw("! not said: ")
            ada.typed.put_nowait(None)


async def test_a_server_that_is_no_room() -> None:
    """Its messages are shown, and lines sent, as they are; so they are where it says nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"\x1b[2Jhi") + frame(Kind.BINARY, bytes(3)))
        _, payload = await read_frame(reader)
        writer.write(frame(Kind.TEXT, b"got " + payload))
        await read_frame(reader)
        writer.write(close_frame(1000))

    async with (
        websocket_server(serve) as port,
        stage() as here,
        person(here, f"ws://127.0.0.1:{port}", "--name", "ada") as (ada, _),
    ):
        await ada.saw("< ␛[2Jhi")
        await ada.saw("* 3 B that are no text")
        ada.typed.put_nowait("/who")
        await ada.saw("> /who")
        await ada.saw("< got /who")
        ada.typed.put_nowait(None)


async def test_what_breaks_the_rules_or_is_huge() -> None:
    """It is shown as far as a terminal can, and does not end anything but the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"x" * 100_000) + frame(Kind.TEXT, b"\xff broken"))
        await read_frame(reader)

    async with websocket_server(serve) as port, stage() as here:
        asked = read([f"ws://127.0.0.1:{port}"], named_connection)
        ada = Person()
        chatter = Chatter(here, asked, Talk(None, ""), ada)
        async with asyncio.timeout(PATIENCE):
            await chatter.go_on()
        assert chatter.end() == 6
    await ada.saw("x… (97.7 KiB)")
    await ada.saw("\ufffd broken")


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while it is taken for one that takes anything."""
    monkeypatch.setattr(chat_module, "WELCOME", 0.01)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, payload = await read_frame(reader)
        writer.write(frame(Kind.TEXT, payload))
        await read_frame(reader)
        writer.write(close_frame(1000))

    async with (
        websocket_server(serve) as port,
        stage() as here,
        person(here, f"ws://127.0.0.1:{port}") as (ada, _),
    ):
        ada.typed.put_nowait("hello")
        await ada.saw("* this is no chat room, as it seems")
        await ada.saw("< hello")
        ada.typed.put_nowait(None)


async def test_a_script_says_something(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It leaves when its lines are said, and the room has answered; the exit code tells whether
    it did all."""
    async with room() as (_, uri):
        text = "hello\n/foo\n/name ada lovelace\nbye"
        came = await script(text, uri, "--name", "ada", monkeypatch=monkeypatch)
        quiet = await script("/who\nhello\n", uri, "--name", "ada", "-q", monkeypatch=monkeypatch)
    assert came == (1, b"* you are ada; nobody is here with you\nada: hello\nada: bye\n", "")
    assert quiet == (0, b"* here: ada\nada: hello\n", "")
    assert capsys.readouterr().err.splitlines() == [
        "wstui: There is no command /foo: /help tells those there are, and // begins a text with a"
        " slash.",
        "wstui: A name is of letters, digits and _ - .",
    ]


async def test_a_script_reads_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the room tells, line by line, between what becomes of the connection."""
    async with room() as (_, uri):
        came = await script("hello\n", uri, "--name", "ada", "--json", monkeypatch=monkeypatch)
    assert [line.get("type", line["event"]) for line in came.lines] == [
        *("connecting", "open", "welcome", "joined", "said", "closed")
    ]
    assert came.lines[4]["event"] == "chat"
    assert (came.lines[4]["from"], came.lines[4]["text"]) == ("ada", "hello")


@pytest.mark.parametrize("more", ["-q", "--json"])
async def test_a_room_that_tells_nonsense(more: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It breaks nothing, and what programs read stays JSON."""
    told = (
        rb'{"type":"welcome","name":"\ud800","names":["\ud800"],"count":NaN}',
        rb'{"type":"said","from":"\udfff","text":"\ud800!"}',
        b'{"type":"joined","name":"x","count":' + b"[" * 900 + b"]" * 900 + b"}",
        rb'{"type":"left","name":"\ud800"}',
        rb'{"type":"named","from":"\udfff","name":"y"}',
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(frame(Kind.TEXT, one) for one in told))
        await read_frame(reader)
        writer.write(close_frame(1000))

    async with websocket_server(serve) as port:
        came = await script("", f"ws://127.0.0.1:{port}", more, monkeypatch=monkeypatch)
    assert came.code == 0
    if more == "--json":
        types = [line.get("type") for line in came.lines if line["event"] == "chat"]
        assert types == ["welcome", "said", "joined", "left", "named"]
        assert b"NaN" not in came.out
    else:
        assert came.out == '"\ufffd": \ufffd!\n* you are y now\n'.encode()


async def test_ixwebsocket_in_a_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others say is told with their names; what we say, at once."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, payload = await read_frame(reader)
        assert payload == b'{"user": "ada", "text": "hi"}'
        writer.write(frame(Kind.TEXT, b'{"user":"bob","text":"ho"}'))
        await read_frame(reader)
        writer.write(close_frame(1000))

    async with websocket_server(serve) as port:
        words = (f"ws://127.0.0.1:{port}", "--ixwebsocket", "--name", "ada", "-q")
        came = await script("hi\n", *words, monkeypatch=monkeypatch)
    assert came == (0, b"ada: hi\nbob: ho\n", "")


async def test_a_server_that_wants_its_url_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some refuse a query that they do not know; it is said how to do without."""
    async with DemoServer("127.0.0.1", 0) as demo:
        refused = await script("hi", demo.url("/echo"), monkeypatch=monkeypatch)
        plain = await script("hi", demo.url("/echo"), "--plain", "-q", monkeypatch=monkeypatch)
    assert (refused.code, plain.code) == (5, 0)
    assert "with --plain the URL goes out as it is" in capsys.readouterr().err


async def test_nobody_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code tells, even though nothing was to be said."""
    came = await script("", f"127.0.0.1:{free_port()}", monkeypatch=monkeypatch)
    assert (came.code, came.out) == (3, b"")
    assert capsys.readouterr().err.count("Nothing listens on") == 1


async def test_a_name_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal; the usual one is that of who is logged in, if it can be one."""
    monkeypatch.setattr(chat_module, "getuser", lambda: "ada")
    somebody = Person()
    for typed in ("a b", "", None):
        somebody.typed.put_nowait(typed)
    assert await chat_module._ask_name(somebody) == "ada"
    assert somebody.seen[0] == somebody.seen[2] == "Your name [ada]: "
    assert somebody.seen[1].startswith("! A name is of letters")
    monkeypatch.setattr(chat_module, "getuser", lambda: "DOMAIN\\ada")
    assert await chat_module._ask_name(somebody) is None
    assert somebody.seen[-1] == "Your name: "


def test_what_cannot_be_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """It is said before anything is connected."""
    with pytest.raises(SystemExit) as end:
        read(["localhost", "--name", "a b"], named_connection)
    assert end.value.code == 2
    assert "A name is of letters" in capsys.readouterr().err


async def test_as_a_process() -> None:
    """Lines of standard input, lines on standard output."""
    async with room() as (_, uri):
        came = await wstui("chat", uri, "--name", "ada", stdin=b"hello\n")
    assert came == (0, b"* you are ada; nobody is here with you\nada: hello\n", "")
