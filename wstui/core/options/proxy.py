"""Whether a connection goes through a proxy, through which, and how that is decided.

Owns these options, what makes them valid, how they are written, and the choice of a proxy for a
target. Pure: what the system is set to is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wstui.core.handshake.proxies import (
    Proxy,
    is_exempt,
    is_loopback,
    masked_proxy,
    parse_proxy,
    read_exception,
    read_proxy,
)
from wstui.core.options.info import (
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    switch,
)
from wstui.core.options.route import Address, Route
from wstui.core.options.secrets import stand_in
from wstui.core.options.tls import NONE as TRUST_NOBODY
from wstui.core.options.tls import PASSPHRASE, TRUST, TlsOptions
from wstui.core.options.tls import SYSTEM as TRUST_SYSTEM

SYSTEM: Final = "system"
"""Stands for the proxy that the system is set to."""

NONE: Final = "none"
"""Stands for no proxy."""


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """Whether a connection goes through a proxy, and through which."""

    uri: str = SYSTEM
    """`SYSTEM`, `NONE`, or the uri of a proxy."""
    user: str | None = None
    """Who asks; None is nobody, or the user in the uri."""
    password: str | None = field(default=None, repr=False)
    """None is no password, or the one in the uri."""
    exceptions: tuple[str, ...] = ()
    """Targets that are connected to directly, as `is_exempt` reads them."""
    loopback: bool = False
    """Whether the system's proxy is also used for this machine itself. A proxy named here always
    is."""
    trust: str = TRUST_SYSTEM
    """Who may sign for an https proxy, as in `TlsOptions.trust`."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid; empty when all is well."""
        found = []
        uri, user, password = map(stand_in, (self.uri, self.user or "", self.password or ""))
        if self.uri not in (SYSTEM, NONE):
            try:
                read_proxy(uri, user or None, password or None)
            except OptionError as error:
                found.append(error)
        elif password and not user:
            found.append(OptionError("proxy.user", "The proxy's password needs a user."))
        for text in self.exceptions:
            try:
                read_exception(text)
            except ValueError as error:
                found.append(OptionError("proxy.exceptions", str(error)))
        tls = TlsOptions(trust=self.trust).problems()
        return found + [OptionError("proxy.trust", str(problem)) for problem in tls]


def conflicts(route: Route, proxy: ProxyOptions) -> list[OptionError]:
    """What of the two cannot be had together."""
    if route.unix_socket is None or proxy.uri in (SYSTEM, NONE):
        return []
    return [OptionError("proxy.uri", "A Unix socket is reached without a proxy.")]


def asks_system(options: ProxyOptions, host: str) -> bool:
    """Whether what the system is set to can matter for a connection to `host`."""
    return options.uri == SYSTEM and (options.loopback or not is_loopback(host))


def choose_proxy(
    options: ProxyOptions, target: Address, *, secure: bool, system: Mapping[str, str]
) -> Proxy | None:
    """The proxy for a connection to `target`, whose port is known; None for a direct one.

    `secure` is whether the connection speaks TLS. `system` has the proxies that the system is set
    to by scheme, ``no`` being the exceptions between commas, as `urllib.request.getproxies` gives
    them. Which of them is used follows RFC 6455 section 4.1: one for WebSockets, else SOCKS, else
    the one for https, else (plain connections only) for http, else the one for all.

    Raises:
        OptionError: what was chosen is no proxy.
    """
    port = target.port or 0
    if options.uri == NONE or is_exempt(target.host, port, options.exceptions):
        return None
    if options.uri != SYSTEM:
        return read_proxy(options.uri, options.user, options.password)
    if not asks_system(options, target.host):
        return None
    if is_exempt(target.host, port, re.split(r"[\s,;]+", system.get("no", ""))):
        return None
    schemes = ("wss", "socks", "https") if secure else ("ws", "socks", "https", "http")
    for scheme in (*schemes, "all"):
        text = system.get(scheme, "").strip()
        if text:
            return _system_proxy(scheme, text, options)
    return None


def _system_proxy(scheme: str, text: str, options: ProxyOptions) -> Proxy:
    if scheme == "socks":  # macOS and Windows name it in the scheme's place only
        text = re.sub(r"^(http://)?(?!\w+://)", "socks5h://", text)
    try:
        return read_proxy(text, options.user, options.password)
    except OptionError as error:
        words = f"The system's proxy for {scheme}, {masked_proxy(text)}, is not valid: {error}"
        raise OptionError(error.option, words) from error


def _read_uri(text: str) -> str:
    """`SYSTEM`, `NONE` or a proxy's uri; a scheme is put before one that has none."""
    text = text.strip()
    if text.lower() in (SYSTEM, NONE):
        return text.lower()
    parse_proxy(stand_in(text))
    return text if "://" in text else f"http://{text}"


PROXY_ROWS: Final = (
    OptionInfo(
        "proxy.uri",
        "Proxy",
        Section.PROXY,
        Codec(_read_uri, str),
        (
            Flag(
                ("--proxy",),
                "system (default), none, http://…, https://…, socks5h://… and the like",
                "URL",
            ),
            Flag(("--no-proxy",), "connect directly, whatever the system says", value=NONE),
        ),
        hint="system, none, http://…, socks5h://…",
        placeholder=SYSTEM,
    ),
    OptionInfo(
        "proxy.user",
        "User",
        Section.PROXY,
        TEXT,
        (Flag(("--proxy-user",), "who asks the proxy", "NAME"),),
        placeholder="nobody, or the one in its uri",
    ),
    OptionInfo(
        "proxy.password",
        "Password",
        Section.PROXY,
        PASSPHRASE,
        (Flag(("--proxy-password",), "the password of that user", "TEXT"),),
        placeholder="none, or the one in its uri",
    ),
    OptionInfo(
        "proxy.exceptions",
        "Not for",
        Section.PROXY,
        Codec(read_exception, str, separator=","),
        (
            Flag(
                ("--proxy-except",),
                "connect directly to these: hosts, .suffixes, networks",
                "A,B",
            ),
        ),
        hint="hosts, .suffixes, 10.0.0.0/8",
        placeholder="none",
    ),
    OptionInfo(
        "proxy.loopback",
        "Loopback too",
        Section.PROXY,
        SWITCH,
        switch("proxy-loopback", on="use the system's proxy for this machine itself, too"),
        hint="the system's proxy for localhost, too",
    ),
    OptionInfo(
        "proxy.trust",
        "Trust its TLS",
        Section.PROXY,
        TRUST,
        (
            Flag(
                ("--proxy-trust",),
                "who may sign for an https proxy: SYSTEM, a PEM file or text, NONE",
                "CA",
            ),
            Flag(
                ("--proxy-insecure",),
                "trust anybody: the same as --proxy-trust NONE",
                value=TRUST_NOBODY,
            ),
            Flag(("--proxy-verify",), "", value=TRUST_SYSTEM),
        ),
        hint="of an https proxy: SYSTEM, a file, PEM, NONE",
        placeholder=TRUST_SYSTEM,
    ),
)
