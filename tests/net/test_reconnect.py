"""Opening connections again: against servers that fail as often as they are told to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.net_support import (
    accept,
    close_frame,
    event_texts,
    frame,
    reach,
    read_frame,
    read_request,
    rows,
    tcp_server,
    until,
    websocket_server,
)
from wstui.core.backoff import Reconnect
from wstui.core.connection import CloseFrame, Connection, Failure, FailureKind, State
from wstui.core.entry import EventName, Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.net.pool import ConnectionPool

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter

QUICK = Reconnect(True, first=0.001, cap=0.001)
NEVER = Reconnect(True, first=3600.0, cap=3600.0)
"""Waits for longer than any test lasts."""

UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\n%sContent-Length: 0\r\n\r\n"


def soon() -> ConnectionPool:
    """A pool whose delays are as long as they may be."""
    return ConnectionPool(draw=lambda: 1.0)


def options(port: int, reconnect: Reconnect = QUICK, **more: Any) -> ConnectOptions:
    """How to connect to a server on loopback."""
    return ConnectOptions(f"ws://127.0.0.1:{port}/", reconnect=reconnect, **more)


async def end(reader: Reader, writer: Writer, code: int, reason: str = "") -> None:
    """Close, and wait for the answer."""
    writer.write(close_frame(code, reason))
    await read_frame(reader)


def names(connection: Connection) -> list[str]:
    """The names of all local events."""
    transcript = connection.transcript
    numbers = range(transcript.first, len(transcript))
    return [str(transcript.event(n).name) for n in numbers if transcript.entry(n).is_event]


async def test_it_is_opened_again_until_it_is_open() -> None:
    """Same connection, same transcript: refused twice with 503, then open."""
    asked = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal asked
        request = await read_request(reader)
        asked += 1
        writer.write(accept(request) if asked > 2 else UNAVAILABLE % b"")
        if asked > 2:
            await reader.read()

    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        assert list(pool.connections) == [connection.id] == [0]
        assert connection.failure is None
        assert connection.retry is None
        assert connection.outlook == ""
        assert names(connection) == [
            *("connecting", "failed", "waiting") * 2,
            "connecting",
            "open",
        ]
        first, second = event_texts(connection.transcript, EventName.WAITING)
        assert first.startswith("1st attempt in 1 s: the server has a problem")
        failures = [one for one in connection.attempts.values() if isinstance(one, Failure)]
        assert [one.status for one in failures] == [503, 503]
        assert list(connection.attempts)[:2] == [1, 4]  # the entries that tell of them
        assert second.startswith("2nd attempt")


async def test_the_gap_tells_what_changed() -> None:
    """How long it was away, why, and what is different in the new handshake."""
    served = 0
    replies = (
        "Sec-WebSocket-Protocol: chat.v1\r\nServer: old\r\n",
        "Sec-WebSocket-Protocol: chat.v2\r\nServer: new\r\n",
    )

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal served
        request = await read_request(reader)
        writer.write(accept(request, replies[min(served, 1)]))
        served += 1
        if served == 1:
            await end(reader, writer, 1012, "restart")
        else:
            await reader.read()

    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port, subprotocols=("chat.v1", "chat.v2")))
        await until(lambda: served == 2 and connection.is_open)
        (gap,) = event_texts(connection.transcript, EventName.GAP)
        assert gap.startswith("away for ")
        assert "1 attempt" in gap
        assert "1012 restart · by peer, clean" in gap
        assert "subprotocol chat.v1 → chat.v2" in gap
        assert "server old → new" in gap
        assert "address" not in gap  # it is the same
        assert connection.close is None
        assert connection.handshake.subprotocol == "chat.v2"
        order = names(connection)
        assert order[order.index("closed") :] == ["closed", "waiting", "connecting", "open", "gap"]


async def test_what_it_was_stays_known_while_it_waits() -> None:
    """The close record, why it is tried again, and when, are there until it is open."""
    async with (
        websocket_server(_close_at_once) as port,
        soon() as pool,
    ):
        connection = pool.connect(options(port, NEVER))
        await reach(pool, connection, State.WAITING)
        assert connection.close is not None
        assert connection.close.received == CloseFrame(1013, "busy")
        assert connection.retry is not None
        assert connection.retry.attempt == 1
        assert connection.ended is not None
        assert connection.retry.at == pytest.approx(connection.ended + 3600, abs=60)
        assert "come again later (1013)" in connection.outlook
        with pytest.raises(Refused, match="waiting, not open"):
            pool.send(connection.id, b"x")


async def _close_at_once(reader: Reader, writer: Writer) -> None:
    await end(reader, writer, 1013, "busy")


async def test_retry_after_is_honoured() -> None:
    """What a server asks to wait goes before a shorter delay."""

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(UNAVAILABLE % b"Retry-After: 120\r\n")

    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.WAITING)
        (words,) = event_texts(connection.transcript, EventName.WAITING)
        assert words.startswith("1st attempt in 2 m 00 s")
        assert connection.failure is not None
        assert connection.failure.status == 503


async def test_most_attempts() -> None:
    """After the most attempts in a row it stays failed, and says why."""
    tried = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal tried
        await read_request(reader)
        tried += 1
        writer.write(UNAVAILABLE % b"")

    reconnect = Reconnect(True, first=0.001, cap=0.001, attempts=3)
    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port, reconnect))
        await reach(pool, connection, State.FAILED)
        assert tried == 4
        assert "3 attempts were made" in connection.outlook
        assert event_texts(connection.transcript, EventName.NOTE) == [connection.outlook]
        pool.reconnect(connection.id)  # the user acts: they are counted anew
        await reach(pool, connection, State.FAILED)
        assert tried == 8


async def test_a_short_life_does_not_reset_the_ladder() -> None:
    """Only a connection that was open for long enough begins with the first delay again."""

    async def lives(stable: float) -> list[int]:
        reconnect = Reconnect(True, first=0.001, cap=0.001, stable=stable)
        async with websocket_server(_close_at_once) as port, soon() as pool:
            connection = pool.connect(options(port, reconnect))
            await until(lambda: names(connection).count("waiting") >= 3)
            texts = event_texts(connection.transcript, EventName.WAITING)
            pool.drop(connection.id)
            return [int(text[0]) for text in texts[:3]]

    assert await lives(3600.0) == [1, 2, 3]
    assert await lives(0.0) == [1, 1, 1]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", FailureKind.STATUS),
        (b"SSH-2.0-OpenSSH_9.6\r\n", FailureKind.NOT_HTTP),
    ],
)
async def test_what_is_final(answer: bytes, kind: FailureKind) -> None:
    """What would fail in the same way again is not tried, and the user is told."""

    async def script(reader: Reader, writer: Writer) -> None:
        await read_request(reader)
        writer.write(answer)

    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.FAILED)
        assert connection.failure is not None
        assert connection.failure.kind is kind
        assert connection.outlook.startswith("It is not tried again: ")
        assert connection.retry is None


async def test_without_the_option_nothing_is_tried() -> None:
    """Reconnecting is off unless it is asked for."""
    async with websocket_server(_close_at_once) as port, soon() as pool:
        connection = pool.connect(options(port, Reconnect()))
        await reach(pool, connection, State.CLOSED)
        assert connection.outlook == ""


@pytest.mark.parametrize("end", ["close", "drop"])
async def test_what_the_user_ends_stays_ended(end: str) -> None:
    """Neither our own close nor a drop is followed by another attempt."""

    async def echo_close(reader: Reader, writer: Writer) -> None:
        _, body = await read_frame(reader)
        writer.write(frame(Kind.CLOSE, body))

    async with websocket_server(echo_close) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        if end == "close":
            pool.close(connection.id, 1011, "mine")
        else:
            pool.drop(connection.id)
        await reach(pool, connection, State.CLOSED)
        assert connection.outlook == ""
        assert "waiting" not in names(connection)


async def test_a_break_of_tcp_is_mended() -> None:
    """1006: TCP just ends, and the connection comes back."""
    lives = 0

    async def script(reader: Reader, writer: Writer) -> None:
        nonlocal lives
        lives += 1
        if lives > 1:
            await reader.read()

    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await until(lambda: lives == 2 and connection.is_open)
        assert "no close frame" in event_texts(connection.transcript, EventName.GAP)[0]


async def test_a_server_that_is_restarted() -> None:
    """A server of another make goes away with 1001, is down for a while, and comes back."""
    heard: list[str | bytes] = []

    async def listen(peer: ServerConnection) -> None:
        heard.append(await peer.recv())
        await peer.wait_closed()

    async with soon() as pool:
        async with serve(listen, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            connection = pool.connect(options(port, on_connect=("subscribe",)))
            await until(lambda: heard == ["subscribe"])
        await until(lambda: names(connection).count("waiting") > 3)
        assert connection.failure is not None
        assert connection.failure.kind is FailureKind.REFUSED
        async with serve(listen, "127.0.0.1", port):
            await until(lambda: heard == ["subscribe"] * 2)
            (gap,) = event_texts(connection.transcript, EventName.GAP)
            assert "1001 · by peer, clean" in gap
            assert gap.endswith("the same handshake as before")
            await pool.close_all()


async def test_a_peer_that_answers_no_pings() -> None:
    """A keepalive without an answer ends with our 1011, and is followed by another attempt."""
    lives = 0

    async def deaf(reader: Reader, writer: Writer) -> None:
        nonlocal lives
        lives += 1
        await reader.read()

    async with websocket_server(deaf) as port, soon() as pool:
        connection = pool.connect(
            options(port, ping_interval=0.01, ping_timeout=0.05, close_timeout=0.1)
        )
        await until(lambda: lives > 1)
        (first, *_) = event_texts(connection.transcript, EventName.WAITING)
        assert "did not answer our ping" in first


async def test_a_wish_to_close_counts_while_the_peer_closes() -> None:
    """Who closes what is closing already is refused, and does not want it opened again either."""
    go = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await end(reader, writer, 1012)
        await go.wait()

    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.CLOSING)
        with pytest.raises(Refused):
            pool.close(connection.id)
        go.set()
        await reach(pool, connection, State.CLOSED)
        assert "waiting" not in names(connection)


@pytest.mark.parametrize("act", ["stop", "close", "drop"])
async def test_giving_up_waiting(act: str) -> None:
    """Stop, close and drop end the waiting at once, each as the last attempt left it."""
    async with soon() as pool, websocket_server(_close_at_once) as port:
        closed = pool.connect(options(port, NEVER))
        await reach(pool, closed, State.WAITING)
        getattr(pool, act)(closed.id)
        assert closed.state is State.CLOSED
        assert closed.retry is None
        assert "you stopped it" in closed.outlook
        with pytest.raises(Refused):
            pool.stop(closed.id)


async def test_stop_gives_up_an_attempt_under_way() -> None:
    """While an attempt is made, stop gives it up; a first one is none to be stopped."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with tcp_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        with pytest.raises(Refused, match="not being tried again"):
            pool.stop(connection.id)
        pool.drop(connection.id)
        assert connection.state is State.FAILED
        pool.reconnect(connection.id)
        await reach(pool, connection, State.CONNECTING)
        pool.stop(connection.id)
        await reach(pool, connection, State.FAILED)
        assert connection.failure is not None
        assert connection.failure.kind is FailureKind.CANCELLED


