"""`wstui tail`: what comes, as lines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.headless_support import done
from tests.net_support import close_frame, frame, read_frame, until, websocket_server
from tests.tail_support import asked, server, tailed, text
from wstui.command_line.tail import read
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.table import CONNECTING
from wstui.headless import batches, tail_lines
from wstui.headless import feed as feed_module
from wstui.headless.output import Output
from wstui.headless.tail import tail
from wstui.headless.tail_lines import Screen
from wstui.net.demo import DemoServer

SCREEN = Screen(80, colour=False)


# What is written


async def test_text_goes_as_it_is() -> None:
    """The exact bytes of each message, and a line feed."""
    messages = ["one", "", "two\nlines", "nul \0", "\x1b[2J ‮ ünï", "x" * 70_000]
    async with server(text(*messages)) as uri:
        found = await tailed(uri)
    assert found.code == 0
    assert found.out == "".join(f"{one}\n" for one in messages).encode()


async def test_nul_behind_each_message() -> None:
    """Messages with line feeds can be told apart."""
    async with server(text("a\nb", "c")) as uri:
        assert (await tailed("-0", uri)).out == b"a\nb\0c\0"


async def test_binary_is_marked_and_in_hex(capsys: pytest.CaptureFixture[str]) -> None:
    """All bytes of it, between texts in their order; and it is said once how it is shown."""
    long = bytes(range(256)) * 1200
    frames = (
        *(text("a"), frame(Kind.BINARY, b"\0\xff"), text("b")),
        *(frame(Kind.BINARY), frame(Kind.BINARY, long)),
    )
    async with server(*frames) as uri:
        lines = (await tailed(uri)).out.decode().splitlines()
    assert lines[:4] == ["a", "binary: 00 FF", "b", "binary:"]
    assert bytes.fromhex(lines[4].removeprefix("binary: ")) == long
    assert capsys.readouterr().err.count("--json tells them for certain") == 1
    async with server(*frames) as uri:
        await tailed(uri, "--filter", "op:binary")
    assert "--json" not in capsys.readouterr().err


async def test_profiles_are_told_by_their_names() -> None:
    """What was typed stands in front of lines; connections that have no name keep theirs."""
    async with server(text("a")) as one, server(text("b")) as other:

        def named(word: str, flags: Sequence[tuple[str, str]]) -> ConnectOptions:
            return CONNECTING.build(one if word == "prod" else word, flags)

        what = read(["prod", other], named)
        found = await done(lambda here: tail(here, what), what.manner)
        twice = read(["prod", "prod"], named)
        again = await done(lambda here: tail(here, twice), twice.manner)
    place = other.removeprefix("ws://")
    assert sorted(found.out.decode().split()) == sorted(["prod", "a", place, "b"])
    assert b"prod" not in again.out


async def test_raw_is_the_bytes_alone() -> None:
    """Nothing stands between them."""
    async with server(text("a"), frame(Kind.BINARY, b"\0\xff\n"), text("b")) as uri:
        assert (await tailed("--raw", uri)).out == b"a\0\xff\nb"


async def test_a_hexdump_of_each_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a line that tells kind and size; offsets go on over parts."""
    monkeypatch.setattr(tail_lines, "DUMP_ROWS", 1)
    async with server(text("A" * 17), frame(Kind.BINARY, b"\x1b")) as uri:
        lines = (await tailed("--hex", uri)).out.decode().splitlines()
    assert lines[0] == "text 17 B"
    assert lines[1].endswith("│AAAAAAAAAAAAAAAA│")
    assert lines[2].startswith("00000010  41 ")
    assert lines[3] == "binary 1 B"
    assert lines[4].startswith("00000000  1b ")


