"""What the tests of the whole workbench share."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tests.ui_support import FakePool, FakeProfiles
from wstui.app import WstuiApp
from wstui.core.options.connect import ConnectOptions
from wstui.screens.workbench import Workbench
from wstui.widgets.connection_list import ConnectionList
from wstui.widgets.connection_strip import ConnectionStrip
from wstui.widgets.entry_view import EntryView
from wstui.widgets.notice import Notice
from wstui.widgets.transcript_view import TranscriptView

SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((120, 40), id="120x40"),
    pytest.param((200, 60), id="200x60"),
]

ECHO = ConnectOptions("ws://localhost:9002/echo")


def make_app(pool: FakePool, *uris: str, profiles: FakeProfiles | None = None) -> WstuiApp:
    """The app, which opens `uris` at its start."""
    options = [ConnectOptions(uri) for uri in uris]
    return WstuiApp(
        pool,
        profiles=FakeProfiles() if profiles is None else profiles,
        on_start=options,
        clock=lambda: pool.now,
    )


def bench(app: WstuiApp) -> Workbench:
    """The workbench, whatever stands above it."""
    screen = app.screen_stack[0]
    assert isinstance(screen, Workbench)
    return screen


def top(app: WstuiApp) -> Screen[object]:
    """The screen on top."""
    return app.screen


def shown(widget: Widget) -> bool:
    """Whether the widget is displayed."""
    return bool(widget.display)


def sent(pool: FakePool) -> list[tuple[object, ...]]:
    """What was sent, without the word."""
    return [call[1:] for call in pool.calls if call[0] == "send"]


def title(widget: Widget) -> str:
    """The words in the upper border of a widget."""
    return str(getattr(widget, "_border_title", None) or "")


def lines(widget: TranscriptView | ConnectionList | ConnectionStrip) -> str:
    """What a line-drawn widget shows."""
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def drawn(entry: EntryView) -> str:
    """What the open view of an entry shows."""
    return "\n".join(entry.pane.render_line(y).text for y in range(entry.pane.size.height))


def said(notice: Notice) -> str:
    """The words of the notice that are in sight, a line for each part."""
    parts = [part for part in notice.query(Static) if part.display]
    return "\n".join(str(part.render()) for part in parts)


def toasts(app: WstuiApp) -> str:
    """The notices in sight."""
    return "\n".join(notification.message for notification in app._notifications)


async def settle(pilot: Pilot[None]) -> None:
    """Let workers and messages come to rest, and look once more."""
    busy = [worker for worker in pilot.app.workers if worker.group not in ("form", "leave")]
    if busy:  # Textual would wait for all of them where none is named
        await pilot.app.workers.wait_for_complete(busy)
    await pilot.pause()
    assert isinstance(pilot.app, WstuiApp)
    bench(pilot.app).beat()
    await pilot.pause()
