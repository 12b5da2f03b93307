"""Proxies: how one is written, and which targets go without it.

Pure: names are never looked up here, and the proxy's dialogue is `net`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import unquote, urlsplit

from wstui.core.options.info import OptionError
from wstui.core.options.route import Address, read_address

DEFAULT_PORTS: Final[Mapping[str, int]] = {
    "http": 80,
    "https": 443,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
"""The schemes of proxies with the port of one whose uri names none."""

MOST_SOCKS: Final = 255
"""Bytes of a user or a password in SOCKS5 (RFC 1929 section 2)."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy."""

    scheme: str
    """One of `DEFAULT_PORTS`."""
    host: str
    """Name or IP address, without brackets."""
    port: int
    user: str | None = None
    """None: it is not told who asks."""
    password: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        return self.scheme.startswith("socks")

    @property
    def names_remotely(self) -> bool:
        """Whether it looks up the names of servers itself."""
        return self.scheme not in ("socks4", "socks5")

    def __str__(self) -> str:
        """Its uri without user and password."""
        return f"{self.scheme}://{Address(self.host, self.port)}"


def read_proxy(text: str, user: str | None = None, password: str | None = None) -> Proxy:
    """The proxy at a uri; one without a scheme speaks HTTP. `user` and `password` win over those
    in the uri.

    Raises:
        OptionError: it is none; the message never quotes a password.
    """
    proxy = parse_proxy(text)
    if user is not None:
        proxy = replace(proxy, user=user, password="")
    if password is not None:
        proxy = replace(proxy, password=password)
    _check_credentials(proxy)
    return proxy


def parse_proxy(text: str) -> Proxy:
    """What stands in a proxy's uri, whether its protocol can carry user and password or not.

    Raises:
        OptionError: it is none.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError as error:
        raise OptionError("proxy.uri", "The proxy's uri is not valid.") from error
    if parts.scheme not in DEFAULT_PORTS:
        schemes = ", ".join(DEFAULT_PORTS)
        raise OptionError("proxy.uri", f"A proxy's uri begins with one of {schemes}.")
    if port == 0 or not parts.hostname:
        raise OptionError("proxy.uri", "Write the proxy as http://host:port.")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise OptionError("proxy.uri", "A proxy's uri ends with its port.")
    try:
        host = read_address(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname).host
    except ValueError as error:
        raise OptionError("proxy.uri", f"The proxy's host: {error}") from error
    user = None if parts.username is None else unquote(parts.username)
    return Proxy(
        parts.scheme,
        host,
        port or DEFAULT_PORTS[parts.scheme],
        user,
        unquote(parts.password or ""),
    )


def _check_credentials(proxy: Proxy) -> None:
    """Refuse what the proxy's protocol cannot carry."""
    user, password = proxy.user or "", proxy.password
    if password and not user:
        raise OptionError("proxy.user", "The proxy's password needs a user.")
    if not user:
        return
    if not proxy.is_socks:
        if ":" in user or not (user + password).isprintable():
            raise OptionError("proxy.user", "A user for HTTP holds no colon and no control.")
        return
    for option, text in (("proxy.user", user), ("proxy.password", password)):
        if not text.isascii() or "\0" in text or len(text) > MOST_SOCKS:
            raise OptionError(option, f"SOCKS takes at most {MOST_SOCKS} ASCII characters here.")
    if proxy.scheme.startswith("socks4") and password:
        raise OptionError("proxy.password", "SOCKS4 knows users, but no passwords.")
    if proxy.scheme.startswith("socks5") and not password:
        raise OptionError("proxy.password", "SOCKS5 wants a password with the user.")


def masked_proxy(text: str) -> str:
    """A proxy's uri with the password in it replaced by dots, whether valid or not."""
    return re.sub(r"(^|//)([^/?#@:]*):[^/?#]+@", r"\1\2:•••@", text, count=1)


# Which targets go without it


def is_loopback(host: str) -> bool:
    """Whether a host is this machine (RFC 6761 section 6.3)."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_exempt(host: str, port: int, exceptions: Iterable[str]) -> bool:
    """Whether one of `exceptions` means this target; names are never looked up for that.

    ``example.com``, ``.example.com`` and ``*.example.com`` all mean the name and all names below
    it, as in curl's NO_PROXY; ``10.0.0.0/8`` a network, ``*`` everything, ``<local>`` names without
    a dot, as Windows writes it. A port may stand behind a colon.
    """
    return any(_means(text.strip().lower(), host.lower().rstrip("."), port) for text in exceptions)


def _means(pattern: str, host: str, port: int) -> bool:
    if pattern == "*":
        return True
    if pattern == "<local>":
        return "." not in host and ":" not in host
    try:
        if "/" in pattern:
            return ip_address(host) in ip_network(pattern, strict=False)
        name, wanted = read_address(pattern)
    except ValueError:
        return False  # a name is in no network, and what cannot be read means nothing
    if wanted not in (None, port):
        return False
    try:
        return ip_address(name) == ip_address(host)
    except ValueError:
        name = name.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))


def read_exception(text: str) -> str:
    """One exception, in lower case.

    Raises:
        ValueError: it is none; the message is a sentence for the user.
    """
    word = text.strip().lower()
    if word in ("*", "<local>"):
        return word
    if "/" in word:
        try:
            ip_network(word, strict=False)
        except ValueError:
            raise ValueError("Write a network as 10.0.0.0/8 or fd00::/8.") from None
        return word
    if not read_address(word).host.strip("*."):
        raise ValueError("Write a host, .suffix or 10.0.0.0/8.")
    return word
