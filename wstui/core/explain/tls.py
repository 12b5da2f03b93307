"""Failures of TLS in words: settings that cannot be used, certificates, and refused handshakes."""

from __future__ import annotations

import re
from typing import Final

from wstui.core.connection import Failure
from wstui.core.explain.words import Explanation, in_words, place, quote
from wstui.core.handshake.tls_facts import CertificateFacts, Check, TlsFacts, date_text
from wstui.core.handshake.tls_faults import Fault, TlsFault
from wstui.core.options.tls import SECLEVEL

LOOK_ANYWAY: Final = "To look all the same, turn verification off (--insecure)."

SHOWN_NAMES: Final = 4
"""Names that a sentence holds of those in a certificate."""

_SETTINGS: Final = {
    "tls.trust": ("Trusted certificates", "--trust", "trust file"),
    "proxy.trust": ("Proxy's certificates", "--proxy-trust", "trust file"),
    "tls.certificate": ("Client certificate", "--cert", "client certificate's file"),
    "tls.client_ca": ("Client CAs", "--client-ca", "file of the authorities of clients"),
    "tls.key": ("Key", "--key", "key file"),
    "tls.key_log": ("Key log", "--key-log", "key log file"),
    "tls.ciphers": ("Ciphers", "--ciphers", "list of ciphers"),
    "tls.lowest": ("Lowest version", "--tls-min", "version of TLS"),
}
"""By the option's path: its title, its flag, and what its file is called."""

_FAULTS: Final = {
    Fault.NOT_FOUND: "Is the path right? One that does not begin with / begins where wstui was"
    " started.",
    Fault.NO_PERMISSION: "Allow this user to read it.",
    Fault.FOLDER: "{flag} takes a file.",
    Fault.NO_FILE: "{flag} takes a regular file.",
    Fault.NOT_PEM: "A DER file becomes PEM by: openssl x509 -inform der -in FILE; a PKCS #12 file"
    " by: openssl pkcs12 -in FILE",
    Fault.NO_CERTIFICATE: "A certificate begins with -----BEGIN CERTIFICATE-----.",
    Fault.NO_KEY: "A key begins with -----BEGIN PRIVATE KEY----- or the like. Is it in a file of"
    " its own? --key names that.",
    Fault.DAMAGED: "It is PEM on the outside only. Was it copied whole?",
    Fault.PASSPHRASE_NEEDED: "Open it again to be asked for it, or give --passphrase"
    " '${{env:NAME}}'.",
    Fault.PASSPHRASE_WRONG: "Open it again to be asked for it.",
    Fault.KEY_MISMATCH: "Certificate and key must be of one pair. In the certificate's file, the"
    " client's own certificate comes first.",
    Fault.WEAK: f"OpenSSL accepts it with the ciphers {SECLEVEL}: --ciphers.",
    Fault.NOT_WRITABLE: "Allow this user to write it, or name another file.",
    Fault.NO_CIPHER: "OpenSSL's names are for TLS 1.2 and older, such as ECDHE+AESGCM; those of"
    " TLS 1.3 are not chosen here.",
    Fault.NO_VERSION: "The system's OpenSSL was built without it.",
}
"""What to try, with the option's flag where it stands for."""


def explain_setting(fault: TlsFault, *, listening: bool = False) -> Explanation:
    """A setting of TLS that cannot be used, and what to try; of a listener when `listening`."""
    title, flag, name = _SETTINGS.get(fault.option, ("TLS", "", "file"))
    if listening:
        title = title.removeprefix("Client ").capitalize() if flag == "--cert" else title
        name = name.removeprefix("client ")
    outcome = "" if listening else " Nothing was sent."
    what = f"The {name}" if fault.file == "" else f"The {name} {quote(fault.file)}"
    words = f": {quote(in_words(fault.words)).rstrip('.')}" if fault.words else ""
    hint = _FAULTS.get(fault.fault, "").format(flag=flag)
    return Explanation(
        f"{title}: {_short(fault.fault)}", f"{what} {fault.fault}{words}.{outcome}", hint
    )


def _short(fault: Fault) -> str:
    """The fault in so few words that the sidebar has room for them."""
    short = {
        Fault.NOT_FOUND: "not found",
        Fault.NO_PERMISSION: "no permission",
        Fault.PASSPHRASE_WRONG: "wrong passphrase",
        Fault.KEY_MISMATCH: "not the certificate's",
        Fault.NO_CIPHER: "none chosen",
        Fault.NO_VERSION: "not available",
    }
    return short.get(fault, fault.value.removeprefix("is ").removeprefix("holds "))


def explain_certificate(failure: Failure) -> Explanation:
    """A certificate that was not accepted: which check failed, for which one, and what helps."""
    facts = failure.tls or TlsFacts()
    check = facts.failed or Check.OTHER
    at = None if facts.culprit is None else facts.chain[facts.culprit]
    host = quote(facts.server_name or failure.host)
    whose = f"The TLS certificate of {place(failure)}"
    if at is not None and facts.culprit and check in (Check.EXPIRED, Check.NOT_YET_VALID):
        whose = f"In the TLS chain of {place(failure)}, the certificate of {quote(at.subject)}"
    refused = f"{whose} was not accepted: {quote(in_words(failure.message))}."
    match check:
        case Check.EXPIRED:
            until = f" It was valid until {date_text(at.ends)}." if at else ""
            hint = "It must be renewed, or this machine's clock is wrong."
            return _certificate("Certificate expired", refused + until, hint)
        case Check.NOT_YET_VALID:
            since = f" It is valid from {date_text(at.begins)}." if at else ""
            hint = "Is this machine's clock right?"
            return _certificate("Certificate not yet valid", refused + since, hint)
        case Check.HOST:
            return _other_host(at, host, whose)
        case Check.WEAK:
            hint = f"The server needs a stronger one. OpenSSL accepts it with --ciphers {SECLEVEL}."
            return _certificate("Certificate too weak", refused, hint)
        case Check.PURPOSE:
            return _certificate("Certificate not for a server", refused, "It needs another one.")
        case Check.REVOKED:
            return _certificate("Certificate revoked", refused, "Its authority took it back.")
    return _certificate(*_untrusted(check, refused, at, facts.trusts))


