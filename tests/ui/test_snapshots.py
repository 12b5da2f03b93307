"""Pictures of the whole screen: what changed in them was changed on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.handshake_support import opened, opening, refused
from tests.ui_support import START, FakePool
from wstui.app import WstuiApp
from wstui.core.connection import Failure, FailureKind, Handshake, State, Step
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.handshake.tls_facts import TlsFacts
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.tls import TlsOptions
from wstui.screens.workbench import Workbench

SnapCompare = Callable[..., bool]

SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((120, 40), id="120x40"),
    pytest.param((200, 60), id="200x60"),
]

pytestmark = pytest.mark.usefixtures("in_utc")

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000400000004008060000 00aa6971de")


def furnished() -> WstuiApp:
    """The app over connections in different states, at a clock that stands still."""
    pool = FakePool()
    echo = pool.connect(ConnectOptions("ws://localhost:9002/echo"))
    echo.transcript.append(Kind.TEXT, b"hello", START)
    feed = pool.connect(ConnectOptions("wss://feed.example/ticks"))
    feed.handshake = Handshake(
        path="/ticks",
        subprotocol="chat.v2",
        extensions=("permessage-deflate",),
        tls=TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", 256),
    )
    feed.rtt = 0.023
    for seq in range(80):
        tick = b'{"type":"tick","symbol":"BTC-EUR","price":58210.40,"seq":%d}' % seq
        feed.transcript.append(Kind.TEXT, tick, START + seq * 0.041)
    feed.transcript.append(Kind.TEXT, b'{"op":"subscribe"}', START + 4, outgoing=True)
    feed.transcript.append(Kind.PING, b"\0\0\0\x1f", START + 5, outgoing=True)
    feed.transcript.append(Kind.PONG, b"\0\0\0\x1f", START + 5.023, rtt=0.023)
    feed.transcript.append(Kind.BINARY, PNG * 20, START + 5.2)
    pool.connects_as = State.CONNECTING
    pool.connect(
        ConnectOptions("wss://10.0.0.7:8443/", tls=TlsOptions(trust="NONE"))
    ).step = Step.TLS
    pool.connects_as = State.OPEN
    pool.connect(ConnectOptions("ws://localhost:9050/"))
    pool.close(3, 4001, "bye")
    lost = pool.connect(ConnectOptions("ws://localhost:9051/nowhere"))
    lost.opened = None
    lost.failure = Failure(
        FailureKind.STATUS,
        host="localhost",
        port=9051,
        status=404,
        status_text="Not Found",
        headers=(("Server", "nginx [/x]"), ("Content-Type", "text/html")),
        body=b"<html>[red]Nothing is here.[/x]</html>",
    )
    words = "HTTP 404 Not Found: localhost:9051 answered 404 instead of 101 Switching Protocols."
    event = LocalEvent(EventName.FAILED, words)
    lost.remember(lost.transcript.append_event(event, START + 0.004), lost.failure)
    pool.become(lost, State.FAILED)
    return WstuiApp(pool, clock=lambda: START + 751)


def after(*keys: str) -> Callable[[Pilot[object]], object]:
    """Press `keys`, then let everything come to rest."""

    async def press(pilot: Pilot[object]) -> None:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.app.workers.wait_for_complete()
        bench = pilot.app.screen_stack[0]
        assert isinstance(bench, Workbench)
        bench.beat()
        await pilot.pause()

    return press


@pytest.mark.parametrize("size", SIZES)
def test_workbench(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A feed with a binary entry in hex."""
    app: App[None] = furnished()
    assert snap_compare(app, terminal_size=size, run_before=after("1"))


def test_failure(snap_compare: SnapCompare) -> None:
    """A failed connection, explained, with the response."""
    assert snap_compare(furnished(), terminal_size=(120, 40), run_before=after("4"))


def test_sidebar_over_80_columns(snap_compare: SnapCompare) -> None:
    """The list of connections over the transcript of a narrow terminal."""
    assert snap_compare(furnished(), terminal_size=(80, 24), run_before=after("1", "b"))


def test_empty(snap_compare: SnapCompare) -> None:
    """The workbench before the first connection."""
    app = WstuiApp(FakePool(), clock=lambda: START)
    assert snap_compare(app, terminal_size=(100, 30), run_before=after())


def test_help(snap_compare: SnapCompare) -> None:
    """The help over the workbench."""
    assert snap_compare(furnished(), terminal_size=(120, 60), run_before=after("question_mark"))


def shaken_hands() -> WstuiApp:
    """The app over an open, a refused and a waiting connection."""
    pool = FakePool()
    opened(pool)
    refused(pool)
    opening(pool)
    return WstuiApp(pool, clock=lambda: START + 1.2)


def over(*keys: str) -> Callable[[Pilot[object]], object]:
    """Press `keys`, which open something over the workbench."""

    async def press(pilot: Pilot[object]) -> None:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return press


@pytest.mark.parametrize("size", SIZES)
def test_handshake(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The handshake of an open connection."""
    assert snap_compare(shaken_hands(), terminal_size=size, run_before=over("0", "H"))


@pytest.mark.parametrize("key", ["1", "2"], ids=["refused", "opening"])
def test_other_handshakes(snap_compare: SnapCompare, key: str) -> None:
    """The handshake of a connection that was refused, and of one that waits for TLS."""
    assert snap_compare(shaken_hands(), terminal_size=(120, 40), run_before=over(key, "H"))


def test_copy_as(snap_compare: SnapCompare) -> None:
    """The list of tools, and what would be copied."""
    assert snap_compare(shaken_hands(), terminal_size=(120, 40), run_before=over("0", "c"))
