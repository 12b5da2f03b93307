"""How every sub-command ends: signals, slow and closed streams, faults, wrong arguments."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tests.headless_support import PATIENCE, Kept, done, stage
from tests.net_support import accept, frame, free_port, read_frame, read_request, tcp_server, until
from tests.serving_support import listening
from wstui import cli
from wstui.command_line.echo import Echo
from wstui.command_line.headless import Manner
from wstui.command_line.names import SUBCOMMANDS
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.options.table import CONNECTING
from wstui.core.ports import Refused
from wstui.headless import ending as ending_module
from wstui.headless import stage as stage_module
from wstui.headless.echo import echo
from wstui.headless.ending import Ending
from wstui.headless.stage import Stage, perform
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool
from wstui.storage.paths import CONFIG_DIR

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Rise = Callable[[], None]

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals and shells")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What signals did before is what they do after."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def raised(number: int) -> Rise:
    """What has the process get a signal."""
    return lambda: os.kill(os.getpid(), number)


# Signals


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_it_connects(number: int, code: int) -> None:
    """A server that never answers the handshake holds up nobody."""

    async def never(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    async def work(stage: Stage) -> int:
        async with tcp_server(never) as port:
            return await echo(stage, Echo(ConnectOptions(f"ws://127.0.0.1:{port}/"), Manner()))

    assert perform(work, Manner(), Kept()) == code


@posix
@pytest.mark.parametrize("answers", [True, False], ids=["answered", "never answered"])
def test_a_signal_closes_with_1001(answers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is told, and is not waited for without end."""
    monkeypatch.setattr(stage_module, "CLOSE_TIME", 5.0 if answers else 0.05)
    came: list[tuple[int, bytes]] = []

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(accept(await read_request(reader)))
        os.kill(os.getpid(), signal.SIGINT)
        came.append(await read_frame(reader))
        if answers:
            writer.write(frame(Kind.CLOSE, came[0][1]))
        else:
            await asyncio.Event().wait()

    async def work(stage: Stage) -> int:
        async with tcp_server(script) as port:
            return await echo(stage, Echo(ConnectOptions(f"ws://127.0.0.1:{port}/"), Manner()))

    assert perform(work, Manner(), Kept()) == 130
    assert came == [(0x80 | Kind.CLOSE, (1001).to_bytes(2, "big"))]


@posix
async def test_the_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for nothing; one right behind the first is the same wish."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    ending = Ending()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)
    await until(ending.asked.is_set)
    assert codes == []
    monkeypatch.setattr(ending_module, "TWICE", 0.0)
    os.kill(os.getpid(), signal.SIGINT)
    assert codes == [130]


@posix
def test_a_signal_when_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the process goes down a signal ends it, too, without a traceback."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)

    async def work(stage: Stage) -> int:
        return 0

    assert perform(work, Manner(), Kept()) == 0
    os.kill(os.getpid(), signal.SIGINT)
    assert codes == [130]


def test_a_signal_while_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is looked for, SIGINT does what the system has it do: no traceback of imports. Who
    ignored it goes on to."""
    seen: list[object] = []
    monkeypatch.setattr(cli, "raise_file_limit", lambda: seen.append(signal.getsignal(2)))
    monkeypatch.setattr("wstui.headless.echo.run", lambda asked: 0)
    before = signal.getsignal(signal.SIGINT)
    assert cli.main(["echo", "localhost:1"]) == 0
    assert signal.getsignal(signal.SIGINT) is before
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert cli.main(["echo", "localhost:1"]) == 0
    assert seen == [signal.SIG_DFL, signal.SIG_IGN]


# The output


class Slow(Kept):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def write(self, data: bytes | memoryview, /) -> int:
        self.let.wait(PATIENCE)
        return super().write(data)


class Full:
    """A full disk."""

    def __init__(self, number: int) -> None:
        self._number = number

    def write(self, data: bytes | memoryview, /) -> int:
        raise OSError(self._number, os.strerror(self._number))


async def write_some(stage: Stage) -> int:
    """Write a line, and be done."""
    await stage.output.write(b"line\n")
    return 0


def test_a_slow_reader_gets_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads slowly is waited for when all else is done, however long that takes."""
    monkeypatch.setattr(stage_module, "WRITE_TIME", 0.0)
    stream = Slow()

    async def work(stage: Stage) -> int:
        asyncio.get_running_loop().call_later(0.05, stream.let.set)
        return await write_some(stage)

    assert perform(work, Manner(), stream) == 0
    assert stream.data == b"line\n"


