"""Failures below HTTP in words: names, local addresses, Unix sockets and proxies.

The words may quote the peer; they are made safe for a terminal where they are shown, by
`printable`.
"""

from __future__ import annotations

from typing import Final

from wstui.core.connection import Failure, FailureKind, Step
from wstui.core.explain.words import Explanation, in_words, place, quote

_WITHOUT: Final = "To go without it, set the proxy to none (--no-proxy)."
_CREDENTIALS: Final = "--proxy-user and --proxy-password"


def explain_network(failure: Failure) -> Explanation | None:
    """Why the server was not reached; None where other words than these fit."""
    if failure.kind is FailureKind.TIMEOUT:
        return _timeout(failure)
    if failure.kind in _DIALOGUE:
        return _DIALOGUE[failure.kind](failure)
    if failure.at_proxy:
        return _to_proxy(failure)
    match failure.kind:
        case FailureKind.NAME if failure.ip != "any":
            return Explanation(
                "Unknown host",
                f"The name {quote(failure.host)} does not resolve to an IPv{failure.ip} address.",
                f"Only those are tried here; without -{failure.ip}, or with another local address,"
                " others are, too.",
            )
        case FailureKind.LOCAL_ADDRESS:
            return Explanation(
                "Local address not usable",
                f"This machine cannot connect from {quote(failure.host)}: {_words(failure)}.",
                "Give an address of one of its network interfaces (--local-address).",
            )
        case FailureKind.UNIX:
            return _unix(failure)
    return None


def _words(failure: Failure) -> str:
    return quote(in_words(failure.message)).rstrip(".")


def _unix(failure: Failure) -> Explanation:
    path, words = quote(failure.host), _words(failure)
    lower = words.lower()
    if "no such file" in lower:
        hint = "Check the path. The server makes the socket when it starts."
    elif "refused" in lower:
        hint = "The file is there, but no server listens on it any more."
    elif "permission" in lower:
        hint = "You may neither read nor write it, or a folder above it."
    elif "not a socket" in lower or "wrong type" in lower:
        hint = "Another kind of file, or of socket, is there."
    else:
        hint = ""
    return Explanation("Unix socket not reached", f"Connecting to {path} failed: {words}.", hint)


def _to_proxy(failure: Failure) -> Explanation:
    """TCP or TLS to the proxy failed."""
    where, words = place(failure), _words(failure)
    table = {
        FailureKind.NAME: (
            "Unknown proxy",
            f"The name of the proxy, {quote(failure.host)}, does not resolve.",
            f"Check its spelling, and the VPN. {_WITHOUT}",
        ),
        FailureKind.REFUSED: (
            "Proxy: connection refused",
            f"Nothing listens on {where}, where the proxy should be.",
            f"Is the proxy running, and is this its port? {_WITHOUT}",
        ),
        FailureKind.UNREACHABLE: (
            "Proxy: unreachable",
            f"There is no route to the proxy, {where}.",
            f"Check the network and the VPN. {_WITHOUT}",
        ),
        FailureKind.TLS_TO_PLAIN: (
            "Proxy: no TLS there",
            f"The proxy {where} answered our TLS hello with something that is not TLS.",
            "It speaks plain HTTP: write it as http://, not https://.",
        ),
        FailureKind.CERTIFICATE: (
            "Proxy: untrusted certificate",
            f"The TLS certificate of the proxy {where} was not accepted: {words}.",
            "Name its authority (--proxy-trust), or look all the same (--proxy-insecure).",
        ),
        FailureKind.TLS: (
            "Proxy: TLS failed",
            f"The proxy {where} ended the TLS handshake: {words}.",
            "If it speaks plain HTTP, write it as http://, not https://.",
        ),
    }
    known = table.get(failure.kind)
    if known is not None:
        return Explanation(*known)
    return Explanation(
        "Proxy not reached", f"Connecting to the proxy {where} failed: {words}.", _WITHOUT
    )


# What the proxy said


def _auth(failure: Failure) -> Explanation:
    where, asked = place(failure), _asked_for(failure)
    status = "" if failure.status is None else f" ({failure.status})"
    hint = f"Give a user and a password ({_CREDENTIALS}), or check those that were given."
    if asked and "basic" not in asked.lower():
        hint = f"It asks for {quote(asked)}; only Basic is spoken here."
    words = f": {_words(failure)}" if failure.status is None else ""
    return Explanation(
        "Proxy wants credentials",
        f"The proxy {where} does not accept who asks{status}{words}.",
        hint,
    )


