"""Who becomes a client of a listener: its rules, and how many there may be.

Owns the rules with what their references lead to, and the number of clients of each address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from wstui.core.handshake.headers import value_problem
from wstui.core.options.listen import ListenOptions
from wstui.core.options.rules import read_rules
from wstui.core.options.secrets import (
    Reference,
    ReferenceProblem,
    find_references,
    mask,
    put_in,
)
from wstui.core.serving.request import Accept, Decision, Reject, Request
from wstui.core.serving.rule_language import show_rule
from wstui.core.serving.rules import Key, Rule, Rulebook, host_of
from wstui.net.failures import SecretError
from wstui.net.secrets import COMMAND_TIME, look_up

FULL: Final = 503
TOO_MANY: Final = 429
RETRY_AFTER: Final = ("Retry-After", "10")
"""Seconds after which who found no place may try again."""

_OF_HANDSHAKES: Final = frozenset({Key.ORIGIN, Key.SUBPROTOCOL})
"""What only a handshake has: rules that ask for it say nothing of ordinary requests."""


class Verdict(NamedTuple):
    """What becomes of a request, and by what."""

    decision: Decision
    why: str = ""
    """In words, without secrets; empty where nothing but the usual decided."""


class Admission:
    """Decides about those who come to one listener."""

    def __init__(self, options: ListenOptions) -> None:
        self._options = options
        self._rules = read_rules(options.rules)
        self._book = Rulebook((), {})
        self._pages_book = Rulebook((), {})
        self._clients = 0
        self._by_host: Counter[str] = Counter()
        self.secrets: frozenset[str] = frozenset()
        """What the references of the rules lead to; none of it may be shown."""

    async def prepare(self, timeout: float = COMMAND_TIME) -> ListenOptions:
        """Look up what rules and options refer to; the options with all in its place, but the
        rules.

        Raises:
            SecretError: something is missing or cannot be used, or a command failed within its
                `timeout` in seconds.
        """
        options = self._options
        values = await look_up(find_references(options), timeout)
        resolved = put_in(replace(options, rules=()), values)
        self.secrets = frozenset(value for value in values.values() if value.strip())
        self._check(resolved.options, values)
        self._book = Rulebook(self._rules, values)
        for_pages = [rule for rule in self._rules if not _is_of_handshakes(rule)]
        self._pages_book = Rulebook(for_pages, values)
        whole: ListenOptions = resolved.options
        return replace(whole, rules=options.rules)

    def _check(self, options: ListenOptions, values: Mapping[Reference, str]) -> None:
        """What was typed is valid; what came in its place need not be."""
        for found in options.problems() if values else []:
            if not isinstance(found, ReferenceProblem):
                raise SecretError(mask(str(found), self.secrets))
        headers = tuple(rule.headers for rule in self._rules)
        for reference in find_references(headers):
            words = f"What {reference.name} stands for in the header of a rule"
            problem = value_problem("rules", values[reference], words)
            if problem is not None:
                raise SecretError(mask(str(problem), self.secrets))

    # What is decided

    def decide(self, request: Request) -> Verdict:
        """What the rules say of a handshake."""
        ruling = self._book.decide(request, self._clients)
        if ruling.number is None:
            return Verdict(Accept())
        shown = show_rule(self._rules[ruling.number - 1], masked=True)
        return Verdict(ruling.decision, f"by rule {ruling.number}: {shown}")

    def full(self, address: str) -> Verdict | None:
        """Why there is no place for one more from `address`; None when there is."""
        limits, host = self._options.limits, host_of(address)
        if limits.clients is not None and self._clients >= limits.clients:
            words = f"by the limit on clients: {limits.clients:,}"
            return Verdict(Reject(FULL, (RETRY_AFTER,)), words)
        if limits.per_address is not None and self._by_host[host] >= limits.per_address:
            words = f"by the limit on clients from {host}: {limits.per_address:,}"
            return Verdict(Reject(TOO_MANY, (RETRY_AFTER,)), words)
        return None

    def of_page(self, request: Request) -> Reject | None:
        """How an ordinary request is rejected; None: it is not. Rules about origins and
        subprotocols are for handshakes alone."""
        decision = self._pages_book.decide(request, self._clients).decision
        return decision if isinstance(decision, Reject) else None

    # Who is there

    def enter(self, address: str) -> None:
        """One more client is there, if only to wait for a decision."""
        self._clients += 1
        self._by_host[host_of(address)] += 1

    def leave(self, address: str) -> None:
        """A client is there no more."""
        host = host_of(address)
        self._clients -= 1
        self._by_host[host] -= 1
        if not self._by_host[host]:
            del self._by_host[host]


def _is_of_handshakes(rule: Rule) -> bool:
    return any(condition.key in _OF_HANDSHAKES for condition in rule.conditions)
