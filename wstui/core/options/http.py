"""What the opening request holds besides plain headers, and how its answer is taken.

Owns credentials, cookies, redirects, and how far from the rules a handshake may go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wstui.core.handshake.headers import value_problem
from wstui.core.options.info import (
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    Shape,
)

MOST_REDIRECTS: Final = 50
"""Redirects that may be followed at most."""


USUAL_REDIRECTS: Final = 10
"""How many ``on`` means."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """The HTTP of one opening handshake."""

    basic: str | None = field(default=None, repr=False)
    """``name:password`` for Basic (RFC 7617); None sends none."""
    bearer: str | None = field(default=None, repr=False)
    """A token for Bearer (RFC 6750); None sends none."""
    cookies: tuple[str, ...] = field(default=(), repr=False)
    """Cookies as ``name=value``, in order."""
    cookie_file: str | None = None
    """Path of a Netscape cookie file; those that fit the uri are sent. None: there is none."""
    redirects: int = 0
    """How many redirects are followed; with 0 the first one is told."""
    to_plain: bool = False
    """Whether a redirect from wss to ws is followed: what is sent can then be read by others."""
    any_subprotocol: bool = False
    """Whether a subprotocol is accepted that was not offered."""
    break_handshake: bool = False
    """Whether headers may replace, repeat or remove those of the handshake itself."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = [_basic_problem(self.basic), _bearer_problem(self.bearer)]
        if self.basic is not None and self.bearer is not None:
            words = "Give either a user or a token: both are the header Authorization."
            found.append(OptionError("http.bearer", words))
        found += [_cookie_problem(cookie) for cookie in self.cookies]
        found.append(_file_problem(self.cookie_file))
        if not 0 <= self.redirects <= MOST_REDIRECTS:
            words = f"Between 0 and {MOST_REDIRECTS} redirects can be followed."
            found.append(OptionError("http.redirects", words))
        return [problem for problem in found if problem is not None]


def http_cautions(http: HttpOptions) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    found = {}
    if http.to_plain:
        found["http.to_plain"] = "others may then read and change all"
    if http.break_handshake:
        found["http.break_handshake"] = "headers may break the handshake"
    return found


def _basic_problem(basic: str | None) -> OptionError | None:
    if basic is None:
        return None
    if ":" not in basic and "${" not in basic:
        return OptionError("http.basic", "Write name:password.")
    # RFC 7617 section 2: no control characters; the rest is sent in Base64.
    if any(ord(char) < 32 or ord(char) == 127 for char in basic):
        return OptionError("http.basic", "A user cannot hold control characters.")
    return None


def _bearer_problem(bearer: str | None) -> OptionError | None:
    if bearer is None:
        return None
    if not bearer.strip():
        return OptionError("http.bearer", "Write a token.")
    if bearer != bearer.strip(" "):
        return OptionError("http.bearer", "A token has no blanks around it.")
    return value_problem("http.bearer", bearer, "A token")


def _cookie_problem(cookie: str) -> OptionError | None:
    name, equals, _ = cookie.partition("=")
    if (not equals or not name.strip()) and "${" not in cookie:
        return OptionError("http.cookies", "Write a cookie as name=value.")
    if cookie != _bare_cookie(cookie):
        return OptionError("http.cookies", "A cookie has no blanks and no semicolon around it.")
    return value_problem("http.cookies", cookie, "A cookie")


def _file_problem(path: str | None) -> OptionError | None:
    if path is None:
        return None
    if path != path.strip(" ") or "\0" in path or "\n" in path:
        words = "The path of a file is one line, without blanks around it."
        return OptionError("http.cookie_file", words)
    return None if path else OptionError("http.cookie_file", "Name a file.")


def _bare_cookie(text: str) -> str:
    return text.strip(" \t;")


def _read_cookie(text: str) -> str:
    cookie = _bare_cookie(text)
    problem = _cookie_problem(cookie)
    if problem is not None:
        raise problem
    return cookie


def _read_count(text: str) -> int:
    word = text.strip().lower()
    if word in ("off", "no"):
        return 0
    if word in ("on", "yes"):
        return USUAL_REDIRECTS
    if word.isascii() and word.isdecimal() and len(word) < 4 and int(word) <= MOST_REDIRECTS:
        return int(word)
    raise ValueError(f"Write a number from 0 to {MOST_REDIRECTS}.")


SECRET_TEXT: Final = Codec(lambda text: text, lambda text: text or "")
"""Kept as it is: blanks may belong to it."""

HTTP_ROWS: Final = (
    OptionInfo(
        "http.basic",
        "User",
        Section.REQUEST,
        SECRET_TEXT,
        (Flag(("--user",), "for Basic authorization", "NAME:PASSWORD"),),
        hint="Basic; name:${env:NAME} keeps it secret",
        placeholder="name:password",
    ),
    OptionInfo(
        "http.bearer",
        "Bearer token",
        Section.REQUEST,
        TEXT,
        (Flag(("--bearer",), "for Bearer authorization, such as ${env:TOKEN}", "TOKEN"),),
        hint="better ${env:NAME} or ${cmd:COMMAND}",
        placeholder="none",
    ),
    OptionInfo(
        "http.cookies",
        "Cookies",
        Section.REQUEST,
        Codec(_read_cookie, str, Shape.LINES, separator="\n"),
        (Flag(("--cookie",), "a cookie; may be repeated", "NAME=VALUE"),),
        hint="one name=value on each line",
        placeholder="session=…",
    ),
    OptionInfo(
        "http.cookie_file",
        "Cookie file",
        Section.REQUEST,
        TEXT,
        (Flag(("--cookie-file",), "send those of its cookies that fit the URL", "FILE"),),
        hint="Netscape's format; those that fit go out",
        placeholder="none",
    ),
    OptionInfo(
        "http.redirects",
        "Follow redirects",
        Section.REQUEST,
        Codec(_read_count, str, short=True),
        (
            Flag(
                ("--follow", "--max-redirects"),
                f"redirects to follow, at most {MOST_REDIRECTS} (default 0: tell them)",
                "N",
            ),
        ),
        hint="how many; 0 tells where they lead",
        placeholder="0",
    ),
    OptionInfo(
        "http.to_plain",
        "From wss to ws",
        Section.REQUEST,
        SWITCH,
        (
            Flag(("--follow-to-plain",), "follow redirects from wss to ws, too", value="on"),
            Flag(("--no-follow-to-plain",), "", value="off"),
        ),
        hint="follow redirects that give up TLS",
    ),
    OptionInfo(
        "http.any_subprotocol",
        "Any subprotocol",
        Section.REQUEST,
        SWITCH,
        (
            Flag(("--any-subprotocol",), "accept one that was not offered", value="on"),
            Flag(("--no-any-subprotocol",), "", value="off"),
        ),
        hint="accept one that was not offered",
    ),
    OptionInfo(
        "http.break_handshake",
        "Break handshake",
        Section.REQUEST,
        SWITCH,
        (
            Flag(
                ("--break-handshake",),
                "let headers replace or remove the handshake's own",
                value="on",
            ),
            Flag(("--no-break-handshake",), "", value="off"),
        ),
        hint="headers may replace the handshake's own",
    ),
)
