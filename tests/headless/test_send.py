"""`wstui send`: messages of all sources and forms, and honest ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.headless_support import PATIENCE, stage
from tests.net_support import (
    close_frame,
    frame,
    free_port,
    reach,
    read_frame,
    until,
    websocket_server,
)
from tests.send_support import Broken, Got, Open, arrived, asked, sent, server
from wstui.command_line.closing import Closing
from wstui.command_line.send import read
from wstui.core.connection import State
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import CONNECTING
from wstui.core.sending.plan import parse_rate
from wstui.core.sending.texts import Form
from wstui.headless import send as send_module
from wstui.headless.send import send

# What is sent


@pytest.mark.parametrize(
    ("whole", "expected"), [(True, []), (False, [(Kind.TEXT, b"one")])], ids=["whole", "lines"]
)
async def test_input_that_breaks(
    whole: bool, expected: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that was cut off goes out, and it is told."""
    got = Got()
    async with server(got) as uri:
        done = await sent(asked(uri, is_whole=whole), Broken(b"one\nhalf"))
    assert done.code == Exit.USAGE
    assert got.messages == expected
    assert "standard input cannot be read: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("messages", "given", "fields", "expected"),
    [
        (["one", "", "dréi"], None, {}, ["one", "", "dréi"]),
        (["a"], b"not read", {}, ["a"]),
        (["a", "-", "b"], b"1\n\n2", {}, ["a", "1", "", "2", "b"]),
        ([], b"1\n2\n", {}, ["1", "2"]),
        ([], b"1\n2\n", {"is_whole": True}, ["1\n2\n"]),
        ([], b"", {}, []),
        (["-", "@x"], b"1\n", {"is_literal": True}, ["-", "@x"]),
    ],
    ids=["arguments", "no-input", "all", "lines", "whole", "nothing", "literal"],
)
async def test_sources(
    messages: list[str], given: bytes, fields: dict[str, Any], expected: list[str]
) -> None:
    """Arguments and standard input, in their order, and a close frame behind them."""
    got = await arrived(*messages, given=given, **fields)
    assert got.messages == [(Kind.TEXT, text.encode()) for text in expected]
    assert got[-1] == (0x88, b"\x03\xe8")


@pytest.mark.parametrize(
    ("form", "written", "expected"),
    [
        (Form.BINARY, b"a\xff\r", b"a\xff\r"),
        (Form.HEX, b"DE AD,0xbe ef # all", b"\xde\xad\xbe\xef"),
        (Form.BASE64, b"AP/+ 8w==", b"\0\xff\xfe\xf3"),
    ],
)
async def test_forms(form: Form, written: bytes, expected: bytes, tmp_path: Path) -> None:
    """From lines, from a file, and from an argument it is the same."""
    file = tmp_path / "file"
    file.write_bytes(written)
    argument = written.decode(errors="surrogateescape")
    got = await arrived("-", f"@{file}", argument, given=written + b"\n", form=form)
    assert got.messages == [(Kind.BINARY, expected)] * 3


async def test_files(tmp_path: Path) -> None:
    """A file is a message as it is, or has one a line."""
    file = tmp_path / "file"
    file.write_bytes(b"1\n2\n")
    assert (await arrived(f"@{file}")).messages == [(Kind.TEXT, b"1\n2\n")]
    lines = (await arrived("a", f"@{file}", by_lines=True)).messages
    assert lines == [(Kind.TEXT, b"a"), (Kind.TEXT, b"1"), (Kind.TEXT, b"2")]


async def test_a_message_several_times() -> None:
    """Its places are filled in anew each time."""
    texts = [payload.decode() for _, payload in (await arrived("{n:3} {uuid}", times=600)).messages]
    assert [text[:4] for text in texts] == [f"{number:03} " for number in range(1, 601)]
    assert len(set(texts)) == 600


@pytest.mark.parametrize(
    "pace",
    [{"every": 0.02}, {"rate": parse_rate("50/s")}, {"rate": parse_rate("100 B/s")}],
    ids=["every", "rate", "bytes"],
)
async def test_a_pace(pace: dict[str, Any]) -> None:
    """Messages from wherever wait for their turn, a message several times as well."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    got = await arrived("11", "-", given=b"22\n33\n44\n55\n", **pace)
    assert [payload for _, payload in got.messages] == [b"11", b"22", b"33", b"44", b"55"]
    assert loop.time() - begun >= 0.03  # some may go at once
    got = await arrived("{n}", times=4, **pace)
    assert [payload for _, payload in got.messages] == [b"1", b"2", b"3", b"4"]


async def test_lines_are_not_sent_several_times(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody keeps them."""
    what = asked(f"ws://127.0.0.1:{free_port()}/", "-", times=2)
    assert (await sent(what, b"a\n")).code == Exit.USAGE
    assert "cannot be read line by line" in capsys.readouterr().err


async def test_many_lines() -> None:
    """All arrive, in order, also where many come at once."""
    lines = [b"%d" % number for number in range(5000)]
    got = await arrived(given=b"\n".join(lines))
    assert [payload for _, payload in got.messages] == lines


