"""Tones: the styles of words about connections, the same in the sidebar and in the strip.

Owns names and colours only. Which word has which tone is `connection_lines`' matter.
"""

from __future__ import annotations

from typing import Final

from rich.style import Style
from textual.widget import Widget

TONE_CSS: Final = """
.tone--open { color: $success; text-style: bold; }
.tone--connecting { color: $secondary; }
.tone--closing { color: $closing; }
.tone--waiting { color: $warning; }
.tone--failed { color: $error; }
.tone--closed { color: $foreground 70%; }
.tone--name { color: $foreground; text-style: bold; }
.tone--gone { color: $foreground 70%; }
.tone--in { color: $in; }
.tone--out { color: $out; }
.tone--dim { color: $dim; }
.tone--spark { color: $primary; }
.tone--unread { color: $warning; text-style: bold; }
.tone--key { color: $primary; text-style: bold; }
.tone--hint { color: $foreground 80%; }
.tone--selected { background: $primary 16%; }
.tone--focused { background: $primary 28%; }
"""
"""To be added to the default style sheet of a widget."""

TONES: Final = frozenset(
    line.split()[0].removeprefix(".") for line in TONE_CSS.splitlines() if line.strip()
)
"""The component classes that the widget declares."""


class Tones:
    """The styles of a widget's tones, complete with its background; made when first asked for."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, str], Style] = {}

    def clear(self) -> None:
        """Forget all: the theme or the widget's own style changed."""
        self._styles.clear()

    def __call__(self, tone: str, ground: str = "") -> Style:
        """The style of `tone` ("" for none) on the background of another tone, `ground`."""
        style = self._styles.get((tone, ground))
        if style is None:
            of = self._widget.get_component_rich_style
            style = of(f"tone--{ground}") if ground else self._widget.rich_style
            style = Style(bgcolor=style.bgcolor)
            if tone:
                style += of(f"tone--{tone}", partial=True)
            self._styles[tone, ground] = style
        return style
