"""Open connections against scripted servers, on both receive paths: frames, rules, closing."""

from __future__ import annotations

import asyncio
import struct

import pytest

from tests.net_support import (
    Deflater,
    close_frame,
    converse,
    entries,
    event_texts,
    frame,
    reach,
    read_frame,
    rows,
    websocket_server,
)
from wstui.core.connection import CloseFrame, State
from wstui.core.entry import Kind
from wstui.core.exit_codes import Exit, exit_code
from wstui.core.explain.failures import explain_close
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.deflate import UNCOMPRESSED
from wstui.core.ports import Refused
from wstui.net import cut, tap
from wstui.net.pool import ConnectionPool

pytestmark = pytest.mark.parametrize("fast", [True, False], ids=["fast", "library"])

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate\r\n"


async def finish(reader: Reader, writer: Writer) -> tuple[int, bytes]:
    """Close with 1000 and read on till the client's close frame."""
    writer.write(close_frame())
    return await until_close(reader)


async def until_close(reader: Reader) -> tuple[int, bytes]:
    """Read frames till the close frame; returns it."""
    while True:
        head, payload = await read_frame(reader)
        if head & 0x0F == Kind.CLOSE:
            return head, payload


async def test_every_opcode_in_order(fast: bool) -> None:
    """Data, ping, pong and close frames of both directions are recorded in the order they went."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"t") + frame(Kind.BINARY, b"b"))
        writer.write(frame(Kind.PING, b"pi") + frame(Kind.PONG, b"po"))
        assert await read_frame(reader) == (0x80 | Kind.PONG, b"pi")
        await finish(reader, writer)

    connection = await converse(script, fast=fast)
    body = struct.pack("!H", 1000)
    assert rows(connection.transcript) == [
        (Kind.TEXT, False, b"t"),
        (Kind.BINARY, False, b"b"),
        (Kind.PING, False, b"pi"),
        (Kind.PONG, True, b"pi"),
        (Kind.PONG, False, b"po"),
        (Kind.CLOSE, False, body),
        (Kind.CLOSE, True, body),
    ]


async def test_sending(fast: bool) -> None:
    """What is sent is recorded as sent, with the masked frame's length on the wire."""
    got: list[tuple[int, bytes]] = []

    async def script(reader: Reader, writer: Writer) -> None:
        got.append(await read_frame(reader))
        await finish(reader, writer)

    connection = await converse(script, fast=fast, send=["grüß".encode()], deflate=UNCOMPRESSED)
    assert got == [(0x81, "grüß".encode())]
    (entry,) = entries(connection.transcript, Kind.TEXT)
    assert (entry.outgoing, entry.size, entry.wire) == (True, 6, 2 + 4 + 6)


async def test_compression_with_context_takeover(fast: bool) -> None:
    """Compressed messages, whole or fragmented, are recorded inflated, with their wire lengths."""
    deflate = Deflater()
    messages = [b"abcdefgh" * 40, b"abcdefgh" * 40, b"abcdefgh" * 40]
    packed = [deflate(message) for message in messages]

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, packed[0], rsv=0x40))
        writer.write(frame(Kind.TEXT, packed[1][:4], rsv=0x40, fin=False))
        writer.write(frame(0, packed[1][4:]))
        writer.write(frame(Kind.BINARY, packed[2], rsv=0x40) + frame(Kind.TEXT, b"plain"))
        await finish(reader, writer)

    connection = await converse(script, headers=DEFLATE, fast=fast)
    transcript = connection.transcript
    assert [row[2] for row in rows(transcript)][:4] == [*messages, b"plain"]
    found = entries(transcript, Kind.TEXT) + entries(transcript, Kind.BINARY)
    first, second, plain, third = found
    assert [entry.compressed for entry in found] == [True, True, False, True]
    assert (first.wire, third.wire) == (len(packed[0]) + 2, len(packed[2]) + 2)
    assert second.fragmented
    parts = transcript.fragments(second.number)
    assert [(part.rsv1, part.fin) for part in parts] == [(True, False), (False, True)]
    assert sum(part.wire for part in parts) == second.wire == len(packed[1]) + 4
    assert plain.wire == 7
    assert connection.handshake.extensions == ("permessage-deflate",)


