"""Round-trip times as numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.round_trips import KEPT, RoundTrips


def taken(*times: float) -> RoundTrips:
    """Round trips of these times."""
    trips = RoundTrips()
    for seconds in times:
        trips.add(seconds)
    return trips


def test_nothing_is_said_before_the_first() -> None:
    """Without a round trip there are no numbers and no picture."""
    trips = RoundTrips()
    assert (trips.last, trips.minimum, trips.quantile(0.5)) == (None, None, None)
    assert trips.words() == trips.sparkline(8) == ""


def test_the_numbers_are_named() -> None:
    """Last, minimum, median and 99th percentile are told in words."""
    trips = taken(*(n / 1000 for n in range(100, 0, -1)), 0.05)
    assert trips.words() == "last 50 ms, min 1.0 ms, median 50 ms, 99th 99 ms"
    assert len(trips.sparkline(8)) == 8


def test_old_ones_are_forgotten_but_for_the_shortest() -> None:
    """However many there are, a fixed number is kept."""
    trips = taken(0.001, *[0.5] * (2 * KEPT))
    assert len(trips.newest) == KEPT
    assert trips.count == 2 * KEPT + 1
    assert trips.minimum == 0.001
    assert trips.quantile(0.0) == 0.5


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_is_one_of_them(times: list[float], part: float) -> None:
    """A quantile was measured, lies between the extremes, and the median has half on each side."""
    trips = taken(*times)
    assert trips.quantile(part) in times
    assert trips.quantile(1.0) == max(times)
    middle = trips.quantile(0.5)
    assert middle is not None
    assert sum(one <= middle for one in times) * 2 >= len(times)
