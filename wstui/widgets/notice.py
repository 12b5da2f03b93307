"""The notice over a transcript: why a connection failed, or how it was closed.

Owns its layout. The words come from `core/explain`.
"""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wstui.core.connection import Connection, Failure, FailureKind
from wstui.core.explain import Explanation, explain, explain_close
from wstui.core.printable import printable, printable_bytes

BODY_HEAD: Final = 4096
"""Bytes shown of the body of a response."""


class Notice(VerticalScroll, can_focus=True):
    """Says what happened to a connection that is no more; hidden for all others."""

    DEFAULT_CSS = """
    Notice {
        display: none;
        height: auto;
        max-height: 50%;
        padding: 0 1;
        border: round $border-blurred;
        background: $background;
        scrollbar-size-vertical: 1;
        &.-failed { border: round $error 60%; max-height: 75%; }
        &.-shown { display: block; }
        &:focus { border: round $border; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = Static(markup=False)
        self._said: object = None

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, connection: Connection | None) -> None:
        """Say what is known of the end of `connection`; nothing while it lives."""
        cause = None if connection is None else connection.failure or connection.close
        if cause is self._said:
            return
        self._said = cause
        self.set_class(cause is not None, "-shown")
        self.set_class(connection is not None and connection.failure is not None, "-failed")
        if connection is None or cause is None:
            return
        if connection.failure is not None:
            content = _failure_content(connection.failure)
        else:
            assert connection.close is not None
            clean = connection.close.clean
            content = _content(
                explain_close(connection.close), "$foreground" if clean else "$error"
            )
        self._text.update(content)
        self.scroll_home(animate=False)


def _content(explanation: Explanation, style: str) -> Content:
    lines = [
        Content.styled(printable(explanation.title), f"bold {style}"),
        Content(printable(explanation.sentence)),
    ]
    if explanation.hint:
        lines.append(Content.assemble(("→ ", "$primary"), (printable(explanation.hint), "$dim")))
    return Content("\n").join(line for line in lines if line.plain)


def _failure_content(failure: Failure) -> Content:
    parts = [_content(explain(failure), "$error")]
    response = [
        Content.assemble((f"{printable(name)}: ", "$dim"), printable(value))
        for name, value in failure.headers
    ]
    if failure.status is not None and failure.kind is not FailureKind.STATUS:  # else in the title
        status = f"{failure.status} {printable(failure.status_text)}"
        response.insert(0, Content.assemble(("HTTP ", "$dim"), (status, "bold")))
    if response:
        parts += [Content(""), *response]
    if failure.body:
        head = printable_bytes(failure.body[:BODY_HEAD], newlines=True)
        more = len(failure.body) - BODY_HEAD
        tail = f"\n… {more:,} bytes more" if more > 0 else ""
        parts.append(Content.assemble("\n", head, (tail, "$dim")))
    return Content("\n").join(parts)
