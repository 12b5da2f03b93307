"""The line that tells how far a file has come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wstui.core.file_transfer.progress import Rate, progress_line


def test_a_line_of_eighty_cells() -> None:
    """Name, bar, share, bytes, rate, and the time that is left."""
    line = progress_line("photo.jpg", 1 << 29, 1 << 30, 1 << 26, 79)
    bar = "▕██████      ▏"
    assert line == f"photo.jpg {bar}  50%  512.0 MiB of 1.0 GiB  64.0 MiB/s  00:00:08"


def test_a_size_that_is_not_known() -> None:
    """There is no share, and no time that is left."""
    assert progress_line("-", 2048, None, 1024, 79) == "-  2.0 KiB  1.0 KiB/s"


def test_a_long_name_is_cut() -> None:
    """The facts are seen whole; wide characters count twice."""
    assert progress_line("x" * 100, 1, 2, 0, 60).startswith("xxx")
    assert "…" in progress_line("報" * 40, 1, 2, 0, 60)


@given(
    st.text(max_size=50).filter(str.isprintable),
    st.integers(0, 1 << 62),
    st.none() | st.integers(0, 1 << 62),
    st.floats(0, 1e12),
    st.integers(1, 200),
)
def test_no_line_is_too_long(name: str, at: int, size: int | None, rate: float, width: int) -> None:
    """Whatever the width, and however odd the numbers."""
    assert len(progress_line(name, at, size, rate, width)) <= width


def test_the_rate_is_that_of_late() -> None:
    """What was long ago counts no more."""
    rate = Rate(0, 0.0)
    assert rate.value(0.0) == 0.0
    for second in range(1, 11):
        rate.add(second * 1000, float(second))
    for second in range(11, 21):
        rate.add(10_000 + (second - 10) * 10, float(second))
    assert 9 < rate.value(20.0) < 11
