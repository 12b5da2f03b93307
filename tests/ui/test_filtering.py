"""The filter in the workbench: going through matches, clearing it, and filters that are wrong."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.ui_support import FakePool
from tests.workbench_support import bench, lines, make_app, settle, title, top
from wstui.app import WstuiApp
from wstui.core.entry import Kind
from wstui.screens.connect import ConnectScreen
from wstui.widgets.filter_bar import FilterBar
from wstui.widgets.key_line import KeyLine
from wstui.widgets.transcript_view import TranscriptView

SIZE = (120, 40)


def receive(pool: FakePool) -> None:
    """Three messages and a ping."""
    for text in (b"one", b"two", b"one operation"):
        pool.connections[0].transcript.append(Kind.TEXT, text, pool.now)
    pool.connections[0].transcript.append(Kind.PING, b"", pool.now)


def keys(app: WstuiApp) -> str:
    """The line of keys."""
    return bench(app).query_one(KeyLine).render_line(0).text


def shown(app: WstuiApp) -> int:
    """How many entries are shown."""
    view = bench(app).query_one(TranscriptView)
    view.sync()
    return view.shown


def words(app: WstuiApp, id: str) -> str:
    """What a part of the filter bar says."""
    return str(bench(app).query_one(FilterBar).query_one(id, Static).render())


async def test_n_is_new_again_without_a_filter(pool: FakePool) -> None:
    """Once the filter is empty `n` opens a connection, as it did before."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool)
        await pilot.press("slash", *"one", "enter")
        await settle(pilot)
        assert "n Next" in keys(app)
        await pilot.press("slash", "ctrl+u", "enter")
        await settle(pilot)
        assert "n New" in keys(app)
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(top(app), ConnectScreen)


async def test_ctrl_u_clears_it_from_the_transcript(pool: FakePool) -> None:
    """While there is a filter, the line of keys shows how to clear it, and that works."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool)
        await settle(pilot)
        assert "Clear" not in keys(app)
        await pilot.press("slash", *"one", "enter")
        await settle(pilot)
        assert "ctrl+u Clear" in keys(app)
        assert shown(app) == 2
        await pilot.press("ctrl+u")
        await settle(pilot)
        assert bench(app).query_one(FilterBar).value == ""
        assert shown(app) == 4
        assert "Clear" not in keys(app)


async def test_what_is_wrong_is_not_applied(pool: FakePool) -> None:
    """A filter that cannot be read shows everything, not what a part of it would have found."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool)
        await pilot.press("slash", *"op", "enter")
        await settle(pilot)
        assert shown(app) == 1
        await pilot.press("slash", *":foo", "enter")
        await settle(pilot)
        assert shown(app) == 4
        assert words(app, "#filter-counts").startswith("not applied")
        assert "n New" in keys(app)
        await pilot.press("ctrl+u")
        await settle(pilot)
        assert "not applied" not in words(app, "#filter-counts")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_wrong_covers_nothing(pool: FakePool, size: tuple[int, int]) -> None:
    """The name of the connection stays in sight above its transcript, and all words are there."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=size) as pilot:
        receive(pool)
        await pilot.press("slash", *"/a/x")
        await settle(pilot)
        error = bench(app).query_one("#filter-error")
        view = bench(app).query_one(TranscriptView)
        assert "0  ws://a" in title(view)
        assert error.region.bottom <= view.region.y
        said = " ".join(words(app, "#filter-error").split())
        assert "only i may follow the closing slash" in said
        assert said.endswith("in quotes")


async def test_typing_moves_nothing(pool: FakePool) -> None:
    """While one types, the transcript stays where it is, whether the filter can be read or not."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash")
        await settle(pilot)
        before = bench(app).query_one(TranscriptView).region
        assert "dir:in" in words(app, "#filter-error")
        for key in "op:x":
            await pilot.press(key)
            await settle(pilot)
            assert bench(app).query_one(TranscriptView).region == before


@pytest.mark.parametrize(
    ("filter", "hint"),
    [
        ("ping", "op:ping"),
        ("foo:bar", "foo: is no key"),
        ("size:>3", "size: is no key"),
        ("ws://nowhere", ""),
        ("nothing", ""),
    ],
)
async def test_nothing_found_may_have_been_meant_otherwise(
    pool: FakePool, filter: str, hint: str
) -> None:
    """Where a word without a match looks like a kind or a key, it is said how it was taken."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool)
        bench(app).query_one(FilterBar).value = filter
        await settle(pilot)
        assert shown(app) == 0
        drawn = lines(bench(app).query_one(TranscriptView))
        assert "Nothing matches" in drawn
        assert hint in drawn
        assert ("no key" in drawn or "op:" in drawn) is bool(hint)


@pytest.mark.parametrize(("filter", "found"), [("DIR:in", 4), ("Op:PING", 1), ("OP:text", 3)])
async def test_keys_may_be_in_any_case(pool: FakePool, filter: str, found: int) -> None:
    """What a key means does not depend on its case."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=SIZE) as pilot:
        receive(pool)
        bench(app).query_one(FilterBar).value = filter
        await settle(pilot)
        assert shown(app) == found
