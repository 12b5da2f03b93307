"""`wstui send`: answers that are waited for, and what is expected of them."""

from __future__ import annotations

import asyncio
import signal

import pytest

from tests.headless_support import PATIENCE, process, wstui
from tests.net_support import (
    close_frame,
    frame,
    until,
)
from tests.send_support import Got, Open, asked, sent, server
from tests.serving_support import listening
from wstui.command_line.closing import Closing
from wstui.command_line.headless import Manner
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit
from wstui.core.options.listen import ListenOptions
from wstui.headless.input import Source
from wstui.net.pool import ConnectionPool

TEXTS = tuple(frame(Kind.TEXT, text) for text in (b"one", b"two", b"three"))


async def test_waiting_for_answers() -> None:
    """So many are written, of those that come after others, too."""
    got = Got()
    async with server(got, *TEXTS, after=2) as uri:
        found = await sent(asked(uri, "a", "b", answers=2, closing=Closing(4000, "bye")))
    assert found == (Exit.OK, b"one\ntwo\n", "")
    assert got[-1] == (0x88, b"\x0f\xa0bye")


async def test_all_is_sent_though_answers_came() -> None:
    """Answers that come early do not cut off what is still to be sent."""
    got = Got()
    lines = [b"%d" % number for number in range(5000)]
    async with server(got, *TEXTS) as uri:
        assert (await sent(asked(uri, answers=1), b"\n".join(lines))).code == Exit.OK
    assert [payload for _, payload in got.messages] == lines


async def test_expecting() -> None:
    """The message that fits is written, and nothing else; input that goes on is left."""
    got = Got()
    async with server(got, *TEXTS, after=1) as uri:
        found = await sent(asked(uri, expect="/^t/", within=PATIENCE), Open(b"a\n"))
        assert found == (Exit.OK, b"two\n", "")
    assert got.messages == [(Kind.TEXT, b"a")]


async def test_what_is_expected_may_have_come_before() -> None:
    """A greeting counts, and nothing needs to be sent; several can be asked for."""
    got = Got()
    async with server(got, *TEXTS) as uri:
        what = asked(uri, expect="-two", answers=2, within=PATIENCE)
        found = await sent(what, Open(), has_terminal=True)
    assert found == (Exit.OK, b"one\nthree\n", "")


@pytest.mark.parametrize("given", [b"a\n", Open(b"a\n")], ids=["input-ends", "input-goes-on"])
async def test_expecting_too_long(
    given: bytes | Source, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 1 after the last message that was sent and the time that was given."""
    got = Got()
    async with server(got, *TEXTS, after=1) as uri:
        found = await sent(asked(uri, expect="four", within=0.1), given)
    assert (found.code, found.out) == (Exit.NOT_AS_EXPECTED, b"")
    assert "No message that fits “four” came within 0.1 s; " in capsys.readouterr().err
    assert got[-1] == (0x88, b"\x03\xe8")


@pytest.mark.parametrize("code", [1000, 1011])
async def test_the_connection_ends_before(code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """What was expected did not come, whatever the server closes with."""
    got = Got()
    async with server(got, *TEXTS, close_frame(code), after=1) as uri:
        found = await sent(asked(uri, "a", answers=4))
    assert found.out == b"one\ntwo\nthree\n"
    assert found.code == (Exit.NOT_AS_EXPECTED if code == 1000 else Exit.ERROR_CODE)
    words = "Not 4 messages came before the connection ended; 3 came in all."
    assert words in capsys.readouterr().err


async def test_waiting_as_json() -> None:
    """Where nothing in particular is expected, all that happens is told."""
    got = Got()
    async with server(got, *TEXTS, after=1) as uri:
        lines = (await sent(asked(uri, "a", answers=1, manner=Manner(json=True)))).lines
    told = [(line["event"], line.get("dir"), line.get("text")) for line in lines]
    assert told[2:4] == [("message", "out", "a"), ("message", "in", "one")]
    assert (told[-1][0], lines[-1]["by"]) == ("closed", "us")


async def test_answers_as_json() -> None:
    """Programs are told of the answers, of what came of waiting, and of the end."""
    got = Got()
    async with server(got, *TEXTS, after=1) as uri:
        what = asked(uri, "a", expect="two", within=PATIENCE, manner=Manner(json=True))
        lines = (await sent(what)).lines
    told = [line.get("text", line.get("fits")) for line in lines if line["event"] != "frame"]
    assert [line["event"] for line in lines[:2]] == ["connecting", "open"]
    assert told[2:4] == ["two", True]
    assert lines[-1]["event"] == "closed"


async def test_all_as_json() -> None:
    """Without answers, all that happens is told."""
    got = Got()
    async with server(got) as uri:
        lines = (await sent(asked(uri, "a", manner=Manner(json=True)))).lines
    assert [line["event"] for line in lines] == [
        *("connecting", "open", "message", "frame", "frame", "closed")
    ]


async def test_what_is_expected_ends_a_message_for_ever() -> None:
    """It is sent until the answer is there."""
    got = Got()
    async with server(got, *TEXTS, after=3) as uri:
        found = await sent(asked(uri, "{n}", times=None, expect="two", within=PATIENCE))
    assert found == (Exit.OK, b"two\n", "")
    assert got.messages[:3] == [(Kind.TEXT, b"1"), (Kind.TEXT, b"2"), (Kind.TEXT, b"3")]


async def test_between_two_processes() -> None:
    """As a shell has it: a request, and its answer on standard output."""
    async with ConnectionPool() as pool:
        listener = await listening(pool, ListenOptions("0", behaviours=("echo",)))
        found = await wstui("send", listener.uris[0], "--expect", "-b", stdin=b"b\na\n")
    assert found == (Exit.OK, b"a\n", "")


async def test_sigint_closes_with_1001() -> None:
    """The server gets a close frame while an answer is waited for."""
    got = Got()
    async with server(got) as uri, process("send", uri, "a", "--wait", "1") as one:
        async with asyncio.timeout(PATIENCE):
            await until(lambda: bool(got))
            one.send_signal(signal.SIGINT)
            out, err = await one.communicate()
    assert (one.returncode, out, err) == (Exit.INTERRUPTED, b"", b"")
    assert got[-1] == (0x88, b"\x03\xe9")
