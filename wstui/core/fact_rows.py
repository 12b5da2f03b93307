"""Facts as rows: labels in a column, values wrapped beside them.

Owns laying out small tables; large texts are the matter of `core.wrap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from wstui.core.printable import printable
from wstui.core.wrap import MIN_WIDTH, Measure, Run, lay

LABEL_LIMIT: Final = 24
"""Cells of labels at most; a longer one is cut."""


class Fact(NamedTuple):
    """A label and a value, neither of which need be printable, and the colour of the value."""

    label: str
    value: str
    kind: str = "text"


def fact_rows(facts: Sequence[Fact], width: int, measure: Measure) -> list[list[Run]]:
    """Rows of `width` cells for `facts`, with line feeds in values kept. `measure` counts cells."""
    labels = [printable(fact.label) for fact in facts]
    column = min(LABEL_LIMIT, max(map(measure, labels), default=0), width // 3)
    room = max(width - column - 2, MIN_WIDTH)
    rows = []
    for label, fact in zip(labels, facts, strict=True):
        runs, _ = lay(label, column, measure, "label")
        cells = sum(measure(run.text) for run in runs)
        first = [*runs, Run(" " * (column - cells + 2), "label")]
        for text in _wrapped(fact, room, measure):
            rows.append([*first, *text])
            first = [Run(" " * (column + 2), "label")]
    return rows


def _wrapped(fact: Fact, room: int, measure: Measure) -> list[list[Run]]:
    rows = []
    for line in fact.value.split("\n"):
        while True:
            runs, taken = lay(line, room, measure, fact.kind)
            space = line.rfind(" ", 0, taken) + 1
            if taken < len(line) and space > taken // 2:  # words are kept whole
                runs, taken = lay(line[:space], room, measure, fact.kind)
            rows.append(runs)
            line = line[taken:]
            if not line:
                break
    return rows
