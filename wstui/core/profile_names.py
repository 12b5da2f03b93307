"""Which names profiles may have. What a profile is stands in `profiles`."""

from __future__ import annotations

import re
from typing import Final

MAX_NAME: Final = 64
"""Characters of a profile's name."""

RESERVED: Final = frozenset({"demo", "listen", "profiles"})
"""Words that mean something else behind `wstui`."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")


def refuse_name(name: str) -> str:
    """Why `name` can be no profile's; empty when it can."""
    if not name:
        return "Type a name, such as prod/ticks."
    if len(name) > MAX_NAME:
        return f"A name has at most {MAX_NAME} characters."
    if not name[0].isalnum() and name[0] != "_":
        return "A name begins with a letter or a digit."
    if not _NAME.fullmatch(name):
        return "A name has letters, digits and - _ . / only."
    if name in RESERVED:
        return f"wstui {name} means something else; choose another name."
    return ""


def may_be_name(word: str) -> bool:
    """Whether `word`, typed where a uri is expected, could be a profile's name."""
    return not refuse_name(word)