def _asked_for(failure: Failure) -> str:
    """The schemes in which an HTTP proxy wants to hear who asks (RFC 9110 section 11.7.1)."""
    values = [value for name, value in failure.headers if name.lower() == "proxy-authenticate"]
    return ", ".join(value.split(" ", 1)[0] for value in values)


def _status(failure: Failure) -> Explanation:
    status = failure.status or 0
    text = quote(failure.status_text)
    if status == 403:
        hint = "It may allow only some ports, or some hosts. The body may say which."
    elif status in (400, 405, 501):
        hint = "It may be no proxy, or one that knows no CONNECT."
    elif status in (502, 503, 504):
        hint = "The proxy did not reach the server. Is the uri right, as seen from the proxy?"
    else:
        hint = "The body of its answer may say why."
    return Explanation(
        f"Proxy: HTTP {status} {text}".rstrip(),
        f"The proxy {place(failure)} answered {status} to CONNECT instead of joining us to the"
        " server.",
        hint,
    )


def _reply(failure: Failure) -> Explanation:
    words = _words(failure)
    lower = words.lower()
    if "not allowed" in lower:
        hint = "Its rules forbid this host or port."
    elif "ipv6" in lower or "address type" in lower:
        hint = "Let the proxy look the name up (socks5h), or try only IPv4 addresses (-4)."
    elif "refused by" in lower:
        hint = "Nothing listens there. Is the server running, and is this the right port?"
    elif "unreachable" in lower or "ttl" in lower:
        hint = "Is the uri right, as seen from the proxy? With socks5h it looks names up itself."
    else:
        hint = "The proxy's log may say why. With socks5h or socks4a it looks names up itself."
    return Explanation(
        "Proxy refused", f"The proxy {place(failure)} did not join us to the server: {words}.", hint
    )


def _answer(failure: Failure) -> Explanation:
    where, words = place(failure), _words(failure)
    is_socks = failure.proxy.startswith("socks")
    if is_socks and "version number" in words.lower():
        hint = "It may be an HTTP proxy: write it as http://."
    elif is_socks:
        hint = "Is it a SOCKS proxy of this version, and is this its port?"
    elif failure.body[:1] in (b"\x15", b"\x16"):
        hint = "It speaks TLS: write it as https://."
    elif failure.body[:1] in (b"\x00", b"\x05"):
        hint = "It may be a SOCKS proxy: write it as socks5h://."
    else:
        hint = "Is it a proxy, and is this its port? An https proxy is written as https://."
    return Explanation(
        "Proxy: no valid answer", f"The answer of the proxy {where} is of no use: {words}.", hint
    )


_DIALOGUE: Final = {
    FailureKind.PROXY_AUTH: _auth,
    FailureKind.PROXY_STATUS: _status,
    FailureKind.PROXY_REPLY: _reply,
    FailureKind.PROXY_ANSWER: _answer,
}


# Time


def _timeout(failure: Failure) -> Explanation | None:
    limit = f"within {failure.timeout:g} s" if failure.timeout is not None else "in time"
    where = f"the proxy {place(failure)}" if failure.at_proxy else place(failure)
    drop = "A firewall may drop the packets, or the address may be wrong."
    match failure.step:
        case Step.NAME:
            return Explanation(
                f"no name look-up {limit}",
                f"The name {quote(failure.host)} was not looked up {limit}.",
                "The name server does not answer: check the network and the VPN.",
            )
        case Step.TCP if failure.at_proxy:
            return Explanation(
                f"no proxy {limit}",
                f"{where[0].upper()}{where[1:]} did not answer {limit}: neither yes nor no.",
                f"{drop} {_WITHOUT}",
            )
        case Step.UNIX:
            return Explanation(
                f"no Unix socket {limit}",
                f"Nobody took the connection to {where} {limit}.",
                "The server behind the socket may hang.",
            )
        case Step.PROXY_TLS:
            return Explanation(
                f"no TLS with the proxy {limit}",
                f"{where[0].upper()}{where[1:]} did not answer our TLS hello {limit}.",
                "If it speaks plain HTTP, write it as http://, not https://.",
            )
        case Step.PROXY:
            sentence = f"{where[0].upper()}{where[1:]} did not answer {limit}."
            if failure.status is not None or failure.body:
                sentence = f"{where[0].upper()}{where[1:]} began an answer, but did not end it."
            return Explanation(
                f"no answer of the proxy {limit}",
                sentence,
                "Is it a proxy of this kind? It may also wait for the server, which may not answer"
                " it.",
            )
    return None
