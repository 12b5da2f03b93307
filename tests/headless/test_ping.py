"""`wstui ping`: round trips, and what servers do instead of answering."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest

from tests.headless_support import PATIENCE, Done, done, process, stage
from tests.net_support import frame, free_port, read_frame, until, websocket_server
from tests.serving_support import listening
from wstui.cli import named_connection
from wstui.command_line.ping import read
from wstui.core.entry import Kind
from wstui.core.options.listen import ListenOptions
from wstui.core.options.listen_tls import ListenTls
from wstui.headless.ping import Pinger, ping
from wstui.net.demo import DemoServer


async def pinged(*words: str) -> Done:
    """What comes of `wstui ping` with these words."""
    asked = read(words, named_connection)
    async with asyncio.timeout(PATIENCE):
        return await done(lambda stage: ping(stage, asked), asked.manner)


async def against(answers: Sequence[bytes | None], *words: str) -> Done:
    """The same with a server that answers the n-th ping with pongs that have the payloads of those
    pings whose indexes are in `answers[n]`, 255 standing for another one; None ends TCP."""
    payloads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, payload = await read_frame(reader)
            if head & 0x0F == Kind.CLOSE:
                writer.write(frame(Kind.CLOSE, payload))
                return
            payloads.append(payload)
            answer = answers[len(payloads) - 1]
            if answer is None:
                return
            for index in answer:
                writer.write(frame(Kind.PONG, payloads[index] if index < 255 else b"stray"))

    async with websocket_server(serve) as port:
        return await pinged("--json", "-i", "1ms", f"ws://127.0.0.1:{port}", *words)


def fates(came: Done) -> list[tuple[Any, ...]]:
    """Number and outcome of each ping that was told of."""
    told = [line for line in came.lines if line["event"] in ("pong", "lost")]
    return [(line.get("number"), line["outcome"]) for line in told]


async def test_round_trips_are_told() -> None:
    """The connection, a line for each pong, and the figures."""
    async with DemoServer("127.0.0.1", 0) as demo:
        came = await pinged(demo.url("/echo"), "-c", "2", "-i", "1ms")
    lines = came.out.decode().splitlines()
    assert came.code == 0
    assert lines[0] == f"PING {demo.url('/echo')} (127.0.0.1:{demo.port})"
    assert lines[1].startswith("open after ")
    assert [line.split()[:4] for line in lines[2:4]] == [
        ["pong", "1", "8", "B"],
        ["pong", "2", "8", "B"],
    ]
    assert lines[5].startswith("2 sent, 2 received, 0% lost, in ")
    assert lines[6].startswith("min ")


async def test_what_was_agreed_is_told() -> None:
    """The subprotocol, and TLS with what it does not check."""
    async with stage() as here:
        options = ListenOptions("0", tls=ListenTls(self_signed=True), subprotocols=("chat.v1",))
        listener = await listening(here.pool, options)
        words = ("-c", "1", "--insecure", "--subprotocol", "chat.v1")
        came = await pinged(listener.uris[0], *words)
    facts = came.out.decode().splitlines()[2]
    assert facts.startswith("TLSv1.3 TLS_")
    assert facts.endswith("; TLS is unverified; subprotocol chat.v1")


async def test_the_figures_alone() -> None:
    """Flood: one after the other, and nothing is told but the end."""
    async with DemoServer("127.0.0.1", 0) as demo:
        came = await pinged(demo.url("/echo"), "-f", "-c", "50", "-s", "0")
    assert came.out.startswith(b"50 sent, 50 received, 0% lost, in ")
    assert came.out.count(b"\n") == 2


async def test_messages_that_come_back() -> None:
    """Where servers answer no pings, an echo is a round trip, too."""
    async with DemoServer("127.0.0.1", 0) as demo:
        timed = await pinged(demo.url("/echo"), "-c1", "-D", "--message", "x")
        came = await pinged(demo.url("/echo"), "--json", "-c2", "-i1ms", "--message", "-hi {n}")
    assert re.match(rb"\d\d:\d\d:\d\d reply 1 ", timed.out.splitlines()[2])
    assert fates(came) == [(1, "answered"), (2, "answered")]
    assert came.lines[-1]["received"] == 2


async def test_messages_that_are_answered() -> None:
    """A filter tells which messages are answers; others are none."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(Kind.TEXT, b'{"news":1}'))
        for _ in range(2):
            await read_frame(reader)
            writer.write(frame(Kind.TEXT, b'{"news":2}') + frame(Kind.TEXT, b'{"op":"pong"}'))
        await read_frame(reader)
        writer.write(frame(Kind.CLOSE, b"\x03\xe8"))

    async with websocket_server(serve) as port:
        words = ("--json", "-c2", "-i0", "--message", "x", "--answer", "dir:in pong")
        came = await pinged(f"ws://127.0.0.1:{port}", *words)
    assert (came.code, fates(came)) == (0, [(1, "answered"), (2, "answered")])


