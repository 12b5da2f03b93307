"""Rows of text on standard output: as wide as the terminal, and in colours where there is one.

Piped, rows are as long as they are, for `grep`, and plain.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TextIO

from wstui.core.cells import cells
from wstui.core.handshake.rows import Sheet
from wstui.core.wrap import Run
from wstui.headless.terminal import USUAL, has_colours, is_terminal, terminal_width

LINE: Final = 1 << 20
"""Cells of the longest row where nothing is wrapped."""

_COLOURS: Final = {
    "title": "1",
    "label": "2",
    "punctuation": "2",
    "key": "36",
    "number": "36",
    "symbol": "35",
    "broken": "31",
    "in": "34",
    "out": "35",
    "success": "32",
    "warning": "33",
    "error": "31",
    "head": "1",
}
"""SGR parameters (ECMA-48 section 8.3.117) by the kind of a run; others are as the terminal has
them. The sixteen colours are the user's own."""


class Paper(NamedTuple):
    """What is written on."""

    width: int | None = None
    """Cells of a terminal; None where there is none, and nothing is wrapped."""
    colour: bool = False

    @classmethod
    def of_output(cls) -> Paper:
        """What standard output is."""
        return cls._of(sys.stdout)

    @classmethod
    def of_error(cls) -> Paper:
        """What standard error is."""
        return cls._of(sys.stderr)

    @classmethod
    def _of(cls, stream: TextIO | None) -> Paper:
        return cls(terminal_width(), has_colours()) if is_terminal(stream) else cls()

    def sheet(self, body: int) -> Sheet:
        """What rows are laid out on; `body` bytes of a body are shown."""
        width = LINE if self.width is None else self.width
        rule = USUAL if self.width is None else None
        return Sheet(width, cells, rule, head=LINE, body=body, rest=": --max-body shows more")

    def draw(self, rows: Iterable[Sequence[Run]]) -> bytes:
        """Rows as bytes, each with its line end."""
        return "".join(f"{self._line(row)}\n" for row in rows).encode("utf-8", "replace")

    def _line(self, row: Sequence[Run]) -> str:
        if not self.colour:
            return "".join(run.text for run in row).rstrip()
        return "".join(map(_painted, row))


def _painted(run: Run) -> str:
    colour = _COLOURS.get(run.kind)
    return run.text if colour is None else f"\x1b[{colour}m{run.text}\x1b[0m"
