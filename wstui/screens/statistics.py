"""The statistics of one connection: totals, rates with a plot, sizes, gaps, round-trip times.

Owns when they are taken and where they stand. What is counted is the matter of `core.survey`; it is
counted while this screen is open, in small steps, so that it costs nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual_plotext import PlotextPlot

from wstui.core.connection import Connection
from wstui.core.survey import Survey
from wstui.core.units import count_text
from wstui.widgets.dialog import key_line
from wstui.widgets.facts import title
from wstui.widgets.statistics_tables import SIDES, times, totals

PERIOD: Final = 0.25
"""Seconds between two looks at the numbers."""

TURN: Final = 1 / 30
"""Seconds between two turns of looking at entries not counted yet."""

TURN_TIME: Final = 0.004
"""Seconds that one such turn may take."""

HISTORY: Final = 60
"""Seconds in the plot of rates."""

EMPTY: Final = "Nothing was received or sent yet. What comes in is counted here at once."

MARKS: Final = 5
"""Numbers beside an axis, at most, besides 0."""

SIZE_NAMES: Final = ("0", "1", "2", "4", "8", "16", "32", "64", "128", "256", "512")
"""The least size in each column of the histogram; those above 512 bytes have units."""


class StatisticsScreen(ModalScreen[None]):
    """Numbers and plots of one connection, while it goes on; Escape closes it."""

    CSS_PATH = "statistics.tcss"

    BINDINGS = [Binding("escape,q,enter", "dismiss", "Close")]

    def __init__(self, connection: Connection, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since the epoch."""
        super().__init__()
        self._connection = connection
        self._clock = clock
        self.survey = Survey(connection.transcript)
        self._plotted: object = None

    def compose(self) -> ComposeResult:
        with Vertical(id="statistics"):
            with Horizontal(id="tables"):
                yield Static(id="totals", markup=False)
                yield Static(id="times", markup=False)
            with Horizontal(id="plots"):
                yield PlotextPlot(id="history")
                yield PlotextPlot(id="sizes")
            yield Static(EMPTY, id="empty", markup=False)

    def on_mount(self) -> None:
        pane = self.query_one("#statistics")
        # Keys wait for a screen that has no focus yet.
        pane.can_focus = True
        pane.focus()
        pane.border_title = Content.assemble("Statistics  ", title(self._connection))
        pane.border_subtitle = key_line([("esc", "close")])
        self.count()
        self.set_interval(TURN, self.count)
        self.set_interval(PERIOD, self.show)
        self.call_after_refresh(self.show)

    def count(self) -> None:
        """Look at entries for a while."""
        begun = perf_counter()
        while perf_counter() - begun < TURN_TIME and self.survey.step():
            pass

    def show(self) -> None:
        """Write the numbers again, and the plots when a second is over."""
        now = self._clock()
        connection, survey = self._connection, self.survey
        any_data = bool(connection.transcript.received or connection.transcript.sent)
        self.query_one("#plots").display = any_data
        self.query_one("#empty").display = not any_data
        self.query_one("#totals", Static).update(totals(connection, survey, now))
        self.query_one("#times", Static).update(times(connection, survey))
        state = (int(now), self.app.theme, self.size, sum(survey.sizes[False].values()))
        if state != self._plotted:
            self._plotted = state
            self._plot_history(now)
            self._plot_sizes()

    def _colours(self) -> list[tuple[int, int, int]]:
        """The colours of both directions."""
        variables = self.app.get_css_variables()
        return [Color.parse(variables[tone[1:]]).rgb for _, _, tone in SIDES]

    def _plot_history(self, now: float) -> None:
        widget = self.query_one("#history", PlotextPlot)
        plot = widget.plt
        plot.clear_data()
        plot.title("messages a second")
        seconds = list(range(-HISTORY, 0))
        top = 1
        for (outgoing, _, _), colour in zip(SIDES, self._colours(), strict=True):
            values = self.survey.history(now, outgoing, HISTORY)
            top = max(top, *values)
            if any(values) or not outgoing:
                plot.plot(seconds, values, marker="braille", color=colour)
        _scale(plot, top)
        plot.xticks([-60, -45, -30, -15, -1], ["-60 s", "-45", "-30", "-15", "now"])
        widget.refresh()

    def _plot_sizes(self) -> None:
        widget = self.query_one("#sizes", PlotextPlot)
        plot = widget.plt
        plot.clear_data()
        plot.title("sizes in bytes, from")
        sizes = self.survey.sizes
        buckets = sorted(sizes[False] | sizes[True])
        if buckets:
            shown = list(range(buckets[0], buckets[-1] + 1))
            names = [_size_name(bucket) for bucket in shown]
            counts = [[sizes[outgoing][bucket] for bucket in shown] for outgoing, _, _ in SIDES]
            plot.stacked_bar(names, counts, color=self._colours())  # type: ignore[arg-type]  # a list of them is right
            _scale(plot, max(map(sum, zip(*counts, strict=True))))
        widget.refresh()


def _scale(plot: Any, top: int) -> None:
    """Give a plot of counts an axis of round numbers, from 0 to `top` or a little above."""
    marks = round_marks(top)
    plot.ylim(0, marks[-1])
    plot.yticks(marks, [count_text(mark) for mark in marks])


def round_marks(top: int) -> list[int]:
    """Round whole numbers from 0 to at least `top`, evenly apart, at most `MARKS` besides 0."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * MARKS >= top:
                return list(range(0, -(-max(top, 1) // step) * step + 1, step))
        size *= 10


def _size_name(bucket: int) -> str:
    """The least size in a bucket, in a few characters."""
    if bucket < len(SIZE_NAMES):
        return SIZE_NAMES[bucket]
    shift = bucket - 1
    return f"{1 << shift % 10}{'·KMG'[shift // 10]}"