@posix
def test_a_stuck_reader_is_left_on_a_signal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signal ends the waiting, and it is said that output is missing."""
    monkeypatch.setattr(stage_module, "WRITE_TIME", 0.01)
    stream = Slow()

    async def work(stage: Stage) -> int:
        asyncio.get_running_loop().call_later(0.02, raised(signal.SIGINT))
        return await write_some(stage)

    assert perform(work, Manner(), stream) == 130
    stream.let.set()
    assert "its last bytes are missing" in capsys.readouterr().err


def test_a_stuck_reader_is_left_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--timeout is for the output, too."""
    monkeypatch.setattr(stage_module, "WRITE_TIME", 0.01)
    stream = Slow()
    assert perform(write_some, Manner(timeout=0.05), stream) == 8
    stream.let.set()
    assert "its last bytes are missing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.EPIPE, 0, ""),
        (errno.ENOSPC, 1, f"could not be written: {os.strerror(errno.ENOSPC)}."),
    ],
    ids=["nobody reads", "full disk"],
)
def test_output_that_cannot_be_written(
    number: int, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader who leaves ends it in silence; a disk that is full is told."""
    assert perform(write_some, Manner(), Full(number)) == code
    err = capsys.readouterr().err
    assert words in err
    assert bool(err) is bool(words)


@posix
def test_streams_that_were_closed_before() -> None:
    """Without standard input, output or error it does the same, in silence."""
    line = f'"{sys.executable}" -m wstui echo localhost:{free_port()} <&- >&- 2>&-'
    assert subprocess.run(["/bin/sh", "-c", line], timeout=PATIENCE, check=False).returncode == 3


# Faults and wrong arguments


async def broken(stage: Stage) -> int:
    """A fault of ours."""
    raise ValueError("who would have thought")


def test_a_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told in a sentence, with 70; --debug shows where it is."""
    assert perform(broken, Manner(), Kept()) == 70
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "ValueError: who would have thought" in err
    assert "--debug" in err
    assert perform(broken, Manner(debug=True), Kept()) == 70
    assert "in broken" in capsys.readouterr().err


def test_a_fault_of_which_no_task_hears(capsys: pytest.CaptureFixture[str]) -> None:
    """What fails in a callback of the loop is told, once, and in the exit code."""

    async def work(stage: Stage) -> int:
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        nothing: dict[str, str] = {}
        loop.call_soon(nothing.__getitem__, "who would have thought")
        loop.call_soon(nothing.__getitem__, "twice")
        loop.call_soon(over.set)
        await over.wait()
        return 0

    assert perform(work, Manner(), Kept()) == 70
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "KeyError: 'who would have thought' (a fault of wstui" in err


def test_what_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A wish that cannot be met is told as it is, with 2."""

    async def work(stage: Stage) -> int:
        raise Refused("That cannot be.")

    assert perform(work, Manner(), Kept()) == 2
    assert capsys.readouterr().err == "wstui: That cannot be.\n"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Refused("That cannot be."), 2, "wstui: That cannot be.\n"),
        (
            ValueError("who would have thought"),
            70,
            "wstui: ValueError: who would have thought (a fault of wstui; --debug shows where)\n",
        ),
    ],
    ids=["refused", "fault"],
)
def test_what_a_task_of_a_group_ends_with(
    error: Exception, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told as it is, and not that there was a group."""

    async def work(stage: Stage) -> int:
        async def fail() -> None:
            raise error

        async with asyncio.TaskGroup() as outer, asyncio.TaskGroup() as inner:
            inner.create_task(fail())
            outer.create_task(asyncio.Event().wait())
        return 0

    assert perform(work, Manner(), Kept()) == code
    assert capsys.readouterr().err == words


def test_a_deadline_is_for_closing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gave so much time for all does not wait much longer for a peer that is silent."""
    given: list[float | None] = []
    close_all = ConnectionPool.close_all

    async def noted(pool: ConnectionPool, *arguments: Any, **named: Any) -> None:
        given.append(named.get("timeout"))
        await close_all(pool, *arguments, **named)

    async def work(stage: Stage) -> int:
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(ConnectionPool, "close_all", noted)
    assert perform(work, Manner(timeout=0.01), Kept()) == 8
    assert given[0] == 1.0


def exit_of(*arguments: str) -> int | str | None:
    """The exit code of a call that ends the process."""
    with pytest.raises(SystemExit) as caught:
        cli.main(list(arguments))
    return caught.value.code


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_a_wrong_option_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In two lines, with 2, whatever the sub-command."""
    assert exit_of(name, "localhost:1", "x", "--no-such-option") == 2
    err = capsys.readouterr().err
    assert "--no-such-option" in err
    assert f"usage: wstui {name} " in err
    assert err.count("\n") == 2


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has examples, the exit codes, names the way to the options of connections, and fits on 80
    columns. Its own options stand on the first screen, or nearly."""
    monkeypatch.setenv("COLUMNS", "80")
    assert exit_of(name, "--help") == 0
    text = capsys.readouterr().out
    for word in (f"usage: wstui {name}", "examples:", "exit codes:", "--timeout", "--bearer"):
        assert word in text
    own, _, _ = text.partition("\nas with every command:")
    assert len(own.splitlines()) <= (40 if name == "handshake" else 33)
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_about_connections(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help-options lists every option of connections, whatever else is missing."""
    assert exit_of(name, "--help-options") == 0
    text = capsys.readouterr().out
    assert all(
        (option in text) is bool(flag.help) for option, (_, flag) in CONNECTING.flags.items()
    )


def test_help_about_listeners(capsys: pytest.CaptureFixture[str]) -> None:
    """A sub-command that listens lists the options of a listener."""
    assert exit_of("receive", "--listen", "0", "--help-options") == 0
    text = capsys.readouterr().out
    assert "options for each listener: " in text
    assert "--self-signed" in text
    assert "--bearer" not in text


def test_a_broken_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A profile that is wrong is told with file, line and reason; so is a file that is no TOML."""
    monkeypatch.setenv(CONFIG_DIR, str(tmp_path))
    file = tmp_path / "profiles.toml"
    file.write_text('[bad]\nuri = "ws://h/"\nopen_timeout = "soon"\n')
    assert exit_of("echo", "bad") == 2
    assert f"{file}, line 3: bad: open_timeout" in capsys.readouterr().err
    file.write_text("[bad\n")
    assert exit_of("echo", "bad") == 2
    err = capsys.readouterr().err
    assert str(file) in err
    assert "Traceback" not in err


async def test_a_secret_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with 2, and nothing is connected to."""
    options = ConnectOptions("ws://127.0.0.1:1/", headers=(("A", "${env:WSTUI_NO_SUCH}"),))
    result = await done(lambda stage: echo(stage, Echo(options, Manner())))
    assert result.code == 2
    assert "The environment has no WSTUI_NO_SUCH" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ["typed", ""], ids=["typed", "given up"])
