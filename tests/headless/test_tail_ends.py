"""`wstui tail` of several connections, its ends, and slow readers."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from array import array
from functools import partial

import pytest

from tests.headless_support import PATIENCE, Kept, process, stage
from tests.net_support import Script, close_frame, frame, read_frame, until, websocket_server
from tests.tail_support import asked, server, tailed, text
from wstui.core.entry import Kind
from wstui.headless import feed as feed_module
from wstui.headless import tail as tail_module
from wstui.headless import tail_lines
from wstui.headless.output import Output
from wstui.headless.stage import Stage
from wstui.headless.tail import tail
from wstui.net.demo import DemoServer


def has_received(here: Stage, count: int) -> bool:
    """Whether so many messages came on all connections together."""
    return sum(one.transcript.received for one in here.pool.connections.values()) >= count


# Several connections, and how it ends


async def test_several_connections_in_order_of_time() -> None:
    """Each line has the name of its connection in front."""
    turns = [asyncio.Event() for _ in range(6)]

    def script(mine: int) -> Script:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for turn in range(mine, 6, 2):
                await turns[turn].wait()
                writer.write(text(f"turn {turn}"))
            await asyncio.sleep(0)
            writer.write(close_frame())
            await read_frame(reader)

        return serve

    kept = Kept()
    async with websocket_server(script(0)) as one, websocket_server(script(1)) as other:
        what = asked(f"ws://127.0.0.1:{one}/", f"ws://localhost:{other}/feed")
        async with stage(kept=kept) as here:
            work = asyncio.get_running_loop().create_task(tail(here, what), name="tail")
            await until(lambda: all(each.is_open for each in here.pool.connections.values()))
            for turn, event in enumerate(turns):
                event.set()
                await until(partial(has_received, here, turn + 1))
            assert await work == 0
            await here.output.finish(PATIENCE)
    names = [f"127.0.0.1:{one}", f"localhost:{other}"]
    width = max(map(len, names))
    wanted = [f"{names[turn % 2]:<{width}} turn {turn}" for turn in range(6)]
    assert kept.data.decode().splitlines() == wanted


async def test_order_within_one_round() -> None:
    """What came while nobody looked is put in order."""
    kept = Kept()
    async with server(text("later")) as one, server(text("sooner")) as other:
        what = asked(one, other)
        async with stage(kept=kept) as here:
            connections = [here.pool.connect(options) for options in what.connections]
            lines = tail_lines.Lines(what.form, ())
            following = tail_module.Following(here, what, connections, lines)
            await until(lambda: not any(each.is_live for each in connections))
            for connection, when in zip(connections, (2.0, 1.0), strict=True):
                segment = next(connection.transcript.segments())
                segment.times[:] = array("d", (when,)) * len(segment)
            assert await following.run() == 0
            following.close()
            await here.output.finish(PATIENCE)
    assert kept.data == b"sooner\nlater\n"


async def test_the_worst_end_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """And each end is told."""
    async with (
        DemoServer("127.0.0.1", 0) as demo,
        server(text("a"), close=close_frame(4000)) as other,
    ):
        found = await tailed(demo.url("/reject?status=403"), other, demo.url("/close?after=0"))
    assert found.code == 7
    err = capsys.readouterr().err
    assert ("403" in err, "4000" in err) == (True, True)


async def test_it_goes_on_over_a_drop(capsys: pytest.CaptureFixture[str]) -> None:
    """With --reconnect nothing of what was sent is missing, and the gap is told."""
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        writer.write(text(f"time {served}"))
        if served == 3:
            writer.write(close_frame(1000))
            await read_frame(reader)

    async with websocket_server(serve) as port:
        uri = f"ws://127.0.0.1:{port}"
        found = await tailed(uri, "--reconnect", "--reconnect-first", "5ms")
    assert (found.code, found.out) == (0, b"time 1\ntime 2\ntime 3\n")
    err = capsys.readouterr().err
    assert err.count("attempt in") == 2
    assert err.count("open again, away for") == 2


async def test_for_some_time() -> None:
    """It ends with 0, with all that came until then; the connection is closed with 1000."""
    async with DemoServer("127.0.0.1", 0) as demo:
        found = await tailed(demo.url("/flood?rate=1000"), "--for", "150ms", "--json")
    assert found.code == 0
    assert sum(line["event"] == "message" for line in found.lines) > 5


async def test_for_some_time_where_nothing_opens(capsys: pytest.CaptureFixture[str]) -> None:
    """That is a time-out."""
    async with DemoServer("127.0.0.1", 0) as demo:
        found = await tailed(demo.url("/silence"), "--for", "50ms")
    assert (found.code, found.out) == (8, b"")
    assert "Nothing was open within 0.05 s." in capsys.readouterr().err


async def test_a_message_that_broke_off_is_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    """It is left out, and that is said; --all shows it."""
    part = text("whole") + frame(Kind.TEXT, b"part", fin=False)
    async with server(part, close=b"") as uri:
        found = await tailed(uri, "--timeout", "5s", "--count", "2", "--for", "100ms")
        assert found.out == b"whole\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(part)

    async with websocket_server(serve) as port:
        uri = f"ws://127.0.0.1:{port}"
        found = await tailed(uri)
        assert (found.code, found.out) == (6, b"whole\n")
        assert "a message broke off after 4 B" in capsys.readouterr().err
        assert b"* received text cut off, of which came part\n" in (await tailed(uri, "--all")).out


@pytest.mark.parametrize(
    ("last", "why"),
    [
        pytest.param(b"\xff" * 20, "1002 “invalid opcode”", id="no frame"),
        pytest.param(frame(Kind.TEXT, length=1 << 40), "1009 “frame with", id="too large"),
    ],
)
async def test_a_peer_who_breaks_the_rules(
    last: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What came before is written, and what is wrong is one sentence."""
    async with server(text("whole"), last, close=b"") as uri:
        found = await tailed(uri)
    assert (found.code, found.out) == (6, b"whole\n")
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert why in err