async def test_reconnect_in_place() -> None:
    """An ended connection is opened again with its id and transcript, whatever its options."""

    async def script(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port, Reconnect()))
        with pytest.raises(Refused, match="connecting already"):
            pool.reconnect(connection.id)
        await reach(pool, connection, State.OPEN)
        with pytest.raises(Refused, match="open already"):
            pool.reconnect(connection.id)
        pool.drop(connection.id)
        await reach(pool, connection, State.CLOSED)
        before = len(connection.transcript)
        pool.reconnect(connection.id)
        await reach(pool, connection, State.OPEN)
        assert len(connection.transcript) > before
        assert len(pool.connections) == 1
        assert "dropped" in event_texts(connection.transcript, EventName.GAP)[0]
        with pytest.raises(Refused, match="no connection 9"):
            pool.reconnect(9)


async def test_messages_on_connect() -> None:
    """They are sent in order at each opening, text and binary."""
    lives: list[list[tuple[int, bytes]]] = []

    async def script(reader: Reader, writer: Writer) -> None:
        lives.append([await read_frame(reader) for _ in range(3)])
        if len(lives) == 1:
            await end(reader, writer, 1012)
        else:
            await reader.read()

    on_connect = ('{"op":"subscribe"}', "hex: de ad", "text:hex: no")
    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port, on_connect=on_connect))
        await until(lambda: len(lives) == 2)
        assert lives[0] == lives[1]
        assert lives[0] == [
            (0x81, b'{"op":"subscribe"}'),
            (0x82, b"\xde\xad"),
            (0x81, b"hex: no"),
        ]
        sent = [row for row in rows(connection.transcript) if row[1] and row[0] is not Kind.CLOSE]
        assert len(sent) == 6


