"""The language of rules: a line, read into a `Rule`, and back.

    rule        action (blanks (condition | value))*
    action      accept | reject [STATUS] | ask [for TIME]
    condition   [-] (path:GLOB | origin:GLOB,… | header:NAME[=GLOB] | cookie:NAME[=GLOB]
                | basic:USER:PASSWORD | subprotocol:GLOB,… | address:GLOB,… | clients>NUMBER)
    value       subprotocol=NAME | header='NAME: VALUE' | body='TEXT'

Behind a colon stands what is asked of a request, behind an equals sign what is answered; a minus
sign goes before what must not be. In a GLOB ``*`` stands for anything. A value with blanks stands
in single or double quotes, where a backslash goes before a quote or a backslash, and ``\\n`` is a
line feed. ``${env:NAME}`` and ``${cmd:COMMAND}`` stay whole and as typed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from wstui.core.handshake.headers import HANDSHAKE_HEADERS, TOKEN, parse_header
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import (
    MASK,
    PRIVATE_HEADERS,
    has_reference,
    stand_in,
)
from wstui.core.serving.rule_words import quoted, rule_error, split_words
from wstui.core.serving.rules import NAMED, UNIX, Action, Condition, Key, Rule, Sign
from wstui.core.units import exact_seconds_text, parse_seconds

MAX_LENGTH: Final = 4000
"""Characters that a rule may have."""

LONGEST: Final = 86_400.0
"""Seconds that the user may be waited for."""

SUBPROTOCOL: Final = "subprotocol"
HEADER: Final = "header"
BODY: Final = "body"
NONE: Final = "none"
"""Agrees on no subprotocol."""

RULE_EXAMPLE: Final = "reject 403 -origin:https://good.example"

_BEGIN: Final = f"A rule begins with accept, reject or ask, such as {RULE_EXAMPLE}."
_CONDITIONS: Final = "path:, origin:, header:, cookie:, basic:, subprotocol:, address: and clients>"
_VALUES: Final = {
    Action.ACCEPT: "subprotocol=NAME and header='NAME: VALUE'",
    Action.REJECT: "header='NAME: VALUE' and body='TEXT'",
    Action.ASK: "for TIME",
}
_STATUS: Final = (
    "Reject with a status from 400 to 599, or from 300 to 399 and where to: "
    "reject 307 header='Location: wss://other.example/'."
)
_HOW: Final = {
    Key.PATH: "Write a path that begins with / or *, such as path:/chat*.",
    Key.ORIGIN: "Write an origin without a path, such as origin:https://good.example.",
    Key.HEADER: "Write a header as header:NAME or header:NAME=VALUE.",
    Key.COOKIE: "Write a cookie as cookie:NAME or cookie:NAME=VALUE.",
    Key.BASIC: "Write a user and a password, such as basic:admin:${env:PASSWORD}.",
    Key.SUBPROTOCOL: "Write a subprotocol that is offered, such as subprotocol:chat.v2.",
    Key.ADDRESS: "Write an address such as 127.0.0.1, 10.0.0.0/8, 192.168.* or unix.",
    Key.CLIENTS: "Write a number of clients, such as clients>100.",
}

_WORD: Final = re.compile(r"(-?)([a-z]+)(:|>=|<=|=|<|>)(.*)", re.DOTALL | re.IGNORECASE)
_FRAMING: Final = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers, in lower case, that say where a response ends."""

_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)
_HOST_GLOB: Final = re.compile(r"[0-9a-fA-F:.*]+")


def parse_rule(line: str) -> Rule:
    """The rule that a line means.

    Raises:
        OptionError: it means none; a sentence says how to write one.
    """
    if len(line) > MAX_LENGTH:
        raise rule_error(f"A rule has at most {MAX_LENGTH:,} characters.")
    words = split_words(line)
    try:
        action = Action(words[0].lower()) if words else None
    except ValueError:
        action = None
    if action is None:
        raise rule_error(_BEGIN)
    return _Reader(action, words[1:]).read()


