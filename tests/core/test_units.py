"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wstui.core import units


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (123, "123 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (4163, "4.1 KiB"),
        (64 << 20, "64.0 MiB"),
        ((1 << 20) - 1, "1.0 MiB"),
        (1 << 62, "4194304.0 TiB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    """Bytes are written in the unit that keeps them short."""
    assert units.size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "+0ms"),
        (0.000_012, "+12µs"),
        (0.0003, "+300µs"),
        (0.002, "+2.0ms"),
        (0.041, "+41ms"),
        (0.9996, "+1.00s"),
        (1.25, "+1.25s"),
        (12.3, "+12.3s"),
        (123, "+2m03s"),
        (59.96, "+1m00s"),
        (3660, "+1h01m"),
        (90_000, "+1d01h"),
        (-0.5, "-500ms"),
        (math.nan, "?"),
    ],
)
def test_deltas(seconds: float, text: str) -> None:
    """Times between rows are written with the digits that matter."""
    assert units.delta_text(seconds) == text


@given(st.floats(-8e7, 8e7))
def test_deltas_fit_their_column(seconds: float) -> None:
    """No time between rows within two years takes more than eight cells."""
    assert len(units.delta_text(seconds)) <= 8


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1204, "1.2k"),
        (99_960, "100k"),
        (9_301_000, "9.3M"),
        (120_000_000, "120M"),
        (10**16, "10000T"),
    ],
)
def test_short_counts(count: int, text: str) -> None:
    """Large counts are shortened."""
    assert units.short_count_text(count) == text


def test_counts() -> None:
    """Counts have separators."""
    assert units.count_text(1204) == "1,204"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0003, "0.3 ms"), (0.0231, "23 ms"), (1.2, "1.2 s"), (120, "2 min"), (math.inf, "?")],
)
def test_round_trips(seconds: float, text: str) -> None:
    """Round-trip times are written shortly."""
    assert units.rtt_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(751, "00:12:31"), (-1, "00:00:00"), (90_061, "1d 01:01:01"), (math.nan, "00:00:00")],
)
def test_clocks(seconds: float, text: str) -> None:
    """Durations are written as a clock."""
    assert units.clock_text(seconds) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("64MiB", 64 << 20), ("5 KiB", 5120), ("1 GB", 10**9), ("123", 123), ("1.5k", 1536)],
)
def test_reading_sizes(text: str, size: int) -> None:
    """Sizes are read with and without units."""
    assert units.parse_size(text) == size


@given(st.text(max_size=20) | st.from_regex(r"\d{1,400}(\.\d+)? ?[kmgib]{0,3}", fullmatch=True))
def test_reading_any_text_as_a_size(text: str) -> None:
    """Whatever is typed is a size or a ValueError with a sentence."""
    try:
        assert 0 <= units.parse_size(text) <= 1 << 62
    except ValueError as error:
        assert str(error).endswith(".")


@given(st.integers(0, 1 << 50))
def test_sizes_read_back(size: int) -> None:
    """A written size reads back to about the same number."""
    assert abs(units.parse_size(f"{size} B") - size) == 0


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "0.0"),
        (0.84, "0.8"),
        (1, "1.0"),
        (2, "2.0"),
        (9.94, "9.9"),
        (9.96, "10"),
        (1204, "1,204"),
    ],
)
def test_rates_keep_their_width(rate: float, text: str) -> None:
    """Rates under 10 have one format, so that what stands behind them does not move."""
    assert units.rate_text(rate) == text
