"""How far a file has come, in a line."""

from __future__ import annotations

from collections import deque
from typing import Final

from wstui.core.cells import fitted
from wstui.core.units import clock_text, size_text

RECENT: Final = 5.0
"""Seconds over which the rate is measured."""

BAR: Final = 12
"""Cells of the bar, where there is room for it."""

LEAST: Final = 12
"""Cells of the name for which the bar makes room."""

_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


class Rate:
    """Bytes a second, of late."""

    def __init__(self, at: int, now: float) -> None:
        """`at` bytes are there already at the time `now`, in seconds."""
        self._points: deque[tuple[float, int]] = deque([(now, at)])

    def add(self, at: int, now: float) -> None:
        """So many bytes are there now."""
        points = self._points
        if now - points[-1][0] < RECENT / 50 and len(points) > 1:
            points[-1] = (points[-1][0], at)
        else:
            points.append((now, at))
        while len(points) > 2 and now - points[1][0] > RECENT:
            points.popleft()

    def value(self, now: float) -> float:
        """The rate at the time `now`; 0 while nothing is known."""
        begun, start = self._points[0]
        took = now - begun
        return max(0.0, (self._points[-1][1] - start) / took) if took > 0 else 0.0


def progress_line(name: str, at: int, size: int | None, rate: float, width: int) -> str:
    """How far a file has come, in at most `width` cells; `name` is printable, `rate` in bytes a
    second, and `size` None where it is not known."""
    speed = f"{size_text(rate)}/s"
    if size is None:
        return _fit(name, f"  {size_text(at)}  {speed}", width)
    share = min(1.0, at / size) if size else 1.0
    left = clock_text((size - at) / rate) if rate > 0 and size >= at else "--:--:--"
    facts = f"  {size_text(at)} of {size_text(size)}  {speed}  {left}"
    percent = f" {int(share * 100):3}%"
    bar = f" {_bar(share)}"
    roomy = width - len(bar + percent + facts) >= LEAST
    return _fit(name, (bar if roomy else "") + percent + facts, width)


def _bar(share: float) -> str:
    eighths = int(share * BAR * 8)
    whole, part = divmod(eighths, 8)
    return "▕" + ("█" * whole + (_EIGHTHS[part] if whole < BAR else "")).ljust(BAR) + "▏"


def _fit(name: str, facts: str, width: int) -> str:
    """The name, cut where it has to be, and the facts behind it."""
    room = width - len(facts)
    if room < 4:
        return facts.strip()[:width]
    return fitted(name, room) + facts
