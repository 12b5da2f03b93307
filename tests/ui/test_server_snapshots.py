"""Pictures of the screens of a server: what changed in them was changed on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.ui_support import FakePool
from tests.workbench_support import bench, make_app, settle
from wstui.app import WstuiApp
from wstui.core.connection import State
from wstui.core.options.listen import ListenOptions

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])

HEADERS = (
    ("Host", "localhost:9002"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),
    ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
    ("Origin", "https://app.example"),
    ("Cookie", "session=secret"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0)"),
)


def asked() -> WstuiApp:
    """The app over a listener with an open client and two that wait to be accepted."""
    pool = FakePool()
    listener = pool.listen(ListenOptions("9002", subprotocols=("chat.v1",)))
    pool.accept(listener, "/chat?room=7", "127.0.0.1:53410", headers=HEADERS)
    for port, seconds in ((53412, 43.0), (53413, 58.0)):
        address = f"127.0.0.1:{port}"
        one = pool.accept(listener, "/chat", address, State.CONNECTING, HEADERS)
        one.decide_by = pool.now + seconds
    return make_app(pool)


def after(*steps: str | list[str]) -> Callable[[Pilot[None]], object]:
    """Press a key, or type a text, step by step, and hold the cursors still."""

    async def press(pilot: Pilot[None]) -> None:
        await pilot.pause()
        for step in steps:
            await pilot.press(*([step] if isinstance(step, str) else step))
            await pilot.pause()
        for control in pilot.app.screen.query("Input, TextArea"):
            if isinstance(control, Input | TextArea):
                control.cursor_blink = False
        assert isinstance(pilot.app, WstuiApp)
        bench(pilot.app).beat()
        await settle(pilot)

    return press


@SIZES
def test_listen_form(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """An address that others can reach, and behaviours."""
    steps = ("L", [*"0.0.0.0:9002"], "f2", [*"/chat chat"], "enter", [*"echo"])
    assert snap_compare(make_app(FakePool()), terminal_size=size, run_before=after(*steps))


@SIZES
def test_problems_of_the_listen_form(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What is wrong stands beside its field, and on the tab."""
    steps = ("L", [*"localhost"], "f2", [*"/x shout"], "ctrl+s")
    assert snap_compare(make_app(FakePool()), terminal_size=size, run_before=after(*steps))


@SIZES
def test_clients_that_wait(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The bar over everything, and the lines of those that wait."""
    assert snap_compare(asked(), terminal_size=size, run_before=after("2"))


@SIZES
def test_question(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """All about the most urgent one."""
    assert snap_compare(asked(), terminal_size=size, run_before=after("a"))


@SIZES
def test_question_with_a_rejection(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """With which status and body it is rejected."""
    assert snap_compare(asked(), terminal_size=size, run_before=after("a", "r", [*"429"]))


@SIZES
def test_handshake_of_a_client(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The request that came, and our response."""
    assert snap_compare(asked(), terminal_size=size, run_before=after("1", "H"))
