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
"""Lines of a slate."""


class Slate(NamedTuple):
    """A few centred words. `keys` are pairs of a key and what it does, said one after the other.

    `hint` is a sentence below the title.
    """

    glyph: str
    title: str
    keys: tuple[tuple[str, str], ...] = ()
    hint: str = ""


class Slates(NamedTuple):
    """What to say in each case; a screen with other keys brings its own."""

    no_connection: Slate = Slate(
        "○", "No connection yet", (("n", "opens one"), (":", "types a command"), ("?", "helps"))
    )
    connecting: Slate = Slate("◐", "Connecting", (("x", "gives up"),))
    no_messages: Slate = Slate("●", "No messages yet", (("s", "sends one"), ("p", "pings")))
    no_match: Slate = Slate(
        "∅", "Nothing matches the filter", (("/", "changes it"), ("ctrl+u", "clears it"))
    )
    scanning: Slate = Slate("◌", "Looking through the transcript", ())


WITH_PROFILES: Final = Slates(
    no_connection=Slate(
        "○",
        "No connection yet",
        (("n", "opens one"), ("P", "a saved one"), (":", "types a command"), ("?", "helps")),
    )
)
"""The same where there are saved profiles, which a small terminal does not show."""


class SlateStyles(NamedTuple):
    """The styles of a slate, complete with its background."""

    title: Style
    key: Style
    dim: Style


def slate_line(slate: Slate, line: int, width: int, styles: SlateStyles) -> Strip:
    """Line 0 to `HEIGHT - 1` of `slate`, centred in `width` cells."""
    segments: list[Segment] = []
    if line == 0:
        segments = [Segment(slate.glyph, styles.key)]
    elif line == 2:
        segments = [Segment(slate.title, styles.title)]
    elif line == 3:
        segments = [Segment(slate.hint, styles.dim)]
    elif line == 4:
        for index, (key, words) in enumerate(slate.keys):
            space = "   " if index else ""
            segments += [Segment(f"{space}{key}", styles.key), Segment(f" {words}", styles.dim)]
    cells = sum(cell_len(segment.text) for segment in segments)
    left = max(0, (width - cells) // 2)
    padded = [Segment(" " * left, styles.dim), *segments]
    return Strip(padded).adjust_cell_length(width, styles.dim)
