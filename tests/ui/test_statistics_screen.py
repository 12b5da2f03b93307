"""The statistics of a connection."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.ui_support import START, FakePool, WidgetApp
from wstui.core.connection import Connection
from wstui.core.entry import Kind
from wstui.core.options.connect import ConnectOptions
from wstui.screens.statistics import StatisticsScreen, round_marks

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


def feed() -> Connection:
    """A connection on which something was received, sent and compressed."""
    connection = FakePool().connect(ConnectOptions("wss://feed/[red]"))
    for number in range(200):
        time = START + number * 0.05
        connection.transcript.append(Kind.TEXT, b"x" * 100, time, compressed=True, wire=25)
    connection.transcript.append(Kind.BINARY, b"y" * 5000, START + 5, outgoing=True)
    connection.round_trips.add(0.3)
    return connection


class StatisticsApp(WidgetApp):
    """Shows the statistics of one connection, ten seconds after the beginning."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.form = StatisticsScreen(connection, lambda: START + 10.5)

    def on_mount(self) -> None:
        self.push_screen(self.form)

    def words(self, id: str) -> str:
        """The text of one of its parts."""
        return str(self.form.query_one(f"#{id}", Static).visual)


@SIZES
async def test_numbers(size: tuple[int, int]) -> None:
    """Totals, rates, compression and gaps are told in numbers."""
    app = StatisticsApp(feed())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.form.show()
        lines = [line.split() for line in app.words("totals").splitlines()]
        assert lines[1] == ["messages", "200", "1"]
        assert lines[2] == ["payload", "19.5", "KiB", "4.9", "KiB"]
        assert lines[4] == ["compression", "4.0×", "–"]
        assert lines[5] == ["last", "second", "20/s", "2.0", "KiB/s", "0.0/s", "0", "B/s"]
        assert lines[6] == ["last", "10", "s", "20/s", "2.0", "KiB/s", "0.1/s", "500", "B/s"]
        assert "median     " in app.words("times")
        assert " ms" in app.words("times")
        assert ["least", "300", "ms"] in [line.split() for line in app.words("times").splitlines()]
        shown = app.form.query_one("#plots").region
        assert app.form.region.contains_region(shown)
        assert shown.height > 8


async def test_it_goes_on() -> None:
    """What comes in while one looks is counted, too."""
    connection = feed()
    app = StatisticsApp(connection)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        connection.transcript.append(Kind.TEXT, b"z", START + 10.1)
        app.form.count()
        app.form.show()
        assert "201" in app.words("totals")
        assert app.form.survey.behind == 0


@SIZES
async def test_nothing_yet(size: tuple[int, int]) -> None:
    """Without any message there is a sentence instead of empty plots."""
    app = StatisticsApp(FakePool().connect(ConnectOptions("ws://quiet/")))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.form.show()
        assert not app.form.query_one("#plots").display
        assert app.form.query_one("#empty").display
        await pilot.press("escape")
        assert app.screen is not app.form


@pytest.mark.parametrize(
    ("top", "marks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6]),
        (1960, [0, 500, 1000, 1500, 2000]),
        (120_000, [0, 50_000, 100_000, 150_000]),
    ],
)
def test_axes_of_counts_have_round_whole_numbers(top: int, marks: list[int]) -> None:
    """No third of a message stands beside a plot."""
    assert round_marks(top) == marks