class _Reader:
    """Reads the words behind an action."""

    def __init__(self, action: Action, words: Sequence[str]) -> None:
        self._words = list(words)
        self._rule = Rule(action)

    def read(self) -> Rule:
        """The whole rule."""
        words = self._words
        if words and self._rule.action is Action.REJECT and _NUMBER.fullmatch(words[0]):
            self._rule = replace(self._rule, status=int(words.pop(0)))
        while words:
            word = words.pop(0)
            match = _WORD.fullmatch(word)
            if word.lower() == "for" and self._rule.action is Action.ASK:
                self._time()
            elif match is None:
                raise rule_error(self._strange(word))
            else:
                minus, key, sign, value = match.groups()
                self._part(bool(minus), key.lower(), sign, value, word)
        self._check_whole()
        return self._rule

    def _strange(self, word: str) -> str:
        action = self._rule.action
        if action is not Action.REJECT and _NUMBER.fullmatch(word):
            return f"A status goes with reject: reject {word}."
        if _NUMBER.fullmatch(word):
            return f"The status stands right behind reject: reject {word}."
        return (
            f"“{word}” is no part of a rule. Conditions are {_CONDITIONS}; "
            f"behind {action} may also stand {_VALUES[action]}. Text with blanks stands in quotes."
        )

    def _time(self) -> None:
        text = self._words.pop(0) if self._words else ""
        if self._rule.seconds is not None:
            raise rule_error("Say once how long you are waited for.")
        try:
            seconds = parse_seconds(text)
        except ValueError as error:
            raise rule_error("Write how long you are waited for as ask for 30s.") from error
        if not 0 < seconds <= LONGEST:
            raise rule_error("You are waited for at most 24 h, and more than 0 s.")
        self._rule = replace(self._rule, seconds=seconds)

    def _part(self, negated: bool, key: str, sign: str, value: str, word: str) -> None:
        is_value = sign == "=" and key != Key.CLIENTS
        if is_value and key in (SUBPROTOCOL, HEADER, BODY):
            if negated:
                raise rule_error(f"Only conditions can be negated: {key}= is what is answered.")
            self._value(key, value)
            return
        if key not in tuple(Key):
            raise rule_error(self._strange(word))
        if is_value or (sign == ":") is (key == Key.CLIENTS):
            raise rule_error(_HOW[Key(key)])
        condition = _condition(Key(key), sign, value, negated)
        self._rule = replace(self._rule, conditions=(*self._rule.conditions, condition))

    def _value(self, key: str, value: str) -> None:
        rule, action = self._rule, self._rule.action
        if (key == SUBPROTOCOL and action is not Action.ACCEPT) or (
            key == BODY and action is not Action.REJECT
        ):
            fitting = "accept" if key == SUBPROTOCOL else "reject"
            also = " What is asked of a request is subprotocol:NAME." if key == SUBPROTOCOL else ""
            raise rule_error(f"{key}= goes with {fitting}.{also}")
        if action is Action.ASK:
            raise rule_error("Behind ask stand conditions: you say the rest when you are asked.")
        if key == HEADER:
            self._rule = replace(rule, headers=(*rule.headers, _header(value, action)))
        elif key == BODY:
            if rule.body or not value:
                raise rule_error("Write one body, such as body='who are you?'.")
            self._rule = replace(rule, body=value)
        else:
            if rule.subprotocol is not None:
                raise rule_error("Agree on one subprotocol.")
            if not TOKEN.fullmatch(value):
                raise rule_error("Write subprotocol=NAME, or subprotocol=none to agree on none.")
            self._rule = replace(rule, subprotocol="" if value == NONE else value)

    def _check_whole(self) -> None:
        rule = self._rule
        status = rule.status
        if status is None:
            return
        has_place = any(name.lower() == "location" for name, _ in rule.headers)
        if not (400 <= status <= 599 or (300 <= status <= 399 and status != 304 and has_place)):
            raise rule_error(_STATUS)


