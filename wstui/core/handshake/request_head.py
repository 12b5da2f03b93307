"""The head of the opening request: target and headers, in the order in which they go out.

Owns that order, and what stands for what. Pure: the key, cookies from a file and the name of this
program are arguments; `net.request` has them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from wstui.core.handshake.headers import HANDSHAKE_HEADERS, OWN_HEADERS
from wstui.core.options.connect import ConnectOptions, parse_uri

Header = tuple[str, str]

_AUTHORITY: Final = re.compile(r"[A-Za-z]+://[^/?#]*")
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


class RequestHead(NamedTuple):
    """What is asked."""

    target: str
    """Path and query, as they go out."""
    headers: tuple[Header, ...]
    changed: tuple[str, ...]
    """What differs from the handshake that RFC 6455 wants, such as ``Sec-WebSocket-Version: 8``
    and ``no Connection``; empty for an honest one."""


def request_target(uri: str) -> str:
    """Path and query of a valid uri exactly as typed, what is not ASCII percent-encoded as UTF-8.

    Nothing is normalised: the server's view of ``//a/../b?x={y}|%zz`` is what is to be seen.
    """
    match = _AUTHORITY.match(uri)
    rest = uri[match.end() :] if match else uri
    if not rest.isascii():
        rest = quote(rest, safe=_ASCII)
    return rest if rest.startswith("/") else f"/{rest}"


def host_text(uri: str) -> str:
    """The value of Host: the host of `uri`, and its port unless it is the usual one."""
    parts = parse_uri(uri)
    host = parts.hostname or ""
    if not host.isascii():
        host = host.encode("idna").decode()
    try:
        if ip_address(host).version == 6:
            # The zone is this machine's matter (RFC 6874 section 4).
            host = f"[{host.partition('%')[0]}]"
    except ValueError:
        pass  # a name
    usual = 443 if parts.scheme == "wss" else 80
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def authorization(options: ConnectOptions) -> str | None:
    """The value of Authorization that the options ask for; None for none."""
    http = options.http
    if http.bearer is not None:
        return f"Bearer {http.bearer}"
    parts = parse_uri(options.uri)
    if http.basic is not None:
        words = http.basic.encode()
    elif parts.username is not None:
        words = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
    else:
        return None
    return f"Basic {base64.b64encode(words).decode()}"


def request_head(
    options: ConnectOptions, key: str, user_agent: str, cookies: Sequence[str] = ()
) -> RequestHead:
    """The head of the request that valid, resolved options ask for.

    `key` is for Sec-WebSocket-Key, `user_agent` the usual one, `cookies` are those of a file.
    """
    usual = _usual(options, key, user_agent, cookies)
    given = {name.lower() for name, _ in options.headers}
    headers = [header for header in usual if header[0].lower() not in given]
    own = [(name, value) for name, value in options.headers if value or not _is_own(name)]
    if not options.http.break_handshake:
        # RFC 9110 section 7.2 wants it first.
        headers = [header for header in own if header[0].lower() == "host"] + headers
        own = [header for header in own if header[0].lower() != "host"]
    headers += own
    return RequestHead(request_target(options.uri), tuple(headers), _changes(usual, headers))


def _is_own(name: str) -> bool:
    return name.lower() in OWN_HEADERS


def _usual(
    options: ConnectOptions, key: str, user_agent: str, cookies: Sequence[str]
) -> list[Header]:
    """What is sent when no header is given."""
    values: list[tuple[str, str | None]] = [
        ("Host", host_text(options.uri)),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Key", key),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Extensions", options.deflate.header if options.deflate.offer else None),
        ("Sec-WebSocket-Protocol", ", ".join(options.subprotocols) or None),
        ("Origin", options.origin),
        ("User-Agent", options.user_agent or user_agent),
        ("Authorization", authorization(options)),
        ("Cookie", "; ".join((*cookies, *options.http.cookies)) or None),
    ]
    return [(name, value) for name, value in values if value is not None]


def _changes(usual: Sequence[Header], sent: Sequence[Header]) -> tuple[str, ...]:
    found = []
    wanted = {name.lower(): (name, value) for name, value in usual}
    for lower in sorted({"host", *HANDSHAKE_HEADERS}):
        values = [header for header in sent if header[0].lower() == lower]
        name, value = wanted.get(lower, ("", ""))
        if lower == "host" and len(values) == 1:
            continue  # another host is asked for often, and is no breach
        if [header[1] for header in values] != ([value] if name else []):
            found += [": ".join(header) for header in values] or [f"no {name}"]
    return tuple(found)