async def test_a_passphrase_is_asked_for(
    typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where somebody sits at a terminal, who may type it or not."""
    issued = trustme.CA().issue_cert("me@internal.example")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"typed"),
    )
    file = tmp_path / "me.pem"
    file.write_bytes(locked + issued.cert_chain_pems[0].bytes())
    asked: list[str] = []

    def type_it(prompt: str) -> str:
        asked.append(prompt)
        return typed

    monkeypatch.setattr(stage_module, "has_reader", lambda: True)
    monkeypatch.setattr(stage_module, "getpass", type_it)
    async with stage() as here:
        flags = [("--self-signed", ""), ("--echo", "")]
        listener = await listening(here.pool, LISTENING.build("127.0.0.1:0", flags))
        uri = f"wss://{listener.addresses[0]}/"
        tls = [("--insecure", ""), ("--cert", str(file))]
        connection = here.pool.connect(CONNECTING.build(uri, tls))
        assert await here.opened(connection) is bool(typed)
        assert exit_code(connection) == (Exit.OK if typed else Exit.USAGE)
    assert asked == [f"Passphrase of {file}: "]
    assert ("passphrase" in capsys.readouterr().err) is not bool(typed)


# Staying connected


async def test_what_is_waited_for_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Each time that it waits to be opened again, once; not with --quiet."""
    options = CONNECTING.build(
        f"localhost:{free_port()}", [("--reconnect", ""), ("--reconnect-attempts", "2")]
    )
    options = replace(options, reconnect=replace(options.reconnect, first=0.001))
    assert (await done(lambda stage: echo(stage, Echo(options, Manner())))).code == 3
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" attempt in ")[0].split()[-1] for line in lines[:2]] == ["1st", "2nd"]
    assert len(lines) == 3
    quiet = Manner(quiet=True)
    assert (await done(lambda stage: echo(stage, Echo(options, quiet)), quiet)).code == 3
    assert len(capsys.readouterr().err.splitlines()) == 1


# What is loaded


async def test_nothing_of_the_screen_is_loaded_by_a_run() -> None:
    """Neither Textual nor Rich, by what sub-commands do on a connection."""
    async with DemoServer("127.0.0.1", 0) as demo:
        runs = [
            ["echo", "-q", demo.url("/close?code=1000&after=0")],
            ["tail", "-q", demo.url("/ticker?rate=100"), "--count", "1"],
            ["send", "-q", demo.url("/echo"), "hello"],
            ["ping", demo.url("/echo"), "-c", "1"],
            ["handshake", demo.url("/echo")],
            ["repl", "-q"],
        ]
        code = (
            "import sys; from wstui.cli import main\n"
            f"codes = [main(words) for words in {runs!r}]\n"
            "bad = [one for one in sys.modules if one.split('.')[0] in ('textual', 'rich')]\n"
            "print(codes, bad, file=sys.stderr)"
        )
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(PATIENCE):
            _, err = await running.communicate()
    assert err.decode() == "[0, 0, 0, 0, 0, 0] []\n"
