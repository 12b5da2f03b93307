"""The command language at a terminal."""

from __future__ import annotations

import asyncio
import signal
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from tests.headless_support import PATIENCE, Kept, stage
from tests.net_support import free_port, until
from wstui.command_line.headless import Manner
from wstui.command_line.repl import Repl
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.ports import NoProfiles
from wstui.headless import prompt as prompt_module
from wstui.headless import repl as repl_module
from wstui.headless.line_mode.commands import Commands
from wstui.headless.line_mode.news import News
from wstui.headless.line_mode.notices import MOST, Notices
from wstui.headless.line_mode.patience import Patience
from wstui.headless.line_mode.terminal import CommandCompleter, history_in, may_be_kept
from wstui.headless.repl import repl
from wstui.headless.stage import Stage
from wstui.net.demo import DemoServer


class Terminal:
    """Somebody who presses keys, and what he sees: above the prompt, and as answers."""

    def __init__(self, keys: PipeInput, screen: StringIO, kept: Kept, here: Stage) -> None:
        self.keys = keys
        self.stage = here
        self._screen = screen
        self._kept = kept

    def type(self, text: str) -> None:
        self.keys.send_text(text)

    @property
    def screen(self) -> str:
        """All that was drawn around the prompt."""
        return self._screen.getvalue()

    def sees(self, text: str) -> bool:
        return text in self.screen or text.encode() in self._kept.data

    async def await_sight(self, text: str) -> None:
        await until(lambda: self.sees(text))


@pytest.fixture(autouse=True)
def _somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (prompt_module, repl_module):
        monkeypatch.setattr(module, "has_terminal", lambda: True)
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@asynccontextmanager
async def typing(*uris: str, history: Path | None = None) -> AsyncIterator[Terminal]:
    """The repl at a terminal; at the end it is left by Ctrl+D."""
    screen, kept, manner = StringIO(), Kept(), Manner()
    output = Vt100_Output(screen, lambda: Size(24, 80), term="xterm")
    asked = Repl(tuple(map(ConnectOptions, uris)), False, manner)
    with create_pipe_input() as keys, create_app_session(keys, output):
        async with (
            stage(manner, kept) as here,
            asyncio.timeout(PATIENCE),
            asyncio.TaskGroup() as group,
        ):
            task = group.create_task(repl(here, asked, NoProfiles(), history), name="repl")
            yield Terminal(keys, screen, kept, here)
            keys.send_text("\x04")
            assert await task == 0


async def test_what_happens_is_told_beside_the_line_being_typed() -> None:
    """Openings, messages, pongs and ends, one line each; the typed line is done whole."""
    async with DemoServer("127.0.0.1", 0) as demo, typing(demo.url("/echo")) as terminal:
        await terminal.await_sight("* 0 open")
        terminal.type("send 0 hel")
        terminal.type("lo \x1b[D\r")
        await terminal.await_sight("* 0 << hello")
        terminal.type("ping 0\r")
        await terminal.await_sight("* 0 pong after")
        terminal.type("close . 4001 bye\r")
        await terminal.await_sight("* 0 closed: close code: 4001 (Unknown), close reason: bye")
        assert terminal.stage.pool.connections[0].transcript.sent == 1


async def test_lines_that_are_pasted_at_once() -> None:
    """They are done one after the other, each once the connection is ready for it."""
    async with DemoServer("127.0.0.1", 0) as demo, typing() as terminal:
        terminal.type(f"connect {demo.url('/echo')}\rsend 0 pasted\rshow 0\r")
        await terminal.await_sight("<< pasted\n")
        assert terminal.sees("> Messages Processed: (2)")


async def test_a_connection_that_is_still_being_opened_is_not_waited_for_long() -> None:
    """Who types sees soon how it stands."""
    async with DemoServer("127.0.0.1", 0) as demo, typing(demo.url("/silence")) as terminal:
        terminal.type("send 0 x\r")
        await terminal.await_sight("> Error sending message: invalid state")
        await terminal.await_sight("> Connection 0 is connecting, not open.")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are raised otherwise there")
async def test_ctrl_c_interrupts_a_command_alone() -> None:
    """What runs is given up; the prompt comes back, and connections stay."""
    async with DemoServer("127.0.0.1", 0) as demo, typing(demo.url("/echo")) as terminal:
        before = signal.getsignal(signal.SIGINT)
        terminal.type("wait 0 closed 1m\r")
        await until(lambda: signal.getsignal(signal.SIGINT) is not before)
        signal.raise_signal(signal.SIGINT)
        await terminal.await_sight("> Interrupted")
        terminal.type("send 0 after\r")
        await terminal.await_sight("* 0 << after")


