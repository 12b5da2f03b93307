"""What to say when a filter found nothing, but may have been meant otherwise than it was taken.

The grammar lets almost everything be text; whoever types ``ping`` or ``size:3`` should not have to
know that. What the words mean is `filter.language`'s matter.
"""

from __future__ import annotations

import re
from typing import Final

from wstui.core.entry import Kind
from wstui.core.filter.language import Filter
from wstui.core.filter.terms import Literal

MAX_KEY: Final = 24
"""Characters of what may be taken for a key."""

_KEY: Final = re.compile(rf"([a-z][a-z_-]{{0,{MAX_KEY - 1}}}):(?!//)", re.IGNORECASE)
_KINDS: Final = {kind.word for kind in Kind}


def advice(filter: Filter) -> str:
    """A sentence on how the first such word was taken; empty when there is none."""
    for term in filter.text_terms:
        if not isinstance(term, Literal):
            continue
        if term.word.lower() in _KINDS:
            kind = term.word.lower()
            return f"{kind} was looked for as text. For entries of that kind: op:{kind}"
        key = _KEY.match(term.word)
        if key is not None:
            return f"{key[1]}: is no key, it was looked for as text. Keys are dir:, op: and is:"
    return ""