@pytest.mark.parametrize(
    ("messages", "given", "form", "words"),
    [
        (["a", "\udcff"], b"", Form.TEXT, r"The message '\udcff' is not UTF-8: invalid start byte"),
        (["ab", "xy"], b"", Form.HEX, "The message 'xy' is not hexadecimal: 'x' is no hexadecimal"),
        (["a", "YQ=="], b"", Form.BASE64, "The message 'a' is not Base64"),
        (["a", "@/no/such/file"], b"", Form.TEXT, "/no/such/file cannot be read: No such file"),
        (["a", "@/"], b"", Form.TEXT, "/ cannot be read"),
        (["a", "-"], b"a\xff", None, "Standard input is not UTF-8: invalid start byte at byte 1."),
    ],
    ids=["text", "hex", "base64", "file", "folder", "whole"],
)
async def test_nothing_goes_out_that_is_wrong(
    messages: list[str],
    given: bytes,
    form: Form | None,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is found before a connection is opened."""
    fields = {"is_whole": True} if form is None else {"form": form}
    what = asked(f"ws://127.0.0.1:{free_port()}/", *messages, **fields)
    assert await sent(what, given) == (Exit.USAGE, b"", "")
    assert words in capsys.readouterr().err


async def test_a_wrong_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines go out as they come, up to the one that cannot."""
    got = Got()
    async with server(got) as uri:
        found = await sent(asked(uri), b"a\nb\n\xff\nc\n")
    assert found.code == Exit.USAGE
    assert got.messages == [(Kind.TEXT, b"a"), (Kind.TEXT, b"b")]
    words = "Line 3 of standard input is not UTF-8: invalid start byte at byte 0. --binary sends"
    assert words in capsys.readouterr().err


async def test_a_terminal_is_not_read_unasked(capsys: pytest.CaptureFixture[str]) -> None:
    """Who gives nothing to send is told what can be given, instead of being waited for."""
    what = asked(f"ws://127.0.0.1:{free_port()}/")
    assert (await sent(what, Open(), has_terminal=True)).code == Exit.USAGE
    assert "give a MESSAGE, @FILE, or -" in capsys.readouterr().err


# How it ends


async def test_a_server_that_closes_in_the_middle(capsys: pytest.CaptureFixture[str]) -> None:
    """It is told how many messages went, and that is no success."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(close_frame(1000))
        while (await read_frame(reader))[0] != 0x88:
            pass

    async with websocket_server(serve) as port:
        found = await sent(asked(f"ws://127.0.0.1:{port}/", "a", "-", "c"), Open(b"b\n"))
    assert found.code == Exit.NOT_AS_EXPECTED
    assert " messages were sent." in capsys.readouterr().err


async def test_a_server_that_reads_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """What did not leave us does not count as sent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await stuck.wait()
        writer.transport.abort()

    stuck = asyncio.Event()
    async with websocket_server(serve) as port, stage() as here:
        what = asked(f"ws://127.0.0.1:{port}/", "a", *["x" * 4_000_000] * 9)
        task = asyncio.get_running_loop().create_task(send(here, what), name="send")
        await until(lambda: bool(here.pool.connections))
        await reach(here.pool, here.pool.connections[0], State.OPEN)
        wire = here.pool.wire(0)
        assert wire is not None
        await until(lambda: wire.paused)
        stuck.set()
        assert await asyncio.wait_for(task, PATIENCE) == Exit.BROKEN
    assert "of 10 messages were sent." in capsys.readouterr().err


async def test_a_close_that_is_not_answered() -> None:
    """All went, but the other side did not say that it got it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        await read_frame(reader)
        writer.transport.abort()

    async with websocket_server(serve) as port:
        assert (await sent(asked(f"ws://127.0.0.1:{port}/", "a"))).code == Exit.BROKEN


async def test_no_connection() -> None:
    """The exit code tells why."""
    what = asked(f"ws://127.0.0.1:{free_port()}/", "a")
    assert (await sent(what)).code == Exit.NO_CONNECTION
    what = asked(f"ws://127.0.0.1:{free_port()}/", "a", expect="b")
    assert (await sent(what)).code == Exit.NO_CONNECTION


# What is asked for


def named(word: str, flags: Any) -> ConnectOptions:
    """The options of a uri."""
    return CONNECTING.build(word, flags)


def test_arguments() -> None:
    """Expecting has a time limit by itself, waiting has none; a filter may begin with a hyphen."""
    found = read(["x:1", "a", "--expect", "-b", "--", "-c"], named)
    assert found.messages == ("a", "-c")
    assert (found.answers, found.within, found.expected.source) == (1, 10.0, "-b")
    found = read(["x:1", "--hex", "--wait", "2", "--code", "4001"], named)
    assert (found.answers, found.within, found.form) == (2, None, Form.HEX)
    assert found.closing == Closing(4001, "")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["x:1", "-", "-"], "only once"),
        (["x:1", "--within", "1s"], "--expect or --wait"),
        (["x:1", "a", "b", "--times", "2"], "one message"),
        (["x:1", "--wait", "0"], "no number of messages"),
        (["x:1", "--code", "1006"], "never on the wire"),
        (["x:1", "--code", "x"], "no close code"),
        (["x:1", "--reason", "x" * 124], "at most 123"),
        (["x:1", "--expect", "op:x"], "--expect"),
        (["x:1", "--hex", "--binary"], "not allowed with"),
    ],
    ids=lambda value: " ".join(value)[:24] if isinstance(value, list) else "",
)
def test_wrong_arguments(words: list[str], fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is said before anything is opened."""
    with pytest.raises(SystemExit) as ended:
        read(words, named)
    assert ended.value.code == 2
    assert fault in capsys.readouterr().err


async def test_a_peer_that_never_stops_sending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not keep us for ever when it answers no close frame."""
    monkeypatch.setattr(send_module, "LAST", 0.05)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(frame(Kind.TEXT, b"news"))
            await writer.drain()
            await asyncio.sleep(0)

    async with websocket_server(serve) as port:
        what = asked(f"ws://127.0.0.1:{port}/", "hello")
        options = replace(what.options, close_timeout=0.05)
        done = await sent(replace(what, options=options))
    assert done.code == Exit.BROKEN
    assert "no answer to our close frame within" in capsys.readouterr().err
