"""The app itself: what is the same on all screens."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest
from textual import events
from textual.command import CommandPalette
from textual.keys import _character_to_key

from tests.net_support import until
from tests.ui_support import FakePool
from tests.workbench_support import bench, make_app, title, top
from wstui.app import KEY_TURNS, WstuiApp
from wstui.screens.connect import ConnectScreen
from wstui.screens.help import HelpScreen
from wstui.screens.workbench import Workbench
from wstui.widgets.composer import Composer
from wstui.widgets.dialog import DialogScreen
from wstui.widgets.filter_bar import FilterBar


async def test_a_key_still_at_work_survives_leaving(pool: FakePool) -> None:
    """A key that is waited for when the screens are gone is let go without an error."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b", "q")
        await pilot.pause()
    app._let_key_work(0)
    app._let_key_work(20)
    assert app.return_code == 0


async def test_one_can_write_before_there_is_a_connection(pool: FakePool) -> None:
    """`s` goes to the composer of an empty workbench; sending says why not and keeps the text."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", *"not q", "ctrl+s")
        await pilot.pause()
        composer = app.screen.query_one(Composer)
        assert composer.text == "not q"
        assert "there is no connection" in title(composer)


@pytest.mark.parametrize("key", ["n", "x"])
async def test_f1_brings_the_help_over_a_form(pool: FakePool, key: str) -> None:
    """F1 shows the help over a form and closes it again; the form is as it was."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        form = top(app)
        assert isinstance(form, DialogScreen)
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(top(app), HelpScreen)
        await pilot.press("f1")
        await pilot.pause()
        assert top(app) is form


async def test_the_question_mark_is_typed_where_one_types(pool: FakePool) -> None:
    """Only F1 is the help's key everywhere: a uri may hold a question mark."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"h/?a")
        form = top(app)
        assert isinstance(form, ConnectScreen)
        assert form.draft["uri"] == "h/?a"


async def test_help_stays_out_of_the_palette(pool: FakePool) -> None:
    """Over the palette F1 does nothing."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(top(app), CommandPalette)


async def test_the_help_jumps_and_enter_closes_it(pool: FakePool) -> None:
    """End goes to the end without an animation, and Enter goes back."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("end")
        assert app.animation_level == "none"
        pane = app.screen.query_one("#help")
        assert pane.scroll_y == pane.max_scroll_y > 0
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(top(app), Workbench)


def press_all(app: WstuiApp, keys: str, apart: float) -> None:
    """Have the terminal deliver these keys in one go, typed so many seconds apart."""
    for number, key in enumerate(keys):
        name = _character_to_key(key)
        event = events.Key(name, key)
        event.time += number * apart
        event.set_sender(app)
        app.post_message(event)


async def test_keys_in_one_go_reach_what_the_first_opens(pool: FakePool) -> None:
    """What comes together with `/` is typed into the filter, not taken for other keys."""
    with patch.object(WstuiApp, "is_headless", False):
        app = make_app(pool, "ws://localhost/a")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            press_all(app, "/nqx", apart=0.0)
            await until(lambda: app.screen.query_one(FilterBar).value == "nqx")
            assert top(app) is bench(app)


async def test_keys_wait_for_a_form_that_is_being_opened(pool: FakePool) -> None:
    """What is typed before a new form has its focus is not lost, however slowly it comes."""
    with patch.object(WstuiApp, "is_headless", False):
        app = make_app(pool, "ws://localhost/a")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            press_all(app, "n", apart=0.0)
            await until(lambda: isinstance(app.screen, ConnectScreen))
            form = app.screen
            assert isinstance(form, ConnectScreen)
            assert form.focused is None
            press_all(app, "abc", apart=0.03)
            await until(lambda: str(form.draft["uri"]).endswith("abc"))


async def test_keys_typed_one_by_one_do_not_wait(pool: FakePool) -> None:
    """A queue of keys that were typed one after the other is worked off without waiting turns."""
    handled: list[str] = []
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        if len(handled) < 60:
            asyncio.get_running_loop().call_soon(turn)

    with (
        patch.object(WstuiApp, "is_headless", False),
        patch.object(WstuiApp, "action_help", lambda self: handled.append("help")),
    ):
        app = make_app(pool, "ws://localhost/a")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            press_all(app, "??", apart=0.0)  # the second one waits
            press_all(app, "?" * 58, apart=0.03)
            turn()
            await until(lambda: len(handled) == 60)
    assert turns < 60 * KEY_TURNS // 2
