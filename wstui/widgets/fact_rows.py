"""Facts as rows in a view.

How they are laid out is the matter of `core.fact_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len

from wstui.core import fact_rows as layout
from wstui.core.fact_rows import Fact
from wstui.core.wrap import LazyRows, Run

__all__ = ["Fact", "FixedRows", "fact_rows"]


class FixedRows(LazyRows[int]):
    """A known number of rows, each made by a function when it comes into sight."""

    def __init__(self, count: int, make_row: Callable[[int], list[Run]], width: int) -> None:
        super().__init__(lambda start, stop: b"", 0, width, cell_len, 0)
        self._make_row = make_row
        self._count = count
        if not count:
            self._next, self.complete = None, True

    @classmethod
    def of(cls, rows: Sequence[list[Run]], width: int) -> FixedRows:
        """The given rows."""
        return cls(len(rows), rows.__getitem__, width)

    def make(self, state: int) -> tuple[list[Run] | None, int | None]:
        return self._make_row(state), state + 1 if state + 1 < self._count else None

    def offset(self, state: int) -> int:
        return 0

    def leap(self, state: int, limit: int) -> tuple[int, int]:
        rows = min(limit, self._count - 1 - state)
        return rows, state + rows


def fact_rows(facts: Sequence[Fact], width: int) -> list[list[Run]]:
    """Rows of `width` cells for `facts`, with line feeds in values kept."""
    return layout.fact_rows(facts, width, cell_len)