async def test_messages_on_connect_hold_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference is looked up anew at each opening, and the options go on naming it."""
    heard: list[bytes] = []

    async def script(reader: Reader, writer: Writer) -> None:
        heard.append((await read_frame(reader))[1])
        monkeypatch.setenv("WSTUI_TEST_TOKEN", "second")
        if len(heard) == 1:
            await end(reader, writer, 1012)
        else:
            await reader.read()

    monkeypatch.setenv("WSTUI_TEST_TOKEN", "first")
    line = '{"token":"${env:WSTUI_TEST_TOKEN}"}'
    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port, on_connect=(line,)))
        await until(lambda: len(heard) == 2)
        assert heard == [b'{"token":"first"}', b'{"token":"second"}']
        assert connection.options.on_connect == (line,)


async def _waiting(pool: ConnectionPool, count: int) -> list[Connection]:
    made = [pool.connect(options(1, NEVER)) for _ in range(count)]
    await until(lambda: all(one.state is State.WAITING for one in made))
    return made


@pytest.mark.parametrize("end", ["close_all", "exit", "remove"])
async def test_the_end_does_not_wait_for_those_that_wait(end: str) -> None:
    """Hundreds of waiting connections cost no task each, and end at once."""
    pool = soon()
    async with pool:
        made = await _waiting(pool, 200)
        await until(lambda: len(asyncio.all_tasks()) == 1)
        if end == "close_all":
            await pool.close_all(timeout=60.0)
            assert {one.state for one in made} == {State.FAILED}
        elif end == "remove":
            for one in made:
                pool.remove(one.id)
            assert not pool.connections
    assert not any(one.state is State.WAITING for one in made)


async def test_close_all_while_the_peer_closes() -> None:
    """What ends while everything is being closed is not opened again."""
    go = asyncio.Event()

    async def script(reader: Reader, writer: Writer) -> None:
        await go.wait()

    async with websocket_server(script) as port, soon() as pool:
        connection = pool.connect(options(port))
        await reach(pool, connection, State.OPEN)
        asyncio.get_running_loop().call_soon(go.set)
        await pool.close_all()
        assert connection.state is State.CLOSED


async def test_attempts_do_not_hold_up_new_connections() -> None:
    """However many attempts hang, a new connection is opened next to them."""
    hangs = False

    async def silent(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async def sullen(reader: Reader, writer: Writer) -> None:
        if hangs:
            await reader.read()

    async with tcp_server(sullen) as port, websocket_server(silent) as other, soon() as pool:
        made = [pool.connect(options(port)) for _ in range(150)]
        await until(lambda: all(one.retry for one in made))
        hangs = True
        await until(lambda: all(one.state is State.CONNECTING for one in made))
        new = pool.connect(options(other))
        await reach(pool, new, State.OPEN)
        assert all(one.state is State.CONNECTING for one in made)
