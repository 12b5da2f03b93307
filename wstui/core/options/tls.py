"""How TLS is to be: whom to trust, who to say one is, and what to agree on.

Owns these options and what makes them valid without looking at files, which is `net`'s matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from wstui.core.options.info import (
    SWITCH,
    TEXT,
    Codec,
    Flag,
    OptionError,
    OptionInfo,
    Section,
    Shape,
    choice,
    switch,
)
from wstui.core.options.secrets import stand_in

SYSTEM: Final = "SYSTEM"
"""Stands for the authorities that the system trusts."""

NONE: Final = "NONE"
"""Stands for no check at all."""

PEM_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
PEM_END: Final = "-----END CERTIFICATE-----"

VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")
"""Versions of TLS, the oldest first."""

SECLEVEL: Final = "DEFAULT@SECLEVEL=0"
"""The list of ciphers with which OpenSSL 3 still speaks TLS 1.0 and 1.1."""

_HOST: Final = re.compile(r"[^\s/@?#\[\]]{1,253}")
_LABEL: Final = 63
"""Bytes in a part of a host name at most (RFC 1035 section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS of one connection; without effect on a plain one."""

    trust: str = SYSTEM
    """`SYSTEM`, `NONE`, the path of a file with certificates, or their text in PEM: who may sign
    for the server."""
    check_host: bool = True
    """Whether the certificate must hold the host's name; without trust it never must."""
    server_name: str | None = None
    """Sent as SNI, and looked for in the certificate; None is the uri's host."""
    certificate: str | None = None
    """Path of a file with the client's certificate and those that lead to its authority, in PEM;
    None is to have none."""
    key: str | None = None
    """Path of the file with its key; None: it is in the certificate's file."""
    passphrase: str | None = field(default=None, repr=False)
    """For the key, where it needs one; None leaves it to be asked for."""
    lowest: str = "1.2"
    """The oldest version of TLS to speak; one of `VERSIONS`."""
    ciphers: str | None = None
    """For TLS 1.2 and older, in OpenSSL's words; None is Python's own choice."""
    alpn: tuple[str, ...] = ()
    """Application protocols to offer (RFC 7301), the most wanted first."""
    key_log: str | None = None
    """Path of a file that the keys of the connection are added to, for Wireshark; None keeps
    them, unless the environment's SSLKEYLOGFILE names one."""

    def problems(self) -> list[OptionError]:
        """Everything that is not valid, in the order of the fields; empty when all is well."""
        found = [
            _trust_problem(self.trust),
            _name_problem(None if self.server_name is None else stand_in(self.server_name)),
            *(path_problem(f"tls.{name}", getattr(self, name)) for name in _FILES),
        ]
        if self.certificate is None:
            for name in ("key", "passphrase"):
                if getattr(self, name) is not None:
                    words = f"A {name} is of no use without a client certificate."
                    found.append(OptionError(f"tls.{name}", words))
        if self.lowest not in VERSIONS:
            found.append(OptionError("tls.lowest", f"There is no TLS {self.lowest}."))
        if self.ciphers is not None and not re.fullmatch(r"[!-~ ]+", stand_in(self.ciphers)):
            words = "A list of ciphers is written in ASCII letters, digits and signs."
            found.append(OptionError("tls.ciphers", words))
        found += [_alpn_problem(name) for name in self.alpn]
        if len(set(self.alpn)) < len(self.alpn):
            found.append(OptionError("tls.alpn", "A protocol is offered twice."))
        return [problem for problem in found if problem is not None]

    @property
    def key_file(self) -> str | None:
        """Path of the file with the client's key; None without a certificate."""
        return self.key or self.certificate

    @property
    def trust_words(self) -> str:
        """Against what certificates are checked; empty when against nothing."""
        if self.trust == NONE:
            return ""
        if self.trust == SYSTEM:
            return "the system's trust store"
        return "the certificates given as text" if is_pem(self.trust) else self.trust

    @property
    def doubt(self) -> str:
        """What is not checked of the server, in a word or two; empty when all is."""
        if self.trust == NONE:
            return "unverified"
        return "" if self.check_host else "host unchecked"


_FILES: Final = ("certificate", "key", "key_log")


def tls_cautions(tls: TlsOptions) -> Mapping[str, str]:
    """What is valid, and yet nothing to do without noticing, by the option's path."""
    found = {}
    if tls.trust == NONE:
        found["tls.trust"] = "nobody is checked: others may read and change all"
    elif not tls.check_host:
        found["tls.check_host"] = "off: a certificate for any host will do"
    if tls.lowest in ("1.0", "1.1") and "SECLEVEL=0" not in (tls.ciphers or ""):
        found["tls.lowest"] = f"OpenSSL 3 wants the ciphers {SECLEVEL} for it"
    if "h2" in tls.alpn:
        found["tls.alpn"] = "with HTTP/2 no WebSocket is opened here"
    if tls.key_log is not None:
        found["tls.key_log"] = "whoever has it can read all that was sent"
    return found


def is_pem(text: str) -> bool:
    """Whether `text` is meant to be certificates, and not the path of a file."""
    return text.lstrip().startswith(PEM_BEGIN)


def _trust_problem(trust: str) -> OptionError | None:
    if is_pem(trust):
        begun, ended = trust.count(PEM_BEGIN), trust.count(PEM_END)
        if begun != ended:
            return OptionError("tls.trust", f"A certificate in it lacks its line {PEM_END}.")
        return None
    return path_problem("tls.trust", trust)


def path_problem(option: str, path: str | None) -> OptionError | None:
    """What is wrong with the path of a file, if anything can be without looking for it."""
    if path is None:
        return None
    if not path.strip():
        return OptionError(option, "Name a file.")
    if "\0" in path or "\n" in path:
        return OptionError(option, "The path of a file is one line of text.")
    return None


def _name_problem(name: str | None) -> OptionError | None:
    if name is None:
        return None
    option = "tls.server_name"
    if not _HOST.fullmatch(name) or (":" in name and not re.fullmatch(r"[0-9a-fA-F:.]+", name)):
        return OptionError(option, "Write the name of a host, without port or path.")
    try:
        labels = name.encode("idna" if not name.isascii() else "ascii").rstrip(b".").split(b".")
    except UnicodeError:
        return OptionError(option, "The host name is not valid.")
    if any(not 0 < len(label) <= _LABEL for label in labels):
        return OptionError(option, "The host name is not valid.")
    return None


def _alpn_problem(name: str) -> OptionError | None:
    if 0 < len(name.encode("utf-8", "replace")) < 256 and name.isascii():
        return None
    return OptionError("tls.alpn", "A protocol's name has 1 to 255 ASCII characters.")


def _read_trust(text: str) -> str:
    text = text.strip()
    return text.upper() if text.upper() in (SYSTEM, NONE) else text


def _read_version(text: str) -> str:
    return str(_VERSION.parse(re.sub(r"(?i)^\s*tls\s*v?", "", text)))


TRUST: Final = Codec(_read_trust, str, Shape.LINES)
"""Who is trusted: a word, a path, or lines of PEM."""

PATH: Final = Codec(lambda text: text.strip(), lambda path: path or "")
"""The path of a file; None where none was given."""

_VERSION: Final = choice(*VERSIONS)
VERSION: Final = Codec(_read_version, str, Shape.CHOICE, VERSIONS)

PASSPHRASE: Final = Codec(lambda text: text, lambda text: text or "")
"""Kept as it is: blanks may belong to it."""

KEY: Final = OptionInfo(
    "tls.key",
    "Key",
    Section.TLS,
    PATH,
    (Flag(("--key",), "its private key, PEM (default: in the certificate's file)", "FILE"),),
    placeholder="in the certificate's file",
)

LOWEST: Final = OptionInfo(
    "tls.lowest",
    "Lowest version",
    Section.TLS,
    VERSION,
    (Flag(("--tls-min",), "oldest TLS to speak: 1.0, 1.1, 1.2, 1.3 (default 1.2)", "TLS"),),
    hint=f"1.0, 1.1: with ciphers {SECLEVEL}",
)

CIPHERS: Final = OptionInfo(
    "tls.ciphers",
    "Ciphers",
    Section.TLS,
    TEXT,
    (Flag(("--ciphers",), "OpenSSL's list for TLS 1.2 and older", "LIST"),),
    hint="for TLS 1.2 and older, as OpenSSL writes",
    placeholder="Python's choice, such as ECDHE+AESGCM",
)

TLS_ROWS: Final = (
    OptionInfo(
        "tls.trust",
        "Trust",
        Section.TLS,
        TRUST,
        (
            Flag(
                ("--trust",),
                "who may sign for the server: SYSTEM, a PEM file or text, NONE",
                "CA",
            ),
            Flag(("--insecure",), "trust anybody: the same as --trust NONE", value=NONE),
            Flag(("--verify",), "", value=SYSTEM),
        ),
        hint="SYSTEM, a file of authorities, PEM, or NONE",
        placeholder="SYSTEM",
    ),
    OptionInfo(
        "tls.check_host",
        "Check host name",
        Section.TLS,
        SWITCH,
        switch("check-host", off="accept a certificate for any host"),
        hint="the certificate must hold it",
    ),
    OptionInfo(
        "tls.server_name",
        "Server name",
        Section.TLS,
        TEXT,
        (Flag(("--server-name",), "sent as SNI and looked for in the certificate", "NAME"),),
        hint="sent as SNI, and sought in the certificate",
        placeholder="the uri's host",
    ),
    OptionInfo(
        "tls.certificate",
        "Certificate",
        Section.TLS,
        PATH,
        (Flag(("--cert",), "client certificate and its chain, PEM", "FILE"),),
        hint="your own, for servers that ask for one",
        placeholder="a PEM file",
    ),
    KEY,
    OptionInfo(
        "tls.passphrase",
        "Passphrase",
        Section.TLS,
        PASSPHRASE,
        (Flag(("--passphrase",), "of the key; asked for when it is needed", "TEXT"),),
        hint="or ${env:NAME}; it is asked for if needed",
        placeholder="asked for when needed",
    ),
    LOWEST,
    CIPHERS,
    OptionInfo(
        "tls.alpn",
        "ALPN",
        Section.TLS,
        Codec(lambda text: text.strip(), str, separator=","),
        (Flag(("--alpn",), "application protocols to offer", "A,B"),),
        hint="separated by commas; h2 would be HTTP/2",
        placeholder="none, or http/1.1",
    ),
    OptionInfo(
        "tls.key_log",
        "Key log",
        Section.TLS,
        PATH,
        (Flag(("--key-log",), "add the session's keys to it, for Wireshark", "FILE"),),
        hint="of the session's keys, for Wireshark",
        placeholder="none",
    ),
)
