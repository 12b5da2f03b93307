"""Rates and their plots."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.stats import BARS, HISTORY, RateMeter, sparkline


def test_rate_over_the_last_second() -> None:
    """The rate is the growth a second over the window, whatever came before."""
    meter = RateMeter()
    assert meter.rate == 0
    for quarter in range(9):
        meter.sample(quarter / 4, quarter * 100 if quarter < 5 else 400)
    assert meter.rate == 0
    meter.sample(2.25, 500)
    assert meter.rate == 100


def test_history_of_whole_seconds() -> None:
    """Each whole second leaves its rate, and old ones are forgotten."""
    meter = RateMeter()
    for second in range(HISTORY + 20):
        meter.sample(float(second), second * second)
    assert len(meter.history) == HISTORY
    assert meter.history[-1] == (HISTORY + 19) ** 2 - (HISTORY + 18) ** 2


def test_a_clock_that_stands_still() -> None:
    """A sample at the same time, or an earlier one, changes nothing."""
    meter = RateMeter()
    meter.sample(1.0, 10)
    meter.sample(1.0, 99)
    meter.sample(0.5, 99)
    assert meter.rate == 0


def test_sparkline() -> None:
    """The highest value is a full bar, and only the last values are shown."""
    assert sparkline([9, 9, 0, 1, 2, 4], 4) == "▁▃▅█"
    assert sparkline([0, 0], 4) == ""
    assert sparkline([], 4) == ""
    assert sparkline([1, 2], 0) == ""


@given(st.lists(st.floats(-1e9, 1e12), max_size=50), st.integers(-3, 60))
def test_sparkline_fits(values: list[float], cells: int) -> None:
    """A sparkline never takes more cells than it was given, and holds nothing but bars."""
    bars = sparkline(values, cells)
    assert len(bars) <= max(cells, 0)
    assert set(bars) <= set(BARS)
