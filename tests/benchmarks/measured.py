"""What the measured apps note: handled keys, frames, and the messages received.

Run as a program it is one of the two apps of `bench_flood`: `wstui` or `naive`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

KEY = "f9"
KEY_BYTES = b"\x1b[20~"
"""A key that neither app binds, as xterm sends it."""

START = 3.0
"""Seconds after which the measuring begins: by then the app and 50 connections are open."""


class Notes:
    """Mixed into an app: notes when `KEY` is handled and how many frames are drawn."""

    handled: list[float]
    frames: int
    before: tuple[float, int, int]
    """Time, messages and frames when the measuring began."""
    result: dict[str, float]
    """Messages and frames a second."""

    def begin(self, count: Callable[[], int], seconds: float) -> None:
        """Measure from `START` on, and leave after `seconds` more."""
        loop = asyncio.get_running_loop()
        self.handled, self.frames = [], 0
        loop.call_later(START, lambda: setattr(self, "before", self.now(count)))
        loop.call_later(START + seconds, lambda: self.end(count))

    def now(self, count: Callable[[], int]) -> tuple[float, int, int]:
        """Time, messages and frames."""
        return monotonic(), count(), self.frames

    def end(self, count: Callable[[], int]) -> None:
        """Note how far it went, and leave."""
        began, messages, frames = self.before
        ended, more, later = self.now(count)
        self.result = {
            "rate": (more - messages) / (ended - began),
            "frames": (later - frames) / (ended - began),
        }
        self.exit()  # type: ignore[attr-defined]

    def _display(self, screen: Any, renderable: Any) -> None:
        # Textual's own method through which each frame goes to the terminal.
        self.frames += 1
        super()._display(screen, renderable)  # type: ignore[misc]

    def action_noted(self) -> None:
        """The key was handled."""
        self.handled.append(monotonic())


class Rows(ScrollView):
    """The usual line-API view over a list of messages, following its end."""

    def __init__(self, messages: list[str | bytes]) -> None:
        super().__init__()
        self.messages = messages

    def on_mount(self) -> None:
        self.set_interval(1 / 30, self.sync)

    def sync(self) -> None:
        """Follow the newest."""
        self.virtual_size = Size(self.size.width, len(self.messages))
        self.scroll_end(animate=False)

    def render_line(self, y: int) -> Strip:
        row = y + self.scroll_offset.y
        text = str(self.messages[row]) if row < len(self.messages) else ""
        return Strip([Segment(text)]).crop_extend(0, self.size.width, None)


class NaiveApp(Notes, App[None]):
    """What one would write first: `async for`, a list, and a view of it."""

    BINDINGS = [Binding(KEY, "noted", show=False, priority=True)]

    def __init__(self, uris: list[str]) -> None:
        super().__init__()
        self.uris = uris
        self.lists: list[list[str | bytes]] = [[] for _ in uris]

    def compose(self) -> ComposeResult:
        yield Rows(self.lists[0])

    def on_mount(self) -> None:
        for uri, messages in zip(self.uris, self.lists, strict=True):
            self.run_worker(self.receive(uri, messages), exit_on_error=False)

    async def receive(self, uri: str, messages: list[str | bytes]) -> None:
        """Keep all that comes."""
        from websockets.asyncio.client import connect

        async with connect(uri, compression=None, max_size=None, ping_interval=None) as client:
            await client.send("go")
            async for message in client:
                messages.append(message)  # noqa: PERF401 (the view reads the list meanwhile)


async def run_naive(uris: list[str], seconds: float) -> Notes:
    """The naive app for so long."""
    app = NaiveApp(uris)
    app.begin(lambda: sum(map(len, app.lists)), seconds)
    await app.run_async()
    return app


async def run_wstui(uris: list[str], seconds: float) -> Notes:
    """The workbench, as it is, for so long; it follows the last connection."""
    import wstui.app
    from wstui.app import WstuiApp
    from wstui.core.connection import Connection, State
    from wstui.core.options.connect import ConnectOptions
    from wstui.core.options.deflate import UNCOMPRESSED
    from wstui.net.pool import ConnectionPool

    class Measured(Notes, WstuiApp):
        CSS_PATH = str(Path(wstui.app.__file__).with_name("app.tcss"))
        BINDINGS = [Binding(KEY, "noted", show=False, priority=True)]

    async with ConnectionPool() as pool:

        def changed(connection: Connection) -> None:
            if connection.state is State.OPEN and not connection.transcript.sent:
                pool.send(connection.id, b"go")

        def count() -> int:
            return sum(one.transcript.received for one in pool.connections.values())

        pool.subscribe(changed)
        options = [ConnectOptions(uri, deflate=UNCOMPRESSED, ping_interval=None) for uri in uris]
        app = Measured(pool, on_start=options)
        app.begin(count, seconds)
        await app.run_async()
        return app


async def run_listener(ports: list[str], seconds: float) -> Notes:
    """The workbench with listeners that echo, following the client that came last."""
    import wstui.app
    from wstui.app import WstuiApp
    from wstui.core.options.deflate import UNCOMPRESSED
    from wstui.core.options.listen import ListenOptions
    from wstui.net.pool import ConnectionPool

    class Measured(Notes, WstuiApp):
        CSS_PATH = str(Path(wstui.app.__file__).with_name("app.tcss"))
        BINDINGS = [Binding(KEY, "noted", show=False, priority=True)]

    async with ConnectionPool() as pool:

        def count() -> int:
            return sum(one.transcript.sent for one in pool.connections.values())

        options = [
            ListenOptions(port, behaviours=("echo",), deflate=UNCOMPRESSED, ping_interval=None)
            for port in ports
        ]
        app = Measured(pool, on_start=options)
        app.begin(count, seconds)

        def show_last() -> None:
            setattr(app.screen, "selected", max(pool.connections, default=None))  # noqa: B010

        asyncio.get_running_loop().call_later(START - 0.5, show_last)
        await app.run_async()
        return app


RUNS = {"wstui": run_wstui, "listener": run_listener, "naive": run_naive}


def main() -> None:
    """Run one app and leave what it noted in a file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=sorted(RUNS))
    parser.add_argument("notes", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("uris", nargs="+")
    arguments = parser.parse_args()
    app = asyncio.run(RUNS[arguments.kind](arguments.uris, arguments.seconds))
    arguments.notes.write_text(json.dumps({**app.result, "handled": app.handled}))


if __name__ == "__main__":
    main()
