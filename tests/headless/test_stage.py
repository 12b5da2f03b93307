"""What all sub-commands stand on."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from tests.headless_support import PATIENCE, process, stage, wstui
from tests.net_support import free_port, until
from wstui.command_line.names import SUBCOMMANDS
from wstui.core.connection import State
from wstui.core.options.connect import ConnectOptions
from wstui.headless import feed as feed_module
from wstui.headless.feed import Feed
from wstui.net.demo import DemoServer


async def test_a_failure_is_a_sentence_with_a_hint_and_a_code() -> None:
    """Standard error has one line, standard output nothing."""
    done = await wstui("echo", f"localhost:{free_port()}")
    assert (done.code, done.out) == (3, b"")
    assert done.err.count("\n") == 1
    assert "Nothing listens on" in done.err
    assert "Is the server running" in done.err


async def test_sigint_closes_with_1001() -> None:
    """The exit code is 130, and the peer gets a close frame."""
    async with (
        DemoServer("127.0.0.1", 0) as demo,
        process("echo", "--json", demo.url("/echo")) as one,
    ):
        assert one.stdout is not None
        lines = [await one.stdout.readline() for _ in range(2)]
        assert b'"open"' in lines[1]
        one.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            out, err = await one.communicate()
    assert (one.returncode, err) == (130, b"")
    assert b'"code":1001,"reason":"","clean":true,"by":"us"' in out


async def test_a_deadline_for_all_of_it() -> None:
    """--timeout ends what takes longer with an exit code of its own."""
    async with DemoServer("127.0.0.1", 0) as demo:
        done = await wstui("echo", "--timeout", "300ms", demo.url("/echo"))
    assert done.code == 8
    assert "not done within 0.3 s" in done.err


async def test_a_slow_taker_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes nothing has little in memory, and later gets all that was sent."""
    monkeypatch.setattr(feed_module, "BEHIND", 10_000)
    async with DemoServer("127.0.0.1", 0) as demo, stage() as here:
        connection = here.pool.connect(ConnectOptions(demo.url("/flood?size=1000")))
        feed = Feed(here.pool, connection)
        await until(lambda: connection.transcript.bytes_in > 10_000)
        held = connection.transcript.bytes_in
        for _ in range(100):
            await asyncio.sleep(0)
        assert connection.transcript.bytes_in == held
        rows = 0
        while rows < 5000 and await feed.wait():
            rows += sum(stop - start for _, start, stop in feed.take())
        assert rows == feed.at
        assert feed.missed == 0
        feed.close()


async def test_a_feed_ends_with_its_connection() -> None:
    """All entries come, and then it is known that there will be no more."""
    async with DemoServer("127.0.0.1", 0) as demo, stage() as here:
        connection = here.pool.connect(ConnectOptions(demo.url("/close?code=4001&after=0")))
        feed = Feed(here.pool, connection)
        rows = 0
        while await feed.wait():
            rows += sum(stop - start for _, start, stop in feed.take())
        assert connection.state is State.CLOSED
        assert rows == len(connection.transcript)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_nothing_of_the_screen_is_loaded(name: str) -> None:
    """A sub-command's module, and its parser, load neither Textual nor Rich."""
    module = name.replace("-", "_")
    code = (
        f"import sys, wstui.cli, wstui.command_line.{module}, wstui.headless.{module}\n"
        "print([one for one in sys.modules if one.split('.')[0] in ('textual', 'rich')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (found.stdout, found.stderr) == ("[]\n", "")
