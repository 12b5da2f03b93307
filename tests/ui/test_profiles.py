"""Profiles on the screen: the list, opening, saving, editing, deleting, and a broken file."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.ui_support import FakePool, FakeProfiles
from tests.workbench_support import bench, make_app, settle, shown, title, toasts, top
from wstui.app import WstuiApp
from wstui.core.options.connect import ConnectOptions
from wstui.core.ports import Refused
from wstui.core.profiles import Book, Fault
from wstui.screens.confirm import ConfirmScreen
from wstui.screens.connect import ConnectScreen
from wstui.screens.save import SaveScreen
from wstui.widgets.command_bar import CommandBar
from wstui.widgets.dialog import DialogButtons
from wstui.widgets.field import Field
from wstui.widgets.saved_list import SavedList

TICKS = ConnectOptions("wss://feed.example/ticks", subprotocols=("v2",))
LOCAL = ConnectOptions("ws://localhost:9002/")
SIZE = (120, 40)


def some() -> FakeProfiles:
    """Two profiles."""
    return FakeProfiles(Book({"prod/ticks": TICKS, "local": LOCAL}))


def saved(app: WstuiApp) -> SavedList:
    """The list in the sidebar."""
    return bench(app).query_one(SavedList)


def listed(app: WstuiApp) -> list[str]:
    """The lines of the list."""
    widget = saved(app)
    height = widget.scrollable_content_region.height
    return [widget.render_line(y).text.rstrip() for y in range(height)]


async def save_as(pilot: Pilot[None], name: str) -> None:
    """Type a name into the dialog and press Enter."""
    await pilot.pause()
    assert isinstance(pilot.app.screen, SaveScreen)
    pilot.app.screen.query_one(Input).value = name
    await pilot.press("enter")
    await settle(pilot)


async def test_profiles_are_listed_in_the_sidebar() -> None:
    """Their names stand under the connections, with hosts where there is room."""
    app = make_app(FakePool(), profiles=some())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert title(saved(app)) == "Saved 2"
        assert listed(app) == ["   prod/ticks  feed.example", "   local  localhost:9002"]


async def test_the_empty_workbench_tells_of_saved_ones() -> None:
    """At 80 columns, where the list is folded away, the key that leads to it is named."""
    for profiles, expected in ((some(), True), (FakeProfiles(), False)):
        app = make_app(FakePool(), profiles=profiles)
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            view = bench(app).view
            lines = [view.render_line(y).text for y in range(view.size.height)]
            assert any("P a saved one" in line for line in lines) is expected


async def test_without_profiles_it_is_said_how_to_save_one() -> None:
    """The empty list names the key, takes no focus, and the action for it says the same."""
    app = make_app(FakePool())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert title(saved(app)) == "Saved"
        assert "F3" in listed(app)[0]
        await pilot.press("P")
        assert "F3" in toasts(app)
        assert not saved(app).has_focus


async def test_enter_opens_the_chosen_one() -> None:
    """The connection has the profile's options; an edit of the file meanwhile counts."""
    pool, profiles = FakePool(), some()
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "down", "up", "enter")
        await settle(pilot)
        assert pool.connections[0].options == TICKS
        assert bench(app).selected == 0
        assert bench(app).view.has_focus
        changed = ConnectOptions("ws://changed/")
        profiles.book = Book({"prod/ticks": TICKS, "local": changed})
        await pilot.press("P", "down", "enter")
        await settle(pilot)
        assert pool.connections[1].options == changed
        profiles.book = Book()
        await pilot.press("P", "enter")
        await settle(pilot)
        assert len(pool.connections) == 2


async def test_a_click_opens_one() -> None:
    """As Enter does."""
    pool = FakePool()
    app = make_app(pool, profiles=some())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.click(SavedList, offset=(6, 2))
        await settle(pilot)
        assert pool.connections[0].options == LOCAL


