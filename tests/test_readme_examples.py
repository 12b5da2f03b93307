"""Every command line in the README does what it shows, against stand-ins on this machine.

A line that starts the workbench, or a listener in it, goes through the command line itself up to
where the screen would open; what it asks for is then opened without one. A sub-command that needs
no screen is run by a shell, as it stands, pipes and all. Hosts of the outside world are replaced by
those of `STAND_INS`, and every sub-command has its row in `RUNS`: a line that none of them fits
fails its test, so that no example goes untested.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from tests.net_support import free_port, reach, read_request, tcp_server
from tests.serving_support import listening
from wstui import cli
from wstui.command_line.names import SUBCOMMANDS
from wstui.core.connection import State
from wstui.core.listener import ListenerState
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_table import LISTENING
from wstui.core.profiles import Options
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool
from wstui.storage.paths import CONFIG_DIR

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PATIENCE = 40.0
"""Seconds after which an example that should have said something has failed."""

needs_a_shell = pytest.mark.skipif(sys.platform == "win32", reason="the examples are for a shell")

SECRETS = {"TOKEN": "t", "PASSWORD": "p"}
"""What the environment of an example holds."""

FILES = {
    "ticks.txt": '{"price":1}\n',
    "subscribe.json": '{"op":"subscribe"}\n',
    "query.json": '{"op":"query"}\n',
    "photo.jpg": "no real picture " * 1000,
    "script": "help\n",
}
"""What lies in the folder of an example; `ca.pem` and `me.pem` are made."""


class StandIn(NamedTuple):
    """What is put in place of something of the outside world."""

    what: str
    """A pattern."""
    by: str
    """The replacement, with places of `Ports` in braces."""


class Ports(NamedTuple):
    """Where the stand-ins are."""

    demo: int
    """The demonstration server."""
    http: int
    """A web server that answers any request with JSON."""
    tls: int
    """A listener that echoes, by TLS, of which `ca.pem` tells that it is internal.example."""
    room: int
    """A listener with a chat room."""
    free: int
    """Nobody; for those who listen."""
    unix: str
    """A listener that echoes, at a Unix socket."""


STAND_INS = (
    StandIn(
        r"(?<![\w./])(?:wss?://)?[\w.]+\.example/ticks", "ws://127.0.0.1:{demo}/ticker?rate=200"
    ),
    StandIn(r"(?<=curl ')https?://[\w.]+\.example[^\s'\"]*", "http://127.0.0.1:{demo}/echo"),
    StandIn(
        r"(?<!Origin: )(?<!-allowed )https?://[\w.]+\.example[^\s'\"]*",
        "http://127.0.0.1:{http}/",
    ),
    StandIn(
        r"(?<!-name )(?<![\w./@])(?:wss?://)?[\w.]+\.example[^\s'\"]*", "ws://127.0.0.1:{demo}/echo"
    ),
    StandIn(r"wss://10\.0\.0\.7:8443/", "wss://127.0.0.1:{tls}/"),
    StandIn(r"ws\+unix:/run/app\.sock:", "ws+unix:{unix}:"),
    StandIn(r"(?<=listen unix:)/tmp/ws\.sock", "{unix}"),
    StandIn(r"(?<=chat )localhost:\d+", "ws://127.0.0.1:{room}/"),
    StandIn(r"(?<=send-file )localhost:\d+", "ws://127.0.0.1:{free}/"),
    StandIn(r"(?<=--listen )\d+", "127.0.0.1:{free}"),
    StandIn(r"localhost:\d+/runCase[^\s'\"]*", "ws://127.0.0.1:{demo}/close?code=1000&after=0"),
    StandIn(r"(?:wss?://)?localhost:\d+(?:/\w*)?", "ws://127.0.0.1:{demo}/echo"),
    StandIn(r"(?<= )(?:0\.0\.0\.0:|'\[::1\]:)?9\d\d\d'?(?= )", "127.0.0.1:0"),
)
"""In each place the first one that fits is taken."""


@dataclass(frozen=True)
class Run:
    """How a sub-command's example is run, and what must come of it."""

    says: str
    """A pattern of its output, or of what it says on standard error."""
    ends: str = ""
    """A pattern of lines that end by themselves, with exit code 0. Others go on, and are ended by
    SIGINT, with 130, as soon as they have said that."""
    gets: str = ""
    """Standard input, where the line itself has none."""
    before: str = ""
    """A line that runs beside it. It `listens` before the example starts."""
    then: str = ""
    """A line that is run as soon as the example `listens`."""