def _untrusted(
    check: Check, refused: str, at: CertificateFacts | None, trusts: str
) -> tuple[str, str, str]:
    """The words for a chain that does not lead to anybody who is trusted."""
    whom = f" Trusted is {quote(trusts)}." if trusts else ""
    trust = "save it to a file and trust that: --trust FILE."
    match check:
        case Check.SELF_SIGNED:
            title = "Self-signed certificate"
            return title, refused + whom, f"If you know it by its fingerprint, {trust}"
        case Check.ROOT_UNKNOWN:
            who = f" The chain ends at {quote(at.subject)}." if at else ""
            title = "Self-signed authority"
            return title, refused + who + whom, f"If its authority is yours, {trust}"
        case Check.ISSUER_MISSING:
            who = f" It needs {quote(at.issuer)}." if at and at.issuer else ""
            hint = (
                f"If that authority is yours, {trust} Or the server does not send its whole chain."
            )
            return "Untrusted certificate", refused + who + whom, hint
        case _:
            return "Untrusted certificate", refused, ""


def explain_wanted(failure: Failure) -> Explanation | None:
    """A response that misses the client's certificate, or does not accept it; None for others."""
    if failure.tls is None or not any(words in failure.body for words in _WANTED):
        return None
    return Explanation(
        f"HTTP {failure.status}: client certificate wanted",
        f"{place(failure)} answered {failure.status}, since it wants a client certificate.",
        "It has to be one that the server knows: --cert, and --key, name it.",
    )


_WANTED: Final = (
    b"No required SSL certificate was sent",
    b"The SSL certificate error",
)
"""What nginx answers to a client without a certificate, or with one that it does not know."""


def _other_host(at: CertificateFacts | None, host: str, whose: str) -> Explanation:
    names = [] if at is None else [*at.names]
    shown = ", ".join(quote(name) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES + (at.more_names if at else 0)
    holds = f"{shown}{f' and {more:,} more' if more > 0 else ''}" if names else "no names at all"
    return Explanation(
        "Certificate for another host",
        f"{whose} is not for {host}. It holds {holds}.",
        "Is the uri right? --server-name asks for another name, --no-check-host accepts any.",
    )


def _certificate(title: str, sentence: str, hint: str) -> Explanation:
    return Explanation(title, sentence, f"{hint} {LOOK_ANYWAY}".strip())


_OLD: Final = f"To speak TLS 1.0 or 1.1: --tls-min 1.0 --ciphers {SECLEVEL}."

_REFUSED: Final = (
    (
        r"certificate required",
        "Client certificate wanted",
        "The server asks for a client certificate, and none was given: --cert, and --key.",
    ),
    (
        r"unknown ca|unknown certificate|alert bad certificate|certificate unknown"
        r"|alert certificate (expired|revoked)|alert unsupported certificate|access denied"
        r"|decrypt error",
        "Client certificate refused",
        "The server did not accept our certificate, or misses one: --cert names it. Its authority"
        " must be known to the server.",
    ),
    (
        r"unsupported protocol|protocol version|no protocols available|version too low"
        r"|inappropriate fallback",
        "No common version of TLS",
        f"The server speaks other versions of TLS. {_OLD} Or lower --tls-min to what it speaks.",
    ),
    (
        r"dh key too small|ee key too small|ca md too weak|ca key too small",
        "Server too weak",
        "What the server offers is too weak for OpenSSL, which accepts it with --ciphers"
        f" {SECLEVEL}.",
    ),
    (
        r"unrecognized name",
        "Unknown server name",
        "The server has no certificate for the name sent as SNI: --server-name sends another.",
    ),
    (
        r"no application protocol",
        "No common ALPN protocol",
        "The server speaks none of the protocols offered: --alpn offers others, or none.",
    ),
    (
        r"legacy renegotiation",
        "Server too old",
        "The server does not know secure renegotiation (RFC 5746), which OpenSSL insists on.",
    ),
    (
        r"handshake failure|no shared cipher|insufficient security",
        "TLS handshake refused",
        "The server may want a client certificate (--cert), other ciphers (--ciphers), or another"
        " name (--server-name).",
    ),
)
"""What OpenSSL and the alerts of RFC 8446 section 6 say, in lower case, and what to try."""


def explain_refusal(failure: Failure) -> Explanation:
    """A TLS handshake that failed for another reason than the server's certificate."""
    words = quote(in_words(failure.message)).rstrip(".")
    plain = words.replace("_", " ").lower()
    for pattern, title, hint in _REFUSED:
        if re.search(pattern, plain):
            return Explanation(
                title, f"The TLS handshake with {place(failure)} failed: {words}.", hint
            )
    return Explanation(
        "TLS handshake failed",
        f"{place(failure)} ended the TLS handshake: {words}.",
        "If the server speaks plain text, use ws://. It may also want a client certificate"
        " (--cert), or speak an old version of TLS only (--tls-min).",
    )
