"""Facts as rows: labels in a column, values wrapped beside them.

Owns laying out small tables whose rows are known; large texts are the matter of `core.wrap`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from wstui.core.printable import printable
from wstui.core.wrap import MIN_WIDTH, LazyRows, Run, lay

LABEL_LIMIT = 24
"""Cells of labels at most; a longer one is cut."""


class Fact(NamedTuple):
    """A label and a value, neither of which need be printable, and the colour of the value."""

    label: str
    value: str
    kind: str = "text"


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
    labels = [printable(fact.label) for fact in facts]
    column = min(LABEL_LIMIT, max(map(cell_len, labels), default=0), width // 3)
    room = max(width - column - 2, MIN_WIDTH)
    rows = []
    for label, fact in zip(labels, facts, strict=True):
        runs, _ = lay(label, column, cell_len, "label")
        cells = sum(cell_len(run.text) for run in runs)
        first = [*runs, Run(" " * (column - cells + 2), "label")]
        for text in _wrapped(fact, room):
            rows.append([*first, *text])
            first = [Run(" " * (column + 2), "label")]
    return rows


def _wrapped(fact: Fact, room: int) -> list[list[Run]]:
    rows = []
    for line in fact.value.split("\n"):
        while True:
            runs, taken = lay(line, room, cell_len, fact.kind)
            space = line.rfind(" ", 0, taken) + 1
            if taken < len(line) and space > taken // 2:  # words are kept whole
                runs, taken = lay(line[:space], room, cell_len, fact.kind)
            rows.append(runs)
            line = line[taken:]
            if not line:
                break
    return rows
