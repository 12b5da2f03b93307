"""Rules: which handshakes a listener accepts, which it rejects with what, which the user decides.

The first rule whose conditions all hold decides; where none does, the handshake is accepted. How
rules are written is the matter of `rule_language`; where their references lead to is that of the
net ring, which gives what was found to `Rulebook`.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from wstui.core.options.secrets import Reference, pieces
from wstui.core.serving.request import Accept, Ask, Decision, Reject, Request

UNIX: Final = "unix"
"""Stands for the address of all who come by a Unix socket."""

CHALLENGE: Final = ("WWW-Authenticate", 'Basic realm="wstui", charset="UTF-8"')
"""What tells a client to ask for a user and a password (RFC 7617)."""

FORBIDDEN: Final = 403
UNAUTHORIZED: Final = 401


class Action(enum.StrEnum):
    """What a rule decides."""

    ACCEPT = "accept"
    REJECT = "reject"
    ASK = "ask"


class Key(enum.StrEnum):
    """What a condition is about."""

    PATH = "path"
    ORIGIN = "origin"
    HEADER = "header"
    COOKIE = "cookie"
    BASIC = "basic"
    SUBPROTOCOL = "subprotocol"
    ADDRESS = "address"
    CLIENTS = "clients"


NAMED: Final = (Key.HEADER, Key.COOKIE)
"""Those that have a name, and may have a value."""


class Sign(enum.StrEnum):
    """How a number is compared."""

    MORE = ">"
    LESS = "<"
    AT_LEAST = ">="
    AT_MOST = "<="
    SAME = "="

    def holds(self, number: int, bound: int) -> bool:
        """Whether `number` is so, compared with `bound`."""
        match self:
            case Sign.MORE:
                return number > bound
            case Sign.LESS:
                return number < bound
            case Sign.AT_LEAST:
                return number >= bound
            case Sign.AT_MOST:
                return number <= bound
            case Sign.SAME:
                return number == bound


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks of a request."""

    key: Key
    value: str | None = None
    """What is asked for, with references as typed: a text in which ``*`` stands for anything,
    several such between commas (origin, subprotocol, address, where a network may stand, too),
    ``user:password``, or a number. None: any, of a header or a cookie."""
    name: str = ""
    """Of the header or the cookie; empty for other keys."""
    sign: Sign = Sign.SAME
    """How the number of clients is compared; without effect for other keys."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its texts hold references as they were typed."""

    action: Action
    conditions: tuple[Condition, ...] = ()
    """All must hold; without any it always does."""
    status: int | None = None
    """Of a rejection; None: 401 where it is about ``basic``, else 403."""
    subprotocol: str | None = None
    """To agree on, of those offered; empty: none; None: the listener's choice."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the response."""
    body: str = ""
    """Of a rejection; empty: the status in words."""
    seconds: float | None = None
    """How long the user is waited for; None: as long as usual."""

    @property
    def usual_status(self) -> int:
        """The status of a rejection where none is written."""
        by_user = any(one.key is Key.BASIC for one in self.conditions)
        return UNAUTHORIZED if by_user else FORBIDDEN


class Ruling(NamedTuple):
    """What the rules say of a request."""

    decision: Decision
    number: int | None = None
    """Of the rule that decided, from 1; None: none did."""


Values = Mapping[Reference, str]
Check = Callable[[Request, int], bool]
"""Whether a condition holds for a request, with so many clients there."""


class Rulebook:
    """The rules of one listener, with what their references stand for."""

    def __init__(self, rules: Sequence[Rule], values: Values) -> None:
        self._rules = [
            (
                [(_check(one, values), one.negated) for one in rule.conditions],
                _decision(rule, values),
            )
            for rule in rules
        ]

    def decide(self, request: Request, clients: int) -> Ruling:
        """What becomes of `request`, with so many clients there already."""
        for number, (checks, decision) in enumerate(self._rules, 1):
            if all(check(request, clients) is not negated for check, negated in checks):
                return Ruling(decision, number)
        return Ruling(Accept())


def _decision(rule: Rule, values: Values) -> Decision:
    headers = tuple((name, fill(value, values)) for name, value in rule.headers)
    match rule.action:
        case Action.ACCEPT:
            return Accept(rule.subprotocol, headers)
        case Action.ASK:
            return Ask() if rule.seconds is None else Ask(rule.seconds)
        case Action.REJECT:
            status = rule.usual_status if rule.status is None else rule.status
            given = {name.lower() for name, _ in headers}
            by_user = any(one.key is Key.BASIC for one in rule.conditions)
            if status == UNAUTHORIZED and by_user and CHALLENGE[0].lower() not in given:
                headers = (CHALLENGE, *headers)
            return Reject(status, headers, fill(rule.body, values))


def fill(text: str, values: Values) -> str:
    """`text` with its references replaced by what they stand for."""
    return "".join(
        values[piece] if isinstance(piece, Reference) else piece for piece in _pieces(text)
    )


# Texts in which a star stands for anything

Glob = tuple[str, ...]
"""What stands between the stars of a text."""


