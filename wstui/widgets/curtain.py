"""The curtain: what is seen in the first moment, while the workbench is being loaded.

It has the workbench's outlines and nothing else, and needs nothing but Textual.
"""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

FOLDED: Final = 100
"""Terminal cells below which the workbench folds its sidebar, and the curtain does so, too."""


class Curtain(Widget):
    """The outlines of the workbench."""

    DEFAULT_CSS = """
    Curtain {
        layout: horizontal;
        & > Static {
            height: 1fr;
            width: 1fr;
            border: round $border-blurred;
            border-title-color: $foreground-muted;
            color: $dim;
            content-align: center middle;
        }
        & > .curtain--sidebar { width: 31; margin-bottom: 1; }
        & > .curtain--transcript { margin: 1 0; }
    }
    """

    def compose(self) -> ComposeResult:
        sidebar = Static(classes="curtain--sidebar", markup=False)
        sidebar.border_title = "Connections"
        sidebar.display = self.app.size.width >= FOLDED
        yield sidebar
        yield Static("opening the workbench …", classes="curtain--transcript", markup=False)
