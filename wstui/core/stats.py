"""Rates from running totals, and small plots of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

BARS: Final = "▁▂▃▄▅▆▇█"

WINDOW: Final = 1.0
"""Seconds over which the current rate is taken."""

HISTORY: Final = 60
"""Seconds of past rates that are kept."""


class RateMeter:
    """The rate at which a total grows, from samples taken now and then."""

    def __init__(self) -> None:
        self.rate = 0.0
        """Growth a second, over the last `WINDOW` seconds; 0 before the second sample."""
        self.history: deque[float] = deque(maxlen=HISTORY)
        """Rates of the past whole seconds, the newest last."""
        self._samples: deque[tuple[float, float]] = deque()
        self._second: tuple[float, float] | None = None

    def sample(self, now: float, total: float) -> None:
        """Note that the total is `total` at `now` (seconds of any clock that does not go back)."""
        samples = self._samples
        if samples and now <= samples[-1][0]:
            return
        samples.append((now, total))
        # The newest sample at least as old as the window stays: the rate spans the whole of it.
        while len(samples) > 2 and now - samples[1][0] >= WINDOW:
            samples.popleft()
        then, before = samples[0]
        self.rate = (total - before) / (now - then) if now > then else 0.0
        if self._second is None:
            self._second = (now, total)
        elif now - self._second[0] >= 1.0:
            then, before = self._second
            self.history.append((total - before) / (now - then))
            self._second = (now, total)


def sparkline(values: Sequence[float], cells: int) -> str:
    """The last `cells` values as bars, the highest being full; empty when all are 0."""
    shown = list(values)[-cells:] if cells > 0 else []
    top = max(shown, default=0.0)
    if top <= 0:
        return ""
    last = len(BARS) - 1
    return "".join(BARS[round(max(value, 0.0) / top * last)] for value in shown)
