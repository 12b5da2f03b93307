"""`wstui pipe`: with a server that echoes it is `cat`, and no side can overrun the other."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from random import Random
from typing import Any

import pytest

from tests.headless_support import PATIENCE, Done, Kept, done, process, stage
from tests.net_support import (
    close_frame,
    frame,
    free_port,
    reach,
    read_frame,
    until,
    websocket_server,
)
from tests.send_support import Open
from tests.serving_support import listening
from wstui.command_line.closing import Closing
from wstui.command_line.headless import Manner
from wstui.command_line.pipe import Pipe
from wstui.core.backoff import Reconnect
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.options.listen import ListenOptions
from wstui.headless import feed as feed_module
from wstui.headless import input as input_module
from wstui.headless import pipe as pipe_module
from wstui.headless.input import Source
from wstui.headless.pipe import pipe
from wstui.headless.stage import Stage
from wstui.net.demo import DemoServer
from wstui.net.pool import ConnectionPool

LINES = b"one\n\n  two\nthr\xc3\xa9e\n"


def asked(uri: str, **fields: Any) -> Pipe:
    """What is asked for, without compression."""
    manner = fields.pop("manner", Manner())
    return Pipe(ConnectOptions(uri, deflate=UNCOMPRESSED), manner, **fields)


async def piped(uri: str, given: bytes | Source, **fields: Any) -> Done:
    """What comes of piping `given` through a server."""
    source = BytesIO(given) if isinstance(given, bytes) else given
    here = asked(uri, **fields)
    return await done(lambda stage: pipe(stage, here, source), here.manner)


@asynccontextmanager
async def echo() -> AsyncIterator[str]:
    """The uri of a listener that echoes."""
    async with ConnectionPool(headless=True) as pool:
        listener = await listening(pool, ListenOptions("0", behaviours=("echo",)))
        yield listener.uris[0]


async def echoed(given: bytes, **fields: Any) -> Done:
    """What comes of piping `given` through a listener that echoes."""
    async with echo() as uri:
        return await piped(uri, given, **fields)


class Endless:
    """Gives lines for ever."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int, /) -> bytes:
        self.given += size
        return b"x" * 99 + b"\n" + bytes(size - 101) + b"\n"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (LINES, {}),
        (b"".join(b"%d\n" % number for number in range(20_000)), {}),
        (LINES, {"kind": Kind.BINARY}),
        (b"a\nb\0\xc3\xa4\0", {"delimiter": b"\0"}),
        (b"a\nb\r\nc\r\n", {"delimiter": b"\r\n"}),
        ("äöü€\n\U0001f600".encode() * 30_000, {"delimiter": b""}),
        (Random(0).randbytes(3_000_000), {"kind": Kind.BINARY, "delimiter": b""}),
        (Random(1).randbytes(99_999) + b"\n", {"kind": Kind.BINARY}),
    ],
    ids=["text", "many", "binary-lines", "null", "crlf", "text-chunks", "binary", "random-lines"],
)
async def test_an_echo_gives_back_what_was_given(data: bytes, fields: dict[str, Any]) -> None:
    """Exactly, in order, in all forms; and the connection is closed when all came back."""
    assert await echoed(data, **fields) == (Exit.OK, data, "")


async def test_characters_are_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text without delimiters is cut as it comes, but never within a character."""
    monkeypatch.setattr(input_module, "CHUNK", 5)
    text = "äöü€\U0001f600".encode() * 9
    assert (await echoed(text, delimiter=b"")).out == text


async def test_a_last_line_without_an_end() -> None:
    """It is a message like all others."""
    assert (await echoed(b"a\nb")).out == b"a\nb\n"


async def test_text_has_to_be_utf8(capsys: pytest.CaptureFixture[str]) -> None:
    """What stands before a line that is none is sent; the line is named, and what to do."""
    found = await echoed(b"a\nb\n\xff\nc\n")
    assert found[:2] == (Exit.USAGE, b"a\nb\n")
    words = "Line 3 of standard input is not UTF-8: invalid start byte at byte 0. --binary sends"
    assert words in capsys.readouterr().err


async def test_text_that_ends_within_a_character(capsys: pytest.CaptureFixture[str]) -> None:
    """Without delimiters, too, only text goes out."""
    assert (await echoed(b"a\xe2\x82", delimiter=b""))[:2] == (Exit.USAGE, b"a")
    assert "Message 2 of standard input is not UTF-8" in capsys.readouterr().err


async def test_a_line_that_never_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused once it is longer than any message may be."""
    monkeypatch.setattr(pipe_module, "LONGEST", 100_000)
    assert (await echoed(b"a\n" + b"x" * 300_000))[:2] == (Exit.USAGE, b"a\n")
    assert "A line has more than 100,000 bytes." in capsys.readouterr().err


