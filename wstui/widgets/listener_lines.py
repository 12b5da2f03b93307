"""What the sidebar says of one listener, in three lines of toned text, and its words elsewhere.

Owns the words, glyphs and their order. Scrolling, colours and drawing are the list's matter.
"""

from __future__ import annotations

from typing import Final

from wstui.core.explain.listening import explain_listener
from wstui.core.listener import Listener, ListenerState
from wstui.core.printable import printable
from wstui.core.serving.behaviour import Mount, parse_mount
from wstui.core.units import clients_text, count_text, rate_text
from wstui.widgets.connection_lines import INDENT, SPARK, Line, Part, fitted
from wstui.widgets.pulse import ListenerVitals

LISTENER_GLYPHS: Final = {
    ListenerState.STARTING: "◐",
    ListenerState.LISTENING: "⇥",
    ListenerState.FULL: "⊘",
    ListenerState.STOPPED: "○",
    ListenerState.FAILED: "✕",
}
"""States are told apart without colour, too."""

LISTENER_TONES: Final = {
    ListenerState.STARTING: "connecting",
    ListenerState.LISTENING: "open",
    ListenerState.FULL: "waiting",
    ListenerState.STOPPED: "closed",
    ListenerState.FAILED: "failed",
}

UNFOLDED: Final = "▿ "
FOLDED: Final = "▹ "
"""Before the number of clients: whether they stand below."""

FOLD: Final = "fold"
"""The tone of what folds the clients away when it is clicked."""


def listener_lines(
    listener: Listener, vitals: ListenerVitals, width: int, *, folded: bool
) -> tuple[Line, Line, Line]:
    """The three lines of `listener`, each at most `width` cells."""
    return (
        fitted(_name_line(listener), _secure(listener), width),
        fitted(_state_line(listener), [], width),
        fitted(*_clients_line(listener, vitals, folded), width),
    )


def short_name(listener: Listener) -> str:
    """Where it listens, as short as can be: the port alone where only this machine reaches it."""
    address = listener.name
    where = listener.options.where
    if where.path:
        return where.path.rpartition("/")[2] or where.path
    return f":{address.rpartition(':')[2]}" if where.is_local else address


def mounts(listener: Listener) -> list[Mount]:
    """Its behaviours, in their order. Its options are valid, or it would not be there."""
    return [parse_mount(line) for line in listener.options.behaviours]


def behaviour_words(listener: Listener) -> str:
    """What answers its clients, such as ``echo`` or ``/echo echo · /chat chat``."""
    words = [
        mount.kind.value if mount.path == "*" else f"{mount.path} {mount.kind}"
        for mount in mounts(listener)
    ]
    return " · ".join(words) or "answered by hand"


def state_words(listener: Listener) -> str:
    """Its state in a word or two."""
    return "starting" if listener.state is ListenerState.STARTING else str(listener.state)


def _name_line(listener: Listener) -> Line:
    more = len(listener.addresses) - 1
    return [
        Part(" ", "key"),
        Part(f"{LISTENER_GLYPHS[listener.state]} ", LISTENER_TONES[listener.state]),
        Part(
            f"{listener.id} {printable(listener.name)}",
            "name" if listener.is_live else "gone",
        ),
        *([Part(f" +{more}", "dim")] if more > 0 else []),
    ]


def _secure(listener: Listener) -> Line:
    return [Part("TLS", "in")] if is_secure(listener) else []


def is_secure(listener: Listener) -> bool:
    """Whether its clients speak TLS."""
    return any(uri.startswith("wss") for uri in listener.uris)


def _state_line(listener: Listener) -> Line:
    line = [Part(INDENT, "dim")]
    if listener.state is ListenerState.FAILED:
        return [*line, Part(printable(explain_listener(listener).title), "failed")]
    if listener.state is not ListenerState.LISTENING:
        line.append(Part(state_words(listener), LISTENER_TONES[listener.state]))
        line.append(Part(" · ", "dim"))
    return [*line, Part(printable(behaviour_words(listener)), "dim")]


def _clients_line(listener: Listener, vitals: ListenerVitals, folded: bool) -> tuple[Line, Line]:
    total, live = len(listener.clients), listener.live
    tally = listener.tally
    if not total and listener.state is ListenerState.FAILED:
        return [], []
    count = clients_text(live) if live == total else f"{count_text(live)} of {clients_text(total)}"
    fold = [Part(FOLDED if folded else UNFOLDED, FOLD)] if total else []
    left = [Part(INDENT, "dim"), *fold, Part(count, "name" if live else "dim")]
    right = []
    spark = vitals.sparkline(SPARK)
    if spark.strip():
        right.append(Part(f" {spark}", "spark"))
    if vitals.accept_rate:
        right.append(Part(f" +{rate_text(vitals.accept_rate)}/s", "open"))
    if tally.rejected:
        right.append(Part(f" ✕{count_text(tally.rejected)}", "failed"))
    return left, right