RUNS = {
    "repl": Run("Enter Command:|<< hello", gets="help\nquit\n"),
    "tail": Run(r"price|tick|\d+\.\d+|^\d+$", ends=r"--count|--for|\| head"),
    "send": Run("alive|hello|op", gets="hello\n"),
    "pipe": Run("hello|5|price", r"^(?!.* -n\b)", gets="hello\n"),
    "ping": Run("median", ends=" -c "),
    "chat": Run("ada|ci", gets="hello\n"),
    "send-file": Run("photo.jpg", before="wstui receive --listen 127.0.0.1:{free} --once received"),
    "receive": Run("photo.jpg", "--once", then="wstui send-file ws://127.0.0.1:{free}/ photo.jpg"),
    "handshake": Run("HTTP/1.1 (101|200)|status"),
    "echo": Run("closed with 1000"),
    "listen": Run('"listening"', ends="^$"),
    "demo": Run("/ticker", ends="^$"),
}
"""By sub-command."""

LISTENS = "listening|Waiting for files"
"""What those say who wait for others."""


def examples() -> Iterator[str]:
    """Each command line in the README's blocks of shell."""
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip() and not line.startswith("#"):
                yield line


def is_install(line: str) -> bool:
    """Whether it makes an environment for Python: CI runs those."""
    return line.startswith("python3 -m venv")


def on_screen(line: str) -> bool:
    """Whether it opens the workbench."""
    words = shlex.split(line, comments=True)
    if words[0] != "wstui":
        return False
    return words[1] not in {*SUBCOMMANDS, "demo"} and not {"--no-ui", "--serve"} & set(words)


EXAMPLES = list(dict.fromkeys(examples()))
SCREEN = [line for line in EXAMPLES if not is_install(line) and on_screen(line)]
SHELL = [line for line in EXAMPLES if not is_install(line) and not on_screen(line)]


@pytest.mark.parametrize("line", [line for line in EXAMPLES if is_install(line)])
def test_installing(line: str) -> None:
    """Each step of it is a program of the environment that the first step makes."""
    first, *steps = line.split(" && ")
    assert first == "python3 -m venv .venv"
    assert steps
    for step in steps:
        assert re.match(r"\.venv/bin/(pip install -q (\.|-e '\.\[test\]')|wstui|python)", step)


def test_every_sub_command_has_an_example() -> None:
    """Nothing that the command line offers is missing in the README."""
    shown = {word for line in SHELL for word in shlex.split(line, comments=True)}
    assert set(SUBCOMMANDS) - shown == set()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of an example, with its files, and a configuration of its own."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "received").mkdir()
    (tmp_path / "config").mkdir()
    monkeypatch.setenv(CONFIG_DIR, str(tmp_path / "config"))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@asynccontextmanager
async def stand_ins(pool: ConnectionPool, folder: Path, needs: str) -> AsyncIterator[Ports]:
    """Those that the line `needs` asks for; 0 in place of others."""

    async def port(where: str, flags: Sequence[tuple[str, str]]) -> int:
        listener = await listening(pool, LISTENING.build(where, flags))
        assert listener.state is ListenerState.LISTENING, listener.failure
        return int(listener.addresses[0].rpartition(":")[2])

    tls = room = 0
    async with DemoServer("127.0.0.1", 0) as demo, tcp_server(answer) as http:
        if "ca.pem" in needs:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(str(folder / "ca.pem"))
            for name, identity in (
                ("me.pem", "me@internal.example"),
                ("it.pem", "internal.example"),
            ):
                issued = authority.issue_cert(identity)
                issued.private_key_and_cert_chain_pem.write_to_path(str(folder / name))
            tls = await port("127.0.0.1:0", [("--echo", ""), ("--cert", str(folder / "it.pem"))])
        if "chat " in needs:
            room = await port("127.0.0.1:0", [("--chat", "")])
        unix = folder / "s"
        if "unix:" in needs and "listen" not in needs:
            await listening(pool, LISTENING.build(f"unix:{unix}", [("--echo", "")]))
        ports = Ports(demo.port, http, tls, room, free_port(), str(unix))
        profiles = README.split("```toml\n")[1].split("```")[0]
        (folder / "config" / "profiles.toml").write_text(local(profiles, ports), encoding="utf-8")
        yield ports


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a request of HTTP."""
    head = await read_request(reader)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"
        b'Connection: close\r\n\r\n{"on":true}'
    )
    await writer.drain()


def local(text: str, ports: Ports) -> str:
    """`text` with stand-ins for all that is outside of this machine."""
    names = [one.by.format(**ports._asdict()) for one in STAND_INS]
    pattern = "|".join(f"({one.what})" for one in STAND_INS)
    changed = re.sub(pattern, lambda match: names[(match.lastindex or 0) - 1], text)
    hosts = re.findall(r"(?<!Origin: )(?<!-allowed )\b\w+://(?:[^@/\s]*@)?([\w.]+)", changed)
    assert set(hosts) <= {"127.0.0.1"}, f"nothing stands in for {hosts}: see STAND_INS"
    return changed


# The workbench


@pytest.mark.parametrize("line", SCREEN)
async def test_the_workbench(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the line asks for is opened."""
    wanted: list[Options] = []

    def keep(on_start: Sequence[Options], note: str = "") -> int:
        wanted.extend(on_start)
        return 0

    monkeypatch.setattr(cli, "run_workbench", keep)
    monkeypatch.setattr(cli, "need_terminal", lambda parser: None)
    async with ConnectionPool() as pool, stand_ins(pool, folder, line) as ports:
        words = shlex.split(local(line, ports), comments=True)
        assert cli.main(words[1:]) == 0
        assert wanted
        for options in wanted:
            if isinstance(options, ConnectOptions):
                connection = pool.connect(options)
                await reach(pool, connection, State.OPEN, State.FAILED)
                assert connection.is_open, connection.failure
            else:
                assert isinstance(options, ListenOptions)
                listener = await listening(pool, options)
                assert listener.state is ListenerState.LISTENING, listener.failure


