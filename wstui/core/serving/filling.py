"""Places in an answer that are filled in with what the message said.

``{1}`` and ``{name}`` are groups of the regular expression, ``{0}`` all that it matched, and
``{$.user.name}`` a value of the message's JSON. ``{message}`` is its text, ``{n}`` counts the times
that this answer was given to the client; ``{time}`` and ``{uuid}`` are as in what is sent by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

PLACE: Final = re.compile(r"\{(\$(?:\.[^\s{}\".]+)*|\d{1,2}|[A-Za-z_]\w*)(?::(\d{1,2}))?\}")

OWN: Final = frozenset({"n", "time", "uuid", "message"})
"""Names that mean something without a regular expression."""

MISSING: Final = object()
"""Stands for a value that the JSON does not have."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when an answer is made."""

    message: str = ""
    number: int = 1
    """How often this answer was given to this client, with this time."""
    now: float = 0.0
    """Seconds since the epoch."""
    unique: Callable[[], str] = str
    groups: Mapping[str, str] = field(default_factory=dict)
    """By number and by name."""
    json: Any = MISSING
    """The message, read."""


def value_at(found: Any, path: tuple[str, ...]) -> Any:
    """What is at `path` in JSON, where the items of a list have numbers; `MISSING` for nothing."""
    for key in path:
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return MISSING
    return found


def read_path(text: str) -> tuple[str, ...]:
    """The keys of a path such as ``data.items.0``; ``$.`` may stand before it."""
    text = text.removeprefix("$").removeprefix(".")
    return tuple(text.split(".")) if text else ()


def fill_text(text: str, facts: Facts) -> str:
    """`text` with its places filled in; what is no place of ours stays as it is."""
    return PLACE.sub(lambda match: _as_text(_value(match, facts)), text)


def fill_json(value: Any, facts: Facts) -> Any:
    """JSON with the places in its texts filled in; a text that is one place of JSON alone becomes
    the value itself, and null when there is none."""
    if isinstance(value, str):
        whole = PLACE.fullmatch(value)
        if whole is not None and whole[1].startswith("$"):
            found = _value(whole, facts)
            return None if found is MISSING else found
        return fill_text(value, facts)
    if isinstance(value, dict):
        return {key: fill_json(one, facts) for key, one in value.items()}
    if isinstance(value, list):
        return [fill_json(one, facts) for one in value]
    return value


def _value(match: re.Match[str], facts: Facts) -> Any:
    name, width = match[1], int(match[2] or 0)
    if name.startswith("$"):
        return value_at(facts.json, read_path(name))
    if name in facts.groups:
        return facts.groups[name]
    match name:
        case "n":
            return f"{facts.number:0{width}}" if width else str(facts.number)
        case "time":
            moment = datetime.fromtimestamp(facts.now, UTC).isoformat(timespec="milliseconds")
            return moment.replace("+00:00", "Z")
        case "uuid":
            return facts.unique()
        case "message":
            return facts.message
    return match[0]


def _as_text(value: Any) -> str:
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else to_json(value)


def to_json(value: Any) -> str:
    """`value` as JSON, as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