def glob(text: str, values: Values) -> Glob:
    """What stands between the stars of `text`; a star within a reference's value is none."""
    return _glob(_pieces(text), values)


def globs(text: str, values: Values) -> list[Glob]:
    """The same of each of the texts that commas separate in `text`."""
    texts: list[list[str | Reference]] = [[]]
    for piece in _pieces(text):
        if isinstance(piece, Reference):
            texts[-1].append(piece)
            continue
        first, *others = piece.split(",")
        texts[-1].append(first)
        texts += [[other] for other in others]
    return [_glob(pieces, values) for pieces in texts]


def _glob(pieces: Iterable[str | Reference], values: Values) -> Glob:
    parts = [""]
    for piece in pieces:
        if isinstance(piece, Reference):
            parts[-1] += values[piece]
        else:
            first, *others = piece.split("*")
            parts[-1] += first
            parts += others
    return tuple(parts)


def _pieces(text: str) -> list[str | Reference]:
    return pieces(text) if "${" in text else [text]


def fits_one(choice: Iterable[Glob], text: str) -> bool:
    """Whether `text` fits one of them."""
    return any(fits(parts, text) for parts in choice)


def fits(parts: Glob, text: str) -> bool:
    """Whether `text` consists of `parts` with anything between them. It takes time in proportion
    to the length of `text`, whatever it holds; without a star, the same time for all of a
    length."""
    if len(parts) == 1:
        return same(parts[0], text)
    first, *middle, last = parts
    end = len(text) - len(last)
    if end < len(first) or not text.startswith(first) or not text.endswith(last):
        return False
    at = len(first)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def same(one: str, other: str) -> bool:
    """Whether both are the same, in a time that does not tell where they differ."""
    from hmac import compare_digest  # it loads OpenSSL, which no start without rules has to

    return compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


# What conditions ask


def _check(condition: Condition, values: Values) -> Check:
    """What tells whether `condition` holds, not looking at whether it is negated."""
    text = condition.value or ""
    match condition.key:
        case Key.CLIENTS:
            return partial(_clients, condition.sign, int(text))
        case Key.BASIC:
            return partial(_basic, fill(text, values))
        case Key.ADDRESS:
            return partial(_address, text.lower().split(","))
        case Key.HEADER | Key.COOKIE:
            parts = ("", "") if condition.value is None else glob(text, values)
            check = _header if condition.key is Key.HEADER else _cookie
            return partial(check, condition.name, parts)
        case Key.PATH:
            return partial(_path, glob(text, values))
        case Key.ORIGIN:
            lower = [tuple(map(str.lower, parts)) for parts in globs(text, values)]
            return partial(_origin, lower)
        case Key.SUBPROTOCOL:
            return partial(_subprotocol, globs(text, values))


def _clients(sign: Sign, bound: int, request: Request, clients: int) -> bool:
    return sign.holds(clients, bound)


def _path(parts: Glob, request: Request, clients: int) -> bool:
    return fits(parts, request.path)


def _origin(allowed: Sequence[Glob], request: Request, clients: int) -> bool:
    # Two of them come from nobody who means well, and no foreign one may hide behind a good one.
    values = request.values("Origin")
    return bool(values) and all(fits_one(allowed, value.lower()) for value in values)


def _header(name: str, parts: Glob, request: Request, clients: int) -> bool:
    return any(fits(parts, value) for value in request.values(name))


def _cookie(name: str, parts: Glob, request: Request, clients: int) -> bool:
    return any(key == name and fits(parts, value) for key, value in _cookies(request))


def _cookies(request: Request) -> Iterable[tuple[str, str]]:
    """Names and values as they came (RFC 6265 section 4.2.1)."""
    for line in request.values("Cookie"):
        for pair in line.split(";"):
            name, _, value = pair.partition("=")
            yield name.strip(), value.strip()


def _subprotocol(wanted: Sequence[Glob], request: Request, clients: int) -> bool:
    return any(fits_one(wanted, name) for name in request.subprotocols)


def _basic(user: str, request: Request, clients: int) -> bool:
    given = _credentials(request)
    return given is not None and same(user, given)


def _credentials(request: Request) -> str | None:
    """User and password as they came (RFC 7617 section 2); None: none, or none that is valid."""
    from base64 import b64decode

    values = request.values("Authorization")
    scheme, _, token = values[0].strip().partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(token.strip(), validate=True).decode()
    except ValueError:
        return None


def _address(wanted: Sequence[str], request: Request, clients: int) -> bool:
    host = host_of(request.address).lower()
    return any(_is_at(host, one) for one in wanted)


def _is_at(host: str, wanted: str) -> bool:
    if "*" in wanted or UNIX in (wanted, host):
        return fits(tuple(wanted.split("*")), host)
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address in ipaddress.ip_network(wanted, strict=False)


def host_of(address: str) -> str:
    """The host in an address such as ``127.0.0.1:53412`` or ``[::1]:53412``; `UNIX` for a Unix
    socket."""
    if address.partition(" ")[0] == UNIX:
        return UNIX
    return address.rpartition(":")[0].strip("[]")