# In a shell


class Shell:
    """Runs lines in a folder, with `wstui` among its commands, and keeps what they say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[asyncio.subprocess.Process] = []
        commands = folder / "bin"
        commands.mkdir()
        programs = {"wstui": f'exec "{sys.executable}" -m wstui "$@"'}
        if shutil.which("jq") is None:
            programs["jq"] = "exec cat"
        for name, text in programs.items():
            (commands / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            (commands / name).chmod(0o755)
        root = str(Path(__file__).parents[1])
        path = f"{commands}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**os.environ, "PATH": path, "PYTHONPATH": root}

    async def start(self, line: str, gets: str = "") -> Started:
        """Run a line, with `gets` as standard input."""
        source = self._folder / "input"
        source.write_text(gets, encoding="utf-8")
        with source.open("rb") as file:
            running = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", line),
                stdin=file,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
            )
        self._running.append(running)
        return Started(line, running)

    async def stop(self) -> None:
        """End all that still runs."""
        for running in self._running:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            await running.wait()


class Started:
    """A line that was started in a shell."""

    def __init__(self, line: str, running: asyncio.subprocess.Process) -> None:
        self._line = line
        self._running = running
        self._said = ""

    async def says(self, pattern: str) -> None:
        """Wait until it has said something; what it says before the end of it counts."""
        assert self._running.stdout is not None
        while not re.search(pattern, self._said):
            data = await self._running.stdout.read(1 << 16)
            assert data, f"{self._line} ended without {pattern!r}: {self._said}"
            self._said += data.decode(errors="replace")

    async def ends(self, says: str, *, interrupted: bool = False) -> None:
        """Wait for its end, which is a good one."""
        await self.says(says)
        if interrupted:
            os.killpg(self._running.pid, signal.SIGINT)
        assert self._running.stdout is not None
        while data := await self._running.stdout.read(1 << 16):
            self._said += data.decode(errors="replace")
        code = await self._running.wait()
        # A shell that gets SIGINT, too, ends by it; one with a pipe tells of the last program.
        good = (130, -signal.SIGINT, 0) if interrupted else (0,)
        assert code in good, f"{self._line} ended with {code}: {self._said}"
        assert "Traceback" not in self._said


def row_of(line: str) -> Run:
    """How to run a line."""
    words = shlex.split(line, comments=True)
    assert "wstui" in words, f"{line} is no example of wstui"
    name = words[words.index("wstui") + 1]
    assert name in RUNS, f"nobody knows how to run {line}: see RUNS"
    return RUNS[name]


@needs_a_shell
@pytest.mark.parametrize("line", SHELL)
async def test_a_sub_command(line: str, folder: Path) -> None:
    """It runs, says what it should, and ends well."""
    row = row_of(line)
    async with (
        asyncio.timeout(PATIENCE),
        ConnectionPool() as pool,
        stand_ins(pool, folder, line) as ports,
        AsyncExitStack() as stack,
    ):
        shell = Shell(folder)
        stack.push_async_callback(shell.stop)
        if row.before:
            beside = await shell.start(row.before.format(**ports._asdict()))
            await beside.says(LISTENS)
        example = await shell.start(local(line, ports), row.gets)
        if row.then:
            await example.says(LISTENS)
            await shell.start(row.then.format(**ports._asdict()))
        await example.ends(row.says, interrupted=not re.search(row.ends, line))