async def test_a_flood_is_told_in_a_few_lines() -> None:
    """Of many messages at once the first are shown, and how many more came."""

    class Shown:
        is_terminal = True

        def __init__(self) -> None:
            self.lines: list[str] = []

        async def ask(self, words: str = "") -> str | None:
            return None

        async def show(self, *lines: object) -> None:
            self.lines += map(str, lines)

    async with stage() as here, DemoServer("127.0.0.1", 0) as demo:
        news = News(here.pool)
        notices, shown = Notices(here.pool, news), Shown()
        notices.is_on = True
        connection = here.pool.connect(ConnectOptions(demo.url("/silence")))
        transcript = connection.transcript
        transcript.append_batch(bytes((Kind.TEXT,)) * 50, [2] * 50, b"ab" * 50, 0.0)
        transcript.append(Kind.BINARY, b"\x1b" * 1000, 0.0, outgoing=True)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(notices.run(shown), name="notices")
            await until(lambda: bool(shown.lines))
            task.cancel()
    assert shown.lines == [*["* 0 << ab"] * MOST, f"* 0 << {50 - MOST} more; show 0 lists all"]


async def test_a_hostile_message_is_one_inert_line() -> None:
    """It is cut to the width, and a terminal obeys nothing in it."""
    async with DemoServer("127.0.0.1", 0) as demo, typing(demo.url("/echo")) as terminal:
        await terminal.await_sight("* 0 open")
        here = terminal.stage
        here.pool.send(0, b"\x1b[2J" + b"x" * 500)
        await terminal.await_sight("* 0 << ␛[2Jxxx")
        assert not terminal.sees("x" * 80)
        terminal.type("filter no\r")
        await terminal.await_sight("> Filter: no")
        here.pool.send(0, b"yes")
        here.pool.send(0, b"no")
        await terminal.await_sight("* 0 << no")
        assert not terminal.sees("* 0 << yes")


async def test_typed_lines_are_kept_for_this_user_alone(tmp_path: Path) -> None:
    """But for those that begin with a blank, and the file is read by nobody else."""
    file = tmp_path / "folder" / "history"
    async with typing(history=file) as terminal:
        terminal.type("show 5\r")
        await terminal.await_sight("> Unknown connection id 5")
        terminal.type(" show 6\r")
        await terminal.await_sight("> Unknown connection id 6")
        terminal.type("\x1b[A\r")  # the arrow up
        await until(lambda: terminal.sees("show 6"))
    text = file.read_text()
    assert "show 5" in text
    assert "show 6" not in text
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("send 0 hello", True),
        ("close 0 soon", True),
        ("nonsense", False),
        ("conect ws://me:tea@localhost", False),
        ("websocat ws://me:tea@localhost", False),
        ("connect ws://localhost --bearer ${env:TOKEN}", True),
        ("connect ws://localhost --bearer tea", False),
        ("connect ws://me:tea@localhost", False),
        ("connect ws://localhost -H 'Cookie: tea'", False),
        ("connect curl -u me:tea ws://localhost", False),
        ("connect ws://localhost --bearer tea --nonsense", False),
        (" send 0 hello", False),
    ],
)
def test_secrets_are_not_kept(line: str, kept: bool) -> None:
    """A line with a password or a token in it is for this run only; a reference to one may stay."""
    assert may_be_kept(line) is kept


async def test_a_locked_key_is_asked_for(tmp_path: Path) -> None:
    """What is typed for it is seen nowhere, and the connection is tried again."""
    one = trustme.CA().issue_cert("client@example.org")
    one.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    key = serialization.load_pem_private_key(one.private_key_pem.bytes(), None)
    form, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    locked = key.private_bytes(form, pkcs8, serialization.BestAvailableEncryption(b"tea"))
    (tmp_path / "key.pem").write_bytes(locked)
    place = f"--cert {tmp_path / 'cert.pem'} --key {tmp_path / 'key.pem'}"
    async with typing(history=tmp_path / "history") as terminal:
        terminal.type(f"connect wss://127.0.0.1:{free_port()} {place}\r")
        await terminal.await_sight("unlock 0 asks for it")
        terminal.type("unlock 0\r")
        await terminal.await_sight("Passphrase of")
        terminal.type("\x03")
        await terminal.await_sight("> No passphrase was given.")
        terminal.type("unlock 0\r")
        await until(lambda: terminal.screen.count("Passphrase of") > 1)
        terminal.type("tea\r")
        await terminal.await_sight("> Opening 0 again")
        terminal.type("unlock 0\r")
        await terminal.await_sight("> Connection 0 does not wait for a passphrase.")
        assert "***" in terminal.screen
    assert "tea" not in (tmp_path / "history").read_text().replace(str(tmp_path), "")


def test_a_history_that_cannot_be_had(tmp_path: Path) -> None:
    """Nobody is kept from typing."""
    (tmp_path / "file").write_text("")
    assert list(history_in(tmp_path / "file" / "history").load_history_strings()) == []


async def test_completion_knows_what_there_is() -> None:
    """Commands, also those of line mode, and the ids of connections and listeners."""
    async with stage() as here:
        here.pool.listen(ListenOptions("127.0.0.1:0"))
        news = News(here.pool)
        patience = Patience(here.pool, news, is_script=False)
        notices = Notices(here.pool, news)
        commands = Commands(here, NoProfiles(), patience, notices)
        completer = CommandCompleter(here.pool, commands)

        def found(text: str) -> list[str]:
            event = CompleteEvent(completion_requested=True)
            return [one.text for one in completer.get_completions(Document(text), event)]

        assert found("wa") == ["wait ", "watch "]
        assert found("show ") == ["0 "]
        assert found("help wat") == ["watch"]
