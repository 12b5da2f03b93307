"""Clients that wait to be accepted, on the whole workbench."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.ui_support import FakePool
from tests.workbench_support import bench, lines, make_app, settle, title, toasts, top
from wstui.app import WstuiApp
from wstui.core.connection import Connection, Failure, FailureKind, State
from wstui.core.listener import Listener
from wstui.core.options.listen import ListenOptions
from wstui.core.serving.request import Accept, Reject
from wstui.screens.ask import AskScreen
from wstui.screens.connect import ConnectScreen
from wstui.widgets.ask_bar import AskBar
from wstui.widgets.command_bar import CommandBar
from wstui.widgets.composer import Composer
from wstui.widgets.listener_list import ListenerList

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


def listener_of(pool: FakePool) -> Listener:
    """A listener that lets the user decide."""
    return pool.listen(ListenOptions("9002"))


def knock(pool: FakePool, path: str = "/chat", port: int = 53412, since: float = 0) -> Connection:
    """A client comes and waits, having waited for so many seconds already."""
    listener = next(iter(pool.listeners.values()))
    address = f"127.0.0.1:{port}"
    one = pool.accept(listener, path, address=address, state=State.CONNECTING)
    assert one.decide_by is not None
    one.decide_by -= since
    return one


def bar(app: WstuiApp) -> str:
    """What the bar says; empty while it is not there."""
    found = bench(app).query_one(AskBar)
    return found.render_line(0).text.strip() if found.display else ""


@SIZES
async def test_nobody_overlooks_who_waits(pool: FakePool, size: tuple[int, int]) -> None:
    """A bar says who asks for what and how long yet, and the sidebar marks the line."""
    listener_of(pool)
    app = make_app(pool)
    rung: list[bool] = []
    async with app.run_test(size=size) as pilot:
        app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        await settle(pilot)
        assert not bar(app)
        knock(pool)
        await settle(pilot)
        assert bar(app).startswith("? 127.0.0.1:53412 asks for /chat · 1 m 00 s left  ")
        assert bar(app).endswith(" a   F9  answer")
        assert rung == [True]
        knock(pool, "/other", 53413, since=40)
        pool.now += 2
        await settle(pilot)
        assert bar(app).startswith("? 2 clients wait: 127.0.0.1:53413 for /other · 18 s left  ")
        assert rung == [True, True]


async def test_a_crowd_rings_once(pool: FakePool) -> None:
    """Many that come within two seconds are announced by one bell."""
    listener_of(pool)
    app = make_app(pool)
    rung: list[bool] = []
    async with app.run_test(size=(80, 24)) as pilot:
        app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        for number in range(5):
            knock(pool, port=50_000 + number)
            await settle(pilot)
        assert rung == [True]
        assert bar(app).startswith("? 5 clients wait")


async def test_a_long_path_leaves_room_for_the_rest(pool: FakePool) -> None:
    """Time and keys stay in sight, and hostile text is inert."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        knock(pool, "/" + "x" * 300)
        await settle(pilot)
        assert bar(app).endswith("… · 1 m 00 s left   a   F9  answer")
        assert len(bar(app)) <= 78


async def test_one_after_the_other_is_answered(pool: FakePool) -> None:
    """a opens the most urgent; when it is decided the next follows, and then the bar is gone."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        first, urgent = knock(pool), knock(pool, "/other", 53413, since=40)
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert isinstance(top(app), AskScreen)
        assert "127.0.0.1:53413" in title(top(app).query_one("#ask"))
        assert "1 more waits" in title(top(app).query_one("#ask"))
        await pilot.press("a")
        await settle(pilot)
        assert ("decide", urgent.id, Accept()) in pool.calls
        assert bench(app).selected == urgent.id
        assert "127.0.0.1:53412" in title(top(app).query_one("#ask"))
        await pilot.press("r", "enter")
        await settle(pilot)
        assert ("decide", first.id, Reject(403)) in pool.calls
        assert top(app) is bench(app)
        assert not bar(app)


async def test_the_selected_one_goes_first(pool: FakePool) -> None:
    """Whoever is looked at is asked about, however urgent others are."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(120, 40)) as pilot:
        chosen = knock(pool)
        knock(pool, "/other", 53413, since=40)
        bench(app).selected = chosen.id
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert "127.0.0.1:53412" in title(top(app).query_one("#ask"))


async def test_later_ends_the_questions(pool: FakePool) -> None:
    """Escape leaves all of them waiting, and the bar stays."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        knock(pool)
        await settle(pilot)
        await pilot.press("a", "escape")
        await settle(pilot)
        assert top(app) is bench(app)
        assert bar(app)
        assert not [call for call in pool.calls if call[0] == "decide"]


async def test_f9_answers_while_one_writes(pool: FakePool) -> None:
    """In the composer a is a letter; F9 answers from there."""
    listener_of(pool)
    app = make_app(pool, "ws://localhost:9/")
    async with app.run_test(size=(80, 24)) as pilot:
        knock(pool)
        await settle(pilot)
        await pilot.press("s", "a")
        await settle(pilot)
        assert bench(app).query_one(Composer).draft.text == "a"
        await pilot.press("f9")
        await settle(pilot)
        assert isinstance(top(app), AskScreen)


async def test_the_bar_can_be_clicked(pool: FakePool) -> None:
    """A click on it asks."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        knock(pool)
        await settle(pilot)
        await pilot.click("#ask-bar")
        await settle(pilot)
        assert isinstance(top(app), AskScreen)


async def test_over_a_form_it_is_said_too(pool: FakePool) -> None:
    """While a form covers the bar, a notice tells who asks."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert isinstance(top(app), ConnectScreen)
        knock(pool)
        await settle(pilot)
        assert "127.0.0.1:53412 asks for /chat" in toasts(app)


async def test_who_leaves_meanwhile_is_told(pool: FakePool) -> None:
    """The question goes away, the reason is said, and the next one is asked about."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=(80, 24)) as pilot:
        gone = knock(pool, since=50)
        knock(pool, "/other", 53413)
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        form = top(app)
        assert isinstance(form, AskScreen)
        gone.decide_by = None
        why = "it left before that was decided"
        gone.failure = Failure(FailureKind.REJECTED, why, host="127.0.0.1", port=53412)
        pool.become(gone, State.FAILED)
        form.look()
        await settle(pilot)
        assert "127.0.0.1:53412 was not accepted: it left" in toasts(app)
        assert "127.0.0.1:53413" in title(top(app).query_one("#ask"))


async def test_without_a_client_a_pings(pool: FakePool) -> None:
    """While nobody waits the key means what it did before."""
    app = make_app(pool, "ws://localhost:9/")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("a")
        await settle(pilot)
        assert bench(app).query_one(CommandBar).query_one(Input).value == "ping . "


@SIZES
async def test_the_panes_of_one_that_waits_say_so(pool: FakePool, size: tuple[int, int]) -> None:
    """Where its messages will stand there is what can be done, and the line counts down."""
    listener_of(pool)
    app = make_app(pool)
    async with app.run_test(size=size) as pilot:
        bench(app).selected = knock(pool).id
        await settle(pilot)
        assert "This client asks to be accepted" in lines(bench(app).view)
        assert "asks to be accepted · 1 m 00 s left" in str(bench(app).view.border_subtitle)
        if size[0] >= 100:
            listed = "\n".join(
                bench(app).query_one(ListenerList).render_line(y).text for y in range(10)
            )
            assert "asks for /chat" in listed
            assert "1 m 00 s left" in listed
