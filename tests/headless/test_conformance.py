"""`wstui echo` under the cases that WebSocket conformance suites try on a client, in both receive
modes: what is sent in one go, and octet by octet, by a server that counts on every bit."""

from __future__ import annotations

import asyncio
import os
import random
import sys

import pytest

from tests.conformance_support import CASES, RULES, Case, Compression, closing, compressible
from tests.headless_support import Done, done
from tests.net.serving.raw_client import BINARY, CLOSE, TEXT, Frame
from tests.net_support import (
    PATIENCE,
    Deflater,
    Script,
    accept,
    frame,
    read_frame,
    read_request,
    tcp_server,
    websocket_server,
)
from wstui.command_line.echo import Echo
from wstui.command_line.headless import Manner
from wstui.core.options.connect import ConnectOptions
from wstui.headless.echo import echo

both_modes = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])

OCTETS = 600
"""Bytes of the largest case that is sent octet by octet; larger ones go in pieces of a prime."""

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


async def read_all(reader: Reader) -> list[Frame]:
    """All frames of the client, up to its close frame."""
    frames: list[Frame] = []
    while not frames or frames[-1].opcode != CLOSE:
        head, payload = await read_frame(reader)
        frames.append(Frame(head & 0x0F, payload, bool(head & 0x80), head & 0x70))
    return frames


async def send(writer: Writer, data: bytes, size: int) -> None:
    """Write in pieces of `size` bytes, each of which the client reads alone; 0: all in one go."""
    for at in range(0, len(data), size or len(data)):
        writer.write(data[at : at + (size or len(data))])
        if size:
            await writer.drain()
            await asyncio.sleep(0)


async def echoed(script: Script, *, fast: bool, headers: str = "") -> Done:
    """What comes of `wstui echo` on a server that runs `script`."""
    async with asyncio.timeout(PATIENCE), websocket_server(script, headers) as port:
        options = ConnectOptions(f"ws://127.0.0.1:{port}/", fast=fast)
        return await done(lambda stage: echo(stage, Echo(options, Manner(quiet=True))))


async def tried(case: Case, *, fast: bool, size: int) -> int:
    """The exit code under a case, whose answers are judged."""
    came: list[Frame] = []

    async def script(reader: Reader, writer: Writer) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(send(writer, case.data(), size), name="sending")
            came.extend(await read_all(reader))
        if case.code in (RULES, 1007):
            writer.write(closing_frame(1000))  # suites answer a close frame, whatever was before

    code = (await echoed(script, fast=fast)).code
    case.judge(came)
    return code


def closing_frame(code: int) -> bytes:
    """A close frame as a server sends it."""
    return frame(CLOSE, closing(code).payload)


