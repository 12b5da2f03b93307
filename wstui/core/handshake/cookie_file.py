"""Netscape cookie files, as browsers' extensions and curl write them, and which cookies fit.

Pure: the text of the file and the time are arguments; `net.request` reads the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final, NamedTuple

_HTTP_ONLY: Final = "#HttpOnly_"
_FIELDS: Final = 7
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


class CookieFileError(ValueError):
    """A line is no cookie. `line` counts from 1; `str()` is a clause without a full stop."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Cookie(NamedTuple):
    """One cookie of a file."""

    domain: str
    """In lower case, without a dot in front."""
    subdomains: bool
    """Whether it is for the hosts below that one, too."""
    path: str
    secure: bool
    """Whether it is for TLS only."""
    expires: float
    """Seconds since the epoch; 0 for one that does not expire by itself."""
    name: str
    value: str


def parse_cookie_file(text: str) -> list[Cookie]:
    """All cookies in the text of a file, in its order, expired ones too.

    Raises:
        CookieFileError: a line is neither a cookie nor a comment.
    """
    found = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.rstrip("\r")
        if line.startswith(_HTTP_ONLY):
            line = line.removeprefix(_HTTP_ONLY)
        elif line.startswith("#") or not line.strip():
            continue
        found.append(_read(line, number))
    return found


def _read(line: str, number: int) -> Cookie:
    fields = line.split("\t", _FIELDS - 1)
    if len(fields) == _FIELDS - 1:  # an empty value, whose tab an editor took away
        fields.append("")
    if len(fields) != _FIELDS:
        raise CookieFileError(
            number, f"it has {len(fields)} fields between tabs, and a cookie has {_FIELDS}"
        )
    domain, subdomains, path, secure, expires, name, value = fields
    for field, word in ((subdomains, "second"), (secure, "fourth")):
        if field.upper() not in ("TRUE", "FALSE"):
            raise CookieFileError(number, f"its {word} field is neither TRUE nor FALSE")
    host = domain.strip().removeprefix(".").lower()
    if not host:
        raise CookieFileError(number, "its first field names no domain")
    if not path.startswith("/"):
        raise CookieFileError(number, "its third field is no path")
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]+)?", expires):
        raise CookieFileError(number, "its fifth field is no time in seconds")
    if not name or not _VALUE.fullmatch(name) or not _VALUE.fullmatch(value):
        raise CookieFileError(number, "its name or value cannot be sent")
    return Cookie(
        host,
        # Files exist whose dot and second field disagree; either asks for the hosts below.
        subdomains.upper() == "TRUE" or domain.startswith("."),
        path,
        secure.upper() == "TRUE",
        max(float(expires), 0.0),
        name,
        value,
    )


def fitting(
    cookies: Iterable[Cookie], host: str, path: str, *, secure: bool, now: float
) -> list[str]:
    """Those of `cookies` that are for a request, as ``name=value`` (RFC 6265 section 5.4).

    The longest paths come first. `path` may have a query behind it; `now` is in seconds since the
    epoch, `host` a name or an IP address without brackets.
    """
    host = host.lower().rstrip(".")
    path = path.partition("?")[0]
    found = [
        cookie
        for cookie in cookies
        if (secure or not cookie.secure)
        and (not cookie.expires or cookie.expires > now)
        and _is_for_host(cookie, host)
        and _is_for_path(cookie.path, path)
    ]
    found.sort(key=lambda cookie: -len(cookie.path))
    return [f"{cookie.name}={cookie.value}" for cookie in found]


def _is_for_host(cookie: Cookie, host: str) -> bool:
    """RFC 6265 section 5.1.3."""
    if host == cookie.domain:
        return True
    return cookie.subdomains and host.endswith(f".{cookie.domain}") and not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_for_path(wanted: str, path: str) -> bool:
    """RFC 6265 section 5.1.4."""
    return path == wanted or (
        path.startswith(wanted) and (wanted.endswith("/") or path[len(wanted)] == "/")
    )
