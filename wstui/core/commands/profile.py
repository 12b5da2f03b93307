"""The commands about profiles as they are typed."""

from __future__ import annotations

from typing import Final

from wstui.core.commands.profile_values import Forget, ListProfiles, Save
from wstui.core.commands.words import MAX_ID_DIGITS, CommandInfo, Words
from wstui.core.profile_names import refuse_name

REPLACE: Final = "--replace"


def _save(words: Words) -> Save:
    parts = words.split()
    replace = [at for part, at in parts if part == REPLACE]
    rest = [(part, at) for part, at in parts if part != REPLACE]
    if not rest:
        raise words.error("Under which name?")
    name, at = rest[0]
    _check(words, name, at)
    if len(rest) > 2:
        raise words.error("Nothing more is expected here.", rest[2][1])
    if len(rest) < 2 or rest[1][0] == ".":
        return Save(name, None, bool(replace))
    id, at = rest[1]
    if not (id.isascii() and id.isdecimal() and len(id) <= MAX_ID_DIGITS):
        raise words.error("That is no connection id.", at)
    return Save(name, int(id), bool(replace))


def _forget(words: Words) -> Forget:
    parts = words.split()
    if not parts:
        raise words.error("Which profile?")
    if len(parts) > 1:
        raise words.error("Nothing more is expected here.", parts[1][1])
    return Forget(parts[0][0])


def _profiles(words: Words) -> ListProfiles:
    if words.text.strip():
        raise words.error("Nothing more is expected here.")
    return ListProfiles()


def _check(words: Words, name: str, at: int) -> None:
    refused = refuse_name(name)
    if refused:
        raise words.error(refused, at)


PROFILE_COMMANDS: Final = (
    CommandInfo(
        "save",
        "save <name> [id] [--replace]",
        "Save a connection's options as a profile.",
        "connect <name> and wstui <name> open it. Without an id, those of the selected connection;"
        " --replace writes over a profile of that name.",
        _save,
    ),
    CommandInfo("forget", "forget <name>", "Delete a profile.", "", _forget),
    CommandInfo(
        "profiles",
        "profiles",
        "List the profiles and tell their file.",
        "What is wrong in the file is told with its line.",
        _profiles,
    ),
)
