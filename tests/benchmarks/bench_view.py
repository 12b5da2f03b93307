"""What drawing one full frame of the transcript costs, against Textual's `Log` with the same rows.

No terminal: a frame is drawn up to the string that would be sent to one. All rows are new in each
frame, the worst case of following a fast feed. Rounds of all cases are interleaved, so that what
else the machine does meets them alike: trust the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import cast

from textual._compositor import CompositorUpdate
from textual.app import ComposeResult
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Log

from tests.ui_support import START, WidgetApp
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.core.transcript import Transcript
from wstui.widgets.transcript_view import TranscriptView

BATCH = 1000
"""Messages appended at once."""


def messages(start: int, count: int, width: int) -> list[str]:
    """Different messages that are a little longer than a row."""
    filler = "abcdefghij " * (width // 11 + 2)
    return [f'{{"seq":{i:09},"data":"{filler[:width]}"}}' for i in range(start, start + count)]


def connection_with(rows: int, width: int) -> Connection:
    """A connection whose transcript holds `rows` text messages of about `width` bytes."""
    transcript = Transcript()
    for start in range(0, rows, BATCH):
        batch = [text.encode() for text in messages(start, min(BATCH, rows - start), width)]
        lengths = [len(payload) for payload in batch]
        flags = bytes((Kind.TEXT,)) * len(batch)
        transcript.append_batch(flags, lengths, b"".join(batch), START + start / 1e4)
    return Connection(0, ConnectOptions("ws://localhost:9002"), transcript, START)


class BenchApp(WidgetApp):
    """One widget that fills the screen."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


def draw(app: BenchApp) -> float:
    """Seconds to draw the widget whole, up to the terminal's string."""
    widget, compositor = app.widget, app.screen._compositor
    widget._set_dirty()
    begin = perf_counter()
    compositor.update_widgets({widget})
    update = cast(CompositorUpdate, compositor.render_update(screen_stack=[]))
    update.render_segments(app.console)
    return perf_counter() - begin


def at(widget: Widget, lines: int, y: int) -> None:
    """Put a line view of `lines` lines at line `y` without drawing."""
    widget.set_reactive(Widget.virtual_size, Size(widget.size.width, lines))
    widget.set_reactive(Widget.scroll_y, y)
    widget.set_reactive(Widget.scroll_target_y, y)


async def measure(rows: int, size: tuple[int, int], frames: int, rounds: int) -> dict[str, float]:
    """Median seconds of a frame, by case: our view with 1,000 and with `rows` rows, and Log."""
    times: dict[str, list[float]] = {}
    width = size[0]
    for _ in range(rounds):
        for case, count in (("view, 1,000 rows", 1000), (f"view, {rows:,} rows", rows)):
            view = TranscriptView()
            connection = connection_with(count, width)
            await _run(BenchApp(view), size, _show(view, connection), count, frames, times, case)
        log = Log()
        lines = messages(0, 1000, width)

        def fill(log: Log = log, lines: list[str] = lines) -> None:
            log.write_lines(lines)

        await _run(BenchApp(log), size, fill, 1000, frames, times, "Log, 1,000 rows")
    return {case: median(taken) for case, taken in times.items()}


def _show(view: TranscriptView, connection: Connection) -> Callable[[], None]:
    def show() -> None:
        view.source = connection

    return show


async def _run(
    app: BenchApp,
    size: tuple[int, int],
    fill: Callable[[], None],
    count: int,
    frames: int,
    times: dict[str, list[float]],
    case: str,
) -> None:
    async with app.run_test(size=size) as pilot:
        fill()
        await pilot.pause()
        page = size[1] - 1
        gc.collect()
        gc.disable()
        for frame in range(frames):
            at(app.widget, count + 1, (frame * page) % (count - page))
            for cache in ("_strips", "_render_line_cache"):
                if hasattr(app.widget, cache):
                    getattr(app.widget, cache).clear()
            times.setdefault(case, []).append(draw(app))
        gc.enable()


def report(times: dict[str, float]) -> str:
    """The table, with each case as a ratio to Log and to the view with few rows."""
    few, many, log = times.values()
    lines = [f"{'one full frame, all rows new':<32}{'ms':>8}{'x Log':>8}{'x 1,000':>9}"]
    for case, seconds in times.items():
        own = f"{seconds / few:>9.2f}" if seconds != log else ""
        lines.append(f"{case:<32}{seconds * 1e3:>8.2f}{seconds / log:>8.2f}{own}")
    met = few / log <= 0.8 and many / few <= 1.5
    lines.append(f"goals (at most 0.8 x Log, at most 1.5 x 1,000): {'met' if met else 'missed'}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the long transcript")
    parser.add_argument("--size", default="120x40", help="width x height in cells")
    parser.add_argument("--frames", type=int, default=60, help="frames a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all cases")
    given = parser.parse_args()
    width, height = map(int, given.size.split("x"))
    print(report(asyncio.run(measure(given.rows, (width, height), given.frames, given.rounds))))


if __name__ == "__main__":
    main()