async def test_outgoing_compression(fast: bool) -> None:
    """What is sent compressed is recorded as it was before, with RSV1 and its wire length."""

    async def script(reader: Reader, writer: Writer) -> None:
        assert (await read_frame(reader))[0] == 0x80 | 0x40 | Kind.TEXT
        await finish(reader, writer)

    connection = await converse(script, headers=DEFLATE, fast=fast, send=[b"a" * 500])
    (entry,) = entries(connection.transcript, Kind.TEXT)
    assert entry.compressed
    assert entry.size == 500
    assert entry.wire < 30


async def test_large_messages_go_out_as_they_are(fast: bool) -> None:
    """What would take long to compress is sent uncompressed; what follows is compressed again."""
    heads: list[int] = []

    async def script(reader: Reader, writer: Writer) -> None:
        heads.extend([(await read_frame(reader))[0] for _ in range(2)])
        await finish(reader, writer)

    large = b"a" * (tap.MOST_COMPRESSED + 1)
    connection = await converse(script, headers=DEFLATE, fast=fast, send=[large, b"a" * 500])
    assert heads == [0x80 | Kind.TEXT, 0x80 | 0x40 | Kind.TEXT]
    assert [entry.compressed for entry in entries(connection.transcript, Kind.TEXT)] == [
        False,
        True,
    ]


async def test_fragments_with_control_frames_between(fast: bool) -> None:
    """A fragmented message is one entry with its frames; a ping between them is its own."""

    async def script(reader: Reader, writer: Writer) -> None:
        text = "äöü".encode()
        writer.write(frame(Kind.TEXT, text[:1], fin=False) + frame(Kind.PING, b"p"))
        writer.write(frame(0, text[1:4], fin=False) + frame(0, text[4:]))
        await finish(reader, writer)

    connection = await converse(script, fast=fast)
    story = rows(connection.transcript)
    assert story[0] == (Kind.PING, False, b"p")
    assert (Kind.TEXT, False, "äöü".encode()) in story
    (entry,) = entries(connection.transcript, Kind.TEXT)
    parts = connection.transcript.fragments(entry.number)
    assert [(part.opcode, part.fin, part.size) for part in parts] == [
        (Kind.TEXT, False, 1),
        (0, False, 3),
        (0, True, 2),
    ]
    assert parts[0].time <= parts[2].time


