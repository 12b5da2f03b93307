"""The app itself: what is the same on all screens."""

from __future__ import annotations

from tests.ui_support import FakePool
from tests.workbench_support import make_app, title
from wstui.widgets.composer import Composer


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