async def test_all_as_json() -> None:
    """Everything that happens is a line: both directions, and how it ended."""
    found = await echoed(b"a\n", manner=Manner(json=True))
    told = [(line["event"], line.get("dir"), line.get("text")) for line in found.lines]
    assert told[0][0] == "connecting"
    assert told[1][0] == "open"
    assert told[2] == ("message", "out", "a")
    assert ("message", "in", "a") in told
    assert (found.lines[-1]["event"], found.lines[-1]["code"]) == ("closed", 1000)


async def test_a_terminal_is_shown_no_controls() -> None:
    """What a peer sends does not drive the terminal."""
    async with echo() as uri:
        here = asked(uri)
        found = await done(lambda stage: pipe(stage, here, BytesIO(b"a\x1b[2Jb\n"), is_shown=True))
    assert found.out == "a\u241b[2Jb\n".encode()


# How it ends


async def answer_and_close(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, code: int
) -> None:
    """A server that answers one message, and then closes."""
    await read_frame(reader)
    writer.write(frame(Kind.TEXT, b"answer") + close_frame(code))
    await read_frame(reader)


@pytest.mark.parametrize(("code", "expected"), [(1000, 0), (1001, 0), (1008, 7), (4001, 7)])
async def test_the_server_closes(code: int, expected: int) -> None:
    """That ends it, though standard input goes on, and the exit code tells how."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_and_close(reader, writer, code)

    async with websocket_server(serve) as port:
        found = await piped(f"ws://127.0.0.1:{port}/", Open(b"a\n"))
    assert found[:2] == (expected, b"answer\n")


@pytest.mark.parametrize("linger", [None, 3600.0], ids=["no-close", "linger"])
async def test_receiving_goes_on_after_the_end_of_input(linger: float | None) -> None:
    """With --no-close, and for the time of --linger, it is the server who closes."""
    is_over = asyncio.Event()

    class Ends(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                loop.call_soon_threadsafe(is_over.set)
            return data

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await is_over.wait()
        await answer_and_close(reader, writer, 1000)

    loop = asyncio.get_running_loop()
    async with websocket_server(serve) as port:
        found = await piped(f"ws://127.0.0.1:{port}/", Ends(b"a\n"), linger=linger)
    assert found[:2] == (0, b"answer\n")


async def test_it_closes_after_lingering() -> None:
    """With the code and the reason that were asked for."""
    found = await echoed(
        b"a\n", linger=0.05, closing=Closing(4000, "bye"), manner=Manner(json=True)
    )
    assert found.code == 0
    assert found.lines[-1]["sent"] == {"code": 4000, "reason": "bye"}


async def test_tcp_ends_within_a_frame() -> None:
    """What came whole is written, and the exit code tells that it broke off."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b"whole") + frame(Kind.TEXT, b"half of it")[:6])

    async with websocket_server(serve) as port:
        found = await piped(f"ws://127.0.0.1:{port}/", Open())
    assert found[:2] == (Exit.BROKEN, b"whole\n")


async def test_no_connection() -> None:
    """Nothing is read, and the exit code tells why."""
    given = BytesIO(LINES)
    found = await piped(f"ws://127.0.0.1:{free_port()}/", given)
    assert (found.code, found.out, given.tell()) == (Exit.NO_CONNECTION, b"", 0)


async def test_a_fault_of_ours_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever when sending fails unexpectedly."""
    monkeypatch.setattr(pipe_module, "readable", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await echoed(b"a\n")


async def test_a_connection_that_is_opened_again() -> None:
    """Lines wait until it is open, and what comes goes on behind what came before."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 2:
            await answer_and_close(reader, writer, 1000)
        else:
            writer.write(frame(Kind.TEXT, b"first"))
            writer.close()

    class Late(Open):
        def read(self, size: int, /) -> bytes:
            again.wait(PATIENCE)
            return super().read(size)

    again = threading.Event()
    async with websocket_server(serve) as port, stage(None, kept := Kept()) as here:
        here.pool.subscribe(lambda one: again.set() if one.retry is not None else None)
        options = ConnectOptions(
            f"ws://127.0.0.1:{port}/",
            deflate=UNCOMPRESSED,
            reconnect=Reconnect(on=True, first=0.01, attempts=1),
        )
        code = await pipe(here, Pipe(options, Manner()), Late(b"a\n"))
        await here.output.finish(PATIENCE)
    assert (code, kept.data) == (Exit.OK, b"first\nanswer\n")


