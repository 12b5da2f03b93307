"""Redirects: where they lead, whether they are followed, and what is left behind on the way."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urljoin

from wstui.core.handshake.headers import CREDENTIALS
from wstui.core.options.connect import ConnectOptions, masked_uri, parse_uri
from wstui.core.options.info import OptionError
from wstui.core.options.secrets import mask

STATUSES: Final = frozenset({300, 301, 302, 303, 307, 308})
"""Statuses that redirect when there is a Location (RFC 9110 section 15.4)."""

_SCHEMES: Final = {"http": "ws", "https": "wss"}
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))


MOST_LOCATION: Final = 8192
"""Characters of a location that is followed."""

_SHOWN: Final = 200
"""Characters shown of one."""


class NotFollowed(Exception):
    """A redirect that is not followed. `str()` is a sentence why; it may hold remote text."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirect that was followed."""

    uri: str
    """What was asked for."""
    status: int
    status_text: str
    location: str
    """As the server wrote it. Remote text."""
    target: str
    """The uri that it led to."""
    dropped: tuple[str, ...] = ()
    """What was left behind, since it is not for another origin."""
    raw_request: bytes = b""
    raw_response: bytes = b""
    """Both as they went over the wire; see `Handshake`."""

    @property
    def words(self) -> str:
        """The redirect in a line. It may hold remote text."""
        words = (
            f"{self.status} {self.status_text}".rstrip() + f" → {_short(masked_uri(self.target))}"
        )
        return f"{words} · without {', '.join(self.dropped)}" if self.dropped else words


def resolve_location(uri: str, location: str) -> str:
    """The WebSocket uri that `location`, in the response to `uri`, points to.

    Raises:
        NotFollowed: it points to none.
    """
    if len(location) > MOST_LOCATION:
        words = f"Its Location has {len(location):,} characters"
        raise NotFollowed(f"{words}; at most {MOST_LOCATION:,} are followed.")
    text = location.strip(" \t").replace("${", "$%7B")  # a server has no references to secrets
    # Headers are read as Latin-1: what is not ASCII in them is taken as the bytes that it was.
    if not text.isascii() or " " in text:
        text = quote(text.encode("latin-1", "replace"), safe=_VISIBLE)
    text = text.partition("#")[0]  # a fragment is not for the server
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", text)
    if scheme is None:
        text = urljoin(uri, text)
    else:
        word = scheme[1].lower()
        text = f"{_SCHEMES.get(word, word)}{text[len(word) :]}"
    try:
        parse_uri(text)
    except OptionError as error:
        words = f"It points to {_short(masked_uri(location))}, where no WebSocket can be"
        raise NotFollowed(f"{words}: {error}") from error
    return text


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def origin(uri: str) -> tuple[str, str, int]:
    """Scheme, host and port of a valid uri (RFC 6454 section 4)."""
    parts = parse_uri(uri)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)


def follow(
    options: ConnectOptions, location: str, followed: int, secrets: Collection[str] = ()
) -> tuple[ConnectOptions, tuple[str, ...]]:
    """The options for the place that `location` points to, and what they no longer hold.

    `followed` redirects were followed before; `secrets` are what references in the options became.
    Credentials never come back on the way.

    Raises:
        NotFollowed: it is one too many, gives up TLS, or cannot be reached by these options.
    """
    target = resolve_location(options.uri, location)
    shown = _short(masked_uri(target))
    most = options.http.redirects
    if followed >= most:
        count = "1 redirect was" if most == 1 else f"{most} redirects were"
        raise NotFollowed(f"{count} followed, the most allowed, and this one points to {shown}.")
    if options.secure and not target.lower().startswith("wss:") and not options.http.to_plain:
        raise NotFollowed(f"It points from wss to {shown}, where others could read all.")
    if origin(target) == origin(options.uri):
        return _same_origin(options, target), ()
    if options.route.connect_to is not None or options.route.unix_socket is not None:
        raise NotFollowed(f"It points to {shown}, and the address to connect to is fixed.")
    return _other_origin(options, target, secrets)


def _same_origin(options: ConnectOptions, target: str) -> ConnectOptions:
    old, new = parse_uri(options.uri), parse_uri(target)
    if old.username is not None and new.username is None:
        user = old.netloc.rpartition("@")[0]
        target = target.replace("://", f"://{user}@", 1)
    return options.with_uri(target)


def _other_origin(
    options: ConnectOptions, target: str, secrets: Collection[str]
) -> tuple[ConnectOptions, tuple[str, ...]]:
    def is_secret(text: str) -> bool:
        return mask(text, secrets) != text

    http, tls, upkeep = options.http, options.tls, options.upkeep
    if upkeep.heartbeat is not None and is_secret(upkeep.heartbeat):
        upkeep = replace(upkeep, heartbeat=None)
    dropped: list[str] = []
    kept = []
    for name, value in options.headers:
        if value and (name.lower() in {*CREDENTIALS, "host"} or is_secret(value)):
            dropped.append(name)
        else:
            kept.append((name, value))
    if parse_uri(options.uri).username is not None:
        dropped.append("the uri's user")
    dropped += [
        words
        for words, given in (
            ("the user", http.basic),
            ("the token", http.bearer),
            ("the cookies", http.cookies),
            ("the client certificate", tls.certificate),
            ("the TLS server name", tls.server_name),
            ("messages on connect with secrets", any(map(is_secret, options.on_connect))),
            ("the heartbeat", upkeep is not options.upkeep),
        )
        if given
    ]
    found = replace(
        options.with_uri(target),
        headers=tuple(kept),
        on_connect=tuple(line for line in options.on_connect if not is_secret(line)),
        upkeep=upkeep,
        http=replace(http, basic=None, bearer=None, cookies=()),
        tls=replace(tls, certificate=None, key=None, passphrase=None, server_name=None),
    )
    return found, tuple(dict.fromkeys(dropped))
