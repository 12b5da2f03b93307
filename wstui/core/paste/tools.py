"""Command lines of curl, websocat, wscat and wstui itself, read by tables of their flags.

Owns which flag of which tool means which option. The words come from `shell`, what headers mean
is the matter of `filling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wstui.core.paste.filling import Filling

Effect = Callable[[Filling, str, str], None]
"""Takes the value of a flag into the filling; the last argument is the flag as it was written."""


def to(path: str, text: str | None = None) -> Effect:
    """Puts the value, or a fixed `text`, to the option at `path`."""
    return lambda filling, value, what: filling.put(path, value if text is None else text, what)


def adds(path: str) -> Effect:
    """Adds the value to the option at `path`."""
    return lambda filling, value, what: filling.add(path, value, what)


def refuses(why: str) -> Effect:
    """Says that the flag cannot be used."""
    return lambda filling, value, what: filling.unused(what, why)


def header(name: str = "") -> Effect:
    """Takes the value as a header, or as the value of the header `name`."""
    return lambda filling, value, what: filling.header(f"{name}: {value}" if name else value)


def uri(filling: Filling, value: str, what: str) -> None:
    """Takes the value as the uri."""
    filling.uris.append(value)


def ignore(filling: Filling, value: str, what: str) -> None:
    """Takes what means nothing for a WebSocket."""


def words(text: str) -> frozenset[str]:
    """The words of `text`: names of flags."""
    return frozenset(text.split())


def letters(text: str) -> dict[str, str]:
    """Letters of flags and their long names, from ``H=header k=insecure``."""
    return dict(word.split("=", 1) for word in text.split())


SECRET: Final = words(
    "auth basic-auth client-pkcs12-passwd oauth2-bearer pass passphrase password proxy-pass"
    " proxy-password proxy-user user"
)
"""Flags whose values are not repeated in a remark."""


@dataclass(frozen=True)
class Tool:
    """A program that opens WebSockets, and what its flags mean."""

    name: str
    valued: Mapping[str, Effect]
    """Flags with a value, by their long names."""
    switches: Mapping[str, Effect]
    """Flags without one."""
    short: Mapping[str, str]
    """From letter to long name."""
    foreign: frozenset[str] = frozenset()
    """Further flags with a value, which are told as not usable."""
    scheme: str = ""
    """What a uri without a scheme gets; empty what wstui would give it."""
    word: Effect = uri
    """What a word without a flag means."""
    last: Callable[[Filling], None] = field(default=lambda filling: None)
    """Called when everything was taken."""

    def read(self, words: Sequence[str]) -> Filling:
        """What the words behind the tool's name mean."""
        filling = Filling(self.name, scheme=self.scheme)
        rest = list(reversed(words))
        while rest:
            word = rest.pop()
            if word == "--":
                for one in reversed(rest):
                    self.word(filling, one, one)
                break
            if word.startswith("--"):
                self._long(filling, word, rest)
            elif word.startswith("-") and len(word) > 1:
                self._short(filling, word, rest)
            else:
                self.word(filling, word, word)
        self.last(filling)
        return filling

    def _long(self, filling: Filling, word: str, rest: list[str]) -> None:
        name, equals, value = word[2:].partition("=")
        if name in self.valued or name in self.foreign:
            if not equals:
                if not rest:
                    filling.unused(word, "its value is missing")
                    return
                value = rest.pop()
            self._take(filling, name, value, f"--{name} {value}")
        else:
            self._take(filling, name, "", word)

    def _short(self, filling: Filling, word: str, rest: list[str]) -> None:
        for at, letter in enumerate(word[1:], 2):
            name = self.short.get(letter, "")
            if name in self.valued or name in self.foreign:
                value = word[at:].removeprefix("=")
                if not word[at:]:
                    if not rest:
                        filling.unused(f"-{letter}", "its value is missing")
                        return
                    value = rest.pop()
                self._take(filling, name, value, f"-{letter} {value}")
                return
            self._take(filling, name, "", f"-{letter}")

    def _take(self, filling: Filling, name: str, value: str, what: str) -> None:
        effect = self.valued.get(name) or self.switches.get(name)
        if name in SECRET:
            what = f"{what.split(' ')[0]} •••"
        if effect is None:
            filling.unused(what)
        else:
            effect(filling, value, what)


def message(filling: Filling, value: str, what: str) -> None:
    """Takes a message to be sent when the connection opens."""
    filling.message(value, what)


def basic(filling: Filling, value: str, what: str) -> None:
    """Takes ``user:password``."""
    filling.put("http.basic", value, what)


def proxy_as(default: str) -> Effect:
    """Takes a proxy, which has the scheme `default` where it names none."""

    def take(filling: Filling, value: str, what: str) -> None:
        filling.put("proxy.uri", value if "://" in value else f"{default}://{value}", what)

    return take