async def test_a_large_message_is_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never is much of it in memory twice."""
    pieces: list[int] = []
    write = Output.write

    async def noted(self: Output, data: bytes) -> None:
        pieces.append(len(data))
        await write(self, data)

    monkeypatch.setattr(Output, "write", noted)
    async with DemoServer("127.0.0.1", 0) as demo:
        found = await tailed(demo.url("/big?size=8MiB"), "--count", "1")
    assert len(found.out) == (8 << 20) + 1
    assert max(pieces) <= batches.PIECE


async def test_a_terminal_gets_nothing_that_it_would_obey() -> None:
    """Remote text is made safe, binary is short, and lines cannot be faked."""
    frames = (
        *(text("\x1b[2J\x9b1m‮x\r", "two\nlines\n"), frame(Kind.BINARY, bytes(20))),
        *(frame(Kind.PING, b"\x1b[2J"), frame(Kind.BINARY, b"\x1b"), frame(Kind.BINARY)),
    )
    async with server(*frames, close=close_frame(1000, "\x1b[2J")) as uri:
        found = await tailed(uri, "--all", screen=SCREEN)
    out = found.out.decode()
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "< ␛[2J‹9B›1m‹RLO›x␍\n< two\n  lines\n  \n< binary: 00 00" in out
    assert "00 00 … (20 B)\n* received ping 1B 5B 32 4A\n" in out
    assert "< binary: 1B\n< binary:\n" in out
    assert "* received close 1000 ␛[2J\n" in out


async def test_a_long_text_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Characters are not cut where its parts meet."""
    monkeypatch.setattr(tail_lines, "TERMINAL_PIECE", 7)
    monkeypatch.setattr(batches, "PIECE", 10)
    message = "ä€ö\x1bü😀" * 9
    async with server(text(message)) as uri:
        found = await tailed(uri, screen=SCREEN)
    assert found.out.decode() == message.replace("\x1b", "␛") + "\n"


async def test_colours_are_for_what_stands_in_front() -> None:
    """The message itself is left as it is."""
    async with server(text("a")) as one, server(text("b")) as other:
        found = await tailed(one, other, "--time", screen=Screen(80, colour=True))
    assert found.out.count(b"\x1b[2m") == 2
    assert all(line.endswith((b"\x1b[0ma", b"\x1b[0mb")) for line in found.out.splitlines())


async def test_time_and_direction_in_front() -> None:
    """In a pipe the time has a date; messages we send are shown where that is asked for."""
    async with server(text("a", "b")) as uri:
        found = await tailed(uri, "--time", "--all", "--on-connect", "hello", "--filter=-op:event")
    lines = [line.split(" ", 1) for line in found.out.decode().splitlines()]
    assert [words for _, words in lines if words[0] != "*"] == ["> hello", "< a", "< b"]
    assert all(len(when) == len("2026-01-01T00:00:00.000+00:00") for when, _ in lines)
    assert "* received close 1000" in [words for _, words in lines]


# Which are written


@pytest.mark.parametrize(
    ("filter", "out"),
    [
        pytest.param("btc -test", "BTC 1\nbtc 2\n", id="words"),
        pytest.param("-op:binary", "BTC 1\nbtc 2\nbtc test\nETH\n", id="kind left out"),
        pytest.param("op:ping", "* received ping p\n", id="pings"),
        pytest.param("/^b.c \\d/", "btc 2\n", id="expression"),
        pytest.param("op:binary", "binary: 62 74 63\n", id="binary"),
        pytest.param("nothing", "", id="nothing"),
    ],
)
async def test_filters(filter: str, out: str) -> None:
    """Only what the filter lets through."""
    frames = (
        text("BTC 1", "btc 2"),
        frame(Kind.PING, b"p"),
        text("btc test", "ETH"),
        frame(Kind.BINARY, b"btc"),
    )
    async with server(*frames) as uri:
        found = await tailed(uri, "--filter", filter, "--filter", "-1000")
        if filter == "btc -test":
            out += "binary: 62 74 63\n"
    assert (found.code, found.out.decode()) == (0, out)


