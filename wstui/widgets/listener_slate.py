"""What the view of a listener says below its events: where to connect to, and which keys do what.

Owns the words. Where they stand is the matter of the rows.
"""

from __future__ import annotations

from typing import Final

from wstui.core.listener import Listener, ListenerState
from wstui.core.printable import printable
from wstui.core.serving.behaviour import KINDS
from wstui.core.units import clients_text
from wstui.widgets.listener_lines import (
    LISTENER_GLYPHS,
    mounts,
)
from wstui.widgets.slate import Slate

MOST_URIS: Final = 6
"""Addresses to connect to that are listed."""

_AGAIN: Final = (("r", "listens again"), ("L", "opens the form"), ("d", "removes it"))
_ACCEPTS: Final = (("A", "accepts again"), ("s", "writes to all"), ("x", "stops it"))
_LISTENS: Final = (
    ("u", "copies it"),
    ("s", "writes to all"),
    ("A", "stops accepting"),
    ("x", "stops it"),
)


def listener_slate(listener: Listener) -> Slate:
    """What to say of `listener` now."""
    glyph = LISTENER_GLYPHS[listener.state]
    match listener.state:
        case ListenerState.STARTING:
            return Slate(glyph, "Starting to listen", (("x", "gives up"),))
        case ListenerState.STOPPED:
            return Slate(glyph, "It has stopped: nobody can connect", _AGAIN)
        case ListenerState.FAILED:
            return Slate(glyph, "It does not listen", _AGAIN)
        case ListenerState.FULL:
            title = f"Accepts nobody further · {clients_text(listener.live)}"
            hint = "Its sockets are closed; the clients it has live on."
            return Slate(glyph, title, _ACCEPTS, hint)
    return Slate(glyph, _title(listener), _LISTENS, rows=tuple(_rows(listener)))


def target(listener: Listener) -> str:
    """What to connect to first: a uri with the path of the first behaviour; empty before it
    listens."""
    return next((uri for uri, _ in _targets(listener)), "")


def _title(listener: Listener) -> str:
    if listener.live and not listener.tally.accepted:  # all of them are still asked about
        ask = "asks" if listener.live == 1 else "ask"
        return f"{clients_text(listener.live)} {ask} to be accepted"
    if listener.live:
        return f"{clients_text(listener.live)} connected"
    if listener.tally.accepted:
        return "No client is connected now"
    return "Waiting for the first client"


def _targets(listener: Listener) -> list[tuple[str, str]]:
    """Uris to connect to, each with what answers there."""
    if not listener.uris:
        return []
    first, *others = listener.uris
    found = []
    for mount in mounts(listener):
        path = "/" if "*" in mount.path else mount.path
        found.append((f"{first}{path}", mount.kind.value))
    if not found:
        found.append((f"{first}/", ""))
    return found + [(f"{uri}{found[0][0].removeprefix(first)}", "") for uri in others]


def _rows(listener: Listener) -> list[tuple[str, str, str]]:
    targets = _targets(listener)
    rows = [
        ("" if at else "connect to", printable(uri), kind)
        for at, (uri, kind) in enumerate(targets[:MOST_URIS])
    ]
    if len(targets) > MOST_URIS:
        rows.append(("", f"and {len(targets) - MOST_URIS} more", ""))
    rows += _ways(listener, targets[0][0] if targets else "")
    said = {mount.kind for mount in mounts(listener)}
    if len(said) == 1:
        kind = said.pop()
        rows.append((kind.value, KINDS[kind].sentence, ""))
    elif not said:
        rows.append(("answers", "none by itself: select a client and write to it", ""))
    if not listener.options.where.is_local:
        rows.append(("⚠", "other machines can reach it, too", ""))
    return rows


def _ways(listener: Listener, uri: str) -> list[tuple[str, str, str]]:
    """How to try it."""
    shown = printable(uri)
    shell = ("shell", f"wstui {shown}", "")
    if not uri.startswith(("ws://", "wss://")):  # no browser reaches a Unix socket
        return [shell] if uri else []
    if listener.options.pages.page:
        page = printable(f"http{listener.uris[0].removeprefix('ws')}/")
        browser = ("browser", page, "a page to try it")
    else:
        browser = ("browser", f'new WebSocket("{shown}")', "in its console")
    return [browser, shell]
