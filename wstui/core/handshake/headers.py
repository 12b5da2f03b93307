"""Request headers as the user gives them: what one is, and which ones wstui writes by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from wstui.core.options.info import OptionError
from wstui.core.options.secrets import stand_in

TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""A token of RFC 9110 section 5.6.2: header names and subprotocols are made of these."""

HANDSHAKE_HEADERS: Final = frozenset(
    {
        "connection",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-protocol",
        "sec-websocket-version",
        "upgrade",
    }
)
"""Headers, in lower case, without which, or with others, the opening handshake is broken."""

OWN_HEADERS: Final = HANDSHAKE_HEADERS | {
    "authorization",
    "cookie",
    "host",
    "origin",
    "user-agent",
}
"""Headers, in lower case, that wstui may write. One that the user gives stands for it; one without
a value leaves it out."""

CREDENTIALS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers, in lower case, that say who one is."""


def header_problem(header: tuple[str, str], *, breaking: bool = False) -> OptionError | None:
    """What is wrong with a request header, if anything is.

    `breaking` tells whether the handshake may be broken on purpose.
    """
    name, value = header
    if not TOKEN.fullmatch(name):
        return OptionError("headers", f"{name!r} is no header name.")
    if not breaking:
        if name.lower() in HANDSHAKE_HEADERS:
            words = f"The handshake itself writes {name}, unless you break it on purpose."
            return OptionError("headers", words)
        if name.lower() == "host" and not value:
            words = "HTTP/1.1 needs a Host, unless you break the handshake on purpose."
            return OptionError("headers", words)
    return value_problem("headers", value, f"The value of {name}")


def headers_problems(
    headers: Sequence[tuple[str, str]], *, breaking: bool
) -> list[OptionError | None]:
    """What is wrong with all request headers together; `breaking` as for `header_problem`."""
    found = [header_problem(header, breaking=breaking) for header in headers]
    if not breaking and sum(name.lower() == "host" for name, _ in headers) > 1:
        words = "Give Host once, unless you break the handshake on purpose."
        found.append(OptionError("headers", words))
    return found


def response_header_problem(header: tuple[str, str]) -> OptionError | None:
    """What is wrong with a header that a server of ours adds to its response, if anything is."""
    name = header[0]
    if TOKEN.fullmatch(name) and name.lower() in HANDSHAKE_HEADERS:
        return OptionError("headers", f"The handshake itself writes {name}.")
    return header_problem(header, breaking=True)


def parse_header(line: str) -> tuple[str, str]:
    """Name and value of a line such as ``Authorization: Bearer …``.

    Raises:
        OptionError: it is no header line.
    """
    name, colon, value = line.partition(":")
    # Only blanks and tabs stand around a value (RFC 9110 section 5.5); U+00A0 belongs to it.
    header = (name.strip(), value.strip(" \t"))
    if not colon:
        raise OptionError("headers", "Write a header as Name: value.")
    # Whether the handshake may be broken is another option, which is not known here.
    problem = header_problem(header, breaking=True)
    if problem is not None:
        raise problem
    return header


def value_problem(option: str, value: str | None, words: str) -> OptionError | None:
    """Header values are visible characters of Latin-1, blanks and tabs (RFC 9110 section 5.5).

    `words` says which value it is, as the beginning of a sentence.
    """
    for char in stand_in(value or ""):
        if not (char == "\t" or " " <= char <= "~" or "\x80" <= char <= "\xff"):
            return OptionError(option, f"{words} cannot hold {char_name(char)}.")
    return None


def char_name(char: str) -> str:
    """A character in words."""
    return "a blank" if char == " " else f"the character U+{ord(char):04X}"