async def test_a_filter_finds_the_same_in_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Across the borders of segments and of what is taken at once."""
    monkeypatch.setattr(feed_module, "AT_ONCE", 700)
    messages = [f"{number} {'odd' if number % 2 else 'even'}" for number in range(30_000)]
    async with server(text(*messages)) as uri:
        found = await tailed(uri, "--filter", "odd -999")
    wanted = [one for one in messages if "odd" in one and "999" not in one]
    assert found.out.decode().splitlines() == wanted


async def test_a_hint_where_nothing_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    """A word may have been meant as a key."""
    async with server(text("a")) as uri:
        await tailed(uri, "--filter", "ping")
    assert "nothing was found. ping was looked for as text." in capsys.readouterr().err


@pytest.mark.parametrize("count", [1, 9, 10, 11, 20, 25])
async def test_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Also at the borders of what is taken at once; then the connection is closed with 1000."""
    monkeypatch.setattr(feed_module, "AT_ONCE", 10)
    closes: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text(*map(str, range(25))) + frame(Kind.PING))
        while (answer := await read_frame(reader))[0] & 0x0F != Kind.CLOSE:
            pass
        closes.append(answer[1])
        writer.write(close_frame())

    async with websocket_server(serve) as port:
        found = await tailed(f"ws://127.0.0.1:{port}", "--count", str(count))
        await until(lambda: bool(closes))
    assert (found.code, closes) == (0, [b"\x03\xe8"])
    assert found.out.split() == [b"%d" % number for number in range(count)]


async def test_only_what_is_asked_for_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither what the filter leaves out, nor what --all shows beside."""
    frames = (text("no", "yes 1"), frame(Kind.PING, b"yes"), text("no", "yes 2", "yes 3"))
    async with server(*frames) as uri:
        found = await tailed(uri, "--count", "2", "--filter", "yes", "--all")
    assert found.out.decode().splitlines()[-4:] == [
        *("< yes 1", "* received ping yes", "* sent pong yes", "< yes 2")
    ]


# JSON


async def test_json() -> None:
    """Messages, and what becomes of the connection."""
    frames = (text("\x1b"), frame(Kind.PING), frame(Kind.BINARY, b"\0"))
    async with server(*frames, close=close_frame(4000, "x")) as uri:
        found = await tailed(uri, "--json")
    assert found.code == 7
    events = [line["event"] for line in found.lines]
    assert events == ["connecting", "open", "message", "message", "closed"]
    assert (found.lines[2]["text"], found.lines[3]["base64"]) == ("\x1b", "AA==")
    assert found.lines[4]["code"] == 4000


async def test_quiet_json_is_messages_alone() -> None:
    """And what the filter asks for; a large one in one line."""
    frames = (text("a" * 100_000, "b"), frame(Kind.PING, b"a"))
    async with server(*frames) as uri:
        found = await tailed(uri, "--json", "--quiet", "--filter", "a op:text,ping -1000 dir:in")
    assert [(line["kind"], line["size"]) for line in found.lines] == [
        ("text", 100_000),
        ("ping", 1),
    ]


# The command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--filter", "a op:foo"), "  a op:foo\n       ^", id="filter"),
        pytest.param(("--filter", "-op:foo"), "  -op:foo\n      ^", id="filter with a minus"),
        pytest.param(("--filter", "/(/"), "  /(/\n    ^", id="expression"),
        pytest.param(("--count", "0"), "Write a number from 1 on.", id="count"),
        pytest.param(("--count", "²"), "Write a number from 1 on.", id="no digit"),
        pytest.param(("--for", "soon"), "Write a time", id="time"),
        pytest.param(("--json", "--hex"), "--json is a form of its own", id="two forms"),
        pytest.param(("--json", "--time"), "--time does not go with --json", id="json and time"),
        pytest.param(("--raw", "--time"), "--time does not go with --raw", id="raw and time"),
        pytest.param(("--raw", "--all"), "--raw writes messages that come in", id="raw and all"),
        pytest.param(("--raw", "localhost:2"), "--raw takes one URL", id="raw of several"),
        pytest.param(("--count",), "expected one argument", id="no value"),
    ],
)
def test_wrong_arguments(
    words: Sequence[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is said, pointing at the place in a filter."""
    with pytest.raises(SystemExit) as caught:
        asked("localhost:1", *words)
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_a_filter_may_begin_with_a_minus() -> None:
    """It is not taken for another option."""
    what = asked("localhost:1", "--filter", "-op:ping", "--filter", "-a b")
    assert what.selection.filter.describe() == "not ping, without “a”, with “b”"
