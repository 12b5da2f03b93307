"""Clients that a listener forgets while something is being done with them."""

from __future__ import annotations

import pytest

from tests.ui_support import FakePool
from tests.workbench_support import bench, lines, make_app, settle
from wstui.core.options.listen import ListenOptions
from wstui.widgets.listener_list import ListenerList


@pytest.mark.parametrize("keys", ["", "x", "s"], ids=["nothing", "close", "send"])
async def test_marked_and_selected_clients_may_be_forgotten_at_any_time(
    pool: FakePool, keys: str
) -> None:
    """With a form or a screen about them open as well; what is left can be worked with."""
    listener = pool.listen(ListenOptions("9002"))
    clients = [pool.accept(listener, f"/{number}", f"127.0.0.1:{number}") for number in range(4)]
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        bench(app).query_one(ListenerList).focus()
        await pilot.press("down", "space", "down", "space", *keys)
        await settle(pilot)
        for client in clients[:3]:
            pool.drop(client.id)
            pool.remove(client.id)
            await settle(pilot)
        await pilot.press("escape", "escape")
        await settle(pilot)
        shown = lines(bench(app).query_one(ListenerList))
        assert "127.0.0.1:3" in shown
        assert "127.0.0.1:1" not in shown
        pool.remove(listener.id)
        await settle(pilot)
        assert app.is_running
