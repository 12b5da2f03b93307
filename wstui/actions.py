"""The one table of actions: what can be done, with which keys, in which words.

Key bindings, footer, palette and help are made from it. Doing them is the matter of the class
named by `place`: it has a method ``action_<id>`` for each.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding, BindingType
from textual.keys import format_key


class Place(enum.Enum):
    """Whose method an action is, and so where its keys work."""

    WORKBENCH = "workbench"
    COMPOSER = "composer"
    APP = "app"


class Group(enum.StrEnum):
    """Headings of the help, in their order."""

    CONNECTIONS = "Connections"
    TRANSCRIPT = "Transcript"
    SENDING = "Sending"
    WSTUI = "wstui"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done by key, from the palette, and by clicking the footer."""

    id: str
    words: str
    """A few words for palette and help, beginning in upper case."""
    keys: str
    """Textual's names of its default keys, with commas between."""
    group: Group
    help: str
    """One sentence."""
    footer: str = ""
    """One word for the footer; empty leaves it out there."""
    place: Place = Place.WORKBENCH
    priority: bool = False
    """Whether its keys other than characters go before those of whatever has the focus. They then
    work in forms, too, where the app's `check_action` does not say no."""

    @property
    def key_words(self) -> str:
        """The keys as shown to the user, such as ``ctrl+s, F5``."""
        return ", ".join(shown_key(key) for key in self.keys.split(","))


def shown_key(key: str) -> str:
    """A key as shown to the user: ``:`` for ``colon``, ``ctrl+s`` as it is."""
    *modifiers, name = key.split("+")
    shown = name.upper() if name[:1] == "f" and name[1:].isdecimal() else format_key(name)
    return "+".join((*modifiers, shown))


_C, _T, _S, _W = Group
_COMPOSER, _APP = Place.COMPOSER, Place.APP

ACTIONS: Final = (
    # While matches can be gone through, n does that, and o stays for a new connection.
    Action("next_match", "Next match", "n", _T, "Go to the next entry that matches.", "Next"),
    Action("previous_match", "Previous match", "N", _T, "Go to the match before."),
    Action("connect", "New connection", "n,o,ctrl+n", _C, "Open a connection.", "New"),
    Action("listen", "Listen", "L", _C, "Be a server: open the form of a listener."),
    # While a client waits, a is for that.
    Action("answer", "Answer a client", "a,f9", _C, "Accept or reject who waits.", "Answer"),
    Action("compose", "Write a message", "s,i", _S, "Go to the composer.", "Send"),
    Action("close", "Close", "x", _C, "Close it, all marked, or a listener.", "Close"),
    Action("drop", "Drop", "X", _C, "End its TCP connection without a close frame."),
    Action("profiles", "Saved profiles", "P", _C, "Go to them: enter opens, e edits, d deletes."),
    Action("save_profile", "Save as profile", "w", _C, "Save its options under a name."),
    Action("reset", "Drop by reset", "ctrl+x", _C, "End TCP by a reset: an error for the peer."),
    Action("again", "Open again", "r", _C, "Connect, or listen, again with the same options."),
    Action("retry_now", "Retry now", "R", _C, "Open it again now, in place: same transcript."),
    Action("stop", "Stop retrying", "full_stop", _C, "Give up opening it again by itself."),
    Action("remove", "Remove", "d,delete", _C, "Forget what ended, or a listener and its clients."),
    Action("hide_notice", "Hide the notice", "escape", _C, "Hide how it ended, once read.", "Hide"),
    Action("ping", "Ping", "p", _C, "Send a ping; the pong tells the round-trip time."),
    Action("ping_more", "Ping with payload", "a", _C, "Type what it carries; pinghex takes hex."),
    Action("pause", "Pause reading", "z", _C, "Read nothing more, or read on: back-pressure."),
    Action("handshake", "Handshake", "H", _C, "Request, answer, time of each step, TLS, hints."),
    Action("copy_as", "Copy as", "c", _C, "As curl, websocat, wscat, wstui, or as Python."),
    Action("statistics", "Statistics", "S", _C, "Rates, sizes, gaps and round trips, live."),
    Action("accepting", "Stop accepting", "A", _C, "Accept nobody further, or accept again."),
    Action("fold", "Fold clients", "F", _C, "Fold a listener's clients away, or show them."),
    Action("copy_uri", "Copy the address", "u", _C, "Copy the uri that clients connect to."),
    Action("mark", "Mark", "space", _C, "Mark it, or all clients of a listener."),
    Action("mark_all", "Mark all", "M", _C, "Mark all that live, or take all marks away."),
    Action("previous", "Previous connection", "left_square_bracket", _C, "Select the one above."),
    Action("next", "Next connection", "right_square_bracket", _C, "Select the one below."),
    Action("sidebar", "Sidebar", "b,ctrl+b", _C, "Show or hide connections and listeners."),
    Action("filter", "Filter", "slash", _T, "Show only the entries that match.", "Filter"),
    Action("clear_filter", "Clear the filter", "ctrl+u", _T, "Show everything again.", "Clear"),
    Action("hex", "Hex", "h", _T, "Show the entry as hex, or again as before.", "Hex"),
    Action("view", "Next view", "v", _T, "Go through text, JSON, hex and frames of the entry."),
    Action("follow", "Follow", "f", _T, "Keep the newest entry in sight, or stop that.", "Follow"),
    Action("copy", "Copy payload", "y", _T, "Copy the payload exactly; binary as hex.", "Copy"),
    Action("copy_hex", "Copy payload as hex", "Y", _T, "Copy the payload's bytes as hex."),
    Action("send", "Send", "ctrl+s,ctrl+enter,ctrl+j,f5", _S, "Send it.", "Send", _COMPOSER),
    Action("kind", "Text or hex", "ctrl+t", _S, "Write text, or bytes as hex.", "Kind", _COMPOSER),
    Action("send_more", "Send more", "ctrl+o", _S, "Repeat, cut up, a raw frame, to several."),
    Action("cancel", "Stop sending", "f8", _S, "Stop sending, and forget what waits."),
    Action("to_all", "To all", "ctrl+g", _S, "Send the next to all open.", "To all", _COMPOSER),
    Action("leave", "Leave the composer", "escape", _S, "Back to the transcript.", "", _COMPOSER),
    Action("command", "Command", "colon", _W, "Type a command.", "Command"),
    Action("theme", "Night or day", "t", _W, "Switch between the dark and the light theme."),
    Action("help", "Help", "question_mark,f1", _W, "Show all keys.", "Help", _APP, True),
    Action("command_palette", "Palette", "ctrl+p", _W, "Find all this by name.", "", _APP, True),
    Action("quit", "Quit", "q,ctrl+q", _W, "Close everything and leave.", "Quit", _APP, True),
)
"""All actions, in the order of the footer."""

GROUPED: Final = tuple(
    (group, tuple(action for action in ACTIONS if action.group is group)) for group in Group
)
"""All actions under their headings, as palette and help show them."""

NAMED: Final = {action.id: action for action in ACTIONS}


def bindings(place: Place) -> list[BindingType]:
    """The key bindings of one place; its class has a method ``action_<id>`` for each."""
    found: list[BindingType] = []
    for action in ACTIONS:
        if action.place is not place:
            continue
        # The footer shows the first key of each action that works where the focus is.
        found += [
            Binding(
                key,
                action.id,
                action.footer or action.words,
                show=bool(action.footer),
                key_display=shown_key(key),
                tooltip=action.help,
                priority=action.priority and len(shown_key(key)) > 1,
            )
            for key in action.keys.split(",")
        ]
    return found
