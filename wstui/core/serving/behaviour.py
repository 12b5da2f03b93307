"""Behaviours: how a listener answers the messages of its clients, for each path.

A line says it: a path, a kind, and words that belong to the kind, such as ``/ticks push a.txt``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from wstui.core.options.info import OptionError
from wstui.core.serving.push import parse_push
from wstui.core.serving.words import read_settings


class BehaviourKind(enum.StrEnum):
    """What there is to choose from."""

    SILENT = "silent"
    ECHO = "echo"
    BROADCAST = "broadcast"
    CHAT = "chat"
    PUSH = "push"
    REPLIES = "replies"
    SINK = "sink"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Mount:
    """A behaviour and where it holds."""

    path: str
    """A path, where ``*`` stands for anything; ``*`` alone is any path."""
    kind: BehaviourKind
    words: str = ""
    """What stands behind the kind, as its part of `KINDS` reads it."""


SILENT: Final = Mount("*", BehaviourKind.SILENT)
"""What holds where nothing else does."""


def _back(words: str) -> None:
    if words not in ("", BACK):
        raise ValueError("That is no word of it.")


def _no_words(words: str) -> None:
    if words:
        raise ValueError("Nothing stands behind it.")


def _toml_file(words: str) -> None:
    if not read_settings(words, ())[0]:
        raise ValueError("Name the TOML file.")


def _needs_file(words: str) -> None:
    if not words:
        raise ValueError("Name the Python file.")


BACK: Final = "back"
"""The word with which a broadcast goes back to its sender too."""


class KindInfo(NamedTuple):
    """One kind, in all places where it is told of."""

    usage: str
    """How it is written, words included."""
    sentence: str
    """What it does, in a line."""
    check: Callable[[str], object] = _no_words
    """Reads its words; raises ValueError with a sentence for the user."""
    metavar: str | None = None
    """Stands for its words behind a flag of a command line; None: it needs none."""


KINDS: Final[dict[BehaviourKind, KindInfo]] = {
    BehaviourKind.SILENT: KindInfo("silent", "answers nothing by itself: you do, by hand"),
    BehaviourKind.ECHO: KindInfo("echo", "sends each message back as it came"),
    BehaviourKind.BROADCAST: KindInfo(
        f"broadcast [{BACK}]",
        f"sends each message to all others there; {BACK}: to its sender too",
        _back,
    ),
    BehaviourKind.CHAT: KindInfo(
        "chat", "a room with names: plain lines such as /name ada, or JSON"
    ),
    BehaviourKind.PUSH: KindInfo(
        "push FILE|text='…{n}…' [as=binary] [every=1s] [rate=100/s] [times=N] [close=N]",
        "sends a file's lines, or a text with counters, from the start on",
        parse_push,
        "'FILE …'",
    ),
    BehaviourKind.REPLIES: KindInfo(
        "replies FILE",
        "gives the answers that a TOML file has for a text, regex or JSON",
        _toml_file,
        "FILE",
    ),
    BehaviourKind.SINK: KindInfo("sink", "answers nothing, and tells how much came when it ends"),
    BehaviourKind.HANDLER: KindInfo(
        "handler FILE", "runs a Python file of yours, with hooks for messages", _needs_file, "FILE"
    ),
}
"""All kinds, in the order in which they are told."""


def parse_mount(line: str) -> Mount:
    """The behaviour that a line such as ``/chat echo``, or ``echo`` for all paths, means.

    Raises:
        OptionError: it means none.
    """
    path, rest = "*", line.strip()
    if rest.startswith(("/", "*")):
        path, _, rest = rest.partition(" ")
    name, _, words = rest.strip().partition(" ")
    try:
        kind = BehaviourKind(name)
    except ValueError as error:
        names = ", ".join(KINDS)
        raise OptionError("behaviours", f"Write a path and one of {names}.") from error
    info = KINDS[kind]
    words = words.strip()
    try:
        info.check(words)
    except ValueError as error:
        message = f"{kind}: {error} Write {info.usage}."
        raise OptionError("behaviours", message) from error
    return Mount(path, kind, words)


def behaviour_problems(lines: Sequence[str]) -> list[OptionError]:
    """Everything that is wrong with lines: with each, and with all of them together."""
    found: list[OptionError] = []
    seen: dict[str, Mount] = {}
    for line in lines:
        try:
            mount = parse_mount(line)
        except OptionError as error:
            found.append(error)
            continue
        other = seen.setdefault(mount.path, mount)
        if other != mount:
            where = "all paths" if mount.path == "*" else mount.path
            both = f"{other.kind} and {mount.kind}"
            found.append(OptionError("behaviours", f"Two behaviours are for {where}: {both}."))
    return found


def find_mount(mounts: Sequence[Mount], path: str) -> Mount:
    """What holds for `path`: the mount of that very path, else the first whose pattern fits, one
    of all paths last; `SILENT` without any."""
    fitting = [mount for mount in mounts if fnmatchcase(path, mount.path)]
    return min(fitting, key=lambda mount: (mount.path != path, mount.path == "*"), default=SILENT)


def kind_lines() -> list[tuple[str, str]]:
    """How each kind is written, and what it does: two columns for a help text."""
    return [(info.usage, info.sentence) for info in KINDS.values()]
