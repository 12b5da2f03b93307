"""The pace of frames on terminals of all speeds."""

from __future__ import annotations

from tests.ui_support import WidgetApp
from wstui.widgets.frame_pace import LONGEST_REST, FramePace, waiting_writes


def test_fast_terminal_gets_every_frame() -> None:
    """While nothing waits every tick draws."""
    pace = FramePace()
    assert all(pace.due(waiting) for waiting in (0, 0, 1, 0))


def test_slow_terminal_keeps_half_of_its_time() -> None:
    """After waiting writes the view rests as long as they had waited."""
    pace = FramePace()
    assert [pace.due(waiting) for waiting in (3, 2, 2, 1, 0, 0, 0)] == [False] * 6 + [True]


def test_rest_is_bounded() -> None:
    """However long a terminal was stuck, frames come again soon after."""
    pace = FramePace()
    for _ in range(1000):
        pace.due(30)
    assert [pace.due(0) for _ in range(LONGEST_REST + 1)] == [False] * LONGEST_REST + [True]


async def test_headless_terminal_has_nothing_waiting() -> None:
    """A driver without a writer thread counts as fast."""
    app = WidgetApp()
    async with app.run_test():
        assert waiting_writes(app) == 0
