"""Facts of a listener for the border of its transcript: where it listens, and how it is doing.

Owns the words and their order. Where they stand is the workbench's matter.
"""

from __future__ import annotations

from typing import Final

from textual.content import Content

from wstui.core.listener import Listener, ListenerState
from wstui.core.printable import printable
from wstui.core.units import clients_text, clock_text, count_text, rate_text
from wstui.widgets.listener_lines import (
    LISTENER_GLYPHS,
    behaviour_words,
    state_words,
)
from wstui.widgets.pulse import ListenerVitals

STATE_STYLES: Final = {
    ListenerState.STARTING: "$secondary",
    ListenerState.LISTENING: "$success",
    ListenerState.FULL: "$warning",
    ListenerState.STOPPED: "$foreground 70%",
    ListenerState.FAILED: "$error",
}


def listener_title(listener: Listener) -> Content:
    """Id, what to connect to, and what answers; a warning when others can reach it."""
    where = ", ".join(listener.uris) or listener.name
    parts = [Content(f"{listener.id}  {printable(where)}")]
    if listener.is_live and not listener.options.where.is_local:
        parts.append(Content.styled("  ⚠ open to other machines", "bold $warning"))
    parts.append(Content.styled(f"  {printable(behaviour_words(listener))}", "$foreground 70%"))
    return Content("").join(parts)


def listener_facts(listener: Listener, vitals: ListenerVitals, now: float, width: int) -> Content:
    """State and how long, clients, messages a second of all of them, and who else came.

    As many as fit into `width` cells, the first ones first.
    """
    words = f"{LISTENER_GLYPHS[listener.state]} {state_words(listener)}"
    if listener.state is not ListenerState.FAILED:
        words += f" {clock_text((listener.ended or now) - listener.created)}"
    line = Content.styled(words, STATE_STYLES[listener.state])
    for part in _parts(listener, vitals):
        longer = Content.assemble(line, " · ", part)
        if longer.cell_length > width:
            break
        line = longer
    return line


def _parts(listener: Listener, vitals: ListenerVitals) -> list[str]:
    if listener.state is ListenerState.FAILED:
        return []
    parts = [clients_text(listener.live)]
    if listener.live:
        parts.append(f"↓ {rate_text(vitals.rate_in)}/s ↑ {rate_text(vitals.rate_out)}/s")
    tally = listener.tally
    counts = {
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "dropped": tally.dropped,
        "HTTP": tally.requests,
    }
    return [*parts, *(f"{count_text(count)} {word}" for word, count in counts.items() if count)]
