"""Replies: which message gets which answer, as a TOML file says.

    [[reply]]
    on = "connect"                      # before any message
    send = "welcome"

    [[reply]]
    text = "ping"                       # the whole message
    send = ["pong", { text = "still there?", after = "5 s" }]

    [[reply]]
    regex = '^add (\\d+) (\\d+)$'
    send = "you said {1} and {2}"

    [[reply]]
    json = { type = "subscribe", "data.id" = "*" }    # these values; * is any
    send = { json = { type = "subscribed", id = "{$.data.id}" } }

    [[reply]]
    hex = "01 02"                       # what a binary message begins with
    send = [{ hex = "ff 00" }, { file = "answer.bin" }]
    after = "200 ms"

    [[reply]]
    any = true
    close = 4000                        # or: drop = true
    reason = "no such thing"

The first reply of which all conditions hold is given. Reading the file is done here, sending by
the net ring. `filling` says what may be filled in.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from wstui.core.entry import Kind
from wstui.core.filter.expression import EXPRESSION_WINDOW, Expression
from wstui.core.serving.filling import MISSING, Facts, fill_json, fill_text, to_json, value_at

MAX_JSON: Final = 128 << 10
"""Bytes of the largest message that is read as JSON, which takes a few milliseconds."""

STEP: Final = 64
"""Replies of which the quick conditions are looked at in a step."""

ANY: Final = "*"
"""Stands for any value in a JSON condition."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of a reply."""

    kind: Kind
    content: Any
    """Bytes that are sent as they are, a text with places, or JSON with places in its texts."""
    is_json: bool = False
    after: float = 0.0
    """Seconds from the answer before it."""

    @property
    def has_places(self) -> bool:
        """Whether anything may be filled in."""
        return not isinstance(self.content, bytes)

    def make(self, facts: Facts) -> bytes:
        """Its payload."""
        if isinstance(self.content, bytes):
            return self.content
        if self.is_json:
            text = to_json(fill_json(self.content, facts))
        else:
            text = fill_text(self.content, facts)
        return text.encode(errors="replace")  # JSON can spell lone surrogates


@dataclass(frozen=True, slots=True)
class Condition:
    """What a message has to be."""

    kind: Kind | None = None
    """None: text or binary."""
    text: bytes | None = None
    """The whole of it; None: anything. The same holds for what follows."""
    prefix: bytes | None = None
    regex: Expression | None = None
    json: tuple[tuple[tuple[str, ...], Any], ...] = ()
    """Paths, and the values there."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in full, and what it answers."""

    number: int
    """From 1, in the order of the file."""
    line: int
    """Where it begins in the file; 0: that is not known."""
    condition: Condition | None
    """None: it is given to each client that connects."""
    answers: tuple[Answer, ...] = ()
    after: float = 0.0
    """Seconds to the first answer."""
    close: int | None = None
    """Code with which the client is closed then; None: it is not."""
    reason: str = ""
    drops: bool = False
    """Whether TCP is ended then, without a close frame."""

    @property
    def name(self) -> str:
        """What it is called where something about it is told."""
        return f"reply {self.number}" + (f" (line {self.line})" if self.line else "")


@dataclass(frozen=True, slots=True)
class Found:
    """What a message gets."""

    reply: Reply | None
    """None: nothing."""
    facts: Facts = field(default_factory=Facts)
    troubles: tuple[tuple[Reply, str], ...] = ()
    """Replies that could not be tried, and why, as the end of a sentence."""


class _CannotTell(Exception):
    """Whether a condition holds takes too long to find out; `str()` is the end of a sentence."""


def _refuse(name: str) -> None:
    """JSON has no NaN and no Infinity (RFC 8259 section 6), which Python reads."""
    raise ValueError(name)


class _Message:
    """A message that is read as far as it is asked for."""

    def __init__(self, kind: int, payload: bytes) -> None:
        self.kind = kind
        self.payload = payload
        self._text: str | None = None
        self._json: Any = self

    @property
    def text(self) -> str:
        """Binary ones have none."""
        if self._text is None:
            self._text = self.payload.decode(errors="replace") if self.kind == Kind.TEXT else ""
        return self._text

    @property
    def json(self) -> Any:
        """`MISSING` when it is no JSON, or too large to be read."""
        if self._json is self:
            self._json = MISSING
            if self.kind == Kind.TEXT and len(self.payload) <= MAX_JSON:
                with suppress(ValueError, RecursionError):
                    self._json = json.loads(self.text, parse_constant=_refuse)
        return self._json


class Replies:
    """All replies of a file."""

    def __init__(self, replies: tuple[Reply, ...]) -> None:
        self._replies = replies
        self.at_connect = tuple(one for one in replies if one.condition is None)
        """Those that are given to each client that connects."""

    def __len__(self) -> int:
        return len(self._replies)

    def find(self, kind: int, payload: bytes) -> Generator[None, None, Found]:
        """The reply to a message, in steps of a few milliseconds."""
        message = _Message(kind, payload)
        troubles: list[tuple[Reply, str]] = []
        for reply in self._replies:
            if reply.number % STEP == 0:
                yield
            condition = reply.condition
            if condition is None:
                continue
            groups: dict[str, str] | None = {}
            try:
                if not _holds(condition, message):
                    continue
                if condition.regex is not None:
                    groups = yield from _groups(condition.regex, message)
                    yield
                if groups is not None:
                    facts = _facts(reply, message, groups)
                    return Found(reply, facts, tuple(troubles))
            except _CannotTell as reason:
                troubles.append((reply, str(reason)))
        return Found(None, troubles=tuple(troubles))


def _groups(
    expression: Expression, message: _Message
) -> Generator[None, None, dict[str, str] | None]:
    """What its groups matched; None when it is not found."""
    if len(message.payload) > EXPRESSION_WINDOW:
        raise _CannotTell("the message is too long for a regular expression")
    try:
        match = yield from expression.find(message.text)
    except TimeoutError:
        raise _CannotTell("its regular expression took too long") from None
    if match is None:
        return None
    found = {str(number): match[number] for number in range(len(match.groups()) + 1)}
    return {name: text or "" for name, text in (found | match.groupdict()).items()}


def _facts(reply: Reply, message: _Message, groups: dict[str, str]) -> Facts:
    """What the answers may need: a large message is not read for those that need nothing of it."""
    places = " ".join(str(one.content) for one in reply.answers if one.has_places)
    text = ""
    if "{message}" in places:
        if len(message.payload) > MAX_JSON:
            raise _CannotTell("the message is too large to be put into an answer")
        text = message.text
    return Facts(text, groups=groups, json=message.json if "{$" in places else MISSING)


def _holds(condition: Condition, message: _Message) -> bool:
    """Whether all holds but the regular expression, which takes longer."""
    if condition.kind is not None and message.kind != condition.kind:
        return False
    if condition.text is not None and message.payload != condition.text:
        return False
    if condition.prefix is not None and not message.payload.startswith(condition.prefix):
        return False
    if condition.json and len(message.payload) > MAX_JSON:
        raise _CannotTell("the message is too large to be read as JSON")
    return all(_same(wanted, value_at(message.json, path)) for path, wanted in condition.json)


def _same(wanted: Any, found: Any) -> bool:
    """Whether a value of JSON is the one wanted: a table asks only for what stands in it."""
    if found is MISSING:
        return False
    if wanted == ANY:
        return True
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and _same(one, found[key]) for key, one in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list) and len(found) == len(wanted) and all(map(_same, wanted, found))
        )
    if isinstance(wanted, bool) or isinstance(found, bool):  # in Python, True is 1
        return wanted is found
    return bool(wanted == found)