async def test_what_may_be_lost_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody knows what a peer got before it broke off: going on in silence would hide that."""
    broken = threading.Event()

    class Two:
        """Gives a line, and another one once the connection broke off."""

        given = [b"one\n", b"two\n", b""]

        def read(self, size: int, /) -> bytes:
            if len(self.given) == 2:
                broken.wait(PATIENCE)
            return self.given.pop(0)

    peers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)
        if len(peers) == 1:
            await read_frame(reader)
            writer.transport.abort()
            return
        broken.set()
        assert (await read_frame(reader))[1] == b"two"
        writer.write(close_frame())
        await read_frame(reader)

    async with websocket_server(serve) as port, stage() as here:
        options = ConnectOptions(
            f"ws://127.0.0.1:{port}/",
            deflate=UNCOMPRESSED,
            reconnect=Reconnect(on=True, first=0.01, attempts=3),
        )
        assert await pipe(here, Pipe(options, Manner()), Two()) == Exit.OK
    told = capsys.readouterr().err
    assert told.count("open again; what was on the way when it broke off may be lost.") == 1


# Who is faster than the other


async def test_a_peer_that_reads_nothing() -> None:
    """No more is read from standard input than little; an end of it all comes all the same."""
    given = Endless()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with websocket_server(serve) as port, stage() as here:
        task = asyncio.get_running_loop().create_task(
            pipe(here, asked(f"ws://127.0.0.1:{port}/"), given), name="pipe"
        )
        await until(lambda: bool(here.pool.connections))
        connection = here.pool.connections[0]
        await reach(here.pool, connection, State.OPEN)
        wire = here.pool.wire(0)
        assert wire is not None
        await until(lambda: wire.paused)
        for _ in range(2000):  # who reads on without a bound is far beyond it by then
            await asyncio.sleep(0)
        assert given.given < 32 << 20
        assert connection.outgoing.waiting < 1 << 20
        here.pool.drop(0)
        assert await asyncio.wait_for(task, PATIENCE) == Exit.BROKEN


class Slow(Kept):
    """Takes little at a time, and notes how much waits in the meantime."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = bytearray()
        self.most = 0
        self.here: Stage | None = None

    def write(self, data: bytes | memoryview, /) -> int:
        data = data[: 128 << 10]
        if self.here is not None and self.here.pool.connections:
            self.most = max(self.most, self.here.pool.connections[0].transcript.memory)
        threading.Event().wait(0.001)
        self.taken += data
        return len(data)


async def test_a_slow_reader_of_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, and little waits in memory: the server feels it, and so does the input."""
    monkeypatch.setattr(feed_module, "BEHIND", 200_000)
    monkeypatch.setattr(pipe_module, "MOST", 1 << 20)
    data = Random(2).randbytes(1 << 20) * 50
    kept = Slow()
    async with echo() as uri, stage(None, kept) as here:
        kept.here = here
        what = asked(uri, kind=Kind.BINARY, delimiter=b"")
        assert await pipe(here, what, BytesIO(data)) == Exit.OK
        assert await here.output.finish(PATIENCE)
    assert kept.taken == data
    assert kept.most < 4 << 20


# As a process


async def test_sigint_closes_with_1001() -> None:
    """The server gets a close frame, and what came until then is written."""
    codes = asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, payload = await read_frame(reader)
        writer.write(frame(Kind.TEXT, payload))
        codes.put_nowait((await read_frame(reader))[1])
        writer.write(close_frame(1001))

    async with websocket_server(serve) as port, process("pipe", f"127.0.0.1:{port}") as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdin.write(b"a\n")
        async with asyncio.timeout(PATIENCE):
            assert await one.stdout.readline() == b"a\n"
            one.send_signal(signal.SIGINT)
            assert await codes.get() == b"\x03\xe9"
            assert await one.wait() == Exit.INTERRUPTED


@pytest.mark.parametrize("path", ["/flood?size=1000", "/echo"])
async def test_a_closed_output_ends_it_quietly(path: str) -> None:
    """As `pipe ... | head -1` has it; after the end of input also where nothing more comes."""
    read, write = os.pipe()
    async with DemoServer("127.0.0.1", 0) as demo:
        one = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wstui", "pipe", "--no-close", demo.url(path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=write,
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(write)
        assert one.stdin is not None
        assert one.stderr is not None
        one.stdin.write(b"a\n")
        one.stdin.close()
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, os.read, read, 10)
        os.close(read)
        async with asyncio.timeout(PATIENCE):
            assert await one.stderr.read() == b""
            assert await one.wait() == Exit.OK
