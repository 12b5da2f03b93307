"""Words behind the kind of a behaviour: a file or a text, then settings such as ``every=1s``."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_SETTING: Final = re.compile(r"""(?:\A|\s)([a-z]+)=("[^"]*"|'[^']*'|[^\s'"]\S*)\s*\Z""")
_QUOTED: Final = re.compile(r"""("[^"]*"|'[^']*')\Z""")


def read_settings(text: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """What stands first in `text`, without quotes around it, and the settings behind it.

    A value with blanks stands in single or double quotes.

    Raises:
        ValueError: a setting has none of `names`, or stands there twice; a sentence for the user.
    """
    settings: dict[str, str] = {}
    rest = text.strip()
    while not _QUOTED.match(rest) and (match := _SETTING.search(rest)) is not None:
        name, value = match[1], _without_quotes(match[2])
        if name not in names:
            known = ", ".join(f"{one}=" for one in names) or "no settings"
            raise ValueError(f"There is no {name}= here, but {known}.")
        if name in settings:
            raise ValueError(f"{name}= stands there twice.")
        settings[name] = value
        rest = rest[: match.start()].rstrip()
    return _without_quotes(rest), settings


def _without_quotes(text: str) -> str:
    return text[1:-1] if _QUOTED.match(text) else text
