"""What a view says when it has nothing to show: a title, and which keys lead on.

Owns the texts and their centring. When to say what is the view's decision.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

HEIGHT: Final = 5
"""Lines of a slate without a table."""


class Slate(NamedTuple):
    """A few centred words. `keys` are pairs of a key and what it does, said one after the other.

    `hint` is a sentence below the title, `rows` a table below that: a label, what is said, and a
    remark on it. All of it is safe for a terminal.
    """

    glyph: str
    title: str
    keys: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()

    @property
    def height(self) -> int:
        """Its lines."""
        return HEIGHT + (len(self.rows) + 1 + bool(self.hint) if self.rows else 0)

    def within(self, height: int) -> Slate:
        """The slate, or as much of it as is to be said in fewer lines."""
        if height >= self.height or not self.rows:
            return self
        return self._replace(rows=(), hint=self.rows[0][1])


class Slates(NamedTuple):
    """What to say in each case; a screen with other keys brings its own."""

    no_connection: Slate = Slate(
        "○",
        "No connection yet",
        (("n", "opens one"), ("L", "listens"), (":", "types a command"), ("?", "helps")),
    )
    connecting: Slate = Slate("◐", "Connecting", (("x", "gives up"),))
    asking: Slate = Slate(
        "?",
        "This client asks to be accepted",
        (("a", "answers"), ("H", "shows its request"), ("x", "rejects it")),
    )
    no_messages: Slate = Slate("●", "No messages yet", (("s", "sends one"), ("p", "pings")))
    no_match: Slate = Slate(
        "∅", "Nothing matches the filter", (("/", "changes it"), ("ctrl+u", "clears it"))
    )
    scanning: Slate = Slate("◌", "Looking through the transcript", ())


WITH_PROFILES: Final = Slates(
    no_connection=Slate(
        "○",
        "No connection yet",
        (("n", "opens one"), ("P", "a saved one"), ("L", "listens"), ("?", "helps")),
    )
)
"""The same where there are saved profiles, which a small terminal does not show."""


class SlateStyles(NamedTuple):
    """The styles of a slate, complete with its background."""

    title: Style
    key: Style
    dim: Style
    text: Style


def slate_line(slate: Slate, line: int, width: int, styles: SlateStyles) -> Strip:
    """Line 0 to `slate.height - 1` of `slate`, centred in `width` cells."""
    segments: list[Segment] = []
    row = line - HEIGHT + (not slate.hint)
    if line == 0:
        segments = [Segment(slate.glyph, styles.key)]
    elif line == 2:
        segments = [Segment(slate.title, styles.title)]
    elif line == 3:
        segments = [Segment(slate.hint, styles.dim)]
    elif line == slate.height - 1:
        segments = _keys(slate, width, styles)
    elif 0 <= row < len(slate.rows):
        segments = _table_row(slate, row, styles)
    cells = sum(cell_len(segment.text) for segment in segments)
    left = max(0, (width - cells) // 2)
    padded = [Segment(" " * left, styles.dim), *segments]
    return Strip(padded).adjust_cell_length(width, styles.dim)


def _keys(slate: Slate, width: int, styles: SlateStyles) -> list[Segment]:
    """As many of the keys, with what they do, as there is room for."""
    segments: list[Segment] = []
    room = width
    for key, words in slate.keys:
        space = "   " if segments else ""
        room -= cell_len(f"{space}{key} {words}")
        if room < 0:
            break
        segments += [Segment(f"{space}{key}", styles.key), Segment(f" {words}", styles.dim)]
    return segments


def _table_row(slate: Slate, row: int, styles: SlateStyles) -> list[Segment]:
    """One row, as wide as all of them, so that the table is centred as a whole."""
    label, words, remark = slate.rows[row]
    said = [cell_len(f"{one}   {more}" if more else one) for _, one, more in slate.rows]
    left = max(cell_len(one) for one, _, _ in slate.rows)
    segments = [
        Segment(f"{' ' * (left - cell_len(label))}{label}  ", styles.dim),
        Segment(words, styles.text),
    ]
    if remark:
        segments.append(Segment(f"   {remark}", styles.dim))
    return [*segments, Segment(" " * (max(said) - said[row]), styles.dim)]
