"""How the commands are written that only scripts and line mode need. A screen shows what happens,
and who looks at it waits by himself. Pure.
"""

from __future__ import annotations

from typing import Final

from wstui.core.commands.line_mode_values import Rest, Unlock, Wait, Watch
from wstui.core.commands.words import CommandInfo, Words, read_id, read_only_id
from wstui.core.units import parse_seconds

CLOSED: Final = "closed"
"""The word for the end of a connection."""

MOST_MESSAGES: Final = 1_000_000_000


def _wait(words: Words) -> Wait | Rest:
    parts = words.text.split()
    if not parts:
        raise words.error("For which connection?")
    if len(parts) == 1 and not parts[0].isdecimal() and parts[0] != ".":
        return Rest(_time(words, parts[0]))
    id, _ = read_id(Words(parts[0], words.at, words.usage))
    messages, closed, time = 0, False, None
    for part in parts[1:]:
        if part.isascii() and part.isdecimal() and not messages and not closed:
            messages = int(part[:12])
            if not 0 < messages <= MOST_MESSAGES:
                raise words.error("Wait for one message at least.")
        elif part.lower() == CLOSED and not messages and not closed:
            closed = True
        elif time is None:
            time = _time(words, part)
        else:
            raise words.error("Nothing more is expected here.")
    return Wait(id, messages, closed, time)


def _time(words: Words, text: str) -> float:
    if text.isdecimal():
        raise words.error("A time has a unit, such as 5s or 200ms.")
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise words.error(str(error)) from error


def _watch(words: Words) -> Watch:
    word = words.text.strip().lower()
    if word not in ("", "on", "off"):
        raise words.error("Write on or off.")
    return Watch({"": None, "on": True, "off": False}[word])


LINE_MODE_COMMANDS: Final = (
    CommandInfo(
        "wait",
        "wait <id> [n|closed] [time]",
        "Wait until it is open, has n messages more, or ends.",
        "wait 0 is for its handshake; wait 0 3 5s for three messages within five seconds, counted"
        " from where the last such wait ended; wait 0 closed for its end. Of a listener, clients"
        " are counted. Without a time it fails after 10 s. wait 500ms is a rest.",
        _wait,
    ),
    CommandInfo(
        "watch",
        "watch [on|off]",
        "Tell at once what happens and what comes.",
        "Connections that open and end, and messages, as far as they match the filter. At a"
        " terminal this is on, in a pipe off.",
        _watch,
    ),
    CommandInfo(
        "unlock",
        "unlock <id>",
        "Ask for the passphrase of its TLS key.",
        "For a connection that failed for want of it, which is then opened again. What is typed is"
        " not shown, and kept for this run only.",
        lambda words: Unlock(read_only_id(words)),
    ),
)
"""Further commands of `wstui repl`, in the order of the help."""