async def test_in_narrow_terminals_it_is_in_the_sidebar_that_comes_up() -> None:
    """80 columns: the key brings the sidebar, and opening one takes it away again."""
    pool = FakePool()
    app = make_app(pool, profiles=some())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        sidebar = bench(app).query_one("#sidebar")
        assert not shown(sidebar)
        await pilot.press("P")
        assert shown(sidebar)
        assert saved(app).has_focus
        assert listed(app)[0].startswith(" › prod/ticks")
        await pilot.press("escape")
        await pilot.pause()
        assert not shown(sidebar)
        assert bench(app).view.has_focus
        await pilot.press("P", "enter")
        await settle(pilot)
        assert not shown(sidebar)
        assert len(pool.connections) == 1


async def test_a_connection_is_saved_under_a_name() -> None:
    """The dialog asks for the name, refuses a bad one, and says what was saved."""
    profiles = FakeProfiles()
    app = make_app(FakePool(), TICKS.uri, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("w")
        await save_as(pilot, "two words")
        assert "letters, digits" in top(app).query_one(Field).problem
        await save_as(pilot, "prod/ticks")
        assert profiles.book.profiles["prod/ticks"].uri == TICKS.uri
        assert "Saved as prod/ticks." in toasts(app)
        assert listed(app)[0].startswith("   prod/ticks")


async def test_replacing_a_profile_is_asked() -> None:
    """The first Enter asks, another name does not, the second Enter replaces."""
    profiles = some()
    app = make_app(FakePool(), "ws://new/", profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("w")
        await save_as(pilot, "local")
        assert "Enter again replaces it" in top(app).query_one(Field).problem
        assert top(app).query_one(DialogButtons).submit == "Replace"
        assert profiles.book.profiles["local"] == LOCAL
        await pilot.press("enter")
        await settle(pilot)
        assert profiles.book.profiles["local"].uri == "ws://new/"


async def test_a_secret_is_not_saved() -> None:
    """The dialog says which one it is, and how to name it instead."""
    profiles = FakeProfiles()
    app = make_app(FakePool(), "ws://me:secret@h/", profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("w")
        await save_as(pilot, "a")
        assert isinstance(top(app), SaveScreen)
        assert "names secrets" in top(app).query_one(Field).problem
        assert "${env:NAME}" in str(top(app).query_one("#plain").render())
        assert profiles.book.profiles == {}


async def test_the_form_of_a_new_connection_is_saved() -> None:
    """F3 asks for a name and leaves the form as it is; a wrong form is corrected first."""
    profiles = FakeProfiles()
    app = make_app(FakePool(), profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await pilot.pause()
        await pilot.press("f3")
        await pilot.pause()
        form = top(app)
        assert isinstance(form, ConnectScreen)
        assert form.field("uri").problem
        form.query_one(Input).value = "feed.example/ticks?t=${env:TOKEN}"
        await pilot.press("f3")
        await save_as(pilot, "prod/ticks")
        assert top(app) is form
        uri = profiles.book.profiles["prod/ticks"].uri
        assert uri == "wss://feed.example/ticks?t=${env:TOKEN}"


async def test_a_profile_is_edited_in_the_form() -> None:
    """The form is filled, saves back under the same name, and connects to nothing."""
    pool, profiles = FakePool(), some()
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "e")
        await pilot.pause()
        form = top(app)
        assert isinstance(form, ConnectScreen)
        assert title(form.query_one("#connect")) == "Profile prod/ticks"
        assert form.field("subprotocols").value == "v2"
        form.query_one(Input).value = "wss://feed.example/other"
        await pilot.press("ctrl+s")
        await settle(pilot)
        assert profiles.book.profiles["prod/ticks"].uri == "wss://feed.example/other"
        assert profiles.book.profiles["prod/ticks"].subprotocols == ("v2",)
        assert pool.connections == {}


async def test_what_was_typed_survives_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot be written the form comes back as it was."""
    profiles = some()

    def refuse(*_: object, **__: object) -> Book:
        raise Refused("The disk is full.")

    monkeypatch.setattr(profiles, "save", refuse)
    app = make_app(FakePool(), profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "e")
        await pilot.pause()
        top(app).query_one(Input).value = "wss://typed.example/"
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.pause()
        form = top(app)
        assert isinstance(form, ConnectScreen)
        assert form.draft["uri"] == "wss://typed.example/"
        assert "The disk is full." in toasts(app)


async def test_deleting_is_confirmed() -> None:
    """Escape keeps it, Enter deletes it."""
    profiles = some()
    app = make_app(FakePool(), profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("P", "d")
        await pilot.pause()
        assert isinstance(top(app), ConfirmScreen)
        await pilot.press("escape")
        await settle(pilot)
        assert len(profiles.book.profiles) == 2
        await pilot.press("delete")
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        assert list(profiles.book.profiles) == ["local"]
        assert listed(app) == [" › local  localhost:9002"]


async def test_a_broken_file_is_told_and_the_app_starts() -> None:
    """File, line and reason are said, the line stays in the list, what is right works."""
    fault = Fault("open_timeout: Write a time.", 7, None, "bad\x1b[2J")
    profiles = FakeProfiles(Book({"local": LOCAL}, (fault,)))
    pool = FakePool()
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "profiles.toml, line 7: bad␛[2J: open_timeout: Write a time." in toasts(app)
        assert listed(app)[1].startswith(" ✕ line 7: bad␛")
        await pilot.press("P", "enter")
        await settle(pilot)
        assert pool.connections[0].options == LOCAL


async def test_saving_over_a_broken_file_is_refused() -> None:
    """The dialog says why and stays, with the name as typed."""
    fault = Fault("Invalid value.", 3, 5)
    app = make_app(FakePool(), TICKS.uri, profiles=FakeProfiles(Book(faults=(fault,))))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("w")
        await save_as(pilot, "a")
        assert isinstance(top(app), SaveScreen)
        assert "line 3, column 5: Invalid value." in top(app).query_one(Field).problem


async def run(pilot: Pilot[None], line: str) -> str:
    """Type a command; what is answered to it, or why not."""
    app = pilot.app
    assert isinstance(app, WstuiApp)
    bar = bench(app).query_one(CommandBar)
    bar.open()
    bar.value = line
    await pilot.press("enter")
    await settle(pilot)
    if bar.has_class("-failed"):
        return str(bar.query_one(".command--fault").render())
    return str(bar._answer.render())


async def test_commands_know_profiles() -> None:
    """They are connected to by name, saved, listed and deleted."""
    pool, profiles = FakePool(), some()
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await run(pilot, "connect prod/ticks --origin https://me")
        assert pool.connections[0].options.subprotocols == ("v2",)
        assert pool.connections[0].options.origin == "https://me"
        assert await run(pilot, "save new") == "Saved connection 0 as new"
        assert profiles.book.profiles["new"].origin == "https://me"
        assert "--replace writes over it" in await run(pilot, "save local 0")
        assert await run(pilot, "save local 0 --replace") == "Saved connection 0 as local"
        assert "There is no connection 7" in await run(pilot, "save x 7")
        assert await run(pilot, "forget new") == "Deleted new"
        answer = await run(pilot, "profiles")
        assert answer.splitlines()[0] == "prod/ticks  wss://feed.example/ticks"
        assert answer.splitlines()[-1] == f"in {profiles.place}"
        assert len(saved(app).names) == 2


async def test_a_profile_that_cannot_be_used_says_why() -> None:
    """Its name is not taken for a host."""
    profiles = FakeProfiles(Book(faults=(Fault("It has no uri.", 4, None, "bad"),)))
    pool = FakePool()
    app = make_app(pool, profiles=profiles)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert "line 4: bad: It has no uri." in await run(pilot, "connect bad")
        assert pool.connections == {}