async def test_one_pong_for_several() -> None:
    """What the newest one answers is not lost; strangers and repetitions are told apart."""
    came = await against([b"", b"\x01\x01\xff"], "-c2")
    assert (came.code, fates(came)) == (
        0,
        [(1, "together"), (2, "answered"), (2, "again"), (None, "stray")],
    )


async def test_a_server_that_does_not_answer() -> None:
    """A lost ping is told, and so is an answer that comes too late."""
    came = await against([b"", b"\x00\x01"], "-c2", "-i", "30ms", "-W", "10ms")
    assert fates(came)[:2] == [(1, "lost"), (1, "late")]
    none = await against([b"", b""], "-c2", "-W", "10ms")
    assert none.code == 1
    assert none.lines[-1]["loss"] == 1.0


def test_a_dead_server_is_not_waited_for() -> None:
    """Once the figures are told the closing handshake may be in vain, unless it is given time."""
    assert read(["x"], named_connection).options.close_timeout == 1.0
    assert read(["x", "--close-timeout", "20ms"], named_connection).options.close_timeout == 0.02
    assert read(["x", "--close-timeout", "9s"], named_connection).options.close_timeout == 9.0


async def test_a_connection_that_breaks() -> None:
    """Its exit code counts more than the pongs that came."""
    came = await against([b"\x00", None], "-i", "20ms")
    assert (came.code, fates(came)) == (6, [(1, "answered"), (2, "cut off")])


async def test_going_on_after_a_break() -> None:
    """With --reconnect it pings on once the connection is open again."""
    came = await against(
        [b"\x00", None, b"\x02"], "-c3", "-i0", "--reconnect", "--reconnect-first", "1ms"
    )
    assert (came.code, fates(came)) == (0, [(1, "answered"), (2, "cut off"), (3, "answered")])
    assert [line["event"] for line in came.lines].count("open") == 2


async def test_pings_of_the_library_do_not_count() -> None:
    """They are off, unless they are asked for; and then they are nobody's."""
    assert read(["x"], named_connection).options.ping_interval is None
    asked = read(["x", "--ping-interval", "5s"], named_connection)
    assert asked.options.ping_interval == 5.0
    seen: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head, payload = await read_frame(reader)
            if head & 0x0F == Kind.CLOSE:
                writer.write(frame(Kind.CLOSE, payload))
                return
            seen.append(len(payload))
            writer.write(frame(Kind.PONG, payload))

    async with websocket_server(serve) as port:
        words = ("--json", "--ping-interval", "5ms", "-i", "60ms", "-c", "2")
        came = await pinged(f"ws://127.0.0.1:{port}", *words)
    assert 4 in seen
    assert fates(came) == [(1, "answered"), (2, "answered")]


async def test_nothing_to_ping(capsys: pytest.CaptureFixture[str]) -> None:
    """It could not be opened: an error of its own, and no figures."""
    came = await pinged(f"127.0.0.1:{free_port()}", "-c1")
    assert (came.code, came.out) == (3, b"")
    assert "Nothing listens on" in capsys.readouterr().err


async def test_a_deadline_is_no_error() -> None:
    """After it, it is enough, whatever still waits."""
    async with DemoServer("127.0.0.1", 0) as demo, stage() as here:
        words = [demo.url("/echo"), "--deadline", "1h", "-i", "1ms"]
        pinger = Pinger(here, read(words, named_connection))
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            pinging = group.create_task(pinger.go_on(), name="pinging")
            await until(lambda: pinger.is_answered)
            pinger.end = 0.0
        assert pinging.result()


async def test_nothing_opens_before_the_deadline(capsys: pytest.CaptureFixture[str]) -> None:
    """Then it is too late, for there is nothing to tell."""
    async with DemoServer("127.0.0.1", 0) as demo:
        came = await pinged(demo.url("/silence"), "-w", "50ms")
    assert came == (8, b"", "")
    assert "not open within 0.05 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["-c", "0"], "1 or more"),
        (["-s", "126"], "0 to 125"),
        (["--payload", "x" * 126], "at most 125 bytes, not 126"),
        (["--payload-hex", "abc"], "two digits"),
        (["-s", "1", "--payload", "x"], "not allowed with"),
        (["--answer", "x"], "--answer goes with --message"),
        (["--message", "x", "--answer", "/(/"], "--answer"),
        (["--wait", "0"], "longer than 0"),
        (["-i", "soon"], "Write a time"),
    ],
)
def test_what_cannot_be_asked_for(
    words: list[str], wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence says what is wrong."""
    with pytest.raises(SystemExit) as end:
        read(["localhost", *words], named_connection)
    assert end.value.code == 2
    assert wrong in capsys.readouterr().err


async def test_ctrl_c_tells_the_figures() -> None:
    """As ping(8) does; the exit code is that of the signal."""
    async with (
        DemoServer("127.0.0.1", 0) as demo,
        process("ping", demo.url("/echo"), "-i", "10ms") as one,
    ):
        assert one.stdout is not None
        while b"pong  3" not in await one.stdout.readline():
            pass
        one.send_signal(2)
        async with asyncio.timeout(PATIENCE):
            out, err = await one.communicate()
    assert (one.returncode, err) == (130, b"")
    assert b" received, 0% lost" in out
