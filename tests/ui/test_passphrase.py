"""Keys that need a passphrase: it is asked for once, kept off the screen, and tried."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui_support import FakePool
from tests.workbench_support import make_app, top
from wstui.app import WstuiApp
from wstui.core.connection import Connection, Failure, FailureKind, State
from wstui.core.handshake.tls_faults import Fault, TlsFault
from wstui.screens.passphrase import PassphraseScreen
from wstui.screens.workbench import Workbench
from wstui.widgets.field import SecretInput

KEY = "/keys/\x1b[31mclient.key"


def lock(pool: FakePool, connection: Connection, fault: Fault, file: str = KEY) -> None:
    """Let a connection fail for want of a passphrase."""
    connection.failure = Failure(FailureKind.TLS_SETTING, fault=TlsFault("tls.key", fault, file))
    pool.become(connection, State.FAILED)


async def ask(pilot: Pilot[None], pool: FakePool, *ids: int, fault: Fault) -> PassphraseScreen:
    """Let connections fail, and wait for the question."""
    for id in ids:
        lock(pool, pool.connections[id], fault)
    return await question(pilot)


async def question(pilot: Pilot[None]) -> PassphraseScreen:
    """The dialog, once it is there."""
    assert isinstance(pilot.app, WstuiApp)
    while not isinstance(top(pilot.app), PassphraseScreen):
        await pilot.pause()
    await pilot.pause()
    screen = top(pilot.app)
    assert isinstance(screen, PassphraseScreen)
    return screen


def drawn(app: WstuiApp) -> str:
    """All that the terminal shows."""
    return "\n".join(line.text for line in app.screen._compositor.render_strips())


def calls(pool: FakePool) -> list[tuple[object, ...]]:
    """What was asked of the pool after connecting."""
    return [call for call in pool.calls if call[0] in ("unlock", "reconnect")]


async def test_it_is_asked_for_once(pool: FakePool) -> None:
    """One answer opens all connections that wait for the same key; the answer shows as dots."""
    app = make_app(pool, "wss://a.example", "wss://b.example", "wss://c.example")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await ask(pilot, pool, 0, 1, fault=Fault.PASSPHRASE_NEEDED)
        assert "␛[31mclient.key" in drawn(app)
        await pilot.press("enter")
        assert "Type the passphrase" in drawn(app)
        await pilot.press(*"s3cret", "space", "ä")
        assert "s3cret" not in drawn(app)
        assert "•••" in drawn(app)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(top(app), Workbench)
    assert calls(pool) == [
        ("unlock", 0, "s3cret ä"),
        ("reconnect", 0),
        ("unlock", 1, "s3cret ä"),
        ("reconnect", 1),
    ]


async def test_a_wrong_one_is_asked_for_again(pool: FakePool) -> None:
    """A passphrase that did not open the key is asked for again, with a word about it."""
    app = make_app(pool, "wss://a.example")
    async with app.run_test() as pilot:
        await pilot.pause()
        await ask(pilot, pool, 0, fault=Fault.PASSPHRASE_NEEDED)
        await pilot.press("x", "enter")
        await pilot.pause()
        screen = await ask(pilot, pool, 0, fault=Fault.PASSPHRASE_WRONG)
        assert "did not open it" in str(screen.query_one("#question", Static).render())


async def test_it_need_not_be_given(pool: FakePool) -> None:
    """Who gives up is not asked again until it is tried again."""
    app = make_app(pool, "wss://a.example")
    async with app.run_test() as pilot:
        await pilot.pause()
        await ask(pilot, pool, 0, fault=Fault.PASSPHRASE_NEEDED)
        await pilot.press("escape")
        await pilot.pause()
        pool.become(pool.connections[0], State.FAILED)
        await pilot.pause()
        await pilot.pause()
        assert isinstance(top(app), Workbench)
        assert calls(pool) == []
        await ask(pilot, pool, 0, fault=Fault.PASSPHRASE_NEEDED)


async def test_other_keys_are_asked_for_in_turn(pool: FakePool) -> None:
    """Two locked keys are two questions, one after the other."""
    app = make_app(pool, "wss://a.example", "wss://b.example")
    async with app.run_test() as pilot:
        await pilot.pause()
        lock(pool, pool.connections[0], Fault.PASSPHRASE_NEEDED, "one.key")
        lock(pool, pool.connections[1], Fault.PASSPHRASE_NEEDED, "two.key")
        first = await question(pilot)
        assert "one.key" in drawn(app)
        await pilot.click("#cancel")
        while top(app) is first:
            await pilot.pause()
        await question(pilot)
        assert "two.key" in drawn(app)
        first_input = app.screen.query_one(SecretInput)
        assert first_input.has_focus
        await pilot.press("p")
        await pilot.click("#submit")
        await pilot.pause()
    assert calls(pool) == [("unlock", 1, "p"), ("reconnect", 1)]