async def test_fragments_and_pings_between_them() -> None:
    """Messages come whole, however they were cut."""
    parts = frame(Kind.TEXT, b"a", fin=False) + frame(Kind.PING) + frame(0, b"b", fin=False)
    async with server((parts + frame(0, b"c")) * 500) as uri:
        found = await tailed(uri)
    assert (found.code, found.out) == (0, b"abc\n" * 500)


# Slow readers, and none


class Slow:
    """A reader who takes nothing until he may, and then little by little."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.may = threading.Event()

    def write(self, data: bytes | memoryview, /) -> int:
        self.may.wait(PATIENCE)
        self.taken += data[:50_000]
        return min(len(data), 50_000)


async def test_a_slow_reader_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """While he takes nothing, little is in memory, and the socket is not read."""
    monkeypatch.setattr(feed_module, "BEHIND", 100_000)
    monkeypatch.setattr("wstui.headless.output.LIMIT", 50_000)
    slow = Slow()
    sent = [f"{number:06}" + "x" * 94 for number in range(60_000)]
    async with server(text(*sent)) as uri, stage() as here:
        here.output = Output(slow)
        work = asyncio.get_running_loop().create_task(tail(here, asked(uri)), name="tail")
        await until(lambda: any(one.transcript.received for one in here.pool.connections.values()))
        connection = here.pool.connections[0]
        for _ in range(200):
            await asyncio.sleep(0)
        assert connection.transcript.memory < 2 << 20
        assert connection.transcript.received < len(sent)
        slow.may.set()
        assert await work == 0
        assert await here.output.finish(PATIENCE)
    assert slow.taken.decode().splitlines() == sent


async def test_a_reader_who_leaves_ends_it_quietly() -> None:
    """As with `| head -1`, and though nothing more comes."""
    async with (
        DemoServer("127.0.0.1", 0) as demo,
        process("tail", demo.url("/echo"), "--on-connect", "one") as one,
    ):
        assert one.stdout is not None
        assert await one.stdout.readline() == b"one\n"
        one.stdout._transport.close()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE):
            assert one.stderr is not None
            assert await one.stderr.read() == b""
            assert await one.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
async def test_a_real_terminal_is_safe() -> None:
    """Of all that a hostile server sends, nothing reaches the terminal as a command."""
    main, side = os.openpty()
    loop = asyncio.get_running_loop()
    async with DemoServer("127.0.0.1", 0) as demo:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wstui", "tail", "--count", "10"),
            demo.url("/hostile?rate=200"),
            stdout=side,
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(side)
        seen = b""
        with os.fdopen(main, "rb", buffering=0) as terminal:
            while True:
                try:
                    part = await loop.run_in_executor(None, terminal.read, 65536)
                except OSError:  # Linux says so that the other side is closed
                    break
                if not part:
                    break
                seen += part
        async with asyncio.timeout(PATIENCE):
            assert await running.wait() == 0
    shown = seen.decode().replace("\r\n", "\n")
    assert "␛" in shown
    assert all(char.isprintable() or char == "\n" for char in shown)
