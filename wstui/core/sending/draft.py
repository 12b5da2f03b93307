"""Messages being written: what can be said about them, and those written before.

Owns the judgement of a text (its bytes, whether it is JSON, where hex goes wrong) and the history.
How it is shown is the composer's matter, sending it the pool's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final

from wstui.core.entry import Kind
from wstui.core.hex_input import HexError, parse_hex, unfinished

JSON_LIMIT: Final = 1 << 18
"""Characters up to which a text is checked for being JSON: it happens at every key press."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as written: text, or bytes in hex when the kind is binary."""

    text: str = ""
    kind: Kind = Kind.TEXT

    def payload(self) -> bytes:
        """The bytes to send.

        Lone surrogates are encoded as they are: the pool refuses such text, with the reason why.

        Raises:
            HexError: the text is not hex, and the kind is binary.
        """
        if self.kind is Kind.BINARY:
            return parse_hex(self.text)
        return self.text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be said about a draft."""

    format: str
    """``text``, ``json`` or ``hex``."""
    size: int | None
    """Bytes of its payload; None when it is no hex."""
    fault: str = ""
    """What is wrong with it, as a phrase; empty when nothing is."""
    position: int | None = None
    """Where, in characters from its beginning."""
    unfinished: bool = False
    """Whether the last byte of hex has only one digit so far; `size` counts those before it."""


def judge(draft: Draft) -> Judgement:
    """Look at `draft`. A fault of JSON is a remark, one of hex keeps it from being sent."""
    try:
        payload = draft.payload()
    except HexError as error:
        begun = unfinished(draft.text, error.position)
        if begun is not None:
            return Judgement("hex", len(parse_hex(draft.text[:begun])), unfinished=True)
        return Judgement("hex", None, str(error), error.position)
    if draft.kind is Kind.BINARY:
        return Judgement("hex", len(payload))
    if not draft.text.lstrip().startswith(("{", "[")) or len(draft.text) > JSON_LIMIT:
        return Judgement("text", len(payload))
    try:
        json.loads(draft.text)
    except json.JSONDecodeError as error:
        return Judgement("json", len(payload), error.msg, error.pos)
    except (ValueError, RecursionError):  # a number of too many digits, or nested too deep
        return Judgement("text", len(payload))
    return Judgement("json", len(payload))


@dataclass(slots=True)
class History:
    """What was sent before, oldest first, and where in it one is looking."""

    limit: int = 500
    """Drafts that are kept."""
    _past: list[Draft] = field(default_factory=list)
    _place: int = 0  # index into _past; its length stands for what is being written
    _unsent: Draft = field(default_factory=Draft)

    def add(self, draft: Draft) -> None:
        """Remember `draft`, unless it was the last one, and stop looking back."""
        if not self._past or self._past[-1] != draft:
            self._past.append(draft)
            del self._past[: -self.limit]
        self._place = len(self._past)
        self._unsent = Draft()

    def step(self, step: int, current: Draft) -> Draft | None:
        """The draft `step` further (-1 is older); None at either end.

        `current` is kept when one leaves what is being written, and comes back at the end.
        """
        place = self._place + step
        if not 0 <= place <= len(self._past):
            return None
        if self._place == len(self._past):
            self._unsent = current
        self._place = place
        return self._unsent if place == len(self._past) else self._past[place]
