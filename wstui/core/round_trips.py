"""Round-trip times of pings and their pongs, as numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from wstui.core.stats import sparkline
from wstui.core.units import rtt_text

KEPT: Final = 1000
"""Round trips that are kept; older ones count in `count` and `minimum` only."""


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest of `ordered` that a `part` of them (0 to 1) do not exceed; None of none."""
    if not ordered:
        return None
    rank = -(-int(part * 1000) * len(ordered) // 1000)  # rounded up
    return ordered[max(rank, 1) - 1]


class RoundTrips:
    """The newest round trips of a connection. All times are in seconds."""

    def __init__(self) -> None:
        self.count = 0
        """Round trips ever taken."""
        self.minimum: float | None = None
        """The shortest one ever; None before the first."""
        self._newest: Sequence[float] | deque[float] = ()  # most connections have none

    def add(self, seconds: float) -> None:
        """Note one more round trip."""
        self.count += 1
        self.minimum = seconds if self.minimum is None else min(self.minimum, seconds)
        if not isinstance(self._newest, deque):
            self._newest = deque(maxlen=KEPT)
        self._newest.append(seconds)

    @property
    def newest(self) -> Sequence[float]:
        """The last ones, at most `KEPT`, the newest at the end."""
        return tuple(self._newest)

    @property
    def last(self) -> float | None:
        """None before the first."""
        return self._newest[-1] if self._newest else None

    def quantile(self, part: float) -> float | None:
        """The smallest of the kept ones that at least `part` (0 to 1) of them do not exceed.

        0.5 gives the median, 0.99 the 99th percentile; None before the first.
        """
        return quantile(sorted(self._newest), part)

    def words(self) -> str:
        """All numbers: ``last 23 ms, min 20 ms, median 22 ms, 99th 41 ms``; empty without."""
        return ", ".join(filter(None, (self._words(("last", self.last)), self.spread_words())))

    def spread_words(self) -> str:
        """The same without the last one."""
        return self._words(
            ("min", self.minimum),
            ("median", self.quantile(0.5)),
            ("99th", self.quantile(0.99)),
        )

    @staticmethod
    def _words(*named: tuple[str, float | None]) -> str:
        return ", ".join(f"{name} {rtt_text(value)}" for name, value in named if value is not None)

    def sparkline(self, cells: int) -> str:
        """The newest ones as a picture of at most `cells` characters."""
        return sparkline(tuple(self._newest), cells)
