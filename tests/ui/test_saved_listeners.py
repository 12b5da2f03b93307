"""Profiles of listeners on the screen: the list, listening, saving, editing, deleting."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Input, Static

from tests.ui_support import FakePool, FakeProfiles
from tests.workbench_support import bench, make_app, settle, title, toasts
from wstui.app import WstuiApp
from wstui.core.options.connect import ConnectOptions
from wstui.core.options.listen import ListenOptions
from wstui.core.profiles import Book
from wstui.screens.confirm import ConfirmScreen
from wstui.screens.listen import ListenScreen
from wstui.screens.save import SaveScreen
from wstui.widgets.saved_list import SavedList

TICKS = ConnectOptions("wss://feed.example/ticks")
MOCK = ListenOptions("127.0.0.1:9002", behaviours=("echo",))
SIZE = (120, 40)


def some() -> FakeProfiles:
    """A profile of each kind."""
    return FakeProfiles(Book({"prod/ticks": TICKS}, listeners={"mock": MOCK}))


def saved(app: WstuiApp) -> SavedList:
    """The list in the sidebar."""
    return bench(app).query_one(SavedList)


async def test_listeners_stand_below_connections() -> None:
    """Their sign and their address tell them apart."""
    app = make_app(FakePool(), profiles=some())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert title(saved(app)) == "Saved 2"
        lines = [saved(app).render_line(y).text.rstrip() for y in range(2)]
        assert lines == ["   prod/ticks  feed.example", "   mock  ⇥ 127.0.0.1:9002"]


async def test_a_book_of_listeners_alone_is_told_of() -> None:
    """The empty workbench names the key that leads to the list."""
    app = make_app(FakePool(), profiles=FakeProfiles(Book(listeners={"mock": MOCK})))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        view = bench(app).view
        lines = [view.render_line(y).text for y in range(view.size.height)]
        assert any("P a saved one" in line for line in lines)


async def test_enter_listens() -> None:
    """The listener has the profile's options, and is selected."""
    pool = FakePool()
    app = make_app(pool, profiles=some())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "down", "enter")
        await settle(pilot)
        assert pool.listeners[0].options == MOCK
        assert bench(app).listener is pool.listeners[0]


async def test_the_selected_listener_is_saved() -> None:
    """`w` asks for a name; what is there already is told with where it listens."""
    pool, profiles = FakePool(), some()
    other = ListenOptions("127.0.0.1:9003")
    pool.listen(other)
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        bench(app).selected = 0
        await pilot.press("w")
        await settle(pilot)
        assert isinstance(app.screen, SaveScreen)
        assert str(app.screen.query_one("#what", Static).render()) == "listen 127.0.0.1:9003"
        app.screen.query_one(Input).value = "mock"
        await pilot.pause()
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert profiles.book.listeners == {"mock": other}
        assert "Saved as mock" in toasts(app)


async def test_secrets_are_refused() -> None:
    """A passphrase names its secret, or nothing is saved."""
    pool, profiles = FakePool(), some()
    tls = replace(ListenOptions().tls, certificate="a.pem", passphrase="hush")
    pool.listen(ListenOptions("127.0.0.1:9003", tls=tls))
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("w")
        await settle(pilot)
        words = str(app.screen.query_one("#plain", Static).render())
        assert "The passphrase would be kept as it is" in words
        app.screen.query_one(Input).value = "new"
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.screen, SaveScreen)
        assert "new" not in profiles.book.all


async def test_edit_and_delete() -> None:
    """e opens the listen form with its options, d asks before it deletes."""
    profiles = some()
    app = make_app(FakePool(), profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "down", "e")
        await settle(pilot)
        assert isinstance(app.screen, ListenScreen)
        app.screen.field("address").value = "9004"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await settle(pilot)
        changed = replace(MOCK, address="127.0.0.1:9004")
        assert profiles.book.listeners == {"mock": changed}
        await pilot.press("P", "down", "d")
        await settle(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("enter")
        await settle(pilot)
        assert not profiles.book.listeners
        assert profiles.book.profiles == {"prod/ticks": TICKS}
