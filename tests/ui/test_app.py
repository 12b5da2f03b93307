"""The app itself: what is the same on all screens."""

from __future__ import annotations

from tests.ui_support import FakePool
from tests.workbench_support import make_app


async def test_a_key_still_at_work_survives_leaving(pool: FakePool) -> None:
    """A key that is waited for when the screens are gone is let go without an error."""
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b", "q")
        await pilot.pause()
    app._let_key_work(0)
    app._let_key_work(20)
    assert app.return_code == 0