def _condition(key: Key, sign: str, text: str, negated: bool) -> Condition:
    if key is Key.CLIENTS:
        if not _NUMBER.fullmatch(text):
            raise rule_error(_HOW[key])
        return Condition(key, str(int(text)), sign=Sign(sign), negated=negated)
    if key in NAMED:
        name, equals, value = text.partition("=")
        if not TOKEN.fullmatch(name) or "'" in name:
            raise rule_error(_HOW[key])
        return Condition(key, value if equals else None, name, negated=negated)
    if not _is_valid(key, text):
        raise rule_error(_HOW[key])
    return Condition(key, text, negated=negated)


def _is_valid(key: Key, text: str) -> bool:
    """Whether a condition on `key` can ask for `text`."""
    checked = stand_in(text) if "${" in text else text
    match key:
        case Key.PATH:
            return text[:1] in ("/", "*", "$") and not set("?#") & set(checked)
        case Key.BASIC:
            return ":" in checked or has_reference(text)
        case Key.ORIGIN:
            return all(map(_is_origin, checked.split(",")))
        case Key.SUBPROTOCOL:
            return all(TOKEN.fullmatch(one) is not None for one in checked.split(","))
        case _:
            return all(map(_is_network, text.split(",")))


def _is_origin(text: str) -> bool:
    """Whether this may be a serialised origin (RFC 6454 section 6.2), or a part of one."""
    scheme, has_scheme, host = text.partition("://")
    rest = host if has_scheme else scheme
    return bool(rest) and not any(char in "/?# " for char in rest)


def _is_network(text: str) -> bool:
    if text.lower() == UNIX or ("*" in text and _HOST_GLOB.fullmatch(text)):
        return True
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _header(text: str, action: Action) -> tuple[str, str]:
    try:
        name, value = parse_header(text)
    except OptionError as error:
        raise rule_error(str(error)) from error
    lower = name.lower()
    # A rejection may tell which version or protocol it wants instead (RFC 6455 section 4.4).
    if lower in _FRAMING or (action is Action.ACCEPT and lower in HANDSHAKE_HEADERS):
        raise rule_error(f"{name} is written by itself.")
    return name, value


# Back to text


def show_rule(rule: Rule, *, masked: bool = False) -> str:
    """The line that means `rule`; `masked` with dots for the secrets that stand in it."""
    words: list[str] = [rule.action]
    if rule.status is not None:
        words.append(str(rule.status))
    words += [_show_condition(condition, masked=masked) for condition in rule.conditions]
    if rule.subprotocol is not None:
        words.append(f"{SUBPROTOCOL}={rule.subprotocol or NONE}")
    words += [f"{HEADER}={quoted(f'{name}: {value}')}" for name, value in rule.headers]
    if rule.body:
        words.append(f"{BODY}={quoted(rule.body)}")
    if rule.seconds is not None:
        words += ["for", exact_seconds_text(rule.seconds).replace(" ", "")]
    return " ".join(words)


def _show_condition(condition: Condition, *, masked: bool) -> str:
    minus = "-" if condition.negated else ""
    key, text = condition.key, condition.value
    if key is Key.CLIENTS:
        return f"{minus}{key}{condition.sign}{text}"
    if masked and text is not None and is_plain_secret(condition):
        text = f"{text.partition(':')[0]}:{MASK}" if key is Key.BASIC else MASK
    if key not in NAMED:
        return f"{minus}{key}:{quoted(text or '')}"
    return f"{minus}{key}:{condition.name}" + ("" if text is None else f"={quoted(text)}")


def masked_rule(line: str) -> str:
    """A line as it may be shown to anybody; one that means no rule as it is."""
    try:
        return show_rule(parse_rule(line), masked=True)
    except OptionError:
        return line


def has_plain_secret(line: str) -> bool:
    """Whether a secret stands in a rule as it is, where it would be kept."""
    try:
        return any(map(is_plain_secret, parse_rule(line).conditions))
    except OptionError:
        return False


def is_plain_secret(condition: Condition) -> bool:
    """Whether a secret stands in `condition` as it is, not as a reference."""
    text = condition.value
    if not text or has_reference(text) or text == "*":
        return False
    is_private = condition.key is Key.HEADER and condition.name.lower() in PRIVATE_HEADERS
    return is_private or condition.key in (Key.BASIC, Key.COOKIE)
