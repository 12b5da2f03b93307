"""The smallest Textual app that looks like one: what `bench_startup` compares with."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Footer, Static


class MinimalApp(App[None]):
    """A line of text and a footer."""

    def compose(self) -> ComposeResult:
        yield Static("READY")
        yield Footer()


if __name__ == "__main__":
    MinimalApp().run()
