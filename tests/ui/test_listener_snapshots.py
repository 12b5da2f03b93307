"""Pictures of the workbench with listeners: what changed in them was changed on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.ui_support import START, FakePool
from tests.workbench_support import SIZES, settle
from wstui.app import WstuiApp
from wstui.core.connection import Handshake
from wstui.core.entry import EventName, Kind, LocalEvent
from wstui.core.listener import Listener, ListenerState, ListenFault
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions

SnapCompare = Callable[..., bool]

pytestmark = pytest.mark.usefixtures("in_utc")

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)"


def listen(pool: FakePool) -> Listener:
    """A listener that echoes."""
    listener = pool.listen(ListenOptions("9002", behaviours=("/echo echo", "/chat silent")))
    event = LocalEvent(EventName.OPEN, "listening on 127.0.0.1:9002")
    listener.transcript.append_event(event, START)
    return listener


def come(pool: FakePool, listener: Listener) -> None:
    """Three clients, of which one has gone, and two who were none."""
    for number, (path, agent) in enumerate(
        (("/echo", "websocat/1.13"), ("/chat?room=7", BROWSER), ("/echo", "aiohttp/3.9"))
    ):
        client = pool.accept(listener, path, f"127.0.0.1:{53_412 + number}")
        client.options = ConnectOptions(client.options.uri, user_agent=agent)
        for _ in range(4 - number):
            client.transcript.append(Kind.TEXT, b"hello", START + number)
            client.transcript.append(Kind.TEXT, b"hello", START + number, outgoing=True)
    pool.close(client.id, 1000, "done")
    listener.live -= 1
    listener.tally.connections, listener.tally.rejected, listener.tally.dropped = 6, 1, 1
    for second, words in (
        (3, "rejected 127.0.0.1:53420: /admin: 403"),
        (4, "dropped 127.0.0.1:53421: it speaks TLS, and this port does not"),
    ):
        event = LocalEvent(EventName.ERROR, words)
        listener.transcript.append_event(event, START + second)


def served() -> WstuiApp:
    """The app over a connection of our own, a listener with clients, and one that failed."""
    pool = FakePool()
    feed = pool.connect(ConnectOptions("wss://feed.example/ticks"))
    feed.handshake = Handshake(subprotocol="chat.v2")
    come(pool, listen(pool))
    failed = pool.listen(ListenOptions("9002"))
    failed.failure, failed.fault = "Cannot listen on 127.0.0.1:9002.", ListenFault.IN_USE
    failed.addresses = failed.uris = ()
    event = LocalEvent(EventName.FAILED, failed.failure)
    failed.transcript.append_event(event, START + 5)
    pool.become_listener(failed, ListenerState.FAILED)
    return WstuiApp(pool, clock=lambda: START + 751)


def waiting() -> WstuiApp:
    """The app over a listener to which nobody has come."""
    pool = FakePool()
    listen(pool)
    return WstuiApp(pool, clock=lambda: START + 12)


def after(*keys: str) -> Callable[[Pilot[None]], object]:
    """Press `keys`, then let everything come to rest."""

    async def press(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await settle(pilot)

    return press


@pytest.mark.parametrize("size", SIZES)
def test_a_listener_with_clients(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Sidebar or strip with the clients, and the view of their listener."""
    assert snap_compare(served(), terminal_size=size, run_before=after("1"))


def test_the_sidebar_of_80_columns(snap_compare: SnapCompare) -> None:
    """Listeners and clients over the view of a narrow terminal."""
    assert snap_compare(served(), terminal_size=(80, 24), run_before=after("3", "b"))


def test_nobody_has_come(snap_compare: SnapCompare) -> None:
    """The view of a listener says where to connect to."""
    assert snap_compare(waiting(), terminal_size=(120, 40), run_before=after())


def test_a_listener_that_failed(snap_compare: SnapCompare) -> None:
    """Why, and what to try."""
    assert snap_compare(served(), terminal_size=(120, 40), run_before=after("5"))