async def test_more_fragments_than_the_library_takes(fast: bool) -> None:
    """A message of 10,000 fragments is received, past the library's limit of 4,096."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.BINARY, b"x", fin=False) + frame(0, b"x", fin=False) * 9_998)
        writer.write(frame(0, b"x"))
        await finish(reader, writer)

    connection = await converse(script, fast=fast)
    (entry,) = entries(connection.transcript, Kind.BINARY)
    assert entry.size == 10_000
    assert len(connection.transcript.fragments(entry.number)) == 10_000


async def test_endless_fragments_are_bounded(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message in more frames than the bound fails the connection with 1009."""
    monkeypatch.setattr(tap, "MAX_FRAGMENTS", 50)

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.BINARY, fin=False) + frame(0, fin=False) * 200)
        await until_close(reader)

    connection = await converse(script, fast=fast)
    assert connection.close is not None
    assert connection.close.sent is not None
    assert connection.close.sent.code == 1009


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (frame(Kind.TEXT, b"ok \xff"), 1007, "invalid start byte"),
        (frame(Kind.TEXT, b"\xc3", fin=False) + frame(0, b"("), 1007, "invalid continuation"),
        (frame(3), 1002, "invalid opcode"),
        (frame(0x0B), 1002, "invalid opcode"),
        (frame(Kind.TEXT, b"x", rsv=0x40), 1002, "reserved bits"),
        (frame(Kind.TEXT, b"x", rsv=0x20), 1002, "reserved bits"),
        (frame(Kind.PING, b"x", rsv=0x10), 1002, "reserved bits"),
        (frame(Kind.TEXT, b"x", mask=b"abcd"), 1002, "incorrect masking"),
        (frame(0, b"x"), 1002, "unexpected continuation"),
        (frame(Kind.TEXT, b"x", fin=False) + frame(Kind.TEXT, b"y"), 1002, "expected a contin"),
        (frame(Kind.PING, b"x", fin=False), 1002, "fragmented control"),
        (frame(Kind.PING, b"x" * 126), 1002, "control frame too long"),
        (frame(Kind.BINARY, b"x" * 5001), 1009, "5001"),
        (frame(Kind.BINARY, b"", length=1 << 62), 1009, "exceeds"),
        (frame(Kind.BINARY, b"x" * 4000, fin=False) + frame(0, b"x" * 1001), 1009, "exceeds"),
        (frame(Kind.CLOSE, b"\x03"), 1002, "close frame too short"),
        (frame(Kind.CLOSE, struct.pack("!H", 1005)), 1002, "invalid status code"),
        (frame(Kind.CLOSE, struct.pack("!H", 1000) + b"\xff"), 1007, "invalid start byte"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_broken_rules(fast: bool, data: bytes, code: int, words: str) -> None:
    """A server that breaks a rule is failed with the right code, and the story says why."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"before") + data + frame(Kind.TEXT, b"after"))
        assert await until_close(reader) is not None

    connection = await converse(script, fast=fast, deflate=UNCOMPRESSED, max_size=5000)
    record = connection.close
    assert record is not None
    assert record.sent is not None
    assert record.sent.code == code
    assert not record.clean
    assert record.error is not None
    errors = event_texts(connection.transcript, "error")
    assert words in errors[0]
    payloads = [row[2] for row in rows(connection.transcript)]
    assert payloads[0] == b"before"
    assert b"after" not in payloads


async def test_offending_bytes_are_shown(fast: bool) -> None:
    """The error entry of a broken rule holds the beginning of the frame that broke it."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"fine") + b"\x83\x03abc")
        await until_close(reader)

    connection = await converse(script, fast=fast)
    (error,) = (
        connection.transcript.event(entry.number)
        for entry in entries(connection.transcript, Kind.EVENT)
        if connection.transcript.event(entry.number).name == "error"
    )
    assert str(error.detail["frame"]).startswith("83 03")


async def test_bad_compression(fast: bool) -> None:
    """Data that does not inflate fails the connection with 1002; what came before is recorded."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"fine") + frame(Kind.TEXT, b"\xff\xff\xff", rsv=0x40))
        await until_close(reader)

    connection = await converse(script, headers=DEFLATE, fast=fast)
    assert rows(connection.transcript)[0] == (Kind.TEXT, False, b"fine")
    assert connection.close is not None
    assert connection.close.sent == CloseFrame(1002, "decompression failed")


async def test_compression_bomb(fast: bool) -> None:
    """A message that inflates beyond the maximum size fails the connection with 1009."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.BINARY, Deflater()(bytes(10_000_000)), rsv=0x40))
        await until_close(reader)

    connection = await converse(script, headers=DEFLATE, fast=fast, max_size=100_000)
    assert connection.close is not None
    assert connection.close.sent is not None
    assert connection.close.sent.code == 1009
    assert entries(connection.transcript, Kind.BINARY) == []


async def test_half_a_frame(fast: bool) -> None:
    """What had come of a frame when TCP ended is recorded as an unfinished message."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"whole") + frame(Kind.TEXT, b"half of it")[:6])

    connection = await converse(script, fast=fast)
    whole, half = entries(connection.transcript, Kind.TEXT)
    assert not whole.incomplete
    assert half.incomplete
    assert connection.transcript.payload(half.number) == b"half"
    assert connection.close is not None
    assert connection.close.error == "TCP ended without a close frame"
    assert not connection.close.clean


async def test_half_a_message(fast: bool) -> None:
    """Fragments whose last one never came are recorded as an unfinished message."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"one ", fin=False) + frame(0, b"two ", fin=False))
        writer.write(frame(0, b"three")[:4])

    connection = await converse(script, fast=fast)
    (entry,) = entries(connection.transcript, Kind.TEXT)
    assert entry.incomplete
    assert connection.transcript.payload(entry.number) == b"one two th"
    assert [part.fin for part in connection.transcript.fragments(entry.number)] == [
        False,
        False,
        True,
    ]


async def test_close_amid_fragments(fast: bool) -> None:
    """A close frame between fragments closes cleanly; what had come of the message is kept."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"one ", fin=False) + frame(0, b"two", fin=False))
        writer.write(frame(Kind.CLOSE, b"\x0f\xa1bye"))
        await until_close(reader)

    connection = await converse(script, fast=fast)
    assert rows(connection.transcript) == [
        (Kind.TEXT, False, b"one two"),
        (Kind.CLOSE, False, b"\x0f\xa1bye"),
        (Kind.CLOSE, True, b"\x0f\xa1bye"),
    ]
    assert entries(connection.transcript, Kind.TEXT)[0].incomplete
    assert connection.close is not None
    assert connection.close.clean
    assert connection.close.received == CloseFrame(4001, "bye")
    assert connection.close.error is None


async def test_half_a_header(fast: bool) -> None:
    """One byte of a frame's header, and nothing more, is told as an error."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(b"\x81")

    connection = await converse(script, fast=fast)
    assert any("inside a frame" in text for text in event_texts(connection.transcript, "error"))


def reset(writer: Writer) -> None:
    """End TCP by a reset."""
    assert isinstance(writer.transport, asyncio.Transport)
    cut.reset(writer.transport)


async def test_reset(fast: bool) -> None:
    """A TCP reset closes the connection, not clean, with nothing received and the error told."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(frame(Kind.TEXT, b"last words"))
        await read_frame(reader)
        reset(writer)

    connection = await converse(script, fast=fast, send=[b"go"])
    record = connection.close
    assert record is not None
    assert (record.sent, record.received, record.by_us, record.clean) == (None, None, None, False)
    assert record.error


async def test_reset_after_the_closing_handshake(fast: bool) -> None:
    """How TCP ends once both close frames went does not make the close unclean (RFC 6455 section
    7.1.4); it is told."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame(1000))
        await until_close(reader)
        reset(writer)

    connection = await converse(script, fast=fast)
    record = connection.close
    assert record is not None
    assert (record.by_us, record.clean) == (False, True)
    assert exit_code(connection) is Exit.OK
    assert "clean; then the peer reset TCP" in explain_close(record).sentence


async def test_they_close(fast: bool) -> None:
    """A close frame from the server is answered with its code, and told as begun by the peer."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame(4001, "bye"))
        assert await until_close(reader) == (0x88, struct.pack("!H", 4001) + b"bye")

    connection = await converse(script, fast=fast)
    record = connection.close
    assert record is not None
    assert record.sent == record.received == CloseFrame(4001, "bye")
    assert (record.by_us, record.clean, record.error) == (False, True, None)
    assert connection.close_began is not None


async def test_they_close_without_a_code(fast: bool) -> None:
    """A close frame without a body is recorded as having no code, not as 1005 on the wire."""

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame(None))
        assert await until_close(reader) == (0x88, b"")

    connection = await converse(script, fast=fast)
    assert connection.close is not None
    assert connection.close.received == CloseFrame(None, "")
    assert connection.close.clean
    assert rows(connection.transcript) == [(Kind.CLOSE, False, b""), (Kind.CLOSE, True, b"")]


async def test_we_close(fast: bool) -> None:
    """Our code and reason go out; what still comes before the answer is recorded."""

    async def script(reader: Reader, writer: Writer) -> None:
        await until_close(reader)
        writer.write(frame(Kind.TEXT, b"still here") + close_frame(4001, "bye"))

    async with websocket_server(script) as port, ConnectionPool() as pool:
        connection = pool.connect(ConnectOptions(f"ws://127.0.0.1:{port}", fast=fast))
        await reach(pool, connection, State.OPEN)
        pool.close(connection.id, 4001, "bye")
        assert connection.state is State.CLOSING
        with pytest.raises(Refused, match="closing"):
            pool.close(connection.id)
        with pytest.raises(Refused, match="closing"):
            pool.send(connection.id, b"too late")
        await reach(pool, connection, State.CLOSED)
        with pytest.raises(Refused, match="closed"):
            pool.close(connection.id)
        with pytest.raises(Refused, match="closed"):
            pool.drop(connection.id)
    record = connection.close
    assert record is not None
    assert record.sent == record.received == CloseFrame(4001, "bye")
    assert (record.by_us, record.clean) == (True, True)
    assert (Kind.TEXT, False, b"still here") in rows(connection.transcript)


async def test_our_close_is_never_answered(fast: bool) -> None:
    """A server that does not answer our close is left after the time-out, not clean."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await over.wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(f"ws://127.0.0.1:{port}", fast=fast, close_timeout=0.05)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        pool.close(connection.id, 1000)
        await reach(pool, connection, State.CLOSED)
        over.set()
    record = connection.close
    assert record is not None
    assert (record.sent, record.received) == (CloseFrame(1000, ""), None)
    assert (record.by_us, record.clean) == (True, False)
    assert record.error == "no answer to our close frame within 0.05 s"


async def test_tcp_stays_open_after_the_closing_handshake(fast: bool) -> None:
    """A server that keeps TCP open after both close frames is left after the time-out."""
    over = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        writer.write(close_frame(1000))
        await over.wait()

    async with websocket_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(f"ws://127.0.0.1:{port}", fast=fast, close_timeout=0.05)
        connection = pool.connect(options)
        await reach(pool, connection, State.CLOSED)
        over.set()
    assert connection.close is not None
    assert not connection.close.clean
    assert "did not end TCP" in str(connection.close.error)


async def test_keepalive_ping_unanswered(fast: bool) -> None:
    """A server that answers no pings is failed with 1011, all of it in the transcript."""

    async def script(reader: Reader, writer: Writer) -> None:
        assert (await read_frame(reader))[0] == 0x80 | Kind.PING
        await until_close(reader)

    connection = await converse(script, fast=fast, ping_interval=0.01, ping_timeout=0.02)
    assert connection.close is not None
    assert connection.close.sent == CloseFrame(1011, "keepalive ping timeout")
    assert entries(connection.transcript, Kind.PING)[0].outgoing


async def test_round_trip_time(fast: bool) -> None:
    """A pong that answers our ping carries a round-trip time; an unsolicited one does not."""

    async def script(reader: Reader, writer: Writer) -> None:
        _, payload = await read_frame(reader)
        _, newer = await read_frame(reader)
        writer.write(frame(Kind.PONG, b"unasked") + frame(Kind.PONG, newer))
        writer.write(frame(Kind.PONG, payload))
        await finish(reader, writer)

    async with websocket_server(script) as port, ConnectionPool() as pool:
        options = ConnectOptions(f"ws://127.0.0.1:{port}", fast=fast)
        connection = pool.connect(options)
        await reach(pool, connection, State.OPEN)
        pool.ping(connection.id)
        pool.ping(connection.id, b"mine")
        pool.pong(connection.id, b"hello")
        await reach(pool, connection, State.CLOSED)
    unasked, answer, late = (
        entry for entry in entries(connection.transcript, Kind.PONG) if not entry.outgoing
    )
    assert connection.transcript.rtt(unasked.number) is None
    assert connection.transcript.rtt(answer.number) == connection.rtt
    assert connection.rtt is not None
    assert connection.rtt > 0
    assert connection.transcript.rtt(late.number) is None
