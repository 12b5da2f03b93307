"""The list of tools that a connection can be copied as."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.handshake_support import opened
from tests.ui_support import FakePool, WidgetApp
from tests.workbench_support import make_app, settle, toasts
from wstui import clipboard
from wstui.core.connection import Connection
from wstui.core.copy_as import Tool, copy_as
from wstui.core.options.connect import ConnectOptions
from wstui.screens.copy_as import Choice, CopyAsScreen

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


class CopyApp(WidgetApp):
    """Shows the list for one connection and keeps what comes of it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.form = CopyAsScreen(connection)
        self.results: list[Choice | None] = []

    def on_mount(self) -> None:
        self.push_screen(self.form, self.results.append)

    def words(self, id: str) -> str:
        """The text of one of its parts."""
        return str(self.form.query_one(f"#{id}", Static).visual)


@SIZES
async def test_enter_copies_as_the_marked_tool(pool: FakePool, size: tuple[int, int]) -> None:
    """The preview follows the list, and what it shows is what is copied."""
    connection = opened(pool)
    app = CopyApp(connection)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.words("text").startswith("curl ")
        await pilot.press("down")
        await pilot.pause()
        assert app.words("text") == copy_as(Tool.WEBSOCAT, connection.options).text
        assert "Secrets are masked" in app.words("remarks")
        await pilot.press("enter")
    assert app.results == [Choice(Tool.WEBSOCAT, copy_as(Tool.WEBSOCAT, connection.options).text)]


async def test_secrets_are_copied_when_asked_for(pool: FakePool) -> None:
    """u writes them as they are, a digit chooses at once."""
    app = CopyApp(opened(pool))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "secret-token" not in app.words("text")
        await pilot.press("u")
        await pilot.pause()
        assert "secret-token" in app.words("text")
        await pilot.press("5")
    (choice,) = app.results
    assert choice is not None
    assert choice.tool is Tool.WSTUI
    assert "Bearer secret-token" in choice.text


async def test_what_is_missing_is_told(pool: FakePool) -> None:
    """What a tool cannot be told stands below, and nothing in it is obeyed."""
    options = ConnectOptions("ws://x/[red]", on_connect=("[/x]",), close_timeout=3.0)
    app = CopyApp(pool.connect(options))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "http://x/[red]" in app.words("text")
        assert app.words("remarks") == "Not in it: On connect [/x]\nNot in it: Close time-out 3 s"
        await pilot.press("escape")
    assert app.results == [None]


async def test_from_the_workbench(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """c copies the options of the selected connection."""
    copied: list[str] = []

    async def copy(app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "copy", copy)
    app = make_app(pool, "ws://localhost:9002/echo")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("c", "5")
        await settle(pilot)
        assert copied == ["wstui ws://localhost:9002/echo"]
        assert "Copied as wstui." in toasts(app)


async def test_palette_offers_every_tool(pool: FakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search for a tool's name copies as it at once."""
    copied: list[str] = []

    async def copy(app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "copy", copy)
    app = make_app(pool, "ws://localhost:9002/echo")
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p", *"as wscat")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
        assert copied == ["wscat --connect ws://localhost:9002/echo"]
