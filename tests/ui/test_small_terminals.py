"""The workbench in small terminals: what gives way to what."""

from __future__ import annotations

import pytest

from tests.ui_support import START, FakePool
from tests.workbench_support import bench, lines, make_app, settle, shown
from wstui.core.entry import Kind
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.entry_view import EntryView
from wstui.widgets.row_canvas import HEADER
from wstui.widgets.transcript_view import TranscriptView


@pytest.mark.parametrize("size", [(60, 15), (80, 20), (80, 22), (80, 24), (40, 15)])
@pytest.mark.parametrize("key", ["up", "enter"])
async def test_three_rows_at_least(pool: FakePool, size: tuple[int, int], key: str) -> None:
    """Where the transcript is in sight, at least three of its rows are, and all of it is."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=size) as pilot:
        for number in range(50):
            pool.connections[0].transcript.append(Kind.TEXT, b"%d" % number, START)
        view = bench(app).query_one(TranscriptView)
        view.sync()
        await pilot.press(key)
        await settle(pilot)
        entry = bench(app).query_one(EntryView)
        if view.region:
            assert view.size.height >= HEADER + 3
            assert bench(app).region.contains_region(view.region)
        if key == "enter":
            assert entry.pane.has_focus
            assert entry.size.height >= 2
            assert bench(app).region.contains_region(entry.region)
            await pilot.press("escape")
            await settle(pilot)
        assert view.region
        assert view.has_focus


async def test_the_picked_row_stays_in_sight(pool: FakePool) -> None:
    """Where the entry grows when one goes into it, the rows scroll so that its row is seen."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(80, 24)) as pilot:
        for number in range(50):
            pool.connections[0].transcript.append(Kind.TEXT, b"%d" % number, START)
        view = bench(app).query_one(TranscriptView)
        view.sync()
        await pilot.press("enter")
        await settle(pilot)
        assert "▌  49" in lines(view)
        await pilot.press("escape")
        await settle(pilot)
        assert "▌  49" in lines(view)
        view.scroll_to(y=0, animate=False)
        await pilot.resize_terminal(80, 22)
        await settle(pilot)
        assert "▌" not in lines(view)


async def test_in_15_rows_the_entry_takes_the_place_of_the_rows(pool: FakePool) -> None:
    """Enter shows the entry alone, and going anywhere else brings the rows back."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(60, 15)) as pilot:
        pool.connections[0].transcript.append(Kind.TEXT, b"hello", START)
        view = bench(app).query_one(TranscriptView)
        view.sync()
        entry = bench(app).query_one(EntryView)
        await settle(pilot)
        assert not shown(entry)
        await pilot.press("enter")
        await settle(pilot)
        assert shown(entry)
        assert not view.region
        await pilot.press("s")
        await settle(pilot)
        assert not shown(entry)
        assert view.region


@pytest.mark.parametrize(("key", "tab"), [("h", "hex"), ("v", "json")])
async def test_in_15_rows_another_view_is_seen(pool: FakePool, key: str, tab: str) -> None:
    """A key that changes the view of the entry brings it into sight."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(60, 15)) as pilot:
        pool.connections[0].transcript.append(Kind.TEXT, b"hello", START)
        bench(app).query_one(TranscriptView).sync()
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        entry = bench(app).query_one(EntryView)
        assert shown(entry)
        assert entry.tab == tab
        assert entry.pane.has_focus


async def test_the_time_between_rows_is_there_at_80_columns(pool: FakePool) -> None:
    """In 80 columns a row says when, and how long after the one above."""
    app = make_app(pool, "ws://a")
    async with app.run_test(size=(80, 24)) as pilot:
        transcript = pool.connections[0].transcript
        transcript.append(Kind.TEXT, b"one", START)
        transcript.append(Kind.TEXT, b"two", START + 0.041)
        view = bench(app).query_one(TranscriptView)
        view.sync()
        await settle(pilot)
        titles, _, second, *_ = lines(view).splitlines()
        assert titles.split() == ["#", "time", "Δ", "op", "size", "payload"]
        assert "+41ms" in second


async def test_the_strip_tells_connections_on_one_host_apart(pool: FakePool) -> None:
    """In 80 columns each connection is named by the end of its path, or by its host."""
    uris = ["ws://h:1/echo", "ws://h:1/a/b/chat?x=/y", "ws://h:1/", "ws://h:1/" + "long" * 20]
    app = make_app(pool, *uris)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("0")
        await settle(pilot)
        strip = bench(app).query_one(ConnectionStrip)
        assert "● 0 h:1/echo " in lines(strip)
        assert "● 1 chat " in lines(strip)
        assert "● 2 h:1 " in lines(strip)
        assert "● 3 longlonglon… " in lines(strip)
        await pilot.press("1")
        await settle(pilot)
        assert "● 1 h:1/a/b/chat " in lines(strip)
        await pilot.press("3")
        await settle(pilot)
        assert "● 3 h:1/…/longlong" in lines(strip)