@both_modes
@pytest.mark.parametrize("name", CASES)
async def test_a_case(fast: bool, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The client answers as the case says, however TCP cuts it; the exit code is that of a close,
    of a code that tells of an error, or of rules that were broken."""
    case = CASES[name]
    size = 1 if len(case.data()) <= OCTETS else 9973
    codes = {await tried(case, fast=fast, size=0), await tried(case, fast=fast, size=size)}
    assert len(codes) == 1
    assert codes <= ({0} if case.code in (1000, 1001, None) else {6, 7})
    assert "Traceback" not in capsys.readouterr().err


@both_modes
async def test_frames_right_behind_the_response(fast: bool) -> None:
    """What comes in the same segment as the response to the handshake is not lost."""
    came: list[Frame] = []

    async def script(reader: Reader, writer: Writer) -> None:
        response = accept(await read_request(reader))
        writer.write(response + frame(TEXT, b"early") + closing_frame(1000))
        came.extend(await read_all(reader))

    async with tcp_server(script) as port:
        options = ConnectOptions(f"ws://127.0.0.1:{port}/", fast=fast)
        assert (await done(lambda stage: echo(stage, Echo(options, Manner(quiet=True))))).code == 0
    assert came == [Frame(TEXT, b"early"), closing(1000)]


# Limits


@both_modes
@pytest.mark.parametrize(("size", "piece"), [(16 << 20, 16 << 20), (4 << 20, 64), (1 << 20, 997)])
async def test_large_messages(fast: bool, size: int, piece: int) -> None:
    """Messages of many megabytes come back whole, in one frame or in many."""
    data = random.Random(size).randbytes(1 << 16) * (size >> 16)
    piece = max(piece, size >> 12)  # a few thousand fragments
    came: list[Frame] = []

    async def script(reader: Reader, writer: Writer) -> None:
        for at in range(0, size, piece):
            part = data[at : at + piece]
            writer.write(frame(0 if at else BINARY, part, fin=at + piece >= size))
            await writer.drain()
        writer.write(closing_frame(1000))
        came.extend(await read_all(reader))

    assert (await echoed(script, fast=fast)).code == 0
    assert came[0] == Frame(BINARY, data)
    assert len(came) == 2


@both_modes
async def test_many_small_messages(fast: bool) -> None:
    """Thousands of messages in one go come back one by one, in their order."""
    texts = [b"%d" % number for number in range(5000)]
    came: list[Frame] = []

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(b"".join(frame(TEXT, text) for text in texts) + closing_frame(1000))
        came.extend(await read_all(reader))

    assert (await echoed(script, fast=fast)).code == 0
    assert [one.payload for one in came[:-1]] == texts


# Compression

AGREED = [
    "",
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits=9",
    "server_max_window_bits=15",
    "client_max_window_bits=9",
    "client_max_window_bits=15",
    "server_no_context_takeover; server_max_window_bits=9",
    "client_no_context_takeover; client_max_window_bits=9",
    "server_max_window_bits=8; client_max_window_bits=8",
]
"""What a server may answer to an offer with `client_max_window_bits` (RFC 7692 section 7.1)."""


@both_modes
@pytest.mark.parametrize("agreed", AGREED, ids=lambda agreed: agreed or "nothing more")
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in fragments"])
async def test_compressed_messages(fast: bool, agreed: str, cut: bool) -> None:
    """What was agreed on holds for both ways: the client inflates, and compresses within its
    window."""
    theirs, ours = Compression(agreed, "server"), Compression(agreed, "client")
    messages = compressible()
    came: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        for message in messages:
            data = theirs.compress(message)
            half = len(data) // 2 if cut else len(data)
            writer.write(frame(BINARY, data[:half], rsv=0x40, fin=not cut))
            if cut:
                writer.write(frame(0, data[half:]))
            head, payload = await read_frame(reader)
            came.append(ours.decompress(payload) if head & 0x40 else payload)
        writer.write(closing_frame(1000))
        await read_all(reader)

    extension = "; ".join(("permessage-deflate", *filter(None, [agreed])))
    headers = f"Sec-WebSocket-Extensions: {extension}\r\n"
    assert (await echoed(script, fast=fast, headers=headers)).code == 0
    assert came == messages


@both_modes
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"no deflate data", rsv=0x40), 1002),
        (frame(TEXT, b"a", fin=False) + frame(0, b"b", rsv=0x40), 1002),
        (frame(9, b"", rsv=0x40), 1002),
        (frame(TEXT, Deflater()(b"\xff\xfe"), rsv=0x40), 1007),
    ],
    ids=["damaged", "RSV1 on a continuation", "a compressed ping", "not UTF-8 inside"],
)
async def test_compression_that_breaks_the_rules(fast: bool, sent: bytes, code: int) -> None:
    """Compressed data that is none, or where there must be none, fails the connection."""
    came: list[Frame] = []

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(sent)
        came.extend(await read_all(reader))

    headers = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    assert (await echoed(script, fast=fast, headers=headers)).code == 6
    assert [int.from_bytes(one.payload[:2], "big") for one in came] == [code]


@pytest.mark.parametrize(
    "extension",
    [
        "permessage-deflate; what=is-this",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-bzip2",
    ],
)
async def test_agreements_that_must_not_be(
    extension: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An extension that was not offered, or an unknown parameter, is no handshake."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    headers = f"Sec-WebSocket-Extensions: {extension}\r\n"
    assert (await echoed(script, fast=True, headers=headers)).code == 5
    assert capsys.readouterr().err.count("\n") == 1


# As suites drive it


@pytest.mark.skipif(sys.platform == "win32", reason="the loop is one of a POSIX shell")
async def test_a_suite_is_driven_by_a_shell() -> None:
    """The number of cases is asked for, each case is run, and the reports are written; a case that
    the server breaks off ends with 6, in a sentence, and the loop goes on."""
    asked: list[str] = []

    async def script(reader: Reader, writer: Writer) -> None:
        request = await read_request(reader)
        target = request.split()[1].decode()
        asked.append(target)
        writer.write(accept(request))
        if target == "/getCaseCount":
            writer.write(frame(TEXT, b"2"))
        if target.startswith("/runCase?case=2"):
            return  # TCP ends
        writer.write(closing_frame(1000))
        await read_all(reader)
        writer.transport.abort()

    async with tcp_server(script) as port:
        loop = (
            'echo() { "$PYTHON" -m wstui echo -q "$@"; }\n'
            f"url=ws://127.0.0.1:{port}\n"
            'for case in $("$PYTHON" -m wstui tail -q $url/getCaseCount | xargs seq); do\n'
            '  echo "$url/runCase?case=$case&agent=wstui" || printf "%s: %s\\n" $case $?\n'
            "done\n"
            'echo "$url/updateReports?agent=wstui"\n'
        )
        shell = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", loop),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHON": sys.executable},
        )
        async with asyncio.timeout(PATIENCE * 2):
            out, err = await shell.communicate()
    assert (shell.returncode, out) == (0, b"2: 6\n")
    assert asked == [
        "/getCaseCount",
        "/runCase?case=1&agent=wstui",
        "/runCase?case=2&agent=wstui",
        "/updateReports?agent=wstui",
    ]
    assert err.count(b"\n") == 1
    assert b"without a close frame" in err
